"""The lane's doors in one application: mounted by the pages' process, or run alone."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from chophien.hotlane.asgi import Receive, Scope, Send
from chophien.hotlane.guard import make_lane_guard, make_queue_guard
from chophien.hotlane.intake.batcher import Batcher
from chophien.hotlane.intake.door import BuyDoor
from chophien.hotlane.puzzles import AnswerDesk
from chophien.hotlane.queue import Checks
from chophien.hotlane.requests import Answer, Request, serve_asgi
from chophien.hotlane.waiting import Waiting
from chophien.wire.passes import derive_key

PREFIX = "/lane/"
BUY_PATH = "/lane/buy"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePlan:
    """What a lane has to know of its surroundings.

    Args:
        url: of the database.
        secret: the installation's, from which passes and tickets are signed.
        is_rehearsing: whether the fair's clock may be moved.
        is_behind_proxy: whether the last proxy is ours and tells whose address it is.
        lanes: how many processes run beside each other.
    """

    url: str
    secret: str
    is_rehearsing: bool = False
    is_behind_proxy: bool = False
    lanes: int = 1


class Lane:
    """Everything under `/lane/`. `run` has to be under way for it to answer."""

    def __init__(self, plan: LanePlan) -> None:
        self._batcher = Batcher(url=plan.url, is_rehearsing=plan.is_rehearsing)
        clock = self._batcher.clock
        self._desk = AnswerDesk(url=plan.url, secret=plan.secret, read_real_s=clock.read_real_s)
        self._waiting = Waiting(
            url=plan.url,
            secret=plan.secret,
            clock=clock,
            checks=Checks(
                guard=make_queue_guard(),
                work=self._desk.take,
                is_behind_proxy=plan.is_behind_proxy,
            ),
            lanes=plan.lanes,
        )
        self._buy = BuyDoor(
            batcher=self._batcher,
            gate=self._waiting.gate,
            guard=make_lane_guard(),
            pass_key=derive_key(plan.secret),
            is_behind_proxy=plan.is_behind_proxy,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await serve_asgi(self.answer, scope, receive, send)

    def answer(self, request: Request) -> Awaitable[Answer]:
        """The answer of the door that a request is for."""
        door = self._buy if request.path == BUY_PATH else self._waiting.door
        return door.answer(request)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._batcher.run())
            tasks.create_task(self._waiting.run())
            tasks.create_task(self._desk.run())
