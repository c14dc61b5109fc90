"""Events that browsers and processes hear of: one shape, a channel and a kind.

An event says what is now true, never "one more": whoever missed one is right again with the
next, and whoever comes late reads the state itself.
"""

import msgspec

from chophien.wire.instants import Instant

NOTIFY_CHANNEL = "chophien"
"""PostgreSQL's own channel, on which all events travel."""
FAIR = "fair"
SCREEN = "screen"


def room_channel(room_id: int) -> str:
    return f"room:{room_id}"


class StockChanged(msgspec.Struct, frozen=True, tag="stock", omit_defaults=True):
    """Units were held, released, brought or set aside; `free` can be bought by anyone.

    `kept` units are set aside for flash prices and presales: whether they can be bought now is
    for the page to ask.
    """

    sku_id: int
    free: int
    kept: int = 0


class PriceChanged(msgspec.Struct, frozen=True, tag="price"):
    """What a sku costs, or whether it can be bought, is no longer what it was."""

    sku_id: int
    product_id: int


class SaleBooked(msgspec.Struct, frozen=True, tag="sale"):
    """A stall order was paid, goods and shipping together."""

    festival_id: int
    stall_name: str
    province: str
    amount_minor: int
    at: Instant


class Pinned(msgspec.Struct, frozen=True, tag="pinned"):
    """A sku was put on air in a room, instead of the one before."""

    room_id: int
    sku_id: int


class Spoken(msgspec.Struct, frozen=True, tag="spoken"):
    """A sentence that the host begins at `starts_at`; the video reaches viewers later."""

    room_id: int
    text: str
    starts_at: Instant


class CouponDropped(msgspec.Struct, frozen=True, tag="drop"):
    """A coupon can be taken in a room until `ends_at`.

    A page then reads the room's open drops anew (`apps.live.selectors.list_open_drops`) and shows
    a card that counts down; taking it calls `apps.live.drops.claim_drop(drop_id=…)`, once for
    each person. A drop that was ended early is announced again, with the `ends_at` that holds.
    """

    room_id: int
    drop_id: int
    coupon_id: int
    ends_at: Instant


class DropCounted(msgspec.Struct, frozen=True, tag="drop_left"):
    """So many coupons of a drop are left; told once a second at most, however many are taken."""

    room_id: int
    drop_id: int
    left: int


class DrawChanged(msgspec.Struct, frozen=True, tag="draw", omit_defaults=True):
    """Where a draw of a room stands: announced, grown, frozen, drawn or called off.

    A page notes `promise` and `entries_digest` as they are told, so that its viewer can hold the
    proof against them later.
    """

    room_id: int
    draw_id: int
    state: str
    promise: str
    closes_at: Instant
    entrants: int = 0
    entries_digest: str = ""


class CountdownSet(msgspec.Struct, frozen=True, tag="countdown", omit_defaults=True):
    """What a room counts down to until `ends_at`; none is under way when that is missing."""

    room_id: int
    countdown_id: int
    kind: str
    ends_at: Instant | None = None


class MilestoneReached(msgspec.Struct, frozen=True, tag="milestone"):
    """A show passed a threshold; sent once, `counted` is exact at `at`."""

    room_id: int
    milestone_id: int
    measure: str
    threshold: int
    counted: int
    at: Instant


class ChatRemoved(msgspec.Struct, frozen=True, tag="chat_removed"):
    """A moderator took a message out of a room's chat."""

    room_id: int
    message_id: str


class ChatShown(msgspec.Struct, frozen=True, tag="chat_shown", omit_defaults=True):
    """A message that was held or removed is shown after all."""

    room_id: int
    id: str
    name: str
    kind: str
    text: str
    at: Instant
    platform: str = ""


class ChatNotice(msgspec.Struct, frozen=True, tag="chat_notice"):
    """What stands on top of a room's chat; empty when nothing does."""

    room_id: int
    text: str


class ChatRules(msgspec.Struct, frozen=True, tag="chat_rules"):
    """What holds in a room's chat was changed: rules, words, mutes, moderators, codes."""

    room_id: int
    slow_s: int
    is_closed: bool


class GoodsChanged(msgspec.Struct, frozen=True, tag="goods"):
    """So many prices or goods changed at once that nobody names them: read what you show anew."""


class ShowChanged(msgspec.Struct, frozen=True, tag="show"):
    """A show was planned, moved, begun or ended."""

    show_id: int


class PhaseTurned(msgspec.Struct, frozen=True, tag="phase"):
    """A phase of a festival began or ended, by the fair's clock at `at`."""

    festival_id: int
    phase_id: int
    kind: str
    edge: str
    """`starts` or `ends`."""
    at: Instant


class ClockMoved(msgspec.Struct, frozen=True, tag="clock"):
    """The fair's clock was moved in a rehearsal: it is `at` now."""

    at: Instant


class ShowStopped(msgspec.Struct, frozen=True, tag="stopped"):
    """The organiser stopped a show, or (`is_stopped` false) lifted the stop."""

    show_id: int
    room_id: int
    is_stopped: bool


class RoomMuted(msgspec.Struct, frozen=True, tag="muted"):
    """The organiser muted a room's chat, or (`is_muted` false) lifted that."""

    show_id: int
    room_id: int
    is_muted: bool


class SafetyWarned(msgspec.Struct, frozen=True, tag="warned"):
    """The host shows viewers a safety warning until `ends_at`; read the room's warnings anew."""

    room_id: int
    ends_at: Instant


class RunChanged(msgspec.Struct, frozen=True, tag="run"):
    """The run-of-show of a room was reordered, or goods were added or taken out."""

    room_id: int


class Cued(msgspec.Struct, frozen=True, tag="cue"):
    """A producer sent the host a cue, or the host saw it; the desk asks for what it says."""

    room_id: int


class OnAirChanged(msgspec.Struct, frozen=True, tag="on_air"):
    """The picture of a show that a person sends came, was lost, came back or ended.

    `state` is `waiting`, `live`, `slate` (lost or paused, may come back) or `ended`.
    """

    show_id: int
    room_id: int
    state: str
    since: Instant


Event = (
    OnAirChanged
    | StockChanged
    | PriceChanged
    | SaleBooked
    | Pinned
    | Spoken
    | CouponDropped
    | DropCounted
    | DrawChanged
    | CountdownSet
    | MilestoneReached
    | ChatRemoved
    | ChatShown
    | ChatNotice
    | ChatRules
    | GoodsChanged
    | ShowChanged
    | PhaseTurned
    | ClockMoved
    | ShowStopped
    | RoomMuted
    | SafetyWarned
    | RunChanged
    | Cued
)


class Envelope(msgspec.Struct, frozen=True):
    """What travels over NOTIFY; `v` grows when an old reader could misread a new event."""

    channel: str
    event: Event
    v: int = 1


def encode_envelope(envelope: Envelope) -> str:
    return msgspec.json.encode(envelope).decode()


def decode_envelope(payload: bytes | str) -> Envelope:
    """Read one notification.

    Raises:
        msgspec.ValidationError: not an event of this version.
    """
    envelope = msgspec.json.decode(payload, type=Envelope)
    if envelope.v != 1:
        raise msgspec.ValidationError(f"event of version {envelope.v}; this reads 1")
    return envelope
