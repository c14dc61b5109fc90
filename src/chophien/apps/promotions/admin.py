from django.contrib import admin
from unfold.admin import ModelAdmin

from chophien.apps.promotions.models import OfferedPrice


@admin.register(OfferedPrice)
class OfferedPriceAdmin(ModelAdmin):
    list_display = ["sku", "kind", "unit_minor", "starts_at", "ends_at", "allotment", "taken"]
    list_filter = ["kind"]
    search_fields = ["sku__code"]
    raw_id_fields = ["sku"]
    readonly_fields = ["taken"]
