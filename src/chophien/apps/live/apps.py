from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "chophien.apps.live"
