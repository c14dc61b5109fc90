"""Waiting rooms as they are kept. What counts (places, pace) is moved by services alone."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from chophien.apps.admission.models import WaitingRoom


@admin.register(WaitingRoom)
class WaitingRoomAdmin(ModelAdmin):
    """To be looked at: rooms are made and closed in the office. A sealed seed is in no admin."""

    list_display = ["name_vi", "festival", "opens_at", "drawn_at", "entered", "closed_at"]
    list_filter = ["festival", "is_standing"]
    search_fields = ["name_vi"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
