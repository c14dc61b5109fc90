"""Waiting rooms as people meet them, and as organisers run them."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import F
from django.urls import reverse
from tests.factories import make_festival, make_price, make_sku, make_stall, make_user
from tests.waiting import SEED, let_in, make_people, make_waiting_room

from chophien.apps.admission.models import Entrant, RoomSku, SealedSeed, WaitingRoom
from chophien.apps.admission.services import close_room, draw, open_standing_room
from chophien.apps.inventory.models import Stock
from chophien.apps.promotions.models import OfferedPrice
from chophien.config.cli import main
from chophien.domain.draws import commit
from chophien.domain.limits import TURN_TIME
from chophien.web.shared import waiting
from chophien.web.shared.people import ORGANISERS
from chophien.wire.tickets import derive_key, read_ticket

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def at():
    return datetime.now(tz=UTC).replace(microsecond=0)  # noqa: TID251 - pages read the clock


@pytest.fixture
def festival(db, at):
    return make_festival(starts_at=at - 24 * HOUR, ends_at=at + 24 * HOUR)


@pytest.fixture
def sku(festival):
    return make_sku(make_stall())


@pytest.fixture
def room(festival, sku, at):
    return make_waiting_room(festival, sku, opens_at=at + HOUR, rate_per_s=1)


@pytest.fixture
def buyer(client, festival):
    user = make_user("buyer")
    client.force_login(user)
    return user


@pytest.fixture
def office(client, festival):
    user = make_user("organiser")
    user.groups.add(Group.objects.create(name=ORGANISERS))
    client.force_login(user)
    return client


def see(client, room, **headers):
    response = client.get(f"/queue/{room.id}/", headers={"accept-language": "en", **headers})
    return response.content.decode()


def set_opening(room, opens_at):
    """Move the opening, as if the room had been announced for then."""
    WaitingRoom.objects.filter(id=room.id).update(opens_at=opens_at)
    room.refresh_from_db()


def draw_at(room, at):
    set_opening(room, at)
    Entrant.objects.filter(room=room).update(joined_at=F("joined_at") - 2 * HOUR)
    assert draw(room_id=room.id, at=at)
    room.refresh_from_db()


# ---------------------------------------------------------------- the page of a room


def test_guest_sees_the_countdown_and_is_asked_to_log_in(client, room):
    page = see(client, room)

    assert f'data-until="{room.opens_at.isoformat()}"' in page
    assert "Log in to join" in page
    assert f'href="/accounts/login/?next=/queue/{room.id}/"' in page
    assert commit(SEED) in page
    assert SEED not in page


def test_join_without_scripts_leads_back_and_keeps_where_one_came_from(client, room, buyer):
    response = client.post(f"/queue/{room.id}/join/", {"next": "/goods/x/"})

    entrant = Entrant.objects.get()
    page = see(client, room)
    assert (response.status_code, response["Location"]) == (
        302, f"/queue/{room.id}/?next=%2Fgoods%2Fx%2F",
    )  # fmt: skip
    assert (entrant.user_id, entrant.place) == (buyer.id, None)
    assert "You are in." in page
    assert entrant.entry in page
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page


def test_foreign_addresses_are_not_gone_on_to(client, room, buyer):
    response = client.post(f"/queue/{room.id}/join/", {"next": "https://elsewhere.example/"})

    assert response["Location"] == f"/queue/{room.id}/"


def test_guest_who_presses_join_logs_in_first(client, room):
    response = client.post(f"/queue/{room.id}/join/")

    assert response["Location"] == f"/accounts/login/?next=/queue/{room.id}/"
    assert not Entrant.objects.exists()


def test_place_is_kept_when_one_comes_back(client, room, buyer):
    for _ in range(3):
        client.post(f"/queue/{room.id}/join/")

    assert Entrant.objects.count() == 1
    assert WaitingRoom.objects.get().entered == 1


def test_waiting_shows_people_before_and_an_honest_estimate(client, room, buyer, at):
    let_in(room, make_people(200), at=at)
    draw_at(room, at - 10 * SECOND)
    client.post(f"/queue/{room.id}/join/")

    page = see(client, room)

    before = int(re.search(r"data-before>(\d+)<", page)[1])
    assert 185 <= before <= 189  # 11 admitted by now, and a second for each since
    assert "about 4 minutes" in page
    assert "number 201" in page
    assert 'data-state="waiting"' in page


def test_turn_is_told_with_its_end_and_the_way_on(client, room, buyer, at):
    client.post(f"/queue/{room.id}/join/")
    draw_at(room, at - SECOND)

    page = client.get(f"/queue/{room.id}/?next=/goods/x/", headers={"accept-language": "en"})

    text = page.content.decode()
    assert "It is your turn" in text
    assert 'href="/goods/x/"' in text
    ticket = re.search(r'data-ticket="([^"]+)"', text)[1]
    read = read_ticket(ticket, waiting._derive_key(settings.SECRET_KEY), int(at.timestamp()))
    assert (read.room_id, read.user_id, read.place) == (room.id, buyer.id, 0)


def test_turn_that_went_by_can_be_joined_again(client, room, buyer, at):
    client.post(f"/queue/{room.id}/join/")
    draw_at(room, at - TURN_TIME - SECOND)
    assert "Your turn has gone by" in see(client, room)

    client.post(f"/queue/{room.id}/join/")

    assert "It is your turn" in see(client, room)
    assert Entrant.objects.filter(lapsed_at__isnull=True).get().place == 1


def test_newcomer_after_the_opening_is_told_how_many_wait(client, room, buyer, at):
    let_in(room, make_people(100), at=at)
    draw_at(room, at)

    page = see(client, room)

    assert re.search(r"data-waiting-count>9[0-9]<", page)
    assert "about 2 minutes" in page
    assert "Join the queue" in page


def test_sold_out_and_closed_are_told_at_once(client, room, buyer, sku, at):
    assert re.search(r"data-gone hidden", see(client, room))
    Stock.objects.filter(sku=sku).update(free=0, sold=10)
    assert re.search(r"data-gone>", see(client, room))

    close_room(room_id=room.id, at=at)

    page = see(client, room)
    assert "The waiting is over" in page
    assert "join/" not in page


def test_opening_whose_draw_is_under_way_says_so(client, room, buyer, at):
    client.post(f"/queue/{room.id}/join/")
    set_opening(room, at - SECOND)

    assert "The places are being drawn" in see(client, room)


@pytest.mark.parametrize(
    ("language", "told"),
    [("vi", "Đã đến lượt bạn"), ("en", "It is your turn"), ("zh-hans", "轮到您了")],
)
def test_page_speaks_three_languages(client, room, buyer, at, language, told):
    client.post(f"/queue/{room.id}/join/")
    draw_at(room, at - SECOND)

    page = client.get(f"/queue/{room.id}/", headers={"accept-language": language})

    assert told in page.content.decode()


def test_page_asks_little_of_the_database(client, room, buyer, django_assert_max_num_queries):
    client.post(f"/queue/{room.id}/join/")

    with django_assert_max_num_queries(16):
        see(client, room)


def test_room_with_a_puzzle_takes_nobody_without_an_answer(client, festival, sku, buyer, at):
    room = make_waiting_room(festival, sku, opens_at=at + HOUR, rate_per_s=1, is_proof_of_work=True)

    refused = client.post(
        f"/queue/{room.id}/join/", {"answer": "x"}, headers={"accept-language": "en"}
    )
    page = see(client, room)

    assert refused.status_code == 302
    assert "Press the button once more." in page
    assert "data-puzzle=" in page
    assert "http-equiv" not in page  # a minute of patience is counted on this page
    assert not Entrant.objects.exists()


def test_ticket_is_told_to_its_owner_only(client, room, buyer, at):
    client.post(f"/queue/{room.id}/join/")
    draw_at(room, at - SECOND)

    told = client.get(f"/queue/{room.id}/ticket.json").json()
    client.logout()

    assert (told["state"], told["is_in"]) == ("now", True)
    assert (
        read_ticket(told["ticket"], derive_key(settings.SECRET_KEY), int(at.timestamp())).place == 0
    )
    assert client.get(f"/queue/{room.id}/ticket.json").status_code == 401


@pytest.mark.parametrize("path", ["", "ticket.json", "proof.json"], ids=["page", "ticket", "proof"])
def test_room_that_is_not_there_is_not_found(client, festival, path):
    assert client.get(f"/queue/7/{path}").status_code == 404


def test_goods_lead_to_their_room(client, room, sku):
    page = client.get(f"/goods/{sku.product.slug}/").content.decode()

    assert f'href="/queue/{room.id}/"' in page
    other = make_sku(make_stall("gian-hai"))
    assert "queue-link" not in client.get(f"/goods/{other.product.slug}/").content.decode()


# ---------------------------------------------------------------- the proof


def test_proof_of_a_draw_is_checked_by_the_command(client, room, at, tmp_path, capsys):
    entrants = let_in(room, make_people(30), at=at)
    draw_at(room, at)
    let_in(room, [make_user("late").id, make_user("later").id], at=at + SECOND)

    response = client.get(f"/queue/{room.id}/proof.json")

    path = tmp_path / "proof.json"
    path.write_bytes(b"".join(response.streaming_content))
    document = json.loads(path.read_text())
    assert response["Content-Type"].startswith("application/json")
    assert document["seed"] == SEED
    assert [row["place"] for row in document["entrants"]] == list(range(32))
    assert set(document["entrants"][0]) == {"entry", "joined_at", "place"}
    assert "person-" not in path.read_text()
    status = main(
        ["verify-queue", str(path), "--seed-hash", commit(SEED), "--entry", entrants[3].entry]
    )
    assert status == 0, capsys.readouterr()


def test_proof_of_an_empty_draw_is_right(client, room, at, tmp_path):
    draw_at(room, at)

    path = tmp_path / "proof.json"
    path.write_bytes(b"".join(client.get(f"/queue/{room.id}/proof.json").streaming_content))

    assert main(["verify-queue", str(path)]) == 0


def test_before_the_draw_the_seed_is_nowhere(client, room, office):
    sealed = SealedSeed.objects.get(room=room).seed
    admin = make_user("admin", is_staff=True, is_superuser=True)
    paths = [
        f"/queue/{room.id}/", f"/queue/{room.id}/ticket.json", "/office/queues/",
        f"/office/queues/{room.id}/",
    ]  # fmt: skip
    pages = [client.get(path) for path in paths]
    client.force_login(admin)
    listed = client.get(reverse("admin:admission_waitingroom_changelist"))
    changed = client.get(reverse("admin:admission_waitingroom_change", args=[room.id]))

    for page in [*pages, listed, changed]:
        assert page.status_code == 200
        assert sealed not in page.content.decode()
    assert client.get(f"/queue/{room.id}/proof.json").status_code == 404
    assert client.get("/admin/admission/").status_code == 200
    assert "Sealed" not in client.get("/admin/admission/").content.decode()


# ---------------------------------------------------------------- the office


def make_form(at, sku=None, **fields):
    values = {
        "name_vi": "Mật ong giá sốc", "name_en": "Honey drop", "name_zh": "",
        "opens_at": f"{(at + 9 * HOUR):%Y-%m-%dT%H:%M}", "rate_per_s": "20", "codes": "",
    }  # fmt: skip
    if sku is not None:
        values["skus"] = str(sku.id)
    return values | fields


def test_organiser_announces_a_room_for_goods_with_a_flash_price(office, festival, sku, at):
    price = make_price(sku, unit_minor=90_000, allotment=5)
    OfferedPrice.objects.filter(id=price.id).update(ends_at=at + 12 * HOUR)
    assert "Mật ong Gia Lai" in office.get("/office/queues/").content.decode()

    response = office.post("/office/queues/", make_form(at, sku, is_proof_of_work="on"))

    room = WaitingRoom.objects.get()
    assert response["Location"] == f"/office/queues/{room.id}/"
    assert (room.line.pace.rate_per_s, room.is_proof_of_work, room.name_en) == (
        20, True, "Honey drop",
    )  # fmt: skip
    assert room.seed_hash == commit(SealedSeed.objects.get().seed)
    assert RoomSku.objects.get().sku == sku
    assert "Mật ong Gia Lai" not in office.get("/office/queues/").content.decode()


def test_other_goods_are_named_by_their_codes(office, festival, sku, at):
    second = make_sku(make_stall("gian-hai"))
    form = make_form(at, codes=f"{sku.code}, {second.code}\n{sku.code}")

    assert office.post("/office/queues/", form).status_code == 302

    assert set(RoomSku.objects.values_list("sku_id", flat=True)) == {sku.id, second.id}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name_vi": ""}, "Something is missing or wrong"),
        ({"opens_at": "2020-01-01T00:00"}, "The opening has to be in the future."),
        ({"opens_at": "soon"}, "Something is missing or wrong"),
        ({"rate_per_s": "0"}, "Something is missing or wrong"),
        ({"rate_per_s": "1000000"}, "Something is missing or wrong"),
        ({"codes": "no-such-code"}, "No goods have this code: no-such-code"),
        ({"codes": ""}, "Choose what people wait for."),
    ],
)
def test_what_is_wrong_is_said_and_no_room_is_made(office, sku, at, fields, told):
    form = make_form(at, **({"codes": sku.code} | fields))

    response = office.post("/office/queues/", form, headers={"accept-language": "en"})

    assert response.status_code == 400
    assert told in response.content.decode()
    assert not WaitingRoom.objects.exists()


def test_goods_that_wait_in_another_room_are_refused(office, room, sku, at):
    response = office.post(
        "/office/queues/", make_form(at, codes=sku.code), headers={"accept-language": "en"}
    )

    assert response.status_code == 400
    assert "Some of these goods have a room already." in response.content.decode()


def test_organiser_sees_it_fill_and_changes_the_rate_and_closes_it(office, room, at):
    let_in(room, make_people(7), at=at)
    draw_at(room, at)

    page = office.get(f"/office/queues/{room.id}/").content.decode()
    office.post(f"/office/queues/{room.id}/rate/", {"rate_per_s": "250"})
    office.post(f"/office/queues/{room.id}/rate/", {"rate_per_s": "none"})
    office.post(f"/office/queues/{room.id}/close/")

    room.refresh_from_db()
    assert "<b>7</b>" in page
    assert room.line.pace.rate_per_s == 250
    assert room.closed_at is not None


def test_standing_room_is_opened_and_set(office, festival):
    office.post("/office/queues/standing/", {"standing-rate_per_s": "500"})
    office.post("/office/queues/standing/", {"standing-rate_per_s": "x"})
    office.post("/office/queues/standing/", {"standing-rate_per_s": "600"})

    room = WaitingRoom.objects.get()
    assert (room.is_standing, room.line.pace.rate_per_s) == (True, 600)
    assert office.get(f"/office/queues/{room.id}/").status_code == 200
    assert office.get("/office/queues/").status_code == 200


def test_standing_room_has_a_page_without_a_draw(client, festival, buyer, at):
    room = open_standing_room(festival_id=festival.id, rate_per_s=5, at=at - SECOND)
    client.post(f"/queue/{room.id}/join/")

    page = see(client, room)

    assert "It is your turn" in page
    assert "Check the draw" not in page


@pytest.mark.parametrize(
    ("path", "method"),
    [("", "get"), ("7/", "get"), ("standing/", "post"), ("7/rate/", "post"), ("7/close/", "post")],
)
def test_office_pages_are_for_organisers(client, buyer, path, method):
    assert getattr(client, method)(f"/office/queues/{path}").status_code == 403


def test_acts_are_not_for_get(office, room):
    paths = [
        f"/queue/{room.id}/join/", "/office/queues/standing/",
        f"/office/queues/{room.id}/rate/", f"/office/queues/{room.id}/close/",
    ]  # fmt: skip
    assert [office.get(path).status_code for path in paths] == [405] * 4
