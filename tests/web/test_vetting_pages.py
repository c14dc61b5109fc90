"""Hosts and sellers hand in, the organiser checks, and nobody touches what is another's."""

import pytest
from django.contrib.auth.models import Group
from tests.factories import (
    OPENING,
    make_festival,
    make_host,
    make_paper,
    make_room,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.catalog.models import Product
from chophien.apps.programme.models import Host, Show
from chophien.apps.vetting.models import (
    HostIdentity,
    RulesAcceptance,
    RulesText,
    StallPaper,
    Stop,
)
from chophien.apps.vetting.selectors import list_hindrances
from chophien.web.shared.people import ORGANISERS

pytestmark = pytest.mark.django_db
IDENTITY = {
    "kind": "citizen_card", "name": "Nguyễn Thị Lan", "number_tail": "0417",
    "valid_until": "2035-01-01", "way": "video_call",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    for place in (
        "studio.papers", "studio.planning", "studio.run_of_show", "studio.views", "studio.drops",
        "office.vetting", "office.stops", "office.shows", "stall.papers", "shared.planning",
        "fair.rules",
    ):  # fmt: skip
        monkeypatch.setattr(f"chophien.web.{place}.now", lambda: OPENING)


@pytest.fixture
def organiser(client):
    user = make_user("ban-to-chuc")
    user.groups.add(Group.objects.get_or_create(name=ORGANISERS)[0])
    return user


def enter(client, user):
    client.force_login(user)
    return client


def test_a_host_is_led_from_nothing_to_the_air(client, organiser):
    person = make_user("lan")
    host = make_host(person=person, is_verified=False)
    room = make_room(make_festival(), make_sku(make_stall()), host=host)

    desk = enter(client, person).get(f"/studio/{room.show_id}/")
    page = desk.content.decode()
    assert 'data-hindrance="host_unverified"' in page
    assert 'data-hindrance="rules_unpublished"' in page
    assert "/studio/papers/" in page

    assert client.post(f"/studio/hosts/{host.id}/identity/", IDENTITY).status_code == 302
    identity = HostIdentity.objects.get()
    enter(client, organiser)
    client.post("/office/rules/", {"text_vi": "Nói thật."})
    client.post(f"/office/vetting/identities/{identity.id}/", {"decision": "good"})
    enter(client, person)
    client.post(f"/studio/hosts/{host.id}/rules/", {"rules": RulesText.objects.get().id})

    assert list_hindrances(room.show_id, OPENING) == ()
    assert "data-hindrance" not in client.get(f"/studio/{room.show_id}/").content.decode()
    acceptance = RulesAcceptance.objects.get()
    assert (acceptance.host, acceptance.accepted_by) == (host, person)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number_tail", "12"),
        ("number_tail", "12<4"),
        ("number_tail", "012345678901"),
        ("name", ""),
        ("name", "<script>alert(1)</script>"),
        ("kind", "driving_licence"),
        ("way", "by_rumour"),
        ("valid_until", "2020-01-01"),
        ("valid_until", "soon"),
    ],
)
def test_an_identity_that_cannot_be_right_is_refused_with_a_reason(client, field, value):
    person = make_user("lan")
    host = make_host(person=person, is_verified=False)

    answer = enter(client, person).post(
        f"/studio/hosts/{host.id}/identity/", IDENTITY | {field: value}
    )

    assert answer.status_code == 400
    assert not HostIdentity.objects.exists()


def test_what_waits_is_replaced_and_never_two_wait(client):
    person = make_user("lan")
    host = make_host(person=person, is_verified=False)
    enter(client, person)

    for tail in ("0001", "0002"):
        client.post(f"/studio/hosts/{host.id}/identity/", IDENTITY | {"number_tail": tail})

    assert HostIdentity.objects.get().number_tail == "0002"


def test_a_refusal_needs_a_reason_which_the_host_reads(client, organiser):
    person = make_user("lan")
    host = make_host(person=person, is_verified=False)
    enter(client, person).post(f"/studio/hosts/{host.id}/identity/", IDENTITY)
    place = f"/office/vetting/identities/{HostIdentity.objects.get().id}/"

    enter(client, organiser).post(place, {"decision": "refused"})
    assert HostIdentity.objects.get().state == "asked"
    client.post(place, {"decision": "refused", "reason": "Ảnh và người không giống"})
    client.post(place, {"decision": "good"})

    assert HostIdentity.objects.get().state == "refused"
    page = enter(client, person).get("/studio/papers/").content.decode()
    assert "Ảnh và người không giống" in page


