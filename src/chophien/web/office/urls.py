from django.urls import path

from chophien.web.office import festivals, promotions, simulation, views

urlpatterns = [
    path("office/", views.office, name="office"),
    path("office/festivals/", festivals.list_all, name="office_festivals"),
    path("office/festivals/<slug:slug>/", festivals.show, name="office_festival"),
    path("office/festivals/<slug:slug>/phases/", festivals.add, name="add_phase"),
    path("office/festivals/<slug:slug>/two-waves/", festivals.two_waves, name="two_waves"),
    path("office/phases/<int:phase_id>/", festivals.change, name="change_phase"),
    path("office/phases/<int:phase_id>/remove/", festivals.remove, name="remove_phase"),
    path("office/phases/<int:phase_id>/restore/", festivals.restore, name="restore_phase"),
    path("office/clock/", festivals.set_clock, name="set_clock"),
    path("office/stalls/", views.stalls, name="office_stalls"),
    path("office/goods/", views.goods, name="office_goods"),
    path("office/goods/<int:sku_id>/price/", views.set_price, name="set_price"),
    path("office/products/<int:product_id>/state/", views.set_state, name="set_state"),
    path("office/orders/", views.orders, name="office_orders"),
    path("office/shows/", views.shows, name="office_shows"),
    path("office/promotions/", promotions.promotions, name="office_promotions"),
    path("office/promotions.csv", promotions.export, name="export_promotions"),
    path("office/promotions/law/", promotions.law, name="promotions_law"),
    path("office/promotions/new/<slug:kind>/", promotions.make, name="make_festival_promotion"),
    path(
        "office/promotions/new/<slug:kind>/preview/",
        promotions.preview,
        name="preview_festival_promotion",
    ),
    path("office/promotions/<slug:key>/", promotions.take_it_down, name="take_down_promotion"),
    path("office/coupons/<int:coupon_id>/gift/", promotions.gift, name="gift_coupon"),
    path("office/complaints/", views.complaints, name="office_complaints"),
    path("office/complaints/<int:complaint_id>/", views.answer, name="answer_complaint"),
    path("office/simulation/", simulation.simulations, name="simulations"),
    path("office/simulation/<uuid:simulation_id>/", simulation.simulation, name="simulation"),
    path(
        "office/simulation/<uuid:simulation_id>/stop/", simulation.stop, name="stop_simulation"
    ),
    path(
        "office/simulation/<uuid:simulation_id>/report.json",
        simulation.report,
        name="simulation_report",
    ),
    path(
        "office/simulation/<uuid:simulation_id>/<slug:name>.csv",
        simulation.table,
        name="simulation_table",
    ),
]
