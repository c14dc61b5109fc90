from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "chophien.apps.ledger"
