"""Promotions as they are kept. What counts (units, budgets, wallets) is moved by services alone."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Handout,
    Offer,
    OfferedPrice,
    Presale,
    PromotionUse,
    RefusedPrice,
    Takedown,
    WalletCoupon,
)


class LookOnlyAdmin(ModelAdmin):
    """To be looked at: promotions are made and ended on the pages, where the law is asked."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(OfferedPrice)
class OfferedPriceAdmin(LookOnlyAdmin):
    list_display = ["sku", "kind", "unit_minor", "starts_at", "ends_at", "allotment", "taken"]
    list_filter = ["kind"]
    search_fields = ["sku__code"]


@admin.register(Presale)
class PresaleAdmin(LookOnlyAdmin):
    list_display = ["sku", "unit_minor", "deposit_minor", "ends_at", "allotment", "taken"]
    search_fields = ["sku__code"]


@admin.register(Offer)
class OfferAdmin(LookOnlyAdmin):
    list_display = ["stall", "kind", "starts_at", "ends_at", "budget_minor", "spent_minor"]
    list_filter = ["kind"]
    search_fields = ["stall__name_vi"]


@admin.register(CrossStore)
class CrossStoreAdmin(LookOnlyAdmin):
    list_display = ["festival", "starts_at", "ends_at", "budget_minor", "spent_minor"]


@admin.register(Coupon)
class CouponAdmin(LookOnlyAdmin):
    list_display = ["issuer", "stall", "way", "claimed", "count_max", "spent_minor", "budget_minor"]
    list_filter = ["issuer", "way"]
    search_fields = ["stall__name_vi", "code"]


@admin.register(WalletCoupon)
class WalletCouponAdmin(LookOnlyAdmin):
    list_display = ["coupon", "user", "got_at", "order"]
    search_fields = ["user__username"]


@admin.register(PromotionUse)
class PromotionUseAdmin(LookOnlyAdmin):
    list_display = ["promotion", "order", "off_minor", "returned_minor", "used_at"]
    search_fields = ["promotion", "order"]


@admin.register(Takedown)
class TakedownAdmin(LookOnlyAdmin):
    list_display = ["promotion", "stall", "reason", "taken_down_by", "taken_down_at"]


@admin.register(RefusedPrice)
class RefusedPriceAdmin(LookOnlyAdmin):
    list_display = ["sku", "kind", "unit_minor", "breach", "nearest_minor", "refused_at"]
    list_filter = ["breach"]


@admin.register(Handout)
class HandoutAdmin(LookOnlyAdmin):
    list_display = ["coupon", "done", "given", "started_at", "finished_at"]
    exclude = ["user_ids"]
