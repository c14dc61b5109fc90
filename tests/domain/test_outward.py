"""Where shows may be sent to, and what platforms allow."""

from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.outward import (
    Address,
    AddressFault,
    BadAddressError,
    check_ip,
    hint_key,
    is_public,
    parse_address,
    parse_allowed,
)
from chophien.domain.platforms import (
    PLATFORMS,
    Hint,
    Sent,
    VoiceFault,
    Voices,
    find_voice_fault,
    list_hints_before,
    list_hints_on_air,
)

HOUR = timedelta(hours=1)
INSIDE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:a00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "142.250.70.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", INSIDE)
def test_inside_is_never_sent_to(text):
    with pytest.raises(BadAddressError) as refused:
        check_ip(ip_address(text), 1935, allowed=())

    assert refused.value.fault is AddressFault.INSIDE


@pytest.mark.parametrize("text", OUTSIDE)
def test_outside_is_sent_to(text):
    check_ip(ip_address(text), 443, allowed=())


@given(st.ip_addresses(v=4))
def test_an_address_wrapped_in_another_is_judged_as_itself(address):
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ip_address(wrapped)) is is_public(address)


@pytest.mark.parametrize("port", [22, 25, 53, 5432, 6379, 8080, 65535, 0])
def test_ports_of_other_services_are_not_sent_to(port):
    with pytest.raises(BadAddressError) as refused:
        check_ip(ip_address("8.8.8.8"), port, allowed=())

    assert refused.value.fault is AddressFault.PORT


def test_what_the_operator_allows_is_allowed_and_nothing_beside_it():
    allowed = parse_allowed("10.1.0.0/16, 127.0.0.1")

    check_ip(ip_address("10.1.2.3"), 9_999, allowed=allowed)
    check_ip(ip_address("127.0.0.1"), 1935, allowed=allowed)
    for other in ("10.2.0.1", "127.0.0.2"):
        with pytest.raises(BadAddressError):
            check_ip(ip_address(other), 1935, allowed=allowed)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("rtmp://a.example/live2", Address(is_secure=False, host="a.example", port=1935, app="live2")),
        (" rtmps://A.example:443/rtmp/ ", Address(is_secure=True, host="a.example", port=443, app="rtmp")),
        ("rtmp://a.example/x/y?z=1", Address(is_secure=False, host="a.example", port=1935, app="x/y?z=1")),
        ("rtmp://[2606:4700::1]/app", Address(is_secure=False, host="2606:4700::1", port=1935, app="app")),
    ],
)  # fmt: skip
def test_addresses_are_read_as_people_paste_them(text, read):
    assert parse_address(text) == read
    assert parse_address(parse_address(text).url) == read


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", AddressFault.NOT_AN_ADDRESS),
        ("rtmp://a.example/live\r\nHost: x", AddressFault.NOT_AN_ADDRESS),
        ("rtmp://user:pw@a.example/live", AddressFault.NOT_AN_ADDRESS),
        ("rtmp://a.example@127.0.0.1/live", AddressFault.NOT_AN_ADDRESS),
        ("rtmp://a_b/live", AddressFault.NOT_AN_ADDRESS),
        ("rtmp://a.example:99999/live", AddressFault.NOT_AN_ADDRESS),
        ("rtmp:///live", AddressFault.NOT_AN_ADDRESS),
        ("rtmp://a.example/live#x", AddressFault.NOT_AN_ADDRESS),
        ("rtmp://сорняк.example/live", AddressFault.NOT_AN_ADDRESS),
        ("http://a.example/live", AddressFault.NOT_RTMP),
        ("file:///etc/passwd", AddressFault.NOT_RTMP),
        ("rtmpt://a.example/live", AddressFault.NOT_RTMP),
        ("rtmp://a.example", AddressFault.HAS_NO_APP),
        ("rtmp://a.example/", AddressFault.HAS_NO_APP),
    ],
)
def test_what_is_no_address_is_told(text, fault):
    with pytest.raises(BadAddressError) as refused:
        parse_address(text)

    assert refused.value.fault is fault


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading(text):
    for each in (text, f"rtmp://{text}", f"rtmp://a.example{text}"):
        try:
            assert parse_address(parse_address(each).url) == parse_address(each)
        except BadAddressError as refused:
            assert refused.fault in AddressFault  # noqa: PT017 - any fault will do


def test_a_key_is_known_again_by_its_end_if_it_is_long():
    assert hint_key("abcd-efgh-ijkl") == "ijkl"
    assert hint_key("short") == ""


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=lambda each: each.code)
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_a_person_goes_everywhere_an_ai_host_where_it_is_allowed(platform, is_confirmed):
    for is_artificial in (True, False):
        fault = find_voice_fault(platform, is_artificial=is_artificial, is_confirmed=is_confirmed)
        expected = None
        if is_artificial and platform.voices is Voices.FORBIDDEN:
            expected = VoiceFault.FORBIDDEN
        if is_artificial and platform.voices is Voices.UNSTATED and not is_confirmed:
            expected = VoiceFault.UNCONFIRMED
        assert fault is expected


def test_tiktok_gets_no_artificial_voice_whatever_is_confirmed():
    tiktok = PLATFORMS["tiktok"]

    assert find_voice_fault(tiktok, is_artificial=True, is_confirmed=True) is VoiceFault.FORBIDDEN


def sent(**fields):
    facts = {
        "length": HOUR, "video_bps": 3_000_000, "keyframe_ms": 2_000, "width": 720,
        "height": 1_280, "audio_rate_hz": 48_000, "sizes": 1,
    }  # fmt: skip
    return Sent(**(facts | fields))


@pytest.mark.parametrize(
    ("fields", "hints"),
    [
        ({}, ()),
        ({"length": 8 * HOUR - timedelta(minutes=16)}, ()),
        ({"length": timedelta(hours=7, minutes=45)}, (Hint.ENDS_SOON,)),
        ({"length": 8 * HOUR}, (Hint.ENDS_SOON,)),
        ({"length": 8 * HOUR + timedelta(seconds=1)}, (Hint.OVER,)),
        ({"video_bps": 4_000_001}, (Hint.TOO_MANY_BITS,)),
        ({"keyframe_ms": 2_200}, ()),
        ({"keyframe_ms": 2_201}, (Hint.FEW_KEYFRAMES,)),
        ({"height": 3_840}, (Hint.TOO_LARGE,)),
        ({"audio_rate_hz": 22_050}, (Hint.ODD_SOUND,)),
        ({"sizes": 2}, (Hint.SIZE_CHANGED,)),
    ],
)
def test_facebooks_limits_are_warned_of(fields, hints):
    assert list_hints_on_air(PLATFORMS["facebook"], sent(**fields)) == hints


def test_where_no_number_is_known_nothing_is_claimed():
    assert list_hints_on_air(PLATFORMS["shopee"], sent(length=99 * HOUR, video_bps=10**8)) == ()


def test_a_plan_longer_than_a_broadcast_may_be_is_told_before():
    facebook, youtube = PLATFORMS["facebook"], PLATFORMS["youtube"]

    assert list_hints_before(facebook, planned=8 * HOUR, is_artificial=False) == ()
    assert list_hints_before(facebook, planned=9 * HOUR, is_artificial=True) == (
        Hint.TOO_LONG, Hint.NEEDS_LABEL,
    )  # fmt: skip
    assert list_hints_before(youtube, planned=13 * HOUR, is_artificial=False) == (Hint.NOT_KEPT,)
