from django.contrib import admin
from unfold.admin import ModelAdmin

from chophien.apps.sellers.models import Stall


@admin.register(Stall)
class StallAdmin(ModelAdmin):
    list_display = ["name_vi", "kind", "former_province", "state"]
    list_filter = ["kind", "state"]
    search_fields = ["name_vi", "slug"]
    autocomplete_fields = ["members"]
    prepopulated_fields = {"slug": ["name_vi"]}
