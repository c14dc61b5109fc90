from django.urls import path

from chophien.web.stall import exchange, gifts, papers, promotions, refunds, views

urlpatterns = [
    path("stall/", views.my_stall, name="my_stall"),
    path("stall/refunds/", refunds.my_refunds, name="my_refunds"),
    path("stall/refunds/<uuid:refund_id>/decide/", refunds.decide, name="decide_refund"),
    path("stall/refunds/<uuid:refund_id>/sent/", refunds.confirm_sent, name="confirm_refund_sent"),
    path("stall/promotions/", promotions.my_promotions, name="my_promotions"),
    path("stall/promotions/new/", promotions.choose_kind, name="choose_promotion"),
    path("stall/promotions/new/<slug:kind>/", promotions.make_promotion, name="make_promotion"),
    path(
        "stall/promotions/new/<slug:kind>/preview/",
        promotions.preview_promotion,
        name="preview_promotion",
    ),
    path(
        "stall/promotions/<slug:key>/cannot-deliver/",
        promotions.cannot_deliver,
        name="cannot_deliver",
    ),
    path("stall/promotions/<slug:key>/end/", promotions.end_my_promotion, name="end_my_promotion"),
    path("stall/papers/", papers.my_papers, name="my_papers"),
    path("stall/<int:stall_id>/papers/", papers.hand_in, name="hand_in_paper"),
    path(
        "stall/<int:stall_id>/papers/<int:paper_id>/take-back/",
        papers.take_back,
        name="take_back_paper",
    ),
    path("stall/<int:stall_id>/goods/<int:product_id>/kinds/", papers.set_kinds, name="set_kinds"),
    path("stall/gifts/", gifts.my_gifts, name="my_gifts"),
    path("stall/gifts/<int:offer_id>/back/", gifts.take_back, name="take_back_gifts"),
    path("stall/exchange/", exchange.home, name="stall_exchange"),
    path(
        "stall/exchange/template-<slug:kind>.<slug:form>",
        exchange.template,
        name="stall_exchange_template",
    ),
    path("stall/exchange/<slug:kind>.<slug:form>", exchange.table, name="stall_exchange_table"),
    path("stall/exchange/<int:run_id>/", exchange.run, name="stall_exchange_run"),
    path("stall/exchange/<int:run_id>/faults.csv", exchange.faults, name="stall_exchange_faults"),
    path("stall/exchange/<int:run_id>/<slug:act>/", exchange.move, name="stall_exchange_move"),
]
