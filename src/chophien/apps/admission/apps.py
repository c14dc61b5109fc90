from django.apps import AppConfig


class AdmissionConfig(AppConfig):
    name = "chophien.apps.admission"
