"""Promotion pages: who reaches what, what is refused and how it is mended, what is shown."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils.timezone import localtime
from tests.factories import OPENING, make_festival, make_room, make_sku, make_stall, make_user

from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.models import Stock
from chophien.apps.programme.models import Show
from chophien.apps.promotions.handouts import continue_handout
from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Handout,
    Offer,
    OfferedPrice,
    Presale,
    RefusedPrice,
    Takedown,
    WalletCoupon,
)
from chophien.apps.promotions.planning import CouponPlan, RulePlan, plan_coupon, plan_offer
from chophien.apps.promotions.tasks import give_coupons
from chophien.apps.sellers.models import Membership
from chophien.web.shared.people import ORGANISERS
from chophien.web.shared.promotion_pages import FESTIVAL_KINDS, STALL_KINDS

DAY = timedelta(days=1)


@pytest.fixture
def now():
    return datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves


@pytest.fixture
def festival(db, now):
    return make_festival(
        programme_type="ordinary",
        discount_cap_bps=5_000,
        starts_at=now - DAY,
        ends_at=now + 9 * DAY,
    )


@pytest.fixture
def stall(festival):
    return make_stall("gian-mot")


@pytest.fixture
def honey(stall):
    return make_sku(stall, price_minor=150_000, units=10)


@pytest.fixture
def seller(stall, client):
    user = make_user("chu-gian")
    stall.members.add(user)
    client.force_login(user)
    return user


@pytest.fixture
def stranger(festival):
    """A seller of another stall."""
    other = make_stall("gian-khac")
    make_sku(other, name="Cà phê")
    user = make_user("nguoi-khac")
    other.members.add(user)
    return user


@pytest.fixture
def not_deferred(monkeypatch):
    """No worker runs in tests: what it would do, they do."""
    monkeypatch.setattr(give_coupons, "defer", lambda **_: 1)


@pytest.fixture
def organiser(festival):
    user = make_user("ban-to-chuc")
    user.groups.add(Group.objects.create(name=ORGANISERS))
    return user


def local(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%dT%H:%M}"


def fill_in(kind: str, sku, festival, now) -> dict[str, object]:
    """A form of each kind, filled in well."""
    stall_id = sku.product.stall_id
    goods = {"sku": sku.id, "unit": "100.000", "festival": festival.id}
    window = {"ends_at": local(now + DAY)}
    offer = {"stall": stall_id, **window}
    coupon = {
        "festival": festival.id, "way": "claim", "off": "20.000", "threshold": "100.000",
        "count_max": 50, "per_buyer": 1, "stall": stall_id, **window,
    }  # fmt: skip
    forms = {
        "sale": goods | window,
        "member": goods | window,
        "flash": goods | window | {"allotment": 5, "per_buyer": 2},
        "tier": goods | window | {"min_qty": 10},
        "room": goods,
        "presale": goods | {
            "deposit": "20.000", "credit": "40.000", "allotment": 4, **window,
            "balance_starts_at": local(now + 2 * DAY), "balance_ends_at": local(now + 3 * DAY),
        },
        "spend_save": offer | {"threshold": "300.000", "off": "30.000", "repeat": "on"},
        "nth_unit": offer | {"n": 2, "percent": "50"},
        "bundle": offer | {"sku_0": sku.code, "units_0": 2, "price": "200.000"},
        "seller": coupon,
        "platform": coupon,
        "red_packet": coupon,
        "cross_store": {"festival": festival.id, "every": "200.000", "off": "20.000", **window},
    }  # fmt: skip
    return forms[kind]


@pytest.fixture
def fill(honey, festival, now):
    """`fill_in` for the seller's honey."""

    def fill(kind: str, changed: dict[str, object] | None = None) -> dict[str, object]:
        return fill_in(kind, honey, festival, now) | (changed or {})

    return fill


def make_coupon(festival, now, **fields) -> Coupon:
    values = {
        "festival_id": festival.id, "issuer": "red_packet", "way": "gift",
        "rule": {"off": 5_000}, "count_max": 100,
    }  # fmt: skip
    coupon = plan_coupon(CouponPlan(**(values | fields)), by_id=None, at=now)
    assert isinstance(coupon, Coupon)
    return coupon


