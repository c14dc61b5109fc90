from django.apps import AppConfig


class CommentOrdersConfig(AppConfig):
    name = "chophien.apps.comment_orders"
