"""From PostgreSQL's NOTIFY to whoever carries events to browsers."""

import asyncio
import logging
from typing import Protocol

import msgspec
import psycopg

from chophien.wire.events import decode_envelope

logger = logging.getLogger(__name__)
RETRY_S = 1.0
# A line that is cut without a word (a cable, a firewall) looks like silence: it is asked.
SILENCE_S = 10.0
ANSWER_S = 5.0


class Carrier(Protocol):
    """What takes committed events to browsers: the hub itself, or Centrifugo."""

    def carry(self, channel: str, event: bytes) -> None:
        """Send one event, ready JSON, to a channel of the commerce lane."""
        ...

    def resync(self) -> None:
        """Have everybody read their state anew: events may have been missed."""
        ...


class Listener:
    """Carries every committed event to its channel; comes back by itself when the database does.

    Whoever followed a channel while the database was away is sent to read the state anew.
    """

    def __init__(self, *, url: str, carrier: Carrier) -> None:
        self._url = url
        self._carrier = carrier
        self.is_listening = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled. While the database is away, pages keep their last state."""
        while True:
            try:
                await self._listen()
            except psycopg.OperationalError as fault:
                self.is_listening.clear()
                logger.warning("the database is away, listening again soon: %s", fault)
                await asyncio.sleep(RETRY_S)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute("LISTEN chophien")
            self._carrier.resync()  # whoever is here may have missed what came while away
            self.is_listening.set()
            while True:
                async for notification in connection.notifies(timeout=SILENCE_S):
                    self._carry(notification.payload)
                await _ask(connection)

    def _carry(self, payload: str) -> None:
        try:
            envelope = decode_envelope(payload)
        except (msgspec.DecodeError, msgspec.ValidationError):
            logger.exception("not an event: %s", payload[:200])
            return
        self._carrier.carry(envelope.channel, msgspec.json.encode(envelope.event))


async def _ask(connection: "psycopg.AsyncConnection[tuple[object, ...]]") -> None:
    """See that the database is still at the other end.

    Raises:
        psycopg.OperationalError: it does not answer.
    """
    try:
        async with asyncio.timeout(ANSWER_S):
            await connection.execute("SELECT 1")
    except TimeoutError as fault:
        raise psycopg.OperationalError("no answer") from fault
