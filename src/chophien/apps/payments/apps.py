from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "chophien.apps.payments"
