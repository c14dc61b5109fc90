import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.limits import CHAT_BYTES_MAX, NAME_BYTES_MAX, NOTIFY_BYTES_MAX
from chophien.wire.events import (
    FAIR,
    SCREEN,
    ChatNotice,
    ChatRemoved,
    ChatRules,
    ChatShown,
    ClockMoved,
    CountdownSet,
    CouponDropped,
    Cued,
    DrawChanged,
    DropCounted,
    Envelope,
    Event,
    GoodsChanged,
    MilestoneReached,
    OnAirChanged,
    PhaseTurned,
    Pinned,
    PriceChanged,
    RoomMuted,
    RunChanged,
    SafetyWarned,
    SaleBooked,
    ShowChanged,
    ShowStopped,
    Spoken,
    StockChanged,
    decode_envelope,
    encode_envelope,
    room_channel,
)

SAMPLES = Path(__file__).parent / "samples"
OPENING = datetime(2026, 11, 11, 1, 0, tzinfo=UTC)
ID_MAX = 2**63 - 1
# In the order of `events-v1.json`.
EVENTS = [
    Envelope(channel=FAIR, event=StockChanged(sku_id=17, free=4)),
    Envelope(channel=FAIR, event=PriceChanged(sku_id=17, product_id=9)),
    Envelope(
        channel=SCREEN,
        event=SaleBooked(
            festival_id=1,
            stall_name="Hợp tác xã Mật ong Ia Grai",
            province="Gia Lai",
            amount_minor=175_000,
            at=OPENING,
        ),
    ),
    Envelope(channel=room_channel(7), event=Pinned(room_id=7, sku_id=17)),
    Envelope(
        channel=room_channel(7),
        event=Spoken(
            room_id=7,
            text="Chào cả nhà, em là Mai.",
            starts_at=OPENING + timedelta(microseconds=73_267),
        ),
    ),
    Envelope(channel=FAIR, event=ShowChanged(show_id=3)),
    Envelope(
        channel=FAIR,
        event=PhaseTurned(festival_id=1, phase_id=5, kind="sale", edge="starts", at=OPENING),
    ),
    Envelope(channel=FAIR, event=ClockMoved(at=OPENING)),
    Envelope(
        channel=room_channel(7),
        event=CouponDropped(room_id=7, drop_id=2, coupon_id=31, ends_at=OPENING),
    ),
    Envelope(channel=FAIR, event=GoodsChanged()),
    Envelope(channel=room_channel(7), event=DropCounted(room_id=7, drop_id=2, left=13)),
    Envelope(
        channel=room_channel(7),
        event=DrawChanged(
            room_id=7,
            draw_id=4,
            state="frozen",
            promise="5eed",
            closes_at=OPENING,
            entrants=12,
            entries_digest="00ff",
        ),
    ),
    Envelope(
        channel=room_channel(7),
        event=CountdownSet(room_id=7, countdown_id=5, kind="words", ends_at=OPENING),
    ),
    Envelope(
        channel=room_channel(7),
        event=MilestoneReached(
            room_id=7, milestone_id=6, measure="orders", threshold=100, counted=101, at=OPENING
        ),
    ),
    Envelope(
        channel=room_channel(7), event=ChatRemoved(room_id=7, message_id="0198c0de-0000-7000")
    ),
    Envelope(
        channel=room_channel(7),
        event=ChatShown(
            room_id=7, id="0198c0de-0000-7000", name="Lan", kind="guest", text="hay", at=OPENING
        ),
    ),
    Envelope(channel=room_channel(7), event=ChatNotice(room_id=7, text="Mã hôm nay: CHO10")),
    Envelope(channel=room_channel(7), event=ChatRules(room_id=7, slow_s=10, is_closed=False)),
    Envelope(channel=room_channel(7), event=ShowStopped(show_id=3, room_id=7, is_stopped=True)),
    Envelope(channel=room_channel(7), event=RoomMuted(show_id=3, room_id=7, is_muted=True)),
    Envelope(channel=room_channel(7), event=SafetyWarned(room_id=7, ends_at=OPENING)),
    Envelope(channel=room_channel(7), event=RunChanged(room_id=7)),
    Envelope(channel=room_channel(7), event=Cued(room_id=7)),
    Envelope(
        channel=room_channel(7),
        event=OnAirChanged(show_id=3, room_id=7, state="live", since=OPENING),
    ),
]

