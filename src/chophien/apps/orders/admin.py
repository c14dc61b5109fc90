from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from chophien.apps.orders.models import Order


@admin.register(Order)
class OrderAdmin(ModelAdmin):
    """To look things up: an order is what was agreed, nobody edits it."""

    list_display = ["number", "recipient", "province", "due_minor", "placed_at"]
    search_fields = ["number", "phone"]
    exclude = ["token", "idempotency_key"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        return False
