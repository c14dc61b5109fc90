"""Joining a stall, and the prices that goods and pages show to members, rooms and the public."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from tests.factories import (
    make_coupon,
    make_festival,
    make_offer,
    make_room,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.catalog.models import ListPriceChange
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.sellers.models import Membership

HOUR = timedelta(hours=1)
QUERIES_MAX = {"goods": 26, "stall": 18}


@pytest.fixture
def fair(db):
    now = datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves
    stall = make_stall("gian-mot")
    return SimpleNamespace(
        now=now,
        festival=make_festival(starts_at=now - HOUR, ends_at=now + 48 * HOUR),
        stall=stall,
        honey=make_sku(stall, name="Mật ong", price_minor=150_000, units=20),
    )


def offer_price(fair, unit_minor: int, kind: str = "sale", **fields: object) -> OfferedPrice:
    return OfferedPrice.objects.create(
        sku=fair.honey, kind=kind, unit_minor=unit_minor, starts_at=fair.now - HOUR,
        ends_at=fair.now + HOUR, **fields,
    )  # fmt: skip


def look_at_goods(client, fair):
    path = reverse("goods", args=[fair.honey.product.slug])
    return client.get(path, headers={"Accept-Language": "en"})


def test_member_joins_and_leaves_with_a_press(client, fair):
    offer_price(fair, 110_000, "member")
    client.force_login(make_user())
    assert "Members of the stall pay 110.000 ₫" in look_at_goods(client, fair).content.decode()

    client.post(reverse("join_stall", args=["gian-mot"]))
    client.post(reverse("join_stall", args=["gian-mot"]))

    assert Membership.objects.count() == 1
    response = look_at_goods(client, fair)
    assert response.context["card"].first.price.unit_minor == 110_000
    assert "Members of the stall pay" not in response.content.decode()

    client.post(reverse("leave_stall", args=["gian-mot"]))
    assert look_at_goods(client, fair).context["card"].first.price.unit_minor == 150_000


def test_guest_who_would_join_logs_in_and_returns_to_the_stall(client, fair):
    response = client.post(reverse("join_stall", args=["gian-mot"]))

    assert response.headers["Location"].endswith("next=/stalls/gian-mot/")
    assert Membership.objects.count() == 0


def test_link_alone_joins_nothing(client, fair):
    client.force_login(make_user())

    assert client.get(reverse("join_stall", args=["gian-mot"])).status_code == 405


def test_stall_that_is_not_there_cannot_be_joined(client, fair):
    client.force_login(make_user())

    assert client.post(reverse("join_stall", args=["khong-co"])).status_code == 404


def test_room_price_holds_in_its_room_and_is_named_outside(client, fair):
    room = make_room(fair.festival, fair.honey)
    Show.objects.filter(id=room.show_id).update(starts_at=fair.now - HOUR, ends_at=fair.now + HOUR)
    offer_price(fair, 120_000, "room", room=room.show_id)

    inside = client.get(reverse("room", args=[room.show_id]))
    outside = look_at_goods(client, fair)

    assert inside.context["pinned"].price.unit_minor == 120_000
    assert outside.context["card"].first.price.unit_minor == 150_000
    assert "Bought in the live room: 120.000 ₫" in outside.content.decode()


def test_volume_price_is_named_with_its_quantity(client, fair):
    offer_price(fair, 100_000, "tier", min_qty=10)

    assert 'From 10: <span class="money">100.000 ₫</span> each' in (
        look_at_goods(client, fair).content.decode()
    )


def test_conditional_price_that_the_law_forbids_is_promised_to_nobody(client, fair):
    fair.festival.discount_cap_bps = 1_000
    fair.festival.save()
    offer_price(fair, 110_000, "member")

    assert "Members of the stall pay" not in look_at_goods(client, fair).content.decode()


def test_promoted_price_stands_beside_the_low_of_the_thirty_days_before(client, fair):
    for price_minor, days in ((90_000, 60), (140_000, 40), (150_000, 20)):
        ListPriceChange.objects.create(
            sku=fair.honey, list_price_minor=price_minor,
            changed_at=fair.now - timedelta(days=days),
        )  # fmt: skip
    offer_price(fair, 120_000)

    page = look_at_goods(client, fair).content.decode()

    assert 'Lowest price of the 30 days before: <span class="money">140.000 ₫<' in page
    assert "In the 30 days before it, the lowest price was 140.000 ₫." in page


def test_goods_name_what_else_comes_off_and_nothing_that_does_not_reach_them(client, fair):
    make_offer(fair.stall, {"threshold": 200_000, "off": 10_000}, starts_at=None)
    make_offer(fair.stall, {"off": 1_000, "scope": {"tags": ["gold"]}}, starts_at=None)
    reaching = make_coupon(fair.festival, {"off": 5_000})
    make_coupon(fair.festival, {"off": 6_000, "scope": {"sellers": ["gian-khac"]}})
    make_coupon(fair.festival, {"off": 7_000}, issuer="seller", stall=make_stall("gian-hai"))

    response = look_at_goods(client, fair)

    assert [each.text for each in response.context["promises"]] == [
        "Spend 200.000\xa0₫, save 10.000\xa0₫"
    ]
    assert [card.coupon.id for card in response.context["coupons"]] == [reaching.id]


def test_goods_that_may_not_be_promoted_are_promised_nothing(client, fair):
    fair.honey.product.promotion_ban = "alcohol"
    fair.honey.product.save()
    make_offer(fair.stall, {"off": 10_000}, starts_at=None)
    make_coupon(fair.festival, {"off": 5_000})

    response = look_at_goods(client, fair)

    assert response.context["promises"] == []
    assert response.context["coupons"] == []


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
def test_stall_page_shows_offers_and_coupons_in_every_language(client, fair, language):
    make_offer(
        fair.stall, {"skus": {fair.honey.code: 2}, "price": 250_000}, kind="bundle",
        starts_at=None, sku_ids=[fair.honey.id],
    )  # fmt: skip
    path = reverse("stall", args=["gian-mot"])

    page = client.get(path, headers={"Accept-Language": language}).content.decode()

    assert "2 × Mật ong (hũ 500 g)" in page


@pytest.mark.parametrize("name", QUERIES_MAX)
def test_page_keeps_its_query_budget(client, fair, name, django_assert_max_num_queries):
    client.force_login(make_user())
    for number in range(8):
        make_sku(fair.stall, name=f"Hàng {number}")
        make_offer(fair.stall, {"off": 1_000, "scope": {"skus": [f"x{number}"]}}, starts_at=None)
        make_coupon(fair.festival, {"off": 1_000 + number})
    slug = fair.honey.product.slug if name == "goods" else "gian-mot"

    with django_assert_max_num_queries(QUERIES_MAX[name]):
        client.get(reverse(name, args=[slug]))
