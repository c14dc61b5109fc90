from django.apps import AppConfig


class VettingConfig(AppConfig):
    name = "chophien.apps.vetting"
