import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.wire.passes import hash_device
from chophien.wire.visitors import (
    DEVICE_BYTES,
    NO_DEVICE,
    NO_NETWORK,
    find_address,
    find_device_cookie,
    find_network,
    read_device,
)

COOKIE = "A1b2C3d4E5f6G7h8I9j0-_"
PROXY = "10.0.0.1"
CLIENT = "203.0.113.77"


def test_device_is_the_hash_of_its_cookie():
    assert read_device(COOKIE) == hash_device(COOKIE)
    assert COOKIE not in read_device(COOKIE)


def test_cookie_has_as_many_letters_as_its_random_bytes_need():
    assert len(COOKIE) == -(-DEVICE_BYTES * 4 // 3)


@pytest.mark.parametrize(
    ("label", "cookie"),
    [
        ("empty", ""),
        ("too short", COOKIE[:15]),
        ("too long", "A" * 65),
        ("a letter of another alphabet", COOKIE[:-1] + "é"),
        ("half a letter", COOKIE[:-1] + "\ud800"),
        ("a line's end", COOKIE + "\n"),
        ("a zero byte", COOKIE[:-1] + "\0"),
        ("padding", COOKIE[:-1] + "="),
        ("a megabyte", "A" * 1_000_000),
    ],
)
def test_malformed_cookie_is_no_device(label, cookie):
    assert read_device(cookie) == NO_DEVICE


@pytest.mark.parametrize(
    ("header", "cookie"),
    [
        ("", ""),
        (f"device={COOKIE}", COOKIE),
        (f"sessionid=x; device={COOKIE}; cart=y", COOKIE),
        (f"sessionid=x;device={COOKIE}", COOKIE),
        (f"mydevice={COOKIE}", ""),
        ("device", ""),
        (f"device=first; device={COOKIE}", COOKIE),
        ("device=a=b", "a=b"),
    ],
)
def test_device_cookie_is_found_among_others(header, cookie):
    assert find_device_cookie(header) == cookie


@given(st.text(max_size=200))
def test_any_header_is_read_without_a_fault(header):
    assert len(read_device(find_device_cookie(header))) in {0, 32}


@pytest.mark.parametrize(
    ("label", "forwarded_for", "address"),
    [
        ("the proxy's own word", CLIENT, CLIENT),
        ("the client's words before it", f"1.1.1.1, 127.0.0.1,{CLIENT}", CLIENT),
        ("IPv6", "2001:db8::1", "2001:db8::1"),
        ("nothing", "", PROXY),
        ("nothing at the end", "1.1.1.1,", PROXY),
        ("no address", "1.1.1.1, unknown", PROXY),
        ("a thousand hops", "1.1.1.1," * 1_000 + CLIENT, CLIENT),
    ],
)
def test_behind_a_proxy_the_last_hop_counts(label, forwarded_for, address):
    assert find_address(PROXY, forwarded_for, is_behind_proxy=True) == address


@given(st.text(max_size=60))
def test_without_a_proxy_no_header_is_believed(forwarded_for):
    assert find_address(CLIENT, forwarded_for, is_behind_proxy=False) == CLIENT


def test_spoofed_header_would_be_believed_if_the_first_hop_counted():
    """Negative control: what a client writes stands first, and the last is not its own."""
    spoofed = f"198.51.100.1, {CLIENT}"

    assert spoofed.split(",", maxsplit=1)[0] != CLIENT
    assert find_address(PROXY, spoofed, is_behind_proxy=True) == CLIENT


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.200", "203.0.113.0/24"),
        ("203.0.114.77", "203.0.114.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:23ff::1", "2001:db8:1:2300::/56"),
        ("2001:db8:1:2300:ffff::2", "2001:db8:1:2300::/56"),
        ("::1", "::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", NO_NETWORK),
        ("localhost", NO_NETWORK),
        ("203.0.113.77:8000", NO_NETWORK),
        ("203.0.113.077", NO_NETWORK),
        ("a" * 10_000, NO_NETWORK),
    ],
)
def test_network_of_an_address(address, network):
    assert find_network(address) == network
