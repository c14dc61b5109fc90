"""The lane's doors in one ASGI application: mounted by the pages' process, or run alone."""

import asyncio

from chophien.hotlane.intake.batcher import Batcher
from chophien.hotlane.intake.door import BuyDoor, Receive, Scope, Send
from chophien.wire.passes import derive_key

PREFIX = "/lane/"


class Lane:
    """Everything under `/lane/`. `run` has to be under way for it to answer.

    Args:
        url: of the database.
        secret: the installation's, from which passes are signed.
        is_rehearsing: whether the fair's clock may be moved.
    """

    def __init__(self, *, url: str, secret: str, is_rehearsing: bool) -> None:
        self._batcher = Batcher(url=url, is_rehearsing=is_rehearsing)
        buy = BuyDoor(batcher=self._batcher, pass_key=derive_key(secret))
        self._doors = {"/lane/buy": buy}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        door = self._doors.get(scope["path"])
        if door is None:
            await send({"type": "http.response.start", "status": 404, "headers": ()})
            await send({"type": "http.response.body", "body": b""})
            return
        await door(scope, receive, send)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._batcher.run())
