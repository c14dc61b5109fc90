"""Every address of the site; each audience keeps its own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("chophien.web.fair.urls")),
    path("", include("chophien.web.stall.urls")),
    path("", include("chophien.web.studio.urls")),
    path("", include("chophien.web.office.urls")),
    path("", include("chophien.web.screen.urls")),
    path("api/", include("chophien.api.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