ids = st.integers(1, ID_MAX)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
instants = st.datetimes(timezones=st.just(UTC))
events = st.one_of(
    st.builds(StockChanged, sku_id=ids, free=st.integers(0, ID_MAX), kept=st.integers(0, ID_MAX)),
    st.builds(PriceChanged, sku_id=ids, product_id=ids),
    st.builds(
        SaleBooked,
        festival_id=ids,
        stall_name=texts,
        province=texts,
        amount_minor=ids,
        at=instants,
    ),
    st.builds(Pinned, room_id=ids, sku_id=ids),
    st.builds(Spoken, room_id=ids, text=texts, starts_at=instants),
    st.builds(ChatRemoved, room_id=ids, message_id=texts),
    st.builds(
        ChatShown,
        room_id=ids,
        id=texts,
        name=texts,
        kind=texts,
        text=texts,
        at=instants,
        platform=texts,
    ),
    st.builds(ChatNotice, room_id=ids, text=texts),
    st.builds(ChatRules, room_id=ids, slow_s=st.integers(0, 300), is_closed=st.booleans()),
    st.builds(GoodsChanged),
    st.builds(ShowChanged, show_id=ids),
    st.builds(PhaseTurned, festival_id=ids, phase_id=ids, kind=texts, edge=texts, at=instants),
    st.builds(ClockMoved, at=instants),
    st.builds(CouponDropped, room_id=ids, drop_id=ids, coupon_id=ids, ends_at=instants),
    st.builds(DropCounted, room_id=ids, drop_id=ids, left=st.integers(0, ID_MAX)),
    st.builds(
        DrawChanged,
        room_id=ids,
        draw_id=ids,
        state=texts,
        promise=texts,
        closes_at=instants,
        entrants=st.integers(0, ID_MAX),
        entries_digest=texts,
    ),
    st.builds(
        CountdownSet,
        room_id=ids,
        countdown_id=ids,
        kind=texts,
        ends_at=st.none() | instants,
    ),
    st.builds(
        MilestoneReached,
        room_id=ids,
        milestone_id=ids,
        measure=texts,
        threshold=ids,
        counted=ids,
        at=instants,
    ),
)


@given(texts, events)
def test_what_is_sent_is_what_is_heard(channel, event):
    envelope = Envelope(channel=channel, event=event)

    assert decode_envelope(encode_envelope(envelope)) == envelope


@pytest.mark.parametrize("envelope", EVENTS, ids=lambda each: type(each.event).__name__)
def test_every_event_of_version_1_stays_readable(envelope):
    kept = json.loads((SAMPLES / "events-v1.json").read_text())

    payload = json.dumps(kept[EVENTS.index(envelope)])

    assert decode_envelope(payload) == envelope


@pytest.mark.parametrize("envelope", EVENTS, ids=lambda each: type(each.event).__name__)
def test_version_1_is_written_as_it_always_was(envelope):
    """Pages in browsers and hosts on air may be of yesterday."""
    kept = json.loads((SAMPLES / "events-v1.json").read_text())

    assert json.loads(encode_envelope(envelope)) == kept[EVENTS.index(envelope)]


def test_there_is_a_sample_of_every_kind_of_event():
    assert {type(each.event) for each in EVENTS} == set(get_args(Event))
    assert len(json.loads((SAMPLES / "events-v1.json").read_text())) == len(EVENTS)


def test_event_written_by_postgresql_is_read():
    payload = (
        '{"channel" : "room:7", "v" : 1, "event" : {"type" : "spoken", "room_id" : 7, '
        '"text" : "Chào cả nhà", "starts_at" : "2026-11-11T08:00:00.5+07:00"}}'
    )

    heard = decode_envelope(payload)

    vietnam = timezone(timedelta(hours=7))
    starts_at = datetime(2026, 11, 11, 8, 0, 0, 500_000, tzinfo=vietnam)
    assert heard == Envelope(
        channel="room:7", event=Spoken(room_id=7, text="Chào cả nhà", starts_at=starts_at)
    )


def test_field_that_a_newer_program_adds_is_ignored():
    payload = (
        '{"channel":"fair","v":1,"from":"x","event":{"type":"show","show_id":3,"why":"moved"}}'
    )

    assert decode_envelope(payload) == Envelope(channel=FAIR, event=ShowChanged(show_id=3))


STOCK = {"type": "stock", "sku_id": 17, "free": 4}
SALE = {
    "type": "sale",
    "festival_id": 1,
    "stall_name": "Gian Một",
    "province": "Gia Lai",
    "amount_minor": 1,
    "at": "2026-11-11T01:00:00Z",
}


