from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from chophien.apps.programme.models import Host, Segment, Show


@admin.register(Host)
class HostAdmin(ModelAdmin):
    list_display = ["name", "is_ai", "person"]


class SegmentInline(TabularInline):
    model = Segment
    extra = 0
    raw_id_fields = ["sku"]


@admin.register(Show)
class ShowAdmin(ModelAdmin):
    list_display = ["title_vi", "host", "starts_at", "ends_at"]
    list_filter = ["host"]
    inlines = [SegmentInline]
