"""Buying with one press: what is offered to whom, and what a pass says."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from tests.factories import (
    give_coupon,
    make_address,
    make_coupon,
    make_festival,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.admission.services import RoomPlan, open_room
from chophien.apps.inventory.services import set_units_aside
from chophien.apps.orders.addresses import remove_address, save_address
from chophien.apps.orders.models import ReadyQuote
from chophien.apps.promotions.models import OfferedPrice, PriceUse
from chophien.apps.sellers.models import Membership
from chophien.domain.limits import PASS_TIME
from chophien.wire.passes import BadPassError, derive_key, hash_device, read_pass
from chophien.wire.visitors import DEVICE_COOKIE

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def fair(db):
    now = datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves
    festival = make_festival(starts_at=now - 24 * HOUR, ends_at=now + 48 * HOUR)
    stall = make_stall()
    honey = make_sku(stall, units=50)
    return SimpleNamespace(now=now, festival=festival, stall=stall, honey=honey)


@pytest.fixture
def flash(fair):
    return offer_flash(fair)


def offer_flash(fair, begins: timedelta = -HOUR) -> OfferedPrice:
    """A flash price of an hour or two; two units for each buyer."""
    assert set_units_aside(sku_id=fair.honey.id, quantity=20)
    return OfferedPrice.objects.create(
        sku=fair.honey, kind="flash", unit_minor=90_000, allotment=20, per_buyer_max=2,
        starts_at=fair.now + begins, ends_at=fair.now + begins + 2 * HOUR,
    )  # fmt: skip


def offer_sale(fair) -> OfferedPrice:
    return OfferedPrice.objects.create(
        sku=fair.honey, kind="sale", unit_minor=120_000,
        starts_at=fair.now - HOUR, ends_at=fair.now + HOUR,
    )  # fmt: skip


@pytest.fixture
def user(fair, client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def saved(fair, user):
    return save_address(user_id=user.pk, address=make_address(), at=fair.now)


def ask_ready(client: Client, fair, quantity: int = 1, **more: object):
    address = reverse("buy_ready", args=[fair.honey.id])
    return client.get(address, {"quantity": quantity, **more}).json()


def ask_pass(client: Client, address_id: int, method: str = "vietqr"):
    client.get(reverse("home"))  # the device gets its cookie with a page
    return client.post(reverse("buy_pass"), {"address": address_id, "method": method})


def show_goods(client: Client, fair) -> str:
    page = reverse("goods", args=[fair.honey.product.slug])
    return client.get(page, headers={"Accept-Language": "en"}).content.decode()


def test_ready_says_what_the_press_costs(client, fair, flash):
    ready = ask_ready(client, fair, 2)

    assert ready == {
        "outcome": "ready",
        "quantity": 2,
        "unit": 90_000,
        "goods": 180_000,
        "shipping": 25_000,
        "due": 205_000,
        "cart_due": None,
        "limit": 2,
        "opens_at": flash.starts_at.isoformat(),
        "ends_at": flash.ends_at.isoformat(),
        "room": None,
    }


def test_flash_price_that_begins_soon_is_ready_with_its_opening(client, fair):
    flash = offer_flash(fair, 10 * MINUTE)

    ready = ask_ready(client, fair)

    assert (ready["due"], ready["opens_at"]) == (115_000, flash.starts_at.isoformat())
    assert ReadyQuote.objects.get().starts_at == flash.starts_at


def test_coming_flash_price_comes_before_a_sale_price_that_is_higher(client, fair):
    offer_sale(fair)
    offer_flash(fair, 10 * MINUTE)

    assert ask_ready(client, fair)["unit"] == 90_000


def test_sale_price_is_sold_until_a_flash_price_is_near(client, fair):
    offer_sale(fair)
    offer_flash(fair, 2 * HOUR)

    assert ask_ready(client, fair)["unit"] == 120_000


@pytest.mark.parametrize(("quantity", "why"), [(3, "not_ready"), (0, "not_ready")])
def test_quantity_that_one_press_does_not_buy_is_for_the_cart(client, fair, flash, quantity, why):
    assert ask_ready(client, fair, quantity) == {"outcome": "cart", "why": why}


def test_list_price_is_for_the_cart(client, fair):
    assert ask_ready(client, fair) == {"outcome": "cart", "why": "not_ready"}


def test_who_has_had_the_limit_is_told_before_pressing(client, fair, flash, user):
    PriceUse.objects.create(price=flash, buyer=f"u:{user.pk}", units=2)

    assert ask_ready(client, fair) == {"outcome": "cart", "why": "limit"}


def test_limit_counts_by_the_phone_of_the_chosen_address_too(client, fair, flash, saved):
    PriceUse.objects.create(price=flash, buyer=saved.buyer_key, units=1)

    assert ask_ready(client, fair)["limit"] == 1


def test_lower_price_for_members_is_for_the_cart_and_only_theirs(client, fair, flash, user):
    OfferedPrice.objects.create(sku=fair.honey, kind="member", unit_minor=80_000)
    assert ask_ready(client, fair)["outcome"] == "ready"

    Membership.objects.create(stall=fair.stall, user=user, joined_at=fair.now)

    assert ask_ready(client, fair) == {"outcome": "cart", "why": "cheaper"}


def test_coupon_in_the_wallet_is_told_and_the_press_stays(client, fair, flash, user):
    rule = {"off": 10_000, "threshold": 50_000}
    give_coupon(make_coupon(fair.festival, rule), user)

    ready = ask_ready(client, fair)

    assert (ready["due"], ready["cart_due"]) == (115_000, 105_000)


def test_waiting_room_is_named(client, fair, flash):
    plan = RoomPlan(
        festival_id=fair.festival.id, names=("Phòng chờ", "", ""), opens_at=fair.now + HOUR,
        rate_per_s=10, sku_ids=[fair.honey.id],
    )  # fmt: skip
    room = open_room(plan, seed="ab" * 32, at=fair.now).room

    assert ask_ready(client, fair)["room"] == room.id


def test_withdrawn_goods_are_not_there(client, fair):
    fair.honey.product.state = "withdrawn"
    fair.honey.product.save()

    assert client.get(reverse("buy_ready", args=[fair.honey.id])).status_code == 404


def test_pass_says_who_buys_where_to_and_how_for_ten_minutes(client, fair, saved, user):
    told = ask_pass(client, saved.id, "vietqr").json()

    ends_at = datetime.fromisoformat(told["ends_at"])
    key = derive_key(settings.SECRET_KEY)
    holder = read_pass(told["pass"], key, int(fair.now.timestamp()))
    assert (holder.user_id, holder.address_id, holder.method) == (user.pk, saved.id, "vietqr")
    assert holder.buyer_keys == (f"u:{user.pk}", saved.buyer_key)
    assert holder.device == hash_device(client.cookies[DEVICE_COOKIE].value)
    assert holder.ends_at_s == int(ends_at.timestamp())
    assert PASS_TIME <= ends_at - fair.now < PASS_TIME + MINUTE
    assert told["lives_s"] == PASS_TIME.total_seconds()
    with pytest.raises(BadPassError, match="over"):
        read_pass(told["pass"], key, holder.ends_at_s)


def test_pass_to_the_address_of_another_person_is_refused(client, fair, user):
    theirs = save_address(user_id=make_user("sen").pk, address=make_address(), at=fair.now)

    response = ask_pass(client, theirs.id)

    assert (response.status_code, response.json()) == (404, {"outcome": "no_address"})


def test_pass_to_an_address_that_was_removed_is_refused(client, fair, saved, user):
    remove_address(user_id=user.pk, address_id=saved.id, at=fair.now)

    assert ask_pass(client, saved.id).status_code == 404


def test_guest_gets_no_pass(client, fair, saved):
    client.logout()

    response = ask_pass(client, saved.id)

    assert (response.status_code, response.json()) == (401, {"outcome": "log_in"})


@pytest.mark.parametrize("method", ["", "cash", "test_bank"])
def test_pass_names_only_ways_of_paying_that_there_are(client, settings, fair, saved, method):
    settings.IS_DEMO = False

    response = ask_pass(client, saved.id, method)

    assert (response.status_code, response.json()) == (400, {"outcome": "no_method"})


def test_test_bank_is_a_way_of_the_demonstration(client, settings, fair, saved):
    settings.IS_DEMO = True

    assert ask_pass(client, saved.id, "test_bank").status_code == 200


def test_device_without_its_cookie_gets_no_pass(client, fair, saved):
    response = client.post(reverse("buy_pass"), {"address": saved.id, "method": "vietqr"})

    assert (response.status_code, response.json()) == (400, {"outcome": "no_device"})


def test_pass_from_another_site_is_refused(fair, saved, user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    strict.get(reverse("home"))

    response = strict.post(reverse("buy_pass"), {"address": saved.id, "method": "vietqr"})

    assert response.status_code == 403


def test_page_shows_address_sum_and_payment_to_who_can_press(client, fair, flash, saved):
    page = show_goods(client, fair)

    assert 'data-buy-now="' in page
    assert saved.street in page
    assert 'data-due="115000"' in page


def test_page_asks_who_keeps_no_address_for_one_and_comes_back(client, fair, flash, user):
    page = show_goods(client, fair)

    goods = reverse("goods", args=[fair.honey.product.slug])
    assert f"{reverse('new_address')}?next={goods}" in page


def test_guest_sees_the_flash_price_and_where_to_log_in(client, fair, flash):
    page = show_goods(client, fair)

    goods = reverse("goods", args=[fair.honey.product.slug])
    assert f"{reverse('account_login')}?next={goods}" in page
    assert 'action="/cart/add/"' in page


def test_page_says_why_there_is_nothing_to_press(client, fair, flash, saved):
    PriceUse.objects.create(price=flash, buyer=saved.buyer_key, units=2)

    page = show_goods(client, fair)

    assert "You have as many at this price as one buyer may." in page
    assert "data-due=" not in page


def test_guest_is_not_asked_to_log_in_for_a_sale_price(client, fair):
    offer_sale(fair)

    assert 'data-buy-now="' not in show_goods(client, fair)


@pytest.mark.parametrize(
    ("language", "word"), [("vi", "Mua ngay"), ("en", "Buy now"), ("zh-hans", "立即购买")]
)
def test_panel_alone_is_what_an_open_page_fetches(client, fair, flash, saved, language, word):
    address = reverse("buy_panel", args=[fair.honey.id])

    page = client.get(address, headers={"Accept-Language": language}).content.decode()

    assert word in page
    assert "<html" not in page


def test_panel_of_what_the_cart_sells_is_empty(client, fair, saved):
    page = client.get(reverse("buy_panel", args=[fair.honey.id])).content.decode()

    assert "data-due" not in page