@pytest.mark.parametrize(
    ("label", "payload", "reason"),
    [
        ("a later version", {"channel": "fair", "event": STOCK, "v": 2}, "version 2; this reads 1"),
        ("version 0", {"channel": "fair", "event": STOCK, "v": 0}, "version 0; this reads 1"),
        ("a version that is text", {"channel": "fair", "event": STOCK, "v": "1"}, "Expected `int`"),
        ("an unknown kind", {"channel": "fair", "event": STOCK | {"type": "coup"}}, "'coup'"),
        ("no kind", {"channel": "fair", "event": {"sku_id": 1, "free": 1}}, "field `type`"),
        ("no event", {"channel": "fair"}, "missing required field `event`"),
        ("no channel", {"event": STOCK}, "missing required field `channel`"),
        (
            "a field missing",
            {"channel": "fair", "event": {"type": "stock", "sku_id": 1}},
            "missing required field `free`",
        ),
        (
            "a count that is no whole number",
            {"channel": "fair", "event": STOCK | {"free": 4.5}},
            "Expected `int`, got `float`",
        ),
        (
            "money as text",
            {"channel": "screen", "event": SALE | {"amount_minor": "1"}},
            "Expected `int`, got `str`",
        ),
        (
            "an instant without offset",
            {"channel": "screen", "event": SALE | {"at": "2026-11-11T01:00:00"}},
            "with a timezone component",
        ),
        ("a list", [1, 2], "Expected `object`, got `array`"),
    ],
)
def test_what_is_no_event_of_this_version_is_refused(label, payload, reason):
    with pytest.raises(msgspec.ValidationError, match=reason):
        decode_envelope(json.dumps(payload))


@pytest.mark.parametrize("payload", ["", "hello", '{"channel":', '{"channel":"\\ud800"}'])
def test_garbage_is_refused(payload):
    with pytest.raises(msgspec.DecodeError):
        decode_envelope(payload)


LARGEST = [
    StockChanged(sku_id=ID_MAX, free=ID_MAX, kept=ID_MAX),
    PriceChanged(sku_id=ID_MAX, product_id=ID_MAX),
    SaleBooked(
        festival_id=ID_MAX,
        stall_name="𠀀" * 160,  # the columns' widths, in letters of four bytes
        province="𠀀" * 60,
        amount_minor=ID_MAX,
        at=datetime.max.replace(tzinfo=UTC),
    ),
    Pinned(room_id=ID_MAX, sku_id=ID_MAX),
    # Half a minute of speech without a breath.
    Spoken(room_id=ID_MAX, text="\u1eef" * 500, starts_at=datetime.max.replace(tzinfo=UTC)),
    ChatRemoved(room_id=ID_MAX, message_id="0" * 36),
    ChatShown(
        room_id=ID_MAX,
        id="0" * 36,
        name="𠀀" * (NAME_BYTES_MAX // 4),
        kind="organiser",
        text='"' * 200 + "𠀀" * (CHAT_BYTES_MAX // 4),
        at=datetime.max.replace(tzinfo=UTC),
        platform="𠀀" * 20,
    ),
    ChatNotice(room_id=ID_MAX, text="𠀀" * 300),
    ChatRules(room_id=ID_MAX, slow_s=300, is_closed=True),
    GoodsChanged(),
    ShowChanged(show_id=ID_MAX),
    PhaseTurned(
        festival_id=ID_MAX,
        phase_id=ID_MAX,
        kind="k" * 10,
        edge="e" * 6,
        at=datetime.max.replace(tzinfo=UTC),
    ),
    ClockMoved(at=datetime.max.replace(tzinfo=UTC)),
    CouponDropped(
        room_id=ID_MAX, drop_id=ID_MAX, coupon_id=ID_MAX, ends_at=datetime.max.replace(tzinfo=UTC)
    ),
    DropCounted(room_id=ID_MAX, drop_id=ID_MAX, left=ID_MAX),
    DrawChanged(
        room_id=ID_MAX,
        draw_id=ID_MAX,
        state="called_off",
        promise="0" * 64,
        closes_at=datetime.max.replace(tzinfo=UTC),
        entrants=ID_MAX,
        entries_digest="0" * 64,
    ),
    CountdownSet(
        room_id=ID_MAX,
        countdown_id=ID_MAX,
        kind="words",
        ends_at=datetime.max.replace(tzinfo=UTC),
    ),
    MilestoneReached(
        room_id=ID_MAX,
        milestone_id=ID_MAX,
        measure="viewers",
        threshold=ID_MAX,
        counted=ID_MAX,
        at=datetime.max.replace(tzinfo=UTC),
    ),
    ShowStopped(show_id=ID_MAX, room_id=ID_MAX, is_stopped=False),
    RoomMuted(show_id=ID_MAX, room_id=ID_MAX, is_muted=False),
    SafetyWarned(room_id=ID_MAX, ends_at=datetime.max.replace(tzinfo=UTC)),
    RunChanged(room_id=ID_MAX),
    Cued(room_id=ID_MAX),
    OnAirChanged(
        show_id=ID_MAX, room_id=ID_MAX, state="waiting", since=datetime.max.replace(tzinfo=UTC)
    ),
]


@pytest.mark.parametrize("event", LARGEST, ids=lambda each: type(each).__name__)
def test_largest_event_fits_a_notification(event):
    payload = encode_envelope(Envelope(channel=room_channel(ID_MAX), event=event))

    assert len(payload.encode()) <= NOTIFY_BYTES_MAX


def test_there_is_a_largest_event_of_every_kind():
    assert {type(event) for event in LARGEST} == set(get_args(Event))


def test_room_channel_names_its_room():
    assert room_channel(7) == "room:7"