def make_offer(stall, now) -> Offer:
    plan = RulePlan(rule={"off": 10_000, "threshold": 100_000})
    offer = plan_offer(plan, stall_id=stall.id, by_id=None, at=now)
    assert isinstance(offer, Offer)
    return offer


def put_on_air(room, now) -> None:
    Show.objects.filter(id=room.show_id).update(starts_at=now - DAY / 24, ends_at=now + DAY / 24)


@pytest.fixture
def room(festival, honey, now):
    room = make_room(festival, honey)
    put_on_air(room, now)
    return room


@pytest.mark.parametrize("kind", STALL_KINDS)
def test_seller_makes_every_kind(client, seller, fill, room, kind):
    page = reverse("make_promotion", args=[kind])
    assert client.get(page, {"sku": room.pinned_id}).status_code == 200

    response = client.post(page, fill(kind, {"room": room.show_id}))

    assert response.status_code == 302, response.context["form"].errors
    made = [*OfferedPrice.objects.all(), *Presale.objects.all(), *Offer.objects.all(),
            *Coupon.objects.all()]  # fmt: skip
    assert [each.made_by for each in made] == [seller]
    assert b"id=" in client.get(reverse("my_promotions")).content


@pytest.mark.parametrize("kind", FESTIVAL_KINDS)
def test_organiser_makes_every_kind(client, organiser, fill, kind):
    client.force_login(organiser)
    page = reverse("make_festival_promotion", args=[kind])
    assert client.get(page).status_code == 200

    response = client.post(page, fill(kind))

    assert response.status_code == 302, response.context["form"].errors
    assert CrossStore.objects.count() + Coupon.objects.filter(stall=None).count() == 1


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
@pytest.mark.parametrize("kind", STALL_KINDS)
def test_preview_speaks_every_language_and_saves_nothing(
    client, seller, fill, room, kind, language
):

    response = client.post(
        reverse("preview_promotion", args=[kind]),
        fill(kind, {"room": room.show_id}),
        headers={"Accept-Language": language},
    )

    assert response.context["preview"] is not None
    assert response.context["refusal"] is None
    assert not OfferedPrice.objects.exists()
    assert not Presale.objects.exists()
    assert not Offer.objects.exists()
    assert not Coupon.objects.exists()


def test_unlawful_price_is_refused_with_a_button_that_mends_it(client, seller, fill):
    page = reverse("make_promotion", args=["sale"])
    typed = fill("sale", {"unit": "70.000"})

    refused = client.post(page, typed)
    filled = client.post(page, typed | {"fill": refused.context["refusal"].fill})
    sent = client.post(page, typed | {"unit": filled.context["form"]["unit"].value()})

    assert "75.000" in refused.context["form"].errors["unit"][0]
    assert refused.context["preview"].unit_minor == 70_000, "the picture is of what was typed"
    assert 'value="70.000"' in refused.content.decode(), "what was typed is kept"
    assert filled.status_code == 200
    assert filled.context["refusal"] is None
    assert sent.status_code == 302
    assert [price.unit_minor for price in OfferedPrice.objects.all()] == [75_000]
    assert RefusedPrice.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "changed", "field"),
    [
        ("sale", {"unit": "150.000"}, "unit"),
        ("sale", {"unit": "0"}, "unit"),
        ("sale", {"unit": "12,50"}, "unit"),
        ("sale", {"sku": "999999"}, "sku"),
        ("sale", {"festival": "999999"}, "festival"),
        ("sale", {"ends_at": "2020-01-01T00:00"}, "ends_at"),
        ("sale", {"starts_at": "2020-01-01T00:00"}, "starts_at"),
        ("sale", {"ends_at": "2199-01-01T00:00"}, "ends_at"),
        ("flash", {"allotment": 11}, "allotment"),
        ("flash", {"allotment": -1}, "allotment"),
        ("tier", {"min_qty": 1}, "min_qty"),
        ("room", {"room": "999999"}, "room"),
        ("presale", {"credit": "10.000"}, "credit"),
        ("presale", {"credit": "200.000"}, "credit"),
        ("presale", {"unit": "90.000"}, "unit"),
        ("spend_save", {"off": "", "percent": ""}, "off"),
        ("spend_save", {"off": "300.000"}, "off"),
        ("spend_save", {"off": "", "percent": "10"}, "repeat"),
        ("spend_save", {"stall": "999999"}, "stall"),
        ("nth_unit", {"percent": "101"}, "percent"),
        ("bundle", {"units_0": 1}, "sku_1"),
        ("seller", {"off": "100.000"}, "off"),
        ("seller", {"per_buyer": 51}, "per_buyer"),
        ("seller", {"way": "magic"}, "way"),
    ],
)
def test_fault_is_told_beside_its_field_and_nothing_is_made(
    client, seller, fill, kind, changed, field
):
    response = client.post(reverse("make_promotion", args=[kind]), fill(kind, changed))

    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert not OfferedPrice.objects.exists()
    assert not Presale.objects.exists()
    assert not Offer.objects.exists()
    assert not Coupon.objects.exists()


