"""Coupons are claimed with a press, never by a link; guests come back; wallets say what is what."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from tests.factories import (
    give_coupon,
    make_coupon,
    make_festival,
    make_room,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.live.models import CouponDrop
from chophien.apps.programme.models import Show
from chophien.apps.promotions.models import WalletCoupon

HOUR = timedelta(hours=1)


@pytest.fixture
def fair(db):
    now = datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves
    festival = make_festival(starts_at=now - HOUR, ends_at=now + 48 * HOUR)
    stall = make_stall("gian-mot")
    honey = make_sku(stall)
    room = make_room(festival, honey)
    Show.objects.filter(id=room.show_id).update(starts_at=now - HOUR, ends_at=now + HOUR)
    return SimpleNamespace(now=now, festival=festival, stall=stall, honey=honey, room=room)


def told(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def claim(client, coupon, **fields: str):
    return client.post(
        reverse("claim_coupon", args=[coupon.id]), fields, follow=True,
        headers={"Accept-Language": "en"},
    )  # fmt: skip


def test_claimed_coupon_is_in_the_wallet(client, fair):
    coupon = make_coupon(fair.festival, {"off": 10_000})
    client.force_login(make_user())

    response = claim(client, coupon)

    assert "in your wallet" in told(response)
    wallet = response.context["wallet"]
    assert [card.coupon.id for card in wallet.usable] == [coupon.id]
    assert response.context["claimable"] == []


def test_link_alone_claims_nothing(client, fair):
    coupon = make_coupon(fair.festival, {"off": 10_000})
    client.force_login(make_user())

    response = client.get(reverse("claim_coupon", args=[coupon.id]))

    assert response.status_code == 200
    assert WalletCoupon.objects.count() == 0


def test_guest_logs_in_and_comes_back_to_one_button(client, fair):
    coupon = make_coupon(fair.festival, {"off": 10_000})
    make_user()

    response = client.post(reverse("claim_coupon", args=[coupon.id]), {"next": "/cart/"})
    login = response.headers["Location"]
    assert login.startswith(reverse("account_login"))
    page = client.post(login, {"login": "hoa", "password": "mot-mat-khau-dai"}, follow=True)

    assert page.redirect_chain[-1][0].startswith(reverse("claim_coupon", args=[coupon.id]))
    assert page.context["card"].coupon.id == coupon.id
    assert WalletCoupon.objects.count() == 0
    done = claim(client, coupon, next=page.context["next"])
    assert done.redirect_chain[-1][0] == "/cart/"
    assert WalletCoupon.objects.count() == 1


def test_claim_never_leads_to_another_site(client, fair):
    client.force_login(make_user())

    response = claim(client, make_coupon(fair.festival, {"off": 1}), next="https://evil.example/")

    assert response.redirect_chain[-1][0] == reverse("wallet")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"count_max": 1, "claimed": 1}, "All coupons of this kind are gone"),
        ({"way": "gift"}, "cannot be claimed now"),
        ({"way": "drop"}, "cannot be claimed now"),
        ({"ends_in": -HOUR}, "cannot be claimed now"),
        ({"claim_starts_in": HOUR}, "cannot be claimed now"),
    ],
)
def test_coupon_that_is_not_to_be_had_says_so(client, fair, fields, sentence):
    instants = {
        key.removesuffix("in") + "at": fair.now + fields[key]
        for key in ("ends_in", "claim_starts_in")
        if key in fields
    }
    plain = {key: value for key, value in fields.items() if not key.endswith("_in")}
    coupon = make_coupon(fair.festival, {"off": 1}, **plain, **instants)
    client.force_login(make_user())

    response = claim(client, coupon)

    assert sentence in told(response)
    assert WalletCoupon.objects.count() == 0


@pytest.mark.parametrize(
    ("per_buyer_max", "sentence"), [(1, "one for each person"), (2, "had 2 of this coupon")]
)
def test_second_claim_is_told_not_given(client, fair, per_buyer_max, sentence):
    coupon = make_coupon(fair.festival, {"off": 1}, per_buyer_max=per_buyer_max)
    client.force_login(make_user())
    for _ in range(per_buyer_max):
        claim(client, coupon)

    assert sentence in told(claim(client, coupon))
    assert WalletCoupon.objects.count() == per_buyer_max


def test_unknown_coupon_is_told_not_failed(client, fair):
    client.force_login(make_user())
    path = reverse("claim_coupon", args=[999_999])

    assert client.get(path).status_code == 404
    assert client.post(path).status_code == 302


def test_wallet_sorts_what_can_be_used_by_when_it_ends(client, fair):
    user = make_user()
    later = give_coupon(make_coupon(fair.festival, {"off": 1}, ends_at=fair.now + 9 * HOUR), user)
    soon = give_coupon(make_coupon(fair.festival, {"off": 2}, ends_at=fair.now + HOUR), user)
    always = give_coupon(make_coupon(fair.festival, {"off": 3}), user)
    waiting = give_coupon(make_coupon(fair.festival, {"off": 4}, starts_at=fair.now + HOUR), user)
    ended = give_coupon(make_coupon(fair.festival, {"off": 5}, ends_at=fair.now - HOUR), user)
    used = give_coupon(make_coupon(fair.festival, {"off": 6}), user)
    WalletCoupon.objects.filter(id=used.id).update(order="00000000-0000-0000-0000-000000000001")
    client.force_login(user)

    wallet = client.get(reverse("wallet")).context["wallet"]

    def ids(cards):
        return [card.held.id for card in cards]

    assert ids(wallet.usable) == [soon.id, later.id, always.id]
    assert ids(wallet.waiting) == [waiting.id]
    assert ids(wallet.used) == [used.id]
    assert ids(wallet.ended) == [ended.id]


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
def test_wallet_speaks_the_readers_language(client, fair, language):
    client.force_login(make_user())
    make_coupon(fair.festival, {"off": 1, "scope": {"skus": [fair.honey.code]}})

    response = client.get(reverse("wallet"), headers={"Accept-Language": language})

    assert "Mật ong Gia Lai (hũ 500 g)" in response.content.decode()


def test_wallet_needs_a_log_in(client, fair):
    assert client.get(reverse("wallet")).headers["Location"].startswith("/accounts/login/")


def test_home_offers_the_festivals_coupons_and_no_stalls(client, fair):
    had = make_coupon(fair.festival, {"off": 2_000})
    free = make_coupon(fair.festival, {"off": 3_000})
    make_coupon(fair.festival, {"off": 4_000}, issuer="seller", stall=fair.stall)
    user = make_user()
    give_coupon(had, user)
    client.force_login(user)

    cards = client.get(reverse("home")).context["coupons"]

    assert [(card.coupon.id, card.has_enough) for card in cards] == [
        (free.id, False), (had.id, True),
    ]  # fmt: skip


def drop(fair, **fields: object) -> CouponDrop:
    coupon = make_coupon(fair.festival, {"off": 7_000}, way="drop")
    defaults = {"dropped_at": fair.now - HOUR, "ends_at": fair.now + HOUR}
    return CouponDrop.objects.create(room=fair.room, coupon=coupon, **(defaults | fields))


def test_coupon_that_falls_is_taken_once(client, fair):
    fallen = drop(fair, count_max=5)
    client.force_login(make_user())
    room = reverse("room", args=[fair.room.show_id])
    page = client.get(reverse("drop", args=[fair.room.show_id]))
    assert [(each["left"], each["is_taken"]) for each in page.context["drops"]] == [(5, False)]

    path = reverse("take_drop", args=[fair.room.show_id, fallen.id])
    assert client.post(path).headers["Location"] == room
    client.post(path)

    assert WalletCoupon.objects.count() == 1
    (shown,) = client.get(room).context["drops"]
    assert (shown["left"], shown["is_taken"]) == (4, True)


def test_guest_is_asked_to_log_in_and_returns_to_the_room(client, fair):
    fallen = drop(fair)

    response = client.post(reverse("take_drop", args=[fair.room.show_id, fallen.id]))

    assert reverse("room", args=[fair.room.show_id]) in response.headers["Location"]
    assert WalletCoupon.objects.count() == 0


def test_drop_that_is_over_is_shown_nowhere_and_gives_nothing(client, fair):
    fallen = drop(fair, ends_at=fair.now)
    client.force_login(make_user())

    assert client.get(reverse("drop", args=[fair.room.show_id])).context["drops"] == []
    client.post(reverse("take_drop", args=[fair.room.show_id, fallen.id]))
    assert WalletCoupon.objects.count() == 0


def test_drop_of_another_room_is_not_found(client, fair):
    fallen = drop(fair)
    client.force_login(make_user())

    assert client.post(reverse("take_drop", args=[999, fallen.id])).status_code == 404
