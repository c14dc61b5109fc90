"""What the lane is asked and what it answers: docs/reference/lane.md."""

from datetime import datetime
from typing import Annotated

import msgspec

from chophien.domain.limits import LINE_QUANTITY_MAX
from chophien.hotlane.requests import JSON, Answer
from chophien.wire.passes import PASS_CHARS_MAX

# A UUID in its usual form; of version 7 it keeps the index of keys small.
Key = Annotated[
    str, msgspec.Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Wanted(msgspec.Struct, frozen=True, gc=False, rename={"buyer_pass": "pass"}):
    """One press of the button; `due` is the sum that the buyer saw.

    `retry`: the key was sent before and its answer never came. Then the order that it may have
    made is told even to those whose turn is over.
    """

    buyer_pass: Annotated[str, msgspec.Meta(max_length=PASS_CHARS_MAX)]
    key: Key
    sku: Id
    quantity: Annotated[int, msgspec.Meta(ge=1, le=LINE_QUANTITY_MAX)]
    due: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    show: Id | None = None
    ticket: Annotated[str, msgspec.Meta(max_length=PASS_CHARS_MAX)] | None = None
    retry: bool = False


class Confirmed(msgspec.Struct, frozen=True, gc=False, tag_field="outcome", tag="confirmed"):
    """The order is written: its units are held until then."""

    order: str
    link: str
    due: int
    held_until: datetime


class PriceChanged(msgspec.Struct, frozen=True, tag_field="outcome", tag="price_changed"):
    """The sum now; `None` where the page has to ask anew."""

    due: int | None


class Closed(msgspec.Struct, frozen=True, tag_field="outcome", tag="closed"):
    """When it opens; `None` once it is over."""

    opens_at: datetime | None


class BadRequest(msgspec.Struct, frozen=True, tag_field="outcome", tag="bad_request"):
    """What is wrong with what was sent."""

    detail: str


class Later(msgspec.Struct, frozen=True, tag_field="outcome", tag="busy"):
    """Refused before anything was done; come back after so long."""

    retry_after_ms: int


class NotAdmitted(msgspec.Struct, frozen=True, tag_field="outcome", tag="not_admitted"):
    """It is not this buyer's turn in that waiting room."""

    room: int
    retry_after_ms: int


class TooMany(msgspec.Struct, frozen=True, tag_field="outcome", tag="too_many"):
    """This account, device or network asks more often than people do."""

    retry_after_ms: int


def answer(status: int, message: msgspec.Struct) -> Answer:
    """Write a message as an answer."""
    return Answer(status=status, body=msgspec.json.encode(message))


def answer_later(status: int, message: Later | NotAdmitted | TooMany) -> Answer:
    """As `answer`, with the time to come back in a header, too."""
    seconds = -(-message.retry_after_ms // 1_000)
    headers = (*JSON, ("retry-after", str(seconds)))
    return Answer(status=status, body=msgspec.json.encode(message), headers=headers)


def refuse(status: int, outcome: str) -> Answer:
    """A refusal that has nothing more to say."""
    return Answer(status=status, body=msgspec.json.encode({"outcome": outcome}))


SOLD_OUT = refuse(409, "sold_out")
LIMIT_REACHED = refuse(409, "limit_reached")
KEY_REUSED = refuse(422, "key_reused")
BAD_PASS = refuse(401, "bad_pass")
# Whether there is an order now is not known: asked again with the same key, the lane tells.
UNKNOWN = refuse(503, "unknown")
BROKEN = refuse(500, "error")
