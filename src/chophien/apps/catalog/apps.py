from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "chophien.apps.catalog"