def test_nobody_verifies_themselves(client, organiser):
    host = make_host(person=organiser, is_verified=False)
    enter(client, organiser).post(f"/studio/hosts/{host.id}/identity/", IDENTITY)

    client.post(
        f"/office/vetting/identities/{HostIdentity.objects.get().id}/", {"decision": "good"}
    )

    assert HostIdentity.objects.get().state == "asked"


def test_an_identity_of_another_host_is_out_of_reach(client):
    host = make_host(person=make_user("lan"), is_verified=False)
    make_host("hoa", person=make_user("hoa"), is_verified=False)
    enter(client, Host.objects.get(slug="hoa").person)

    assert client.post(f"/studio/hosts/{host.id}/identity/", IDENTITY).status_code == 404
    assert client.post(f"/studio/hosts/{host.id}/rules/", {"rules": 1}).status_code == 404


def test_rules_that_were_replaced_meanwhile_are_not_accepted(client, organiser):
    person = make_user("lan")
    host = make_host(person=person)
    first = RulesText.objects.get()
    enter(client, organiser).post("/office/rules/", {"text_vi": "Bản mới."})
    RulesAcceptance.objects.all()

    enter(client, person).post(f"/studio/hosts/{host.id}/rules/", {"rules": first.id})

    assert not RulesAcceptance.objects.filter(rules__version=2).exists()


def test_everybody_reads_the_rules_that_hold(client, organiser):
    assert "chưa công bố" in client.get("/rules/").content.decode()
    enter(client, organiser).post("/office/rules/", {"text_vi": "Một <b>điều</b>."})

    assert "Một &lt;b&gt;điều&lt;/b&gt;." in client.get("/rules/").content.decode()


PAPER = {"kind": "food_safety", "number": "12/2026", "issuer": "Chi cục", "valid_until": ""}


def make_seller(slug="gian-mot", name="ban-hang"):
    stall, seller = make_stall(slug), make_user(name)
    stall.members.add(seller)
    return stall, seller


def test_a_seller_hands_in_a_paper_and_the_organiser_accepts_it(client, organiser):
    stall, seller = make_seller()
    StallPaper.objects.all().delete()
    assert enter(client, seller).post(f"/stall/{stall.id}/papers/", PAPER).status_code == 302

    paper = StallPaper.objects.get()
    page = enter(client, organiser).get("/office/vetting/").content.decode()
    assert "12/2026" in page
    client.post(f"/office/vetting/papers/{paper.id}/", {"decision": "good"})

    paper.refresh_from_db()
    assert (paper.state, paper.checked_by) == ("verified", organiser)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "licence_to_kill"},
        {"number": ""},
        {"number": "x" * 61},
        {"issuer": ""},
        {"valid_until": "2020-01-01"},
        {"kind": "ad_confirmation"},
        {"kind": "ad_confirmation", "product": "999999"},
    ],
)
def test_a_paper_that_cannot_be_right_is_refused(client, change):
    stall, seller = make_seller()
    StallPaper.objects.all().delete()

    answer = enter(client, seller).post(f"/stall/{stall.id}/papers/", PAPER | change)

    assert answer.status_code == 400
    assert not StallPaper.objects.exists()


def test_papers_and_products_of_another_stall_are_out_of_reach(client):
    stall, _ = make_seller()
    _, stranger = make_seller("gian-hai", "nguoi-la")
    sku = make_sku(stall)
    paper = make_paper(stall, "food_safety", state="asked", checked_at=None)
    enter(client, stranger)

    assert client.post(f"/stall/{stall.id}/papers/", PAPER).status_code == 404
    place = f"/stall/{stall.id}/papers/{paper.id}/take-back/"
    assert client.post(place).status_code == 404
    kinds = f"/stall/{stall.id}/goods/{sku.product_id}/kinds/"
    assert client.post(kinds, {"kind": "food"}).status_code == 404


def test_a_seller_adds_a_kind_and_only_the_organiser_takes_one_away(client, organiser):
    stall, seller = make_seller()
    product = make_sku(stall, tags=["green", "supplement"]).product
    place = f"/stall/{stall.id}/goods/{product.id}/kinds/"

    enter(client, seller).post(place, {"kind": ["nuts", "nonsense"]})
    product.refresh_from_db()
    assert product.tags == ["green", "supplement", "nuts"]

    enter(client, organiser).post(f"/office/products/{product.id}/", {"kind": ["nuts"]})
    product.refresh_from_db()
    assert product.tags == ["green", "nuts"]


OFFICE_PAGES = (
    "/office/vetting/", "/office/rules/", "/office/hosts/", "/office/stops/",
    "/office/shows/new/",
)  # fmt: skip


