from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "chophien.apps.insight"
