"""What is said in a room: as browsers get it, and as it is written, in arrays for a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from chophien.domain.comment_orders import Ordered
from chophien.domain.limits import DRAFT_TIME
from chophien.wire.instants import Instant

TALK_CHANNEL = "chophien_talk"
"""The NOTIFY channel on which the hub's desks hear what others wrote."""
KEY_CHARS_MAX = 32


class Item(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A message as browsers get it: always shown as text."""

    id: str
    name: str
    kind: str
    text: str
    at: Instant
    platform: str = ""
    key: str = ""
    """The writer's own name for it, by which the page that sent it knows it again."""


class Told(msgspec.Struct, frozen=True, gc=False):
    """An item on its way to the hub's desks."""

    room_id: int
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a message orders, with the ids that its draft gets if it is new."""

    id: UUID
    token: UUID
    ordered: Ordered
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message to be written."""

    id: UUID
    room_id: int
    said_at: datetime
    writer: str
    name: str
    kind: str
    text: str
    state: str
    why: str = ""
    platform: str = ""
    outside_id: str = ""
    key: str = ""
    wishes: tuple[Wish, ...] = field(default=())

    @property
    def goes_first(self) -> bool:
        """Whether it is never left out of a tick for the others' sake: the host's, an order."""
        return bool(self.wishes) or self.kind in {"host", "moderator", "organiser"}

    def to_item(self) -> Item:
        return Item(
            id=str(self.id), name=self.name, kind=self.kind, text=self.text, at=self.said_at,
            platform=self.platform, key=self.key,
        )  # fmt: skip


def arrange_messages(entries: Sequence[Entry]) -> Mapping[str, list[object]]:
    """The values of `write_messages`."""
    return {
        "ids": [entry.id for entry in entries],
        "rooms": [entry.room_id for entry in entries],
        "said_ats": [entry.said_at for entry in entries],
        "writers": [entry.writer for entry in entries],
        "names": [entry.name for entry in entries],
        "kinds": [entry.kind for entry in entries],
        "platforms": [entry.platform for entry in entries],
        "outside_ids": [entry.outside_id for entry in entries],
        "texts": [entry.text for entry in entries],
        "states": [entry.state for entry in entries],
        "whys": [entry.why for entry in entries],
    }


def arrange_drafts(entries: Sequence[Entry]) -> Mapping[str, list[object]]:
    """The values of `write_drafts`; empty lists where nothing was ordered."""
    pairs = [(entry, wish) for entry in entries for wish in entry.wishes]
    return {
        "ids": [wish.id for _, wish in pairs],
        "tokens": [wish.token for _, wish in pairs],
        "rooms": [entry.room_id for entry, _ in pairs],
        "skus": [wish.ordered.sku_id for _, wish in pairs],
        "codes": [wish.ordered.code for _, wish in pairs],
        "quantities": [wish.ordered.quantity for _, wish in pairs],
        "writers": [entry.writer for entry, _ in pairs],
        "names": [entry.name for entry, _ in pairs],
        "platforms": [entry.platform for entry, _ in pairs],
        "phones": [wish.phone for _, wish in pairs],
        "said_ats": [entry.said_at for entry, _ in pairs],
        "expires_ats": [entry.said_at + DRAFT_TIME for entry, _ in pairs],
    }