def test_presale_that_breaks_the_cap_is_mended_by_its_button(client, seller, fill):
    page = reverse("make_promotion", args=["presale"])
    typed = fill("presale", {"unit": "90.000"})

    refused = client.post(page, typed)

    assert refused.context["refusal"].fill == "unit=95000"
    assert client.post(page, typed | {"unit": "95000"}).status_code == 302


def test_wine_may_not_be_promoted_at_all(client, seller, stall, festival, now):
    wine = make_sku(stall, name="Rượu cần", promotion_ban="alcohol")

    response = client.post(
        reverse("make_promotion", args=["sale"]), fill_in("sale", wine, festival, now)
    )

    assert "sku" in response.context["form"].errors
    assert response.context["refusal"].fill == ""


@pytest.mark.parametrize("kind", ["sale", "spend_save", "bundle", "seller"])
def test_seller_promotes_own_goods_only(client, seller, fill, stranger, kind):
    page = reverse("make_promotion", args=[kind])
    typed = fill(kind)
    client.force_login(stranger)

    assert client.post(page, typed).status_code == 200
    assert not OfferedPrice.objects.exists()
    assert not Offer.objects.exists()
    assert not Coupon.objects.exists()
    client.force_login(seller)
    assert client.post(page, typed).status_code == 302


def test_seller_ends_own_promotions_only(client, seller, stranger, stall, organiser, now):
    offer = make_offer(stall, now)
    end = reverse("end_my_promotion", args=[f"o{offer.id}"])

    client.force_login(stranger)
    assert client.post(end).status_code == 404
    assert f'id="o{offer.id}"' not in client.get(reverse("my_promotions")).content.decode()
    offer.refresh_from_db()
    assert offer.ends_at is None
    client.force_login(seller)
    assert f'id="o{offer.id}"' in client.get(reverse("my_promotions")).content.decode()
    assert client.post(end).status_code == 302
    offer.refresh_from_db()
    assert offer.ends_at is not None


def test_seller_calls_off_own_presale_only(client, seller, fill, stranger):
    client.post(reverse("make_promotion", args=["presale"]), fill("presale"))
    presale = Presale.objects.get()
    address = reverse("cannot_deliver", args=[f"s{presale.id}"])

    client.force_login(stranger)
    assert client.post(address).status_code == 404
    presale.refresh_from_db()
    assert presale.defaulted_at is None
    client.force_login(seller)
    assert client.post(address).status_code == 302
    presale.refresh_from_db()
    assert presale.defaulted_at is not None


def test_only_a_presale_is_called_off(client, seller, stall, now):
    offer = make_offer(stall, now)

    assert client.post(reverse("cannot_deliver", args=[f"o{offer.id}"])).status_code == 404


@pytest.mark.parametrize("key", ["x", "o999999", "p0", "zz"])
def test_unknown_promotion_is_not_found(client, seller, key):
    assert client.post(reverse("end_my_promotion", args=[key])).status_code == 404


@pytest.mark.parametrize("kind", ["cross_store", "platform", "nothing"])
def test_seller_makes_nothing_for_the_festival(client, seller, honey, festival, now, kind):
    assert client.get(reverse("make_promotion", args=[kind])).status_code == 404
    assert client.get(reverse("make_festival_promotion", args=["platform"])).status_code == 403


@pytest.mark.parametrize(
    "page", ["promotions/", "promotions.csv", "promotions/law/", "promotions/new/cross_store/", "o"]
)
def test_office_pages_are_for_organisers(client, seller, organiser, stall, page):
    offer = make_offer(stall, OPENING)
    address = f"/office/promotions/o{offer.id}/" if page == "o" else f"/office/{page}"

    assert client.get(address).status_code == 403
    client.force_login(organiser)
    assert client.get(address).status_code == 200


