"""What will this cost? As an organiser meets it: ask, watch, stop, read, download."""

import csv
import io
import json
import uuid

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.factories import OPENING, make_festival, make_order, make_sku, make_stall, make_user

from chophien.apps.catalog.models import Sku
from chophien.apps.insight.models import Simulation
from chophien.apps.insight.services import work_out_next
from chophien.apps.orders.models import Order
from chophien.apps.promotions.models import Offer
from chophien.domain.simulation.report import COLUMNS
from chophien.web.shared.people import ORGANISERS

PATHS = [
    ("simulations", {}),
    ("simulation", {"simulation_id": uuid.UUID(int=1)}),
    ("simulation_report", {"simulation_id": uuid.UUID(int=1)}),
    ("simulation_table", {"simulation_id": uuid.UUID(int=1), "name": "funders"}),
]


@pytest.fixture
def office(client, db):
    user = make_user("organiser")
    user.groups.add(Group.objects.create(name=ORGANISERS))
    client.force_login(user)
    return client


@pytest.fixture
def fair(db):
    """Two orders of honey, and an offer that sells it below cost."""
    festival = make_festival()
    honey = make_sku(make_stall("gian-mot"), price_minor=150_000, units=50)
    for number in range(2):
        make_order(festival, (honey, 1 + number))
    Sku.objects.filter(id=honey.id).update(cost_price_minor=148_000)
    Offer.objects.create(
        stall=honey.product.stall, kind="spend_save", rule={"off": 10_000}, made_at=OPENING
    )
    return festival


def ask(client, festival, **changed):
    fields = {"orders_of": festival.id, "plan_of": festival.id, "plan_at": "2026-11-11T08:00"}
    return client.post(reverse("simulations"), fields | changed)


def read(client, simulation, language="en"):
    address = reverse("simulation", args=[simulation.id])
    return client.get(address, headers={"Accept-Language": language}).content.decode()


def test_simulation_is_asked_for_worked_out_and_read(office, fair):
    response = ask(office, fair)

    simulation = Simulation.objects.get()
    assert response.url == reverse("simulation", args=[simulation.id])
    assert "Waiting for its turn" in read(office, simulation)
    work_out_next(lambda: OPENING)
    page = read(office, simulation)
    assert "This plan would cost 20.000 ₫ on 2 carts." in page
    assert "The festival bears 0 ₫, the stalls 20.000 ₫." in page
    assert "That is 20.000 ₫ more than the same carts cost" in page
    assert "1 product would sell below cost in some carts, 14.000 ₫ short altogether." in page
    assert "2 whole carts would pay less than their goods cost; as it was, 0." in page
    assert "Gian Mot: 10.000\xa0₫ off" in page
    assert "data-open" not in page


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
def test_every_page_opens_in_every_language(office, fair, language):
    ask(office, fair)
    simulation = Simulation.objects.get()
    headers = {"Accept-Language": language}

    assert office.get(reverse("simulations"), headers=headers).status_code == 200
    assert "data-open" in read(office, simulation, language)
    work_out_next(lambda: OPENING)
    assert "20.000 ₫" in read(office, simulation, language)


def test_no_personal_data_is_on_the_page(office, fair):
    ask(office, fair)
    work_out_next(lambda: OPENING)

    page = read(office, Simulation.objects.get())

    order = Order.objects.first()
    for secret in (order.recipient, order.phone, order.street, order.request["buyer"]["id"]):
        assert secret not in page


