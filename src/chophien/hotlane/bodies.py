"""Reading the body of a request: short, and in time."""

import asyncio
from http import HTTPStatus

from chophien.domain.limits import BODY_S_MAX
from chophien.hotlane.asgi import Receive


class BodyError(ValueError):
    """A body that is not taken; `status` and `outcome` say why."""

    def __init__(self, status: HTTPStatus, outcome: str) -> None:
        super().__init__(outcome)
        self.status = status
        self.outcome = outcome


async def read_body(receive: Receive, *, bytes_max: int) -> bytes:
    """The whole body.

    Raises:
        BodyError: longer than `bytes_max`, slower than `BODY_S_MAX`, or cut off.
    """
    task = asyncio.current_task()
    assert task is not None, "a request is a task"
    is_late = False

    def give_up() -> None:
        nonlocal is_late
        is_late = True
        task.cancel()

    # What `asyncio.timeout` does, at a third of its cost: this is done for every order.
    timer = asyncio.get_running_loop().call_later(BODY_S_MAX, give_up)
    try:
        return await _read(receive, bytes_max)
    except asyncio.CancelledError as fault:
        if not is_late:
            raise
        task.uncancel()
        raise BodyError(HTTPStatus.REQUEST_TIMEOUT, "too_slow") from fault
    finally:
        timer.cancel()


async def _read(receive: Receive, bytes_max: int) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyError(HTTPStatus.BAD_REQUEST, "cut_off")
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        if not message.get("more_body"):
            return body
