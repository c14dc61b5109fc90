from django.urls import path

from chophien.web.stall import views

urlpatterns = [path("stall/", views.my_stall, name="my_stall")]
