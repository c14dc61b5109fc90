"""Reading the body of a request: short, and in time."""

import asyncio
from http import HTTPStatus

from chophien.domain.limits import BODY_S_MAX
from chophien.hotlane.socket import Receive


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
    body: bytes = b""
    try:
        async with asyncio.timeout(BODY_S_MAX):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise BodyError(HTTPStatus.BAD_REQUEST, "cut_off")
                body += message.get("body", b"")
                if len(body) > bytes_max:
                    raise BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
                if not message.get("more_body"):
                    return body
    except TimeoutError as fault:
        raise BodyError(HTTPStatus.REQUEST_TIMEOUT, "too_slow") from fault
