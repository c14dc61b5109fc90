"""What applies to a cart, what prices are measured against, and what nobody may rewrite."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from tests.factories import (
    OPENING,
    give_coupon,
    make_cart,
    make_coupon,
    make_festival,
    make_offer,
    make_price,
    make_room,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.catalog.services import change_list_price, record_list_price
from chophien.apps.inventory.models import Stock
from chophien.apps.orders.quoting import quote_lines
from chophien.apps.orders.selectors import view_cart
from chophien.apps.orders.services import set_line
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import CrossStore, OfferedPrice, PriceUse
from chophien.apps.promotions.selectors import count_buyable, find_references
from chophien.apps.promotions.services import close_ended
from chophien.apps.sellers.models import Membership

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def festival():
    return make_festival()


def price(cart, festival, *, at=OPENING, **picked):
    buyer = Buyer(id=str(cart.id), user_id=cart.user_id)
    return quote_lines(view_cart(cart, at).lines, festival=festival, buyer=buyer, at=at, **picked)


def adjustments(cart, festival, **picked):
    return {
        each["id"]: each["off"] for each in price(cart, festival, **picked).quote["adjustments"]
    }


def test_offers_programmes_and_coupons_of_the_cart_apply_and_no_others(festival):
    here, there = make_stall("o-day"), make_stall("o-kia")
    honey = make_sku(here, price_minor=200_000)
    own = make_offer(here, {"threshold": 100_000, "off": 10_000})
    make_offer(there, {"threshold": 1, "off": 50_000})
    programme = CrossStore.objects.create(
        festival=festival, rule={"every": 150_000, "off": 15_000}, made_at=OPENING
    )
    CrossStore.objects.create(
        festival=make_festival(slug="phien-khac"), rule={"every": 1, "off": 9_000}, made_at=OPENING
    )
    user = make_user()
    held = give_coupon(make_coupon(festival, {"off": 5_000}), user)
    give_coupon(make_coupon(festival, {"off": 7_000}), make_user("nguoi-khac"))

    found = adjustments(make_cart((honey, 1), user=user), festival)

    assert found == {f"o{own.id}": 10_000, f"x{programme.id}": 15_000, f"c{held.id}": 5_000}


@pytest.mark.parametrize(
    ("case", "window"),
    [
        ("starts later", {"starts_at": OPENING + DAY}),
        ("is over at its end", {"ends_at": OPENING, "starts_at": OPENING - DAY}),
    ],
)
def test_rule_outside_its_window_is_not_there(festival, case, window):
    stall = make_stall()
    make_offer(stall, {"off": 10_000}).delete()
    offer = make_offer(stall, {"off": 10_000})
    type(offer).objects.filter(id=offer.id).update(**({"starts_at": None} | window))

    assert adjustments(make_cart((make_sku(stall), 1)), festival) == {}, case


def test_offer_that_names_skus_is_found_by_them_alone(festival):
    stall = make_stall()
    honey, tea = make_sku(stall), make_sku(stall, name="Trà")
    rule = {"off": 10_000, "scope": {"skus": [honey.code]}}
    offer = make_offer(stall, rule, sku_ids=[honey.id])

    assert adjustments(make_cart((honey, 1)), festival) == {f"o{offer.id}": 10_000}
    assert adjustments(make_cart((tea, 1)), festival) == {}


def test_members_pay_the_member_price_and_others_do_not(festival):
    stall = make_stall()
    honey = make_sku(stall, price_minor=150_000)
    OfferedPrice.objects.create(sku=honey, kind="member", unit_minor=120_000)
    member = make_user("hoi-vien")
    Membership.objects.create(stall=stall, user=member, joined_at=OPENING)

    assert price(make_cart((honey, 1), user=member), festival).quote["items_payable"] == 120_000
    stranger = make_cart((honey, 1), user=make_user())
    assert price(stranger, festival).quote["items_payable"] == 150_000


def test_room_price_holds_for_what_was_put_in_the_cart_in_that_room(festival):
    honey = make_sku(make_stall(), price_minor=150_000)
    show = make_room(festival, honey).show
    OfferedPrice.objects.create(sku=honey, kind="room", room=show.id, unit_minor=130_000)
    outside, inside = make_cart((honey, 1)), make_cart()
    set_line(cart=inside, sku_id=honey.id, quantity=1, show_id=show.id)

    assert price(outside, festival).quote["items_payable"] == 150_000
    assert price(inside, festival).quote["items_payable"] == 130_000


def test_volume_price_holds_from_its_quantity_on(festival):
    honey = make_sku(make_stall(), price_minor=150_000)
    OfferedPrice.objects.create(sku=honey, kind="tier", min_qty=5, unit_minor=120_000)

    assert price(make_cart((honey, 4)), festival).quote["items_payable"] == 600_000
    assert price(make_cart((honey, 5)), festival).quote["items_payable"] == 600_000


def test_banned_goods_take_no_discount_and_reach_no_threshold(festival):
    stall = make_stall()
    wine = make_sku(stall, name="Rượu cần", price_minor=200_000, promotion_ban="alcohol")
    tea = make_sku(stall, name="Trà", price_minor=100_000)
    offer = make_offer(stall, {"threshold": 100_000, "off": 60_000})
    OfferedPrice.objects.create(sku=wine, kind="sale", unit_minor=150_000)

    both = price(make_cart((wine, 1), (tea, 1)), festival).quote
    assert {line["id"]: line["payable"] for line in both["lines"]} == {
        str(wine.id): 200_000,
        str(tea.id): 40_000,
    }
    assert [each["lines"] for each in both["adjustments"]] == [{str(tea.id): 60_000}]
    assert [each["reason"] for each in both["rejected"]] == ["discount_cap"]
    assert price(make_cart((wine, 1)), festival).quote["adjustments"] == []
    assert offer.id


def test_budget_that_holds_too_little_is_passed_over_for_the_next_best(festival):
    stall = make_stall()
    honey = make_sku(stall, price_minor=200_000)
    make_offer(stall, {"off": 30_000}, budget_minor=29_999)
    smaller = make_offer(stall, {"off": 10_000})

    assert adjustments(make_cart((honey, 1)), festival) == {f"o{smaller.id}": 10_000}


def test_coupons_picked_by_hand_are_the_only_ones(festival):
    honey = make_sku(make_stall(), price_minor=200_000)
    user = make_user()
    better = give_coupon(make_coupon(festival, {"off": 30_000}), user)
    other = give_coupon(make_coupon(festival, {"off": 10_000}), user)
    cart = make_cart((honey, 1), user=user)

    assert adjustments(cart, festival) == {f"c{better.id}": 30_000}
    assert adjustments(cart, festival, held_ids=[other.id]) == {f"c{other.id}": 10_000}
    assert adjustments(cart, festival, held_ids=[]) == {}


def test_coupon_of_another_festival_is_not_used(festival):
    user = make_user()
    other = make_festival(slug="phien-khac")
    give_coupon(make_coupon(other, {"off": 30_000}), user)

    assert adjustments(make_cart((make_sku(make_stall()), 1), user=user), festival) == {}


def test_what_applies_is_found_in_seven_queries(festival, django_assert_num_queries):
    stall = make_stall()
    honey = make_sku(stall, units=20)
    make_price(honey, unit_minor=90_000, allotment=5, per_buyer_max=1)
    make_offer(stall, {"off": 1_000})
    user = make_user()
    give_coupon(make_coupon(festival, {"off": 1_000}), user)
    lines = view_cart(make_cart((honey, 1), user=user), OPENING).lines
    buyer = Buyer(id="b", user_id=user.id)

    with django_assert_num_queries(7):
        quote_lines(lines, festival=festival, buyer=buyer, at=OPENING)


def test_limit_of_a_buyer_counts_what_was_bought_before(festival):
    honey = make_sku(make_stall(), price_minor=150_000, units=20)
    flash = make_price(honey, unit_minor=90_000, allotment=10, per_buyer_max=3)
    user = make_user()
    PriceUse.objects.create(price=flash, buyer=f"u:{user.id}", units=2)

    (line,) = price(make_cart((honey, 2), user=user), festival).quote["lines"]

    assert [(part["qty"], part["kind"]) for part in line["parts"]] == [(1, "flash"), (1, "list")]


def test_confirmed_request_gives_the_quote_again(festival):
    from chophien.domain.pricing.quote import price_document

    stall = make_stall()
    make_offer(stall, {"threshold": 100_000, "percent_bps": 1_250})
    priced = price(make_cart((make_sku(stall, price_minor=99_999), 3)), festival)

    assert price_document(priced.request) == priced.quote


# ---------------------------------------------------------------- reference price


def raise_price(sku, price_minor, at):
    change_list_price(sku_id=sku.id, list_price_minor=price_minor, by_id=None, at=at)


def offer_sale(sku, unit_minor, starts_at, ends_at=None):
    return OfferedPrice.objects.create(
        sku=sku, kind="sale", unit_minor=unit_minor, starts_at=starts_at, ends_at=ends_at
    )


def reference(sku, at):
    return find_references([sku.id], at)[sku.id]


def test_reference_is_the_list_price_just_before_the_promotion():
    honey = make_sku(make_stall(), price_minor=100_000)
    record_list_price(honey, by_id=None, at=OPENING - 9 * DAY)
    raise_price(honey, 120_000, OPENING - 5 * DAY)
    offer_sale(honey, 80_000, OPENING, OPENING + 3 * DAY)
    raise_price(honey, 200_000, OPENING + DAY)

    assert reference(honey, OPENING - timedelta(seconds=1)) == 200_000  # as if nothing ran
    assert reference(honey, OPENING) == 120_000
    assert reference(honey, OPENING + 2 * DAY) == 120_000
    assert reference(honey, OPENING + 3 * DAY) == 200_000


def test_reference_goes_back_to_the_first_of_the_promotions_that_run():
    honey = make_sku(make_stall(), price_minor=100_000)
    record_list_price(honey, by_id=None, at=OPENING - 9 * DAY)
    offer_sale(honey, 80_000, OPENING - 3 * DAY, OPENING + 3 * DAY)
    raise_price(honey, 160_000, OPENING - 2 * DAY)
    offer_sale(honey, 85_000, OPENING - DAY, OPENING + DAY)

    assert reference(honey, OPENING) == 100_000


def test_price_change_at_the_very_start_is_not_before_it():
    honey = make_sku(make_stall(), price_minor=100_000)
    record_list_price(honey, by_id=None, at=OPENING - 9 * DAY)
    offer_sale(honey, 80_000, OPENING)
    raise_price(honey, 160_000, OPENING)

    assert reference(honey, OPENING) == 100_000


# ---------------------------------------------------------------- history


@pytest.mark.parametrize(
    "change",
    [
        {"unit_minor": 1},
        {"kind": "member"},
        {"starts_at": OPENING - 40 * DAY},
        {"ends_at": None},
        {"ends_at": OPENING + 900 * DAY},
        {"is_exclusive": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_price_that_was_offered_is_not_rewritten(change):
    offered = offer_sale(make_sku(make_stall()), 80_000, OPENING - 300 * DAY, OPENING + 800 * DAY)

    with pytest.raises(DatabaseError, match="a price that was offered"), transaction.atomic():
        OfferedPrice.objects.filter(id=offered.id).update(**change)

    before = OfferedPrice.objects.get(id=offered.id)
    assert (before.unit_minor, before.kind, before.ends_at) == (80_000, "sale", offered.ends_at)


def test_price_that_was_offered_is_not_deleted():
    offered = offer_sale(make_sku(make_stall()), 80_000, OPENING - 300 * DAY)

    with pytest.raises(DatabaseError, match="stays in the history"), transaction.atomic():
        offered.delete()

    assert OfferedPrice.objects.filter(id=offered.id).exists()


def test_price_that_has_not_started_may_be_changed_and_withdrawn():
    planned = offer_sale(make_sku(make_stall()), 80_000, OPENING + 3000 * DAY)

    OfferedPrice.objects.filter(id=planned.id).update(unit_minor=70_000)
    OfferedPrice.objects.filter(id=planned.id).delete()

    assert not OfferedPrice.objects.exists()


# ---------------------------------------------------------------- allotments


def test_units_of_a_flash_price_are_kept_from_others_until_it_ends():
    honey = make_sku(make_stall(), units=10)
    flash = make_price(honey, unit_minor=90_000, allotment=4)
    OfferedPrice.objects.filter(id=flash.id).update(taken=1)

    assert Stock.objects.get(sku=honey).free == 6
    assert count_buyable([honey.id], OPENING) == {honey.id: 9}
    assert count_buyable([honey.id], flash.ends_at) == {honey.id: 6}


def test_what_is_left_of_an_allotment_is_free_again_after_the_end():
    honey = make_sku(make_stall(), units=10)
    flash = make_price(honey, unit_minor=90_000, allotment=4)

    assert close_ended(at=flash.ends_at - timedelta(microseconds=1)) == 0
    assert close_ended(at=flash.ends_at + 40 * DAY) == 1  # slept through it
    assert close_ended(at=flash.ends_at + 40 * DAY) == 0

    stock = Stock.objects.get(sku=honey)
    assert (stock.free, stock.set_aside) == (10, 0)
