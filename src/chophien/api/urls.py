from django.urls import path

from chophien.api import bank

urlpatterns = [path("bank/credits", bank.receive_credit_notice, name="bank_credits")]
