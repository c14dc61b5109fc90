"""What the AI host asks of the world while it speaks: facts, leave to speak, and changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chophien.domain.script.beats import Beat
from chophien.domain.speech.normalise import SpokenText
from chophien.wire.snapshot import ShowSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsClaim:
    """The goods a sentence speaks of, as they were when it was written.

    `free` is the number of units left where the sentence says that number, else `None`.
    """

    sku_id: int
    digest: str
    free: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A sentence that may be spoken if its claims still hold."""

    beat: Beat
    spoken: SpokenText
    template: str
    claims: tuple[GoodsClaim, ...] = ()
    valid_until: datetime | None = None
    """The sentence is true before this instant only: the next start or end of an offered price."""

    @property
    def text(self) -> str:
        """The caption, figures as people write them."""
        return self.spoken.caption


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The sentence was true at `started_at` and is now on record as spoken from then."""

    utterance_id: int
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """The facts have moved on; the sentence must not be spoken, and nothing was recorded."""


class ShowDesk(Protocol):
    """The desk of one show. Every method may raise; the host then stays silent and asks again.

    Calls come one at a time from the frame loop (`confirm`) and from the mind (`snapshot`,
    `advance`), and `changed` waits beside them, so an implementation needs at least two
    connections, and must open them anew when they break: the show outlives its database. The
    picture stands still while `confirm` is under way: it must answer or raise within a quarter of
    a second (a statement timeout and a lock timeout, not a cancelled task). `snapshot` and
    `advance` must answer or raise within seconds, else the host falls silent.
    """

    async def snapshot(self) -> ShowSnapshot:
        """Read the facts of the show in one statement.

        They are consistent and committed, and `at` is the database's own clock
        (`statement_timestamp()`).
        The digest of each sku must change with every other field of its facts, stock only as
        sold out or not.
        """
        ...

    async def confirm(self, utterance: Utterance) -> Confirmed | Stale:
        """Check and record a sentence at the moment its first sample is about to be encoded.

        Read the database's clock as `started_at`, then, in a later snapshot, each claim's facts:
        whatever committed before `started_at` is so always seen, and a change that the sentence
        does not know committed after its start. No lock is needed for that. `Stale` when any
        digest differs or the goods are gone, when a claim's `free` is given and differs, or when
        `started_at >= valid_until`. Otherwise the sentence is inserted (room, beat, text,
        `started_at`) and told to the room.
        """
        ...

    async def advance(self) -> None:
        """Put the next product of the run-of-show on air.

        That is the one after the pinned, the first after the last, leaving out what cannot be
        bought unless nothing else is there (then simply the next). On an empty shelf: nothing.
        A product that a person pinned in the office stays until its turn is over, like any other.
        """
        ...

    async def changed(self, since: ShowSnapshot) -> None:
        """Return as soon as the show's facts differ from `since`.

        That is: another product pinned, the shelf changed, or the digest or `free` of a sku on
        it. Returns at once when they already do. Woken by a notification on commit, with a look
        every second in case one was lost.
        """
        ...
