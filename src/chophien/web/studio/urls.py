from django.urls import path

from chophien.web.studio import drops, views

urlpatterns = [
    path("studio/", views.studio, name="studio"),
    path("studio/<int:show_id>/", views.show_desk, name="show_desk"),
    path("studio/<int:show_id>/pin/", views.pin, name="pin"),
    path("studio/<int:show_id>/drops/", drops.drop, name="drop_coupon"),
    path("studio/<int:show_id>/drops/<int:drop_id>/end/", drops.end_drop, name="end_drop"),
]
