from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "chophien.apps.exchange"
