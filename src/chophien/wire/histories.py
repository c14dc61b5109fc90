"""Histories: what a client asked of the lane and what it was told, a line for each.

A client writes a line before it sends and one when it knows, so a client that is killed leaves an
attempt without an answer, which is just what it knows. See docs/reference/histories.md.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from chophien.domain.history.facts import Attempt, Result

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class BadHistoryError(ValueError):
    """A line that is none of a history, or that does not belong where it stands."""


class Client(msgspec.Struct, frozen=True, tag_field="line", tag="client"):
    """The first line: who writes, and both clocks at one moment."""

    client: str
    clock: str
    """The same for all that share a monotonic clock, such as the machine's boot id."""
    monotonic_us: int
    wall_us: int


class Asked(msgspec.Struct, frozen=True, tag_field="line", tag="asked"):
    """Written before the request is sent; `attempt` is its number in this file."""

    attempt: int
    key: str
    user: int
    buyers: tuple[str, ...]
    sku: int
    quantity: int
    due: int
    monotonic_us: int
    wall_us: int


class Told(msgspec.Struct, frozen=True, tag_field="line", tag="told", omit_defaults=True):
    """Written when the answer is there, or when no more is waited for."""

    attempt: int
    result: Result
    monotonic_us: int
    wall_us: int
    outcome: str = ""
    order: str = ""
    due: int | None = None
    held_until: datetime | None = None
    is_new: bool = False


HistoryLine = Client | Asked | Told
_decoder: msgspec.json.Decoder[HistoryLine] = msgspec.json.Decoder(HistoryLine)


def encode_line(line: HistoryLine) -> bytes:
    """Write one line, its end included."""
    return msgspec.json.encode(line) + b"\n"


def read_client(lines: Iterable[bytes]) -> Client:
    """The first line of a history.

    Raises:
        BadHistoryError: it is something else.
    """
    first = next(iter(lines), b"")
    line = _read(first, 1)
    if not isinstance(line, Client):
        raise BadHistoryError("line 1: must say which client wrote this")
    return line


def read_attempts(lines: Iterable[bytes]) -> Iterator[Attempt]:
    """The attempts of a whole history; those whose answer is not there come last, as unknown.

    A last line that was cut off is left out: what it would have said nobody has read.

    Raises:
        BadHistoryError: a line is of another form, or answers what was not asked.
    """
    numbered = enumerate(lines, 1)
    client = read_client(line for _, line in [next(numbered, (1, b""))])
    open_attempts: dict[int, Attempt] = {}
    last_us = client.monotonic_us
    for number, text in numbered:
        if not text.endswith(b"\n"):
            break
        line = _read(text, number)
        if isinstance(line, Asked):
            last_us = max(last_us, line.monotonic_us)
            open_attempts[line.attempt] = _open(line, client)
        elif isinstance(line, Told) and line.attempt in open_attempts:
            last_us = max(last_us, line.monotonic_us)
            yield _close(open_attempts.pop(line.attempt), line)
        elif isinstance(line, Told):
            raise BadHistoryError(f"line {number}: answers an attempt that was not made")
        else:
            raise BadHistoryError(f"line {number}: stands in the middle, and belongs first")
    for attempt in open_attempts.values():
        attempt.told_us = last_us
        yield attempt


def _read(text: bytes, number: int) -> HistoryLine:
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError as fault:
        raise BadHistoryError(f"line {number}: {fault}") from fault


def _open(line: Asked, client: Client) -> Attempt:
    return Attempt(
        client=client.client,
        clock=client.clock,
        key=line.key,
        user_id=line.user,
        buyer_keys=line.buyers,
        sku_id=line.sku,
        quantity=line.quantity,
        due_minor=line.due,
        asked_us=line.monotonic_us,
        told_us=line.monotonic_us,
    )


def _close(attempt: Attempt, line: Told) -> Attempt:
    attempt.told_us = line.monotonic_us
    attempt.result = line.result
    attempt.outcome = line.outcome
    attempt.order = line.order
    attempt.told_due_minor = line.due
    attempt.is_new = line.is_new
    if line.held_until is not None:
        attempt.held_until_us = (line.held_until - _EPOCH) // _MICROSECOND
    return attempt
