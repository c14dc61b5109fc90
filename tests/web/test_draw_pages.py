"""Pages of draws: whose they are, what they tell, and what strangers cannot do."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.drawing import (
    SECOND,
    STEPS,
    draw_out,
    make_draw,
    make_number,
    make_people,
    make_saved_address,
    see_all,
    tap_all,
)
from tests.factories import make_coupon, make_festival, make_room, make_sku, make_stall, make_user

from chophien.apps.accounts.models import Notice, User
from chophien.apps.draws.models import Countdown, Draw, Entrant, GiftOffer, Milestone, Watch, Win
from chophien.apps.draws.prizes import Prize, offer_gifts
from chophien.apps.inventory.models import Stock
from chophien.apps.orders.models import SavedAddress, StallOrder
from chophien.apps.programme.models import Host, Show
from chophien.config import verify_draw
from chophien.domain.lucky import Rule, make_receipt

HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves


@pytest.fixture
def festival(db, now):
    return make_festival(starts_at=now - 24 * HOUR, ends_at=now + 200 * HOUR)


@pytest.fixture
def stall(db):
    stall = make_stall()
    stall.members.add(make_user("stall-owner"))
    return stall


@pytest.fixture
def sku(stall):
    return make_sku(stall)


@pytest.fixture
def room(festival, sku, now):
    host = Host.objects.create(slug="mai", name="Mai", person=make_user("mai"))
    room = make_room(festival, sku, host=host)
    Show.objects.filter(id=room.show_id).update(starts_at=now - HOUR, ends_at=now + HOUR)
    room.show.refresh_from_db()
    return room


@pytest.fixture
def viewer(db):
    return make_user("nguoixem", display_name="Trần Thị Bưởi")


@pytest.fixture
def ended(room, viewer, now):
    """A draw in words that the viewer won, being alone."""
    drawing = make_draw(room, at=now - 120 * SECOND)
    tap_all(drawing, [viewer.pk], at=now - 110 * SECOND)
    return draw_out(drawing)


def read_page(client, name, *arguments):
    response = client.get(reverse(name, args=arguments))
    assert response.status_code == 200
    return response.content.decode()


# ---------------------------------------------------------------- the room


def test_guest_reads_the_terms_and_is_asked_to_log_in(client, room, now):
    drawing = make_draw(room, at=now)

    page = read_page(client, "room", room.show_id)

    assert f'data-promise="{drawing.promise}"' in page
    assert "Đăng nhập để tham gia" in page
    assert "data-here=" not in page
    tapped = client.post(reverse("join_draw", args=[room.show_id, drawing.pk]), {})
    assert tapped.url.startswith("/accounts/login/")
    assert not Entrant.objects.exists()


def test_viewer_takes_part_by_a_tap_under_the_number_of_the_own_device(client, room, viewer, now):
    drawing = make_draw(room, at=now)
    client.force_login(viewer)
    assert "Bạn đã có tên" not in read_page(client, "draw", room.show_id)

    number = make_number("phone")
    client.post(reverse("join_draw", args=[room.show_id, drawing.pk]), {"number": number})

    entrant = Entrant.objects.get()
    assert (entrant.user, entrant.maker) == (viewer, "device")
    assert entrant.receipt == make_receipt(drawing.promise, number)
    page = read_page(client, "draw", room.show_id)
    assert "Bạn đã có tên" in page
    assert entrant.receipt in page
    assert number not in page


@pytest.mark.parametrize("number", ["", "zz", "0" * 32], ids=["none", "nonsense", "zeros"])
def test_without_a_script_the_fair_makes_the_number_and_says_so(client, room, viewer, now, number):
    drawing = make_draw(room, at=now)
    client.force_login(viewer)

    client.post(reverse("join_draw", args=[room.show_id, drawing.pk]), {"number": number})

    assert Entrant.objects.get().maker == "fair"


def test_two_accounts_of_one_device_both_take_part(client, room, viewer, now):
    drawing = make_draw(room, at=now)
    for person in (viewer, make_user("em")):
        client.force_login(person)
        page = reverse("join_draw", args=[room.show_id, drawing.pk])
        client.post(page, {"number": make_number("tablet")})

    assert sorted(Entrant.objects.values_list("maker", flat=True)) == ["device", "fair"]


def test_draw_of_another_room_is_not_joined_from_here(client, festival, room, sku, viewer, now):
    other = make_room(festival, sku, host=Host.objects.create(slug="lan", name="Lan"))
    Show.objects.filter(id=other.show_id).update(starts_at=now - HOUR, ends_at=now + HOUR)
    drawing = make_draw(other, at=now)
    client.force_login(viewer)

    joined = client.post(reverse("join_draw", args=[room.show_id, drawing.pk]), {})
    proof = client.get(reverse("draw_proof", args=[room.show_id, drawing.pk]))

    assert (joined.status_code, proof.status_code) == (404, 404)


def test_page_says_what_is_missing_in_minutes(client, room, viewer, now):
    see_all(room, [viewer.pk], watched_s=130, at=now)
    make_draw(room, at=now, rule=Rule(is_tap=True, watched_s=600))
    client.force_login(viewer)

    page = read_page(client, "draw", room.show_id)

    assert "Xem phiên này tổng cộng 10 phút" in page
    assert "còn 8 phút" in page


def test_what_people_type_is_shown_as_text(client, room, viewer, now):
    evil = "<script>alert(1)</script>"
    make_draw(room, at=now, prize=Prize(text=evil))

    for name in ("room", "draw", "draws"):
        page = read_page(client, name, room.show_id)
        assert evil not in page
        assert "&lt;script&gt;" in page


# ---------------------------------------------------------------- being there


def test_ping_counts_for_who_is_logged_in_and_only_while_the_show_is_on(client, room, viewer, now):
    page = reverse("watching", args=[room.show_id])
    number = {"number": make_number("phone")}

    assert client.post(page, number).status_code == 403
    client.force_login(viewer)
    assert client.get(page).status_code == 405
    assert client.post(page, {"number": "x"}).status_code == 400
    assert client.post(page, number).json() == {"watched_s": 0}
    Watch.objects.update(last_at=now - 20 * SECOND)
    assert client.post(page, number).json()["watched_s"] >= 20
    Show.objects.update(ends_at=now - 60 * SECOND)
    assert client.post(page, number).status_code == 409


# ---------------------------------------------------------------- checking


def test_proof_is_there_once_drawn_and_the_checker_says_that_it_holds(
    client, room, now, tmp_path, monkeypatch
):
    monkeypatch.setattr(verify_draw, "STEPS_MIN", STEPS)
    drawing = make_draw(room, at=now - 120 * SECOND)
    people = make_people(6)
    tap_all(drawing, people, at=now - 110 * SECOND)
    address = reverse("draw_proof", args=[room.show_id, drawing.pk])
    assert client.get(address).status_code == 404
    draw_out(drawing)

    response = client.get(address)

    content = b"".join(response.streaming_content)
    assert response["Content-Disposition"] == f'attachment; filename="draw-{drawing.pk}.json"'
    path = tmp_path / "proof.json"
    path.write_bytes(content)
    asked = verify_draw.Asked(promise=drawing.promise, number=make_number(people[3]))
    assert verify_draw.run_verify_draw(path=str(path), asked=asked) == 0
    assert len(json.loads(content)["entrants"]) == 6
    assert b"person-" not in content


def test_winner_is_told_to_all_by_half_a_name(client, room, ended):
    page = read_page(client, "room", room.show_id)

    assert "Tr•••i" in page
    assert "Bưởi" not in page
    assert "nguoixem" not in page


def test_every_draw_stays_in_the_rooms_list_also_one_called_off(client, room, ended, now):
    called_off = make_draw(room, at=now, seed="ab" * 32)
    client.force_login(room.show.host.person)
    client.post(reverse("end_draw", args=[room.show_id, called_off.pk]), {"why": "Hết giờ"})
    client.logout()

    page = read_page(client, "draws", room.show_id)

    assert "Hết giờ" in page
    assert ended.seed in page
    assert "ab" * 32 not in page


# ---------------------------------------------------------------- what was won


def test_winner_gives_a_saved_address_and_others_see_nothing(client, room, viewer, ended):
    win = Win.objects.get()
    page = reverse("my_win", args=[win.pk])
    assert client.get(page).status_code == 302
    client.force_login(make_user("stranger"))
    assert client.get(page).status_code == 404
    client.force_login(viewer)
    address = make_saved_address(viewer.pk)
    assert address.street in client.get(page).content.decode()

    assert client.post(page, {"address": address.pk}).status_code == 302

    win.refresh_from_db()
    assert (win.state, win.address) == ("claimed", address)


def test_address_of_another_person_is_not_taken(client, viewer, ended):
    strange = make_saved_address(make_user("stranger").pk)
    client.force_login(viewer)

    response = client.post(reverse("my_win", args=[Win.objects.get().pk]), {"address": strange.pk})

    assert response.status_code == 404
    assert Win.objects.get().state == "told"


def test_typed_address_is_checked_and_kept(client, viewer, ended):
    page = reverse("my_win", args=[Win.objects.get().pk])
    client.force_login(viewer)
    typed = {
        "recipient": "Trần Thị Bưởi", "phone": "0901234567", "ward": "Phường Pleiku",
        "street": "12 Hùng Vương", "province": "",
    }  # fmt: skip

    assert client.post(page, typed).status_code == 400
    assert Win.objects.get().state == "told"
    province = make_saved_address(make_user("other").pk).province_id
    assert client.post(page, typed | {"province": province}).status_code == 302

    assert Win.objects.get().state == "claimed"
    assert SavedAddress.objects.filter(user=viewer).count() == 1


def test_unknown_win_is_not_found(client, viewer):
    client.force_login(viewer)

    assert client.get(reverse("my_win", args=[uuid.uuid4()])).status_code == 404


def test_every_notice_of_a_win_can_be_read_in_every_language(client, viewer, ended):
    win = Win.objects.get()
    params = Notice.objects.get(kind="won").params
    for kind in ("won_coupon", "win_reminder", "win_over"):
        Notice.objects.create(user=viewer, kind=kind, key=kind, params=params, made_at=win.told_at)
    client.force_login(viewer)

    for language in ("vi", "en", "zh-hans"):
        client.cookies["django_language"] = language
        page = read_page(client, "my_notices")
        assert page.count(reverse("my_win", args=[win.pk])) == 4
        assert "%(" not in page


# ---------------------------------------------------------------- the host's desk


def plan(**fields):
    values = {
        "draw-prize": "words", "draw-words": "Giỏ trái cây", "draw-asks": ["tap"],
        "draw-minutes": "5", "draw-winners": "2", "draw-keyword": "MAYMAN",
    }  # fmt: skip
    return values | fields


def test_host_starts_a_draw_in_the_own_show_only(client, room, now):
    page = reverse("start_draw", args=[room.show_id])
    client.force_login(Host.objects.create(
        slug="lan", name="Lan", person=make_user("lan")
    ).person)  # fmt: skip
    assert client.post(page, plan()).status_code == 403
    client.force_login(room.show.host.person)

    assert client.post(page, plan()).status_code == 302

    drawing = Draw.objects.get()
    assert (drawing.prize, drawing.winners, drawing.rule) == ("Giỏ trái cây", 2, {"is_tap": True})
    assert drawing.closes_at - drawing.opens_at == 300 * SECOND
    assert drawing.steps == 1_000_000
    assert "Giỏ trái cây" in read_page(client, "studio_draws", room.show_id)
    again = client.post(page, plan(), follow=True)
    assert [message.level_tag for message in again.context["messages"]] == ["error"]
    assert Draw.objects.count() == 1


def test_conditions_that_are_ticked_are_asked_together(client, room, stall):
    client.force_login(room.show.host.person)
    asks = ["tap", "keyword", "watched-5", "watched-10", "bought", f"member-{stall.pk}"]

    client.post(reverse("start_draw", args=[room.show_id]), plan(**{"draw-asks": asks}))

    assert Draw.objects.get().rule == {
        "is_tap": True, "keyword": "MAYMAN", "watched_s": 600, "bought": "show",
        "is_member": True, "stall_id": stall.pk,
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"draw-prize": "coupon-999"},
        {"draw-words": " "},
        {"draw-asks": []},
        {"draw-asks": ["member-999"]},
        {"draw-asks": ["keyword"], "draw-keyword": ""},
        {"draw-minutes": "7"},
        {"draw-winners": "0"},
        {"draw-winners": "101"},
    ],
    ids=str,
)
def test_draw_of_nonsense_is_shown_again_and_nothing_is_announced(client, room, wrong):
    client.force_login(room.show.host.person)

    response = client.post(reverse("start_draw", args=[room.show_id]), plan(**wrong))

    assert response.status_code == 400
    assert not Draw.objects.exists()


def test_host_throws_coupons_to_who_is_watching(client, festival, room, viewer, now):
    coupon = make_coupon(festival, {"off": 5_000}, way="drop", issuer="red_packet", made_at=now)
    see_all(room, [viewer.pk], at=now)
    client.force_login(room.show.host.person)
    thrown = {"gift-prize": f"coupon-{coupon.pk}", "gift-among": "seen", "gift-winners": "3"}

    client.post(reverse("throw_gifts", args=[room.show_id]), thrown)

    gift = Draw.objects.get()
    assert (gift.kind, gift.coupon, gift.winners) == ("gift", coupon, 3)
    assert "seen_s" in gift.rule


def test_addresses_are_for_who_sends_and_not_for_producers(client, room, viewer, ended):
    address = make_saved_address(viewer.pk)
    Win.objects.update(state="claimed", settled_at=ended.drawn_at, address=address)
    producer = make_user("producer")
    Show.objects.update(producer=producer)
    Host.objects.create(slug="p", name="P", person=producer)

    client.force_login(producer)
    assert address.street not in read_page(client, "studio_draws", room.show_id)
    sent = reverse("sent_prize", args=[room.show_id, ended.pk, Win.objects.get().pk])
    assert client.post(sent).status_code == 403
    client.force_login(room.show.host.person)
    assert address.street in read_page(client, "studio_draws", room.show_id)
    assert client.post(sent).status_code == 302

    assert Win.objects.get().sent_at is not None
    assert client.post(sent).status_code == 404


def test_draw_is_called_off_with_a_reason_or_not_at_all(client, room, now):
    drawing = make_draw(room, at=now)
    client.force_login(room.show.host.person)
    page = reverse("end_draw", args=[room.show_id, drawing.pk])

    client.post(page, {"why": "  "})
    assert Draw.objects.get().state == "open"
    client.post(page, {"why": "Nhầm giải"})

    assert Draw.objects.get().state == "called_off"


def test_host_counts_down_and_stops(client, room, sku):
    client.force_login(room.show.host.person)
    page = reverse("count_down", args=[room.show_id])

    client.post(page, {"until-goal": f"sku-{sku.pk}", "until-text": "", "until-minutes": "5"})
    assert Countdown.objects.get().sku == sku
    assert "Tiếp theo: Mật ong Gia Lai" in read_page(client, "draw", room.show_id)
    client.post(reverse("stop_counting", args=[room.show_id]))

    assert Countdown.objects.get().done_at is not None
    wrong = client.post(page, {"until-goal": "words", "until-text": "", "until-minutes": "5"})
    assert wrong.status_code == 400


def test_host_sets_milestones(client, room):
    client.force_login(room.show.host.person)
    page = reverse("set_milestones", args=[room.show_id])

    client.post(page, {"measure": "sales", "thresholds": "5.000.000 20000000"})
    found = Milestone.objects.filter(measure="sales").values_list("threshold", flat=True)
    assert list(found) == [5_000_000, 20_000_000]
    for wrong in ("x", "0", "1 2 3 4 5 6 7 8 9 10 11 12 13", "-5", "1e9", "9" * 16):
        client.post(page, {"measure": "sales", "thresholds": wrong})
    client.post(page, {"measure": "tears", "thresholds": "5"})

    assert list(Milestone.objects.filter(measure="sales").values_list("threshold", flat=True)) == [
        5_000_000, 20_000_000,
    ]  # fmt: skip


# ---------------------------------------------------------------- the stall


def test_stall_gives_its_own_goods_to_a_show_and_takes_them_back(client, room, sku):
    client.force_login(User.objects.get(username="stall-owner"))
    page = reverse("my_gifts")

    client.post(page, {"goods": f"{sku.pk}-{room.show_id}", "count": "4"})

    offer = GiftOffer.objects.get()
    assert (offer.left, Stock.objects.get().set_aside) == (4, 4)
    assert "Mật ong" in read_page(client, "my_gifts")
    client.post(reverse("take_back_gifts", args=[offer.pk]))
    assert Stock.objects.get().set_aside == 0


def test_nobody_gives_the_goods_of_another_stall_away(client, festival, room, sku, now):
    other = make_stall("gian-hai")
    other.members.add(make_user("rival"))
    client.force_login(User.objects.get(username="rival"))
    offer = offer_gifts(
        sku_id=sku.pk, show_id=room.show_id, count=1, by_id=make_user("x").pk, at=now
    ).offer

    given = client.post(reverse("my_gifts"), {"goods": f"{sku.pk}-{room.show_id}", "count": "4"})
    taken = client.post(reverse("take_back_gifts", args=[offer.pk]))

    assert (given.status_code, taken.status_code) == (400, 404)
    assert GiftOffer.objects.get().left == 1


def test_won_goods_are_in_the_stalls_list_of_parcels_with_their_address(
    client, room, sku, viewer, now
):
    owner = User.objects.get(username="stall-owner")
    offer = offer_gifts(sku_id=sku.pk, show_id=room.show_id, count=1, by_id=owner.pk, at=now).offer
    drawing = make_draw(room, at=now - 120 * SECOND, prize=Prize(text="Mật ong", offer_id=offer.pk))
    tap_all(drawing, [viewer.pk], at=now - 110 * SECOND)
    draw_out(drawing)
    address = make_saved_address(viewer.pk)
    client.force_login(viewer)
    page = reverse("my_win", args=[Win.objects.get().pk])
    client.post(page, {"address": address.pk})

    order = StallOrder.objects.get().order
    assert reverse("order", args=[order.token]) in client.get(page).content.decode()
    assert read_page(client, "order", order.token)
    assert order.number in read_page(client, "my_orders")
    client.force_login(owner)
    parcels = read_page(client, "my_stall")
    assert address.street in parcels
    assert "trúng thưởng" in parcels
    client.force_login(room.show.host.person)
    assert address.street not in read_page(client, "studio_draws", room.show_id)
