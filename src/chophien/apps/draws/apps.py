from django.apps import AppConfig


class DrawsConfig(AppConfig):
    name = "chophien.apps.draws"
