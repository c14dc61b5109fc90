"""What a show knows of the catalogue at one instant: the only facts an AI host may use."""

import msgspec

from chophien.wire.instants import Instant


class LocalText(msgspec.Struct, frozen=True):
    """One text in the fair's languages; empty where nobody wrote it yet."""

    vi: str
    en: str = ""
    zh: str = ""


class OfferedPrice(msgspec.Struct, frozen=True):
    """A sale or flash price as the pricing function takes it; window half-open, ends may be empty."""

    id: str
    kind: str
    unit_minor: int
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    left: int | None = None


class GoodsFacts(msgspec.Struct, frozen=True):
    """One sku on the shelf of a show. Money in minor units of the show's currency."""

    sku_id: int
    product_slug: str
    name: LocalText
    story: LocalText
    stall_slug: str
    stall_name: str
    province: str
    """The province by the name its specialities are known under (before July 2025)."""
    unit_label: LocalText
    """What one unit is: `hũ 500 g`."""
    picture: str
    list_price_minor: int
    reference_price_minor: int
    floor_price_minor: int
    discount_cap_bps: int
    prices: tuple[OfferedPrice, ...]
    free: int
    """Units that can be bought now."""
    on_sale: bool
    """False when withdrawn or the stall is closed; then it may not be spoken of as buyable."""
    shipping_fee_minor: int
    free_from_minor: int | None
    ocop_stars: int | None
    digest: str
    """Changes whenever any other field of this sku changes, stock included only as sold out or not."""
    kinds: tuple[str, ...] = ()
    """Its tags and its ban: what viewers are warned of follows from them."""


class ShowSnapshot(msgspec.Struct, frozen=True):
    """The facts of a show, read in one statement: consistent, and committed at `at`."""

    show_id: int
    room_id: int
    title: LocalText
    host_name: str
    currency: str
    at: Instant
    ends_at: Instant
    is_demo: bool
    pinned_sku_id: int | None
    shelf: tuple[GoodsFacts, ...]
    """In the order of the run-of-show."""


def decode_show_snapshot(payload: bytes | str) -> ShowSnapshot:
    """Read a snapshot from JSON; unknown fields are ignored, so an older host reads a newer desk.

    Raises:
        msgspec.ValidationError: a field is missing or of the wrong type.
    """
    return msgspec.json.decode(payload, type=ShowSnapshot)


def encode_show_snapshot(snapshot: ShowSnapshot) -> bytes:
    return msgspec.json.encode(snapshot)
