from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "chophien.apps.accounts"
