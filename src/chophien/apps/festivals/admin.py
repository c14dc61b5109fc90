from django.contrib import admin
from unfold.admin import ModelAdmin

from chophien.apps.festivals.models import Festival


@admin.register(Festival)
class FestivalAdmin(ModelAdmin):
    list_display = ["name_vi", "programme_type", "starts_at", "ends_at", "is_demo"]
    search_fields = ["name_vi", "name_en"]
