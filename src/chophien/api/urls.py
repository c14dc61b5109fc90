from django.urls import path

from chophien.api import bank, health

urlpatterns = [
    path("bank/credits", bank.receive_credit_notice, name="bank_credits"),
    path("health", health.check_health, name="health"),
]