@pytest.mark.parametrize("place", OFFICE_PAGES)
def test_pages_of_the_office_are_the_organisers_alone(client, organiser, place):
    assert client.get(place).status_code == 302
    make_festival()
    assert enter(client, make_user("khach")).get(place).status_code == 403
    assert enter(client, organiser).get(place).status_code == 200


def test_a_stop_a_host_a_decision_need_an_organiser(client):
    person = make_user("lan")
    host = make_host(person=person)
    room = make_room(make_festival(), make_sku(make_stall()), host=host)
    enter(client, person)

    pressed = {"ground": "other", "reason": "thử"}
    for place in (
        f"/office/stops/show_stopped/{room.show_id}/", "/office/stops/1/lift/",
        "/office/hosts/new/", f"/office/hosts/{host.id}/withdraw/", "/office/vetting/papers/1/",
    ):  # fmt: skip
        assert client.post(place, pressed).status_code == 403
    assert not Stop.objects.exists()


def test_an_organiser_stops_a_show_and_lifts_it(client, organiser):
    room = make_room(make_festival(), make_sku(make_stall()))
    place = f"/office/stops/show_stopped/{room.show_id}/"
    enter(client, organiser)

    client.post(place, {"ground": "misleading", "reason": ""})
    assert not Stop.objects.exists()
    client.post(place, {"ground": "misleading", "reason": "Nói sai công dụng"})
    stop = Stop.objects.get()
    assert stop.evidence["rooms"][0]["pinned"] == "Mật ong Gia Lai"
    assert "Nói sai công dụng" in client.get(f"/office/stops/{stop.id}/").content.decode()
    assert list_hindrances(room.show_id, OPENING) == ("stopped",)

    client.post(f"/office/stops/{stop.id}/lift/", {"reason": "Đã sửa"})
    assert list_hindrances(room.show_id, OPENING) == ()


@pytest.mark.parametrize("place", ["shrug/1", "show_stopped/999999"])
def test_a_stop_of_nothing_or_of_no_kind_is_refused(client, organiser, place):
    answer = enter(client, organiser).post(
        f"/office/stops/{place}/", {"ground": "other", "reason": "x"}
    )
    assert answer.status_code in {400, 404}
    assert not Stop.objects.exists()


def test_the_organiser_plans_changes_and_cancels_a_show(client, organiser):
    make_festival()
    host, sku = make_host(person=make_user("lan")), make_sku(make_stall())
    shown = {
        "host": host.id, "title_vi": "Phiên thử", "starts_at": "2026-11-11T09:00",
        "ends_at": "2026-11-11T11:00", "producer": "lan", "goods": [sku.id],
    }  # fmt: skip
    enter(client, organiser)

    assert client.post("/office/shows/new/", shown).status_code == 302
    show = Show.objects.get()
    assert show.room.pinned_id == sku.id
    assert show.producer.username == "lan"

    again = client.post("/office/shows/new/", shown)
    assert again.status_code == 400
    assert "phiên khác" in again.content.decode()

    client.post(f"/office/shows/{show.id}/", shown | {"title_vi": "Tên mới", "goods": []})
    show.refresh_from_db()
    assert show.title_vi == "Tên mới"
    client.post(f"/office/shows/{show.id}/cancel/")
    assert list_hindrances(show.id, OPENING) == ("cancelled",)


def test_a_host_plans_with_goods_of_their_own_stall_only(client):
    make_festival()
    stall, person = make_seller(name="lan")
    make_host(person=person)
    own, other = make_sku(stall), make_sku(make_stall("gian-hai"))
    form = {
        "host": Host.objects.get().id, "title_vi": "Vườn nhà", "starts_at": "2026-11-11T09:00",
        "ends_at": "2026-11-11T11:00",
    }  # fmt: skip
    enter(client, person)

    assert client.post("/studio/shows/new/", form | {"goods": [other.id]}).status_code == 400
    assert client.post("/studio/shows/new/", form | {"goods": [own.id]}).status_code == 302


def test_goods_without_papers_are_in_no_plan_and_not_pinned(client):
    make_festival()
    stall, person = make_seller(name="lan")
    host = make_host(person=person)
    bare, good = make_sku(stall, tags=["supplement"]), make_sku(stall)
    room = make_room(make_festival(slug="hai"), good, host=host)
    enter(client, person)

    page = client.post(
        f"/studio/{room.show_id}/goods/add/", {"sku": bare.id}, follow=True
    ).content.decode()
    assert "giấy xác nhận nội dung quảng cáo" in page.lower()
    assert not room.show.segments.filter(sku=bare).exists()

    Product.objects.filter(id=good.product_id).update(tags=["supplement"])
    room.pinned = None
    room.save()
    client.post(f"/studio/{room.show_id}/pin/", {"sku": good.id})
    room.refresh_from_db()
    assert room.pinned is None
