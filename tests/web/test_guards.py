"""How often pages may be asked, as a browser meets it."""

import re
from dataclasses import replace

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from tests.factories import make_festival

from chophien.domain.buckets import Bucket
from chophien.domain.limits import (
    COMPLAINT_ALLOWANCE,
    LANE_ALLOWANCE,
    LOG_IN_ALLOWANCE,
    MISS_ALLOWANCE,
    SIGN_UP_ALLOWANCE,
)
from chophien.web.shared import guards
from chophien.wire.passes import hash_device

DEVICE = "A1b2C3d4E5f6G7h8I9j0-_"
HERE = "203.0.113.7"
ELSEWHERE = "198.51.100.7"
NO_ORDER = "/orders/nosuchorder/"
WRONG = {"login": "hoa", "password": "mật khẩu sai"}


class StoppedClock:
    """Stands still until it is moved."""

    us = 10**9

    def read(self) -> int:
        return self.us


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    stopped = StoppedClock()
    monkeypatch.setattr(guards, "read_us", stopped.read)
    return stopped


NETWORK_BURST = 12


@pytest.fixture
def narrow(monkeypatch):
    """Networks as everywhere, only smaller: a few tries wear one out."""
    acts = [
        replace(
            act,
            allowance=replace(
                act.allowance, network=Bucket(burst=NETWORK_BURST, interval_us=10**6)
            ),
        )
        for act in guards.ACTS
    ]
    monkeypatch.setattr(guards, "ACTS", acts)


@pytest.fixture
def client(db):
    """One site; who asks is told by cookie and address."""
    cache.clear()  # allauth's count of wrong passwords by name
    make_festival()
    return Client(REMOTE_ADDR=HERE, HTTP_ACCEPT_LANGUAGE="en")


def be_device(client, number=None):
    """Come from the device of this number, or from none."""
    client.cookies.clear()
    if number is not None:
        client.cookies["device"] = f"{number:022d}"


def sign_up(client, **headers):
    return client.post(reverse("account_signup"), {"username": ""}, **headers)


def repeat(act, times):
    return [act().status_code for _ in range(times)]


def test_device_gets_a_cookie_with_its_first_page_and_keeps_it(client):
    first = client.get("/")
    second = client.get("/goods/")

    morsel = first.cookies["device"]
    assert re.fullmatch(r"[\w-]{22}", morsel.value)
    assert (morsel["httponly"], morsel["samesite"], morsel["secure"]) == (True, "Lax", "")
    assert "device" not in second.cookies
    assert second.wsgi_request.COOKIES["device"] == morsel.value


def test_device_is_known_on_its_first_page(client, monkeypatch):
    response = client.get("/")

    device = guards.device_of(response.wsgi_request)
    assert device == hash_device(response.cookies["device"].value)


def test_cookie_is_secure_under_https(client, settings):
    settings.SESSION_COOKIE_SECURE = True

    assert client.get("/").cookies["device"]["secure"] is True


@pytest.mark.parametrize("cookie", ["", "x", "A" * 65, "A" * 21 + "=", "A" * 21 + "é"])
def test_malformed_cookie_is_replaced(client, cookie):
    client.cookies["device"] = cookie

    response = client.get("/")

    assert len(response.cookies["device"].value) == 22


def test_what_is_no_page_sets_no_cookie(client):
    assert "device" not in client.get(reverse("clock")).cookies
    assert "device" not in sign_up(client).cookies


def test_device_may_sign_up_as_often_as_a_family_does_and_is_then_told_when(client, clock):
    be_device(client, 1)
    burst = SIGN_UP_ALLOWANCE.device.burst

    assert repeat(lambda: sign_up(client), burst) == [200] * burst
    refused = sign_up(client)

    assert refused.status_code == 429
    assert refused["Retry-After"] == "60"
    assert refused["Cache-Control"] == "no-store"
    clock.us += 60 * 10**6
    assert sign_up(client).status_code == 200


def test_other_devices_behind_the_same_address_go_on(client):
    be_device(client, 1)
    repeat(lambda: sign_up(client), SIGN_UP_ALLOWANCE.device.burst + 5)

    be_device(client, 2)

    assert sign_up(client).status_code == 200


def test_made_up_devices_do_not_help_to_sign_up(narrow, client):
    for number in range(NETWORK_BURST):
        be_device(client, number)
        assert sign_up(client).status_code == 200

    be_device(client, NETWORK_BURST)

    assert sign_up(client).status_code == 429
    assert sign_up(client, REMOTE_ADDR=ELSEWHERE).status_code == 200


def test_spoofed_addresses_do_not_help_to_sign_up(narrow, client):
    be_device(client)
    for number in range(NETWORK_BURST):
        sign_up(client, HTTP_X_FORWARDED_FOR=f"192.0.{number % 256}.1")

    assert sign_up(client, HTTP_X_FORWARDED_FOR="192.168.1.1").status_code == 429


def test_behind_a_proxy_the_last_hop_is_who_asks(narrow, client, settings):
    settings.IS_BEHIND_PROXY = True
    be_device(client)
    for number in range(NETWORK_BURST):
        sign_up(client, HTTP_X_FORWARDED_FOR=f"192.0.{number % 256}.1, {HERE}")

    assert sign_up(client, HTTP_X_FORWARDED_FOR=f"10.9.8.7, {HERE}").status_code == 429
    assert sign_up(client, HTTP_X_FORWARDED_FOR=f"{HERE}, {ELSEWHERE}").status_code == 200


