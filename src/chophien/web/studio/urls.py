from django.urls import path

from chophien.web.studio import views

urlpatterns = [
    path("studio/", views.studio, name="studio"),
    path("studio/<int:show_id>/", views.show_desk, name="show_desk"),
    path("studio/<int:show_id>/pin/", views.pin, name="pin"),
]