def test_organiser_takes_down_with_a_reason_that_the_seller_reads(
    client, seller, organiser, stall, now
):
    offer = make_offer(stall, now)
    page = reverse("take_down_promotion", args=[f"o{offer.id}"])
    client.force_login(organiser)

    assert client.post(page, {"reason": " "}).context["fault"]
    assert not Takedown.objects.exists()
    assert client.post(page, {"reason": "Sai thể lệ của phiên"}).status_code == 302

    assert Takedown.objects.get().taken_down_by == organiser
    client.force_login(seller)
    assert "Sai thể lệ của phiên" in client.get(reverse("my_promotions")).content.decode()


def test_table_is_exported_as_it_is_filtered(client, organiser, stall, festival, honey, now):
    make_offer(stall, now)
    make_coupon(festival, now)
    client.force_login(organiser)

    def rows(**query):
        text = client.get(reverse("export_promotions"), query).content.decode("utf-8-sig")
        return [row["kind"] for row in csv.DictReader(io.StringIO(text))]

    assert sorted(rows()) == ["red_packet", "spend_save"]
    assert rows(kind="red_packet") == ["red_packet"]
    assert rows(state="over") == []


def test_text_of_a_seller_is_no_formula_in_the_export(client, organiser, festival, now):
    stall = make_stall("gian-mot", name_vi="=1+1")
    make_offer(stall, now)
    client.force_login(organiser)

    text = client.get(reverse("export_promotions")).content.decode("utf-8-sig")

    assert [row["stall"] for row in csv.DictReader(io.StringIO(text))] == ["'=1+1"]


@pytest.mark.usefixtures("not_deferred")
@pytest.mark.parametrize("to", ["members", "names"])
def test_organiser_gives_to_many_and_sees_how_far_it_is(client, organiser, stall, now, to):
    hoa = make_user("hoa")
    Membership.objects.create(stall=stall, user=hoa, joined_at=now)
    coupon = make_coupon(Festival.objects.get(), now)
    page = reverse("gift_coupon", args=[coupon.id])
    client.force_login(hoa)
    assert client.post(page, {"to": "names", "names": "hoa"}).status_code == 403
    client.force_login(organiser)

    client.post(page, {"to": to, "stall": stall.id, "names": "hoa, ai-do"})
    handout = Handout.objects.get()
    assert b"under-way" in client.get(page).content
    continue_handout(handout_id=handout.id, at=now)

    assert b"under-way" not in client.get(page).content
    assert [held.user for held in WalletCoupon.objects.all()] == [hoa]


def test_coupon_that_is_not_for_giving_is_not_given(client, organiser, festival, now):
    client.force_login(organiser)
    claimable = make_coupon(festival, now, way="claim")

    assert client.get(reverse("gift_coupon", args=[claimable.id])).status_code == 404
    given = make_coupon(festival, now)
    assert client.get(reverse("gift_coupon", args=[given.id])).status_code == 200


def test_flash_price_set_up_on_the_page_takes_units_out_of_stock(client, seller, fill, honey):
    page = reverse("make_promotion", args=["flash"])
    refused = client.post(page, fill("flash", {"allotment": 11}))
    assert refused.context["refusal"].fill == "allotment=10"

    client.post(page, fill("flash", {"allotment": 10}))

    assert Stock.objects.get(sku=honey).free == 0
    price = OfferedPrice.objects.get()
    client.post(reverse("end_my_promotion", args=[f"p{price.id}"]))
    assert Stock.objects.get(sku=honey).free == 10


def test_list_needs_few_queries_whatever_is_on_it(
    client, seller, festival, now, django_assert_max_num_queries
):
    stall = seller.stalls.get()
    for number in range(12):
        make_offer(stall, now)
        make_coupon(festival, now, issuer="seller", stall_id=stall.id)
        sku = make_sku(stall, name=f"Hàng {number}")
        page = reverse("make_promotion", args=["sale"])
        client.post(page, fill_in("sale", sku, festival, now))

    with django_assert_max_num_queries(22):
        response = client.get(reverse("my_promotions"))

    assert len(response.context["lines"]) == 30
