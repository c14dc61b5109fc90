from django.contrib import admin
from unfold.admin import ModelAdmin

from chophien.apps.festivals.models import Festival, Season


@admin.register(Festival)
class FestivalAdmin(ModelAdmin):
    list_display = ["name_vi", "programme_type", "starts_at", "ends_at", "is_demo"]
    search_fields = ["name_vi", "name_en"]


@admin.register(Season)
class SeasonAdmin(ModelAdmin):
    list_display = ["name_vi", "slug", "starts_on"]
    search_fields = ["name_vi", "name_en"]
