"""One hub process: everything put together, and run until it is told to stop."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from chophien.hotlane.hub.connection import Connection
from chophien.hotlane.hub.desk import TalkDesk
from chophien.hotlane.hub.handshake import Rules
from chophien.hotlane.hub.hub import Hub
from chophien.hotlane.hub.listener import Carrier, Listener
from chophien.hotlane.hub.server import Server, read_now
from chophien.hotlane.hub.session import Sessions
from chophien.hotlane.hub.talk import TalkLane
from chophien.hotlane.hub.viewers import Viewers

Work = Coroutine[Any, Any, None]
LOOK_S = 0.2


class HubCarrier(Carrier):
    """Carries events to this process's own followers."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    @override
    def carry(self, channel: str, event: bytes) -> None:
        self._hub.publish(channel, event, read_now().steady_ms)

    @override
    def resync(self) -> None:
        self._hub.restart_history()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a process is made of.

    `make_desk` is given the talk lane that the desk speaks into; `make_work` the viewers, for
    what has to run beside the sockets.
    """

    rules: Rules
    token_key: bytes
    make_desk: Callable[[TalkLane], TalkDesk]
    database_url: str = ""
    """Empty: nothing is heard of the database; for tests and measurements."""
    make_work: Callable[[Viewers, TalkLane], list[Work]] = field(default=lambda *_: [])


class HubProcess:
    """Sockets, lanes and the line to the database."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.server = Server(rules=plan.rules, forget=self._forget)
        self.hub = Hub(let_go=self.server.drop_slow)
        self.talk = TalkLane(self.hub.broadcast_talk, self.hub.viewers)
        self.carrier = HubCarrier(self.hub)

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve at the port that the server has bound until told to stop, then end politely."""
        desk = self._plan.make_desk(self.talk)
        async with asyncio.TaskGroup() as tasks:
            sessions = Sessions(
                hub=self.hub,
                desk=desk,
                token_key=self._plan.token_key,
                spawn=tasks,
                let_go=self.server.drop_slow,
            )
            self.server.serve(sessions)
            running = [tasks.create_task(work) for work in self._list_work()]
            await stopping.wait()
            await self.server.stop()
            for task in running:
                task.cancel()

    def _list_work(self) -> list[Work]:
        work = [self.server.run(), self.talk.run()]
        work += self._plan.make_work(self.hub.viewers, self.talk)
        if self._plan.database_url:
            listener = Listener(url=self._plan.database_url, carrier=self.carrier)
            work += [listener.run(), self._watch(listener)]
        return work

    async def _watch(self, listener: Listener) -> None:
        """Say at `/health` whether events arrive."""
        while True:
            self.server.is_well = listener.is_listening.is_set()
            await asyncio.sleep(LOOK_S)

    def _forget(self, connection: Connection) -> None:
        self.hub.leave(connection)
