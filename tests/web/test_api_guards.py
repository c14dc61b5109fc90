"""How often the API may be asked."""

import json

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from chophien.api import guards
from chophien.api.answers import refuse
from chophien.api.asking import route
from chophien.api.guards import Limit
from chophien.api.urls import urlpatterns
from chophien.domain.limits import CHECK_OUT_ALLOWANCE, MISS_ALLOWANCE

HERE = "203.0.113.7"
ELSEWHERE = "198.51.100.7"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    at = {"us": 10**9}
    monkeypatch.setattr(guards, "read_us", lambda: at["us"])
    return at


def order(request):
    return HttpResponse(status=201)


def find_nothing(request):
    raise refuse(404, "not_found", "no order has this token")


def make_ask(view, limit):
    """Ask a view as a program does: with a device of its own, or none, from an address."""
    limited = route(GET=limit.around(view))

    def ask(device=None, address=HERE, **headers):
        request = RequestFactory().get("/api/x", REMOTE_ADDR=address, headers=headers)
        if device is not None:
            request.COOKIES["device"] = f"{device:022d}"
        return limited(request)

    return ask


def test_device_orders_as_often_as_a_person_and_is_told_when(clock):
    ask = make_ask(order, Limit(CHECK_OUT_ALLOWANCE))
    burst = CHECK_OUT_ALLOWANCE.device.burst

    assert [ask(device=1).status_code for _ in range(burst)] == [201] * burst
    refused = ask(device=1)

    assert refused.status_code == 429
    assert refused["Retry-After"] == "2"
    assert json.loads(refused.content)["error"]["code"] == "too_many"
    assert json.loads(refused.content)["error"]["kept"] == "nothing was done"
    assert ask(device=2).status_code == 201
    clock["us"] += 2 * 10**6
    assert ask(device=1).status_code == 201


def test_programs_without_a_device_share_their_network():
    ask = make_ask(order, Limit(CHECK_OUT_ALLOWANCE))
    for _ in range(CHECK_OUT_ALLOWANCE.network.burst):
        assert ask().status_code == 201

    assert ask().status_code == 429
    assert ask(**{"X-Forwarded-For": ELSEWHERE}).status_code == 429
    assert ask(address=ELSEWHERE).status_code == 201
    assert ask(device=1).status_code == 201


def test_behind_a_proxy_the_last_hop_is_who_asks(settings):
    settings.IS_BEHIND_PROXY = True
    ask = make_ask(order, Limit(CHECK_OUT_ALLOWANCE))
    for number in range(CHECK_OUT_ALLOWANCE.network.burst):
        ask(**{"X-Forwarded-For": f"192.0.{number % 256}.1, {HERE}"})

    assert ask(**{"X-Forwarded-For": f"10.9.8.7, {HERE}"}).status_code == 429
    assert ask(**{"X-Forwarded-For": f"{HERE}, {ELSEWHERE}"}).status_code == 201


def test_orders_that_do_not_exist_are_tried_a_few_times():
    limit = Limit(MISS_ALLOWANCE, counts_misses=True)
    miss, hit = make_ask(find_nothing, limit), make_ask(order, limit)
    burst = MISS_ALLOWANCE.device.burst

    assert [hit(device=1).status_code for _ in range(burst * 2)] == [201] * burst * 2
    assert [miss(device=1).status_code for _ in range(burst + 1)] == [404] * burst + [429]


@pytest.mark.parametrize("name", ["api_orders", "api_payments", "api_test_bank"])
def test_what_orders_or_can_be_guessed_is_limited(name, client, db, monkeypatch):
    monkeypatch.setattr(guards.Guard, "check", lambda self, **who: 1)
    monkeypatch.setattr(guards.Guard, "peek", lambda self, **who: 1)
    (pattern,) = (each for each in urlpatterns if each.name == name)
    path = "/api/" + str(pattern.pattern).replace("<slug:token>", "nosuchorder")
    method = "get" if name == "api_payments" else "post"

    response = getattr(client, method)(path, content_type="application/json")

    assert response.status_code == 429
