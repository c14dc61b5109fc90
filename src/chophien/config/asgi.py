"""One door: orders to the lane, the API, and pages for all the rest. The hub has its own process."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import ParamSpec, TypeVar

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

from chophien.config.lane import build_lane
from chophien.hotlane.asgi import Receive, Scope, Send
from chophien.hotlane.lane import PREFIX as LANE_PATH

P = ParamSpec("P")
T = TypeVar("T")
API_PATH = "/api/"
# Pages run in threads that keep their database connection. More would only queue in PostgreSQL.
PAGE_THREADS = 8


class Site:
    """The ASGI application of one web process."""

    def __init__(self) -> None:
        self._pages = WSGIMiddleware(
            get_wsgi_application(),  # type: ignore[arg-type] # its stubs name a wider answer
            workers=PAGE_THREADS,
        )
        from chophien.api.door import ApiDoor  # its models need Django, which is set up by now

        self._api = ApiDoor()
        self._lane = build_lane()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await self._live(receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 4404})
            case _ if scope["path"].startswith(LANE_PATH):
                await self._lane(scope, receive, send)
            case _ if scope["path"].startswith(API_PATH):
                await self._api(scope, receive, send)
            case _:
                await self._pages(scope, _awaiting(receive), _awaiting(send))  # type: ignore[arg-type]  # same protocol

    async def _live(self, receive: Receive, send: Send) -> None:
        """Run the lane from start-up to shut-down."""
        await receive()
        async with asyncio.TaskGroup() as tasks:
            taking = tasks.create_task(self._lane.run())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            taking.cancel()
        await send({"type": "lifespan.shutdown.complete"})


def _awaiting(step: Callable[P, Awaitable[T]]) -> Callable[P, Coroutine[None, None, T]]:
    """Make a coroutine of a step: the bridge hands it to another thread, which takes no less."""

    async def take(*args: P.args, **kwargs: P.kwargs) -> T:
        return await step(*args, **kwargs)

    return take


application = Site()
