from django.urls import path

from chophien.web.office import views

urlpatterns = [
    path("office/", views.office, name="office"),
    path("office/festivals/", views.festivals, name="office_festivals"),
    path("office/stalls/", views.stalls, name="office_stalls"),
    path("office/goods/", views.goods, name="office_goods"),
    path("office/goods/<int:sku_id>/price/", views.set_price, name="set_price"),
    path("office/products/<int:product_id>/state/", views.set_state, name="set_state"),
    path("office/orders/", views.orders, name="office_orders"),
    path("office/shows/", views.shows, name="office_shows"),
    path("office/complaints/", views.complaints, name="office_complaints"),
    path("office/complaints/<int:complaint_id>/", views.answer, name="answer_complaint"),
]
