"""Phases as people meet them: on the home page, in the office, and in a rehearsal."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.urls import reverse
from tests.factories import make_festival, make_user

from chophien.apps.festivals import clock
from chophien.apps.festivals.models import Clock, Phase, PhaseTurn
from chophien.apps.festivals.selectors import list_phases
from chophien.apps.festivals.services import fill_calendar, turn_phases
from chophien.domain.phases import TwoWaves, plan_two_waves
from chophien.web.shared.people import ORGANISERS

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR = timedelta(hours=1)
YEAR = 2031  # in the future of every clock that runs these tests
CALENDAR = plan_two_waves(
    TwoWaves(
        first_on=date(YEAR, 11, 1),
        first_days=3,
        second_on=date(YEAR, 11, 11),
        second_days=1,
        deposits_on=date(YEAR, 10, 21),
        zone=SAIGON,
    )
)
TWO_WAVES = {
    "first_on": f"{YEAR}-11-01", "first_days": "3", "second_on": f"{YEAR}-11-11",
    "second_days": "1", "deposits_on": f"{YEAR}-10-21", "deposits_from": "00:00",
    "teaser_on": f"{YEAR}-10-20", "teaser_from": "14:00", "after_days": "7",
}  # fmt: skip
PAGES = [
    "/office/festivals/",
    "/office/festivals/phien-thu/",
    "/office/festivals/phien-thu/phases/",
    "/office/festivals/phien-thu/two-waves/",
]


def at(month, day, hour=0, minute=0):
    return datetime(YEAR, month, day, hour, minute, tzinfo=SAIGON)


@pytest.fixture
def festival(db):
    made = make_festival(starts_at=at(10, 1), ends_at=at(12, 1))
    fill_calendar(festival_id=made.id, plans=CALENDAR, at=at(9, 1))
    return made


@pytest.fixture
def office(client, db):
    user = make_user("organiser")
    user.groups.add(Group.objects.create(name=ORGANISERS))
    client.force_login(user)
    return client


@pytest.fixture
def rehearsing(settings, db):
    settings.REHEARSAL = True
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL chophien.rehearsal = 'on'")
    clock.forget()
    yield
    clock.forget()


def stand_at(client, instant):
    """Move the clock as an organiser does, and read it anew."""
    response = client.post(
        reverse("set_clock"),
        {"to": f"{instant:%Y-%m-%dT%H:%M}", "festival": "phien-thu"},
        follow=True,
    )
    clock.forget()
    return response


def find(kind, wave=None):
    return Phase.objects.get(kind=kind, wave=wave, removed_at=None)


def fields(phase, **changed):
    local = {
        name: f"{getattr(phase, name).astimezone(SAIGON):%Y-%m-%dT%H:%M}"
        for name in ("starts_at", "ends_at")
    }
    return {
        "kind": phase.kind, "wave": phase.wave or "", "name_vi": phase.name_vi,
        "name_en": phase.name_en, "name_zh": phase.name_zh,
    } | local | changed  # fmt: skip


def read(response):
    return response.content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ["Đợt bán 1", "Trả nốt đợt 1", "Tiếp theo, sau", "Nghỉ giữa hai đợt"]),
        ("en", ["Sale, wave 1", "Balance of wave 1", "Next, in", "Between the waves"]),
        ("zh-hans", ["第1波开卖", "第1波付尾款", "下一阶段，还有", "两波之间"]),
    ],
)
def test_home_says_where_the_fair_stands_and_what_comes_next(
    client, office, festival, rehearsing, language, words
):
    stand_at(office, at(11, 2, 12))

    response = client.get("/", headers={"Accept-Language": language})

    page = read(response)
    stand = page[page.index('class="stand"') : page.index('class="hero__row"')]
    assert [word for word in words if word not in stand] == []
    assert [one.kind for one in response.context["strip"].current] == ["sale", "balance"]
    assert f'data-until="{at(11, 4).astimezone(UTC).isoformat()}"' in stand


def test_home_without_phases_has_no_strip(client, db):
    make_festival()

    assert 'class="stand"' not in read(client.get("/"))


def test_clock_is_told_and_never_cached(client, festival):
    response = client.get("/clock.json")

    told = datetime.fromisoformat(response.json()["now"])
    assert abs(told - clock.read_real()) < timedelta(seconds=5)
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_office_pages_are_for_organisers(client, festival, path):
    assert client.get(path).status_code == 302
    client.force_login(make_user("mua"))
    assert client.get(path).status_code == 403


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
@pytest.mark.parametrize("path", PAGES)
def test_office_pages_open_in_every_language(office, festival, path, language):
    assert office.get(path, headers={"Accept-Language": language}).status_code == 200


def test_festival_page_draws_every_phase_and_keeps_its_query_budget(
    office, festival, django_assert_max_num_queries
):
    turn_phases(at=at(11, 2))

    with django_assert_max_num_queries(16):
        page = read(office.get("/office/festivals/phien-thu/"))

    assert page.count("<rect") == len(CALENDAR)
    assert page.count('class="edge__done"') == 4


def test_phase_is_added_with_the_usual_names(office, festival):
    start = at(11, 20)

    office.post(
        "/office/festivals/phien-thu/phases/",
        {"kind": "sale", "wave": "3", "starts_at": f"{start:%Y-%m-%dT%H:%M}",
         "ends_at": f"{start + HOUR:%Y-%m-%dT%H:%M}"},
    )  # fmt: skip

    added = find("sale", 3)
    assert (added.name_vi, added.starts_at, added.ends_at) == ("Đợt bán 3", start, start + HOUR)


@pytest.mark.parametrize(
    ("label", "changed", "field"),
    [
        ("ends before it begins", {"ends_at": f"{YEAR}-10-30T00:00"}, "ends_at"),
        ("meets another of its kind", {"ends_at": f"{YEAR}-11-11T05:00"}, "starts_at"),
        ("no instant at all", {"starts_at": "soon"}, "starts_at"),
        ("no wave", {"wave": ""}, "wave"),
        ("no such kind", {"kind": "gala"}, "kind"),
    ],
)
def test_fault_is_named_by_field_and_what_was_typed_is_kept(
    office, festival, label, changed, field
):
    sale = find("sale", 1)
    typed = fields(sale, name_vi="Mở hàng") | changed

    response = office.post(reverse("change_phase", args=[sale.id]), typed)

    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    assert 'value="Mở hàng"' in read(response)
    sale.refresh_from_db()
    assert sale.name_vi == "Đợt bán 1"


def test_phase_is_changed(office, festival):
    sale = find("sale", 1)

    office.post(
        reverse("change_phase", args=[sale.id]), fields(sale, starts_at=f"{YEAR}-11-01T08:00")
    )

    sale.refresh_from_db()
    assert sale.starts_at == at(11, 1, 8)


def test_what_has_turned_stays_whatever_is_sent(office, festival):
    turn_phases(at=at(11, 1))
    sale = find("sale", 1)

    office.post(
        reverse("change_phase", args=[sale.id]),
        fields(sale, starts_at=f"{YEAR}-11-02T00:00", kind="pause", name_vi="Mở hàng"),
    )

    sale.refresh_from_db()
    assert (sale.starts_at, sale.kind, sale.name_vi) == (at(11, 1), "sale", "Mở hàng")


def test_phase_is_taken_out_and_put_back(office, festival):
    after = find("after")

    office.post(reverse("remove_phase", args=[after.id]))
    assert len(list_phases(festival.id)) == len(CALENDAR) - 1
    office.post(reverse("restore_phase", args=[after.id]))

    assert len(list_phases(festival.id)) == len(CALENDAR)


def test_phase_that_has_begun_is_not_taken_out_and_says_so(office, festival):
    turn_phases(at=at(10, 21))
    deposit = find("deposit", 1)

    response = office.post(
        reverse("remove_phase", args=[deposit.id]), follow=True,
        headers={"Accept-Language": "en"},
    )  # fmt: skip

    assert "cannot be moved any more" in read(response)
    assert find("deposit", 1) == deposit


def test_two_waves_are_looked_at_before_anything_changes(office, festival):
    Phase.objects.update(removed_at=at(9, 1))

    response = office.get("/office/festivals/phien-thu/two-waves/", TWO_WAVES)

    assert len(response.context["plans"]) == 9
    assert list_phases(festival.id) == []


def test_two_waves_fill_the_calendar(office, festival):
    Phase.objects.update(removed_at=at(9, 1))

    office.post("/office/festivals/phien-thu/two-waves/", TWO_WAVES)

    kept = {(one.kind.value, one.wave): one for one in list_phases(festival.id)}
    assert kept["deposit", 1].ends_at == at(10, 31, 22)
    assert kept["balance", 2].starts_at == at(11, 11, 0, 30)
    assert kept["teaser", None].starts_at == at(10, 20, 14)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"second_on": f"{YEAR}-11-04"}, "second_on"),
        ({"second_on": f"{YEAR}-10-25"}, "second_on"),
        ({"deposits_on": f"{YEAR}-11-01"}, "deposits_on"),
        ({"teaser_on": f"{YEAR}-10-21"}, "teaser_on"),
        ({"first_days": "0"}, "first_days"),
        ({"first_on": ""}, "first_on"),
    ],
)
def test_days_that_do_not_fit_are_named_and_nothing_changes(office, festival, changed, field):
    response = office.post("/office/festivals/phien-thu/two-waves/", TWO_WAVES | changed)

    assert response.status_code == 400
    assert field in response.context["form"].errors
    assert len(list_phases(festival.id)) == len(CALENDAR)


def test_calendar_that_has_begun_is_not_replaced(office, festival):
    turn_phases(at=at(10, 21))

    response = office.post(
        "/office/festivals/phien-thu/two-waves/", TWO_WAVES, follow=True,
        headers={"Accept-Language": "en"},
    )  # fmt: skip

    assert "one by one" in read(response)
    assert len(list_phases(festival.id)) == len(CALENDAR)


# ---------------------------------------------------------------- rehearsals


@pytest.mark.parametrize(
    ("language", "words"),
    [("vi", "Diễn tập:"), ("en", "Rehearsal:"), ("zh-hans", "彩排：")],
)
def test_every_page_says_that_the_clock_is_moved(office, festival, rehearsing, language, words):
    stand_at(office, at(11, 1, 0, 30))

    for path in ("/", "/goods/", "/cart/", "/screen/", "/office/", "/office/festivals/"):
        page = read(office.get(path, headers={"Accept-Language": language}))
        assert words in page, path
        assert f"01/11/{YEAR} 00:30" in page, path


def test_back_to_real_time_takes_the_bar_away(office, festival, rehearsing):
    stand_at(office, at(11, 1))

    office.post(reverse("set_clock"), {"real": "yes"})
    clock.forget()

    assert 'class="rehearsal"' not in read(office.get("/"))


def test_without_rehearsals_there_is_no_clock_to_move(office, festival, settings):
    settings.REHEARSAL = False

    response = office.post(reverse("set_clock"), {"to": f"{YEAR}-11-01T00:00"})

    assert response.status_code == 404
    assert Clock.objects.count() == 0
    assert "clockbox" not in read(office.get("/office/festivals/phien-thu/"))


def test_only_organisers_move_the_clock(client, festival, rehearsing):
    client.force_login(make_user("mua"))

    response = client.post(reverse("set_clock"), {"to": f"{YEAR}-11-01T00:00"})

    assert response.status_code == 403
    assert Clock.objects.count() == 0


@pytest.mark.parametrize("to", ["", "soon", "2031-13-40T00:00"])
def test_what_is_no_instant_moves_nothing(office, festival, rehearsing, to):
    office.post(reverse("set_clock"), {"to": to})

    assert Clock.objects.count() == 0


def test_rehearsed_turns_are_marked_in_the_log_and_freeze_nothing(office, festival, rehearsing):
    stand_at(office, at(11, 1))
    reading = clock.read()
    turn_phases(at=reading.at, rehearsal=reading.rehearsal, since=reading.since)
    office.post(reverse("set_clock"), {"real": "yes"})
    clock.forget()

    page = read(office.get("/office/festivals/phien-thu/", headers={"Accept-Language": "en"}))

    assert set(PhaseTurn.objects.values_list("rehearsal", flat=True)) == {1}
    assert page.count("Rehearsal 1") == 3
    assert 'class="edge__done"' not in page
