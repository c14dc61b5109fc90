import pytest

from chophien.hotlane.guard import Caller, make_lane_guard, make_queue_guard, read_caller
from chophien.hotlane.requests import take_asgi
from chophien.wire.passes import hash_device

COOKIE = "A1b2C3d4E5f6G7h8I9j0-_"
SECOND_US = 1_000_000


def make_request(*headers, client=("203.0.113.77", 50_000)):
    scope = {"method": "POST", "path": "/lane/buy", "headers": [*headers], "client": client}
    return take_asgi(scope, None)


def test_caller_is_read_from_cookie_and_connection():
    request = make_request((b"host", b"fair"), (b"cookie", f"a=b; device={COOKIE}".encode()))

    assert read_caller(request, is_behind_proxy=False) == Caller(
        device=hash_device(COOKIE), network="203.0.113.0/24"
    )


def test_cookies_on_lines_of_their_own_are_one_header():
    request = make_request((b"cookie", b"a=b"), (b"cookie", f"device={COOKIE}".encode()))

    assert read_caller(request, is_behind_proxy=False).device == hash_device(COOKIE)


@pytest.mark.parametrize(
    ("label", "headers"),
    [
        ("no header", []),
        ("bytes of no text", [(b"cookie", b"device=\xff\xfe" + b"A" * 20)]),
        ("too long", [(b"cookie", b"device=" + b"0" * 65)]),
        ("a name that only ends like it", [(b"cookie", b"xdevice=" + COOKIE.encode())]),
    ],
)
def test_malformed_cookie_is_no_device(label, headers):
    assert read_caller(make_request(*headers), is_behind_proxy=False).device == ""


def test_forwarded_address_counts_only_behind_a_proxy_and_only_its_last_line():
    request = make_request(
        (b"x-forwarded-for", b"192.0.2.9"),
        (b"x-forwarded-for", b"192.0.2.1, 198.51.100.5"),
        client=("10.0.0.1", 1),
    )

    assert read_caller(request, is_behind_proxy=False).network == "10.0.0.0/24"
    assert read_caller(request, is_behind_proxy=True).network == "198.51.100.0/24"


def test_connection_without_an_address_has_no_network():
    assert read_caller(make_request(client=None), is_behind_proxy=False).network == ""


@pytest.mark.parametrize("make_guard", [make_lane_guard, make_queue_guard])
def test_ten_thousand_people_behind_one_address_press_at_the_stroke_of_the_hour(make_guard):
    guard = make_guard()

    answers = {
        guard.check(user_id=user_id, device=f"{user_id}", network="203.0.113.0/24", at_us=1)
        for user_id in range(10_000)
    }

    assert answers == {None}


def test_robot_with_one_account_gets_what_a_person_gets():
    """A try each ten microseconds for a second, a new device each: ten, and one for half of it."""
    guard = make_lane_guard()

    let_in = sum(
        guard.check(user_id=7, device=f"{at_us}", network="203.0.113.0/24", at_us=at_us) is None
        for at_us in range(0, SECOND_US, 10)
    )

    assert let_in == 11
