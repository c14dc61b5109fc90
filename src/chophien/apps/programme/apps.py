from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "chophien.apps.programme"
