from django.urls import path

from chophien.web.fair import buying, me, orders, rooms, shelves, test_bank, wallet
from chophien.web.shared import clock

urlpatterns = [
    path("", shelves.home, name="home"),
    path("goods/", shelves.goods_list, name="goods_list"),
    path("goods/<slug:slug>/", shelves.goods, name="goods"),
    path("stalls/", shelves.stall_list, name="stall_list"),
    path("stalls/<slug:slug>/", shelves.stall, name="stall"),
    path("stalls/<slug:slug>/join/", wallet.join, name="join_stall"),
    path("stalls/<slug:slug>/leave/", wallet.leave, name="leave_stall"),
    path("clock.json", clock.tell_time, name="clock"),
    path("privacy/", shelves.privacy, name="privacy"),
    path("live/<int:show_id>/", rooms.show_room, name="room"),
    path("live/<int:show_id>/pinned/", rooms.show_pinned, name="pinned"),
    path("live/<int:show_id>/complaint/", rooms.file_complaint, name="complaint"),
    path("live/<int:show_id>/drop/", rooms.show_drop, name="drop"),
    path("live/<int:show_id>/drop/<int:drop_id>/", wallet.take_drop, name="take_drop"),
    path("playlists/<int:room_id>.m3u8", rooms.playlist, name="playlist"),
    path("cart/", buying.show_cart, name="cart"),
    path("cart/add/", buying.add_to_cart, name="add_to_cart"),
    path("cart/set/", buying.set_in_cart, name="set_in_cart"),
    path("cart/remove/", buying.remove_from_cart, name="remove_from_cart"),
    path("cart/coupons/", buying.choose_coupons, name="choose_coupons"),
    path("cart/seen/", buying.accept_prices, name="accept_prices"),
    path("checkout/", buying.check_out, name="checkout"),
    path("orders/<slug:token>/", orders.show_order, name="order"),
    path("orders/<slug:token>/states.json", orders.order_states, name="order_states"),
    path("test-bank/", test_bank.transfer, name="test_bank"),
    path("test-bank/<slug:token>/", test_bank.pay_order, name="test_bank_order"),
    path("me/", me.my_place, name="me"),
    path("me/coupons/", wallet.show_wallet, name="wallet"),
    path("coupons/<int:coupon_id>/claim/", wallet.claim_coupon, name="claim_coupon"),
    path("me/orders/", me.my_orders, name="my_orders"),
]
