from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chophien.apps.chat"