def test_log_in_is_guarded_whoever_is_logged_in(client):
    """An account of one's own does not vouch for tries with those of others."""
    client.force_login(get_user_model().objects.create_user("hoa"))
    client.cookies["device"] = DEVICE
    burst = LOG_IN_ALLOWANCE.device.burst

    codes = repeat(lambda: client.post(reverse("account_login"), WRONG), burst + 1)

    assert codes[-1] == 429
    assert 429 not in codes[:-1]


def test_log_in_of_the_back_office_is_guarded_too(client):
    be_device(client, 1)
    burst = LOG_IN_ALLOWANCE.device.burst
    wrong = {"username": "hoa", "password": "no"}

    codes = repeat(lambda: client.post(reverse("admin:login"), wrong), burst + 1)

    assert codes == [200] * burst + [429]


def test_a_name_is_guessed_five_times_whatever_the_device(client, clock):
    """allauth's own limit by name stays."""
    get_user_model().objects.create_user("hoa", password="một mật khẩu thật dài")
    pages = []
    for number in range(6):
        be_device(client, number)
        pages.append(client.post(reverse("account_login"), WRONG).content.decode())

    assert "Too many failed login attempts" in pages[-1]
    assert "Too many failed login attempts" not in pages[-2]


def test_many_colleagues_log_in_from_one_address_within_a_minute(client):
    codes = set()
    for number in range(100):
        be_device(client, number)
        codes.add(client.post(reverse("account_login"), {"login": f"n{number}"}).status_code)

    assert codes == {200}


def test_guests_of_a_whole_town_order_behind_one_address(narrow, client):
    """As `chophien crowd` does: a device each. What a network may is not touched."""
    codes = set()
    for number in range(3 * NETWORK_BURST):
        be_device(client, number)
        codes.add(client.post(reverse("checkout")).status_code)

    assert codes == {302}


def test_who_sends_an_order_without_having_opened_a_page_shares_the_network(narrow, client):
    be_device(client)

    codes = repeat(lambda: client.post(reverse("checkout")), NETWORK_BURST + 1)

    assert codes == [302] * NETWORK_BURST + [429]


def test_script_that_asks_for_passes_is_told_in_json(client):
    client.force_login(get_user_model().objects.create_user("hoa"))
    client.cookies["device"] = DEVICE
    burst = LANE_ALLOWANCE.account.burst

    assert repeat(lambda: client.post(reverse("buy_pass")), burst) == [404] * burst
    refused = client.post(reverse("buy_pass"))

    assert refused.status_code == 429
    assert refused.json() == {"outcome": "too_many", "retry_after_ms": 500}


def test_links_of_orders_that_do_not_exist_are_tried_a_few_times(client, clock):
    be_device(client, 1)
    burst = MISS_ALLOWANCE.device.burst

    assert repeat(lambda: client.get(NO_ORDER), burst + 1) == [404] * burst + [429]
    refused = client.get(f"{NO_ORDER}states.json")

    assert refused.status_code == 429
    assert refused.json() == {"outcome": "too_many", "retry_after_ms": 5_000}
    clock.us += 5 * 10**6
    assert client.get(NO_ORDER).status_code == 404


def test_pages_that_are_not_guarded_stay_open(client):
    be_device(client, 1)
    repeat(lambda: client.get(NO_ORDER), MISS_ALLOWANCE.device.burst + 1)

    assert set(repeat(lambda: client.get("/"), 30)) == {200}


def test_complaint_is_handed_back_to_be_sent_again(client):
    be_device(client, 1)
    typed = {"text": "Sầu riêng <chưa chín>", "contact": ""}
    send = lambda: client.post("/live/1/complaint/", typed)  # noqa: E731
    repeat(send, COMPLAINT_ALLOWANCE.device.burst)

    page = send()

    text = page.content.decode()
    assert page.status_code == 429
    assert '<form method="post" action="/live/1/complaint/">' in text
    assert 'name="text" value="Sầu riêng &lt;chưa chín&gt;"' in text
    assert text.count("csrfmiddlewaretoken") == 1


def test_password_is_not_handed_back(client):
    be_device(client, 1)
    repeat(lambda: client.post(reverse("account_login"), WRONG), LOG_IN_ALLOWANCE.device.burst)

    text = client.post(reverse("account_login"), WRONG).content.decode()

    assert WRONG["password"] not in text
    assert "<form" not in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", "Xin chậm lại một chút"),
        ("en", "A little slower, please"),
        ("zh-hans", "请稍慢一些"),
    ],
)
def test_refusal_speaks_the_languages(client, language, words):
    be_device(client, 1)
    send = lambda: sign_up(client, HTTP_ACCEPT_LANGUAGE=language)  # noqa: E731
    repeat(send, SIGN_UP_ALLOWANCE.device.burst)

    assert words in send().content.decode()


def test_refusal_asks_no_database(client, django_assert_num_queries):
    be_device(client, 1)
    repeat(lambda: client.get(NO_ORDER), MISS_ALLOWANCE.device.burst)

    with django_assert_num_queries(0):
        assert client.get(NO_ORDER).status_code == 429


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/cart/", "http://testserver/cart/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_refusal_leads_back_within_the_fair(client, referer, back):
    be_device(client, 1)
    send = lambda: sign_up(client, HTTP_REFERER=referer)  # noqa: E731
    repeat(send, SIGN_UP_ALLOWANCE.device.burst)

    assert f'href="{back}">' in send().content.decode()


def test_every_guarded_view_exists():
    site, (_, admin) = get_resolver(), get_resolver().namespace_dict["admin"]
    names = {*site.reverse_dict, *(f"admin:{name}" for name in admin.reverse_dict)}

    assert {view for act in guards.ACTS for view in act.views} - names == set()
