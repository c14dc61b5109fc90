from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from chophien.apps.catalog.models import ListPriceChange, Product, Sku
from chophien.apps.catalog.services import index_product


class SkuInline(TabularInline):
    model = Sku
    extra = 0
    # List prices are changed in the office, where the history is written.
    readonly_fields = ["list_price_minor"]

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return False


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    list_display = ["name_vi", "stall", "former_province", "state", "ocop_stars"]
    list_filter = ["state", "former_province__region"]
    search_fields = ["name_vi", "slug"]
    autocomplete_fields = ["stall"]
    inlines = [SkuInline]

    def save_model(self, request: HttpRequest, obj: Product, form: object, change: bool) -> None:
        super().save_model(request, obj, form, change)
        index_product(obj)


@admin.register(ListPriceChange)
class ListPriceChangeAdmin(ModelAdmin):
    list_display = ["sku", "list_price_minor", "changed_at", "changed_by"]
    search_fields = ["sku__code"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ListPriceChange | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: ListPriceChange | None = None
    ) -> bool:
        return False
