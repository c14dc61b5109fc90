"""From PostgreSQL's NOTIFY to the hub."""

import asyncio
import logging

import msgspec
import psycopg

from chophien.hotlane.hub import Hub
from chophien.hotlane.protocol import encode_publication
from chophien.wire.events import decode_envelope

logger = logging.getLogger(__name__)
RETRY_S = 1.0


class Listener:
    """Carries every committed event to its channel; comes back by itself when the database does.

    Whoever followed a channel while the database was away is made to connect anew, and so to
    read the state that it missed.
    """

    def __init__(self, *, url: str, hub: Hub) -> None:
        self._url = url
        self._hub = hub
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
            self._hub.drop_followers()  # whoever is here may have missed what came while away
            self.is_listening.set()
            async for notification in connection.notifies():
                self._carry(notification.payload)

    def _carry(self, payload: str) -> None:
        try:
            envelope = decode_envelope(payload)
        except (msgspec.DecodeError, msgspec.ValidationError):
            logger.exception("not an event: %s", payload[:200])
            return
        event = msgspec.json.encode(envelope.event)
        self._hub.broadcast(envelope.channel, encode_publication(envelope.channel, event))
