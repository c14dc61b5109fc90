from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "chophien.apps.orders"
