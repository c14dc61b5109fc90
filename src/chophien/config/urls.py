"""Every address of the site; each audience keeps its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

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
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}pictures/logo.svg")),
]
