from django.urls import path

from chophien.web.screen import views

urlpatterns = [
    path("screen/", views.screen, name="screen"),
    path("screen/figures.json", views.figures, name="figures"),
]
