"""Who decides about what somebody publishes in a room's talk lane."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from typing_extensions import override

CLOSED = 1000
"""Codes of refusals are 1000 to 1999, the protocol's range for applications."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is on a connection, as its token says."""

    user_id: int | None
    guest_id: str
    """Of the device of somebody without an account; empty with one."""
    name: str
    """As others may see it; empty for a guest who gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something published in the talk lane of a room: `data` is decoded JSON of any form."""

    room_id: int
    caller: Caller
    data: object
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why something is not taken.

    `code` is 1000 to 1999. `message` is a stable word, which the page translates; a number may
    follow it after a space, such as the seconds to wait.
    """

    code: int
    message: str


class TalkDesk(Protocol):
    """Takes or refuses what is said; what it takes it hands to the talk lane itself."""

    async def take(self, said: Said) -> Refused | None:
        """Decide about one thing; `None` says that it was taken.

        Nothing that a person can send makes it raise.
        """
        ...


class ClosedDesk(TalkDesk):
    """The desk of an installation without chat."""

    @override
    async def take(self, said: Said) -> Refused | None:
        return Refused(code=CLOSED, message="closed")