def test_files_take_the_place_of_festivals(office, fair):
    request = json.dumps(Order.objects.first().request)

    ask(
        office, fair,
        carts_file=SimpleUploadedFile("carts.jsonl", f"{request}\n{{}}\n".encode()),
        plan_file=SimpleUploadedFile("plan.json", b"{}"),
    )  # fmt: skip

    simulation = Simulation.objects.get()
    assert (simulation.festival, simulation.carts_name) == (None, "carts.jsonl")
    assert (simulation.plan_festival, simulation.plan_name) == (None, "plan.json")
    work_out_next(lambda: OPENING)
    page = read(office, simulation)
    assert "This plan would cost 0 ₫ on 1 cart." in page
    assert "1 cart could not be read and is in no figure." in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"orders_of": ""}, "Choose a festival that has orders, or a file."),
        ({"plan_at": ""}, "Choose an instant."),
        (
            {"plan_file": SimpleUploadedFile("p.json", b'{"offers": [{"id": "o1"}]}')},
            "offers[0].kind: missing",
        ),
        ({"plan_file": SimpleUploadedFile("p.json", b"\xff")}, "not JSON"),
        ({"carts_file": SimpleUploadedFile("c.jsonl", b"\n")}, "There is no cart in it."),
        ({"carts_file": SimpleUploadedFile("c.jsonl", b"{}\n" * 20_001)}, "More than 20000 carts."),
    ],
)
def test_what_cannot_be_simulated_is_said_at_its_field(office, fair, changed, said):
    response = office.post(
        reverse("simulations"),
        {"orders_of": fair.id, "plan_of": fair.id, "plan_at": "2026-11-11T08:00"} | changed,
        headers={"Accept-Language": "en"},
    )

    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Simulation.objects.exists()


def test_a_file_that_is_too_large_is_refused_unread(office, fair, monkeypatch):
    monkeypatch.setattr("chophien.web.office.simulation.CARTS_BYTES_MAX", 10)

    response = ask(office, fair, carts_file=SimpleUploadedFile("c.jsonl", b"{}\n" * 4))

    assert response.status_code == 422
    assert not Simulation.objects.exists()


def test_a_simulation_that_waits_is_stopped(office, fair):
    ask(office, fair)
    simulation = Simulation.objects.get()

    office.post(reverse("stop_simulation", args=[simulation.id]))

    assert "It was stopped; there is no result." in read(office, simulation)
    assert not work_out_next(lambda: OPENING)


def test_one_that_was_cut_off_says_so(office, fair):
    ask(office, fair)
    Simulation.objects.update(state="running", attempt=2, carts_done=1)

    page = read(office, Simulation.objects.get())

    assert "begun again from the start (attempt 2)" in page
    assert "1 of 2 carts" in page


def test_tables_are_downloaded_once_there_is_a_result(office, fair):
    ask(office, fair)
    simulation = Simulation.objects.get()
    table = reverse("simulation_table", args=[simulation.id, "funders"])
    assert office.get(table).status_code == 404
    work_out_next(lambda: OPENING)

    text = office.get(table).content.decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["seller"], row["off"]) for row in rows] == [("", "0"), ("gian-mot", "20000")]
    for name in COLUMNS:
        assert (
            office.get(reverse("simulation_table", args=[simulation.id, name])).status_code == 200
        )
    assert office.get(f"/office/simulation/{simulation.id}/nothing.csv").status_code == 404
    report = office.get(reverse("simulation_report", args=[simulation.id])).json()
    assert report["planned"]["discount"] == 20_000


@pytest.mark.parametrize(("name", "arguments"), PATHS)
def test_simulations_are_for_organisers(client, db, name, arguments):
    path = reverse(name, kwargs=arguments)

    assert client.get(path).status_code == 302
    client.force_login(make_user("mua"))
    assert client.get(path).status_code == 403


@pytest.mark.parametrize(("name", "arguments"), PATHS[1:])
def test_what_is_not_there_is_not_found(office, name, arguments):
    assert office.get(reverse(name, kwargs=arguments)).status_code == 404


def test_a_result_takes_few_questions(office, fair, django_assert_max_num_queries):
    ask(office, fair)
    work_out_next(lambda: OPENING)
    simulation = Simulation.objects.get()

    with django_assert_max_num_queries(8):
        read(office, simulation)
