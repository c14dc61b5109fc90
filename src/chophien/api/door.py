"""The API's own way in: ASGI to its views, without the middleware that only pages need.

The views are those below `config/urls.py`. Left out are sessions that are written back, messages,
languages, CSRF tokens (`api/asking.py` says why) and compression. What stays: which hosts are
allowed, who is logged in, headers of security, a database connection for each thread.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import local
from time import monotonic
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, resolve

from chophien.api.answers import answer_refusal, refuse
from chophien.apps.festivals.selectors import NoFestivalError
from chophien.domain.limits import API_BYTES_MAX

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Threads keep their database connection. In two processes eight of them spent 12 ms of processor
# time on a purchase and four 9 ms, on a machine that others used as well.
API_THREADS = 4
# A connection that was quiet for longer is asked whether it still works, which is a query.
QUIET_S = 1.0
ROUTES = "chophien.api.urls"
_PREFIX = "/api"
logger = logging.getLogger(__name__)


class ApiDoor:
    """The ASGI application of everything below `/api/`."""

    def __init__(self, *, threads: int = API_THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="api")
        self._answer = SecurityMiddleware(_run_view)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a request, answer it in a thread."""
        body = await _read_body(receive)
        if body is None:
            return
        loop = asyncio.get_running_loop()
        status, headers, content = await loop.run_in_executor(
            self._threads, self._work, scope, body
        )
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _work(self, scope: Scope, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        _mind_connection()
        response = self._answer(ASGIRequest(scope, BytesIO(body)))
        assert isinstance(response, HttpResponse), "views answer at once"
        headers = [(name.encode(), value.encode("latin-1")) for name, value in response.items()]
        headers += [
            (b"Set-Cookie", cookie.OutputString().encode()) for cookie in response.cookies.values()
        ]
        content = response.content
        headers.append((b"Content-Length", b"%d" % len(content)))
        return response.status_code, headers, content


async def _read_body(receive: Receive) -> bytes | None:
    """The whole body, cut where it is longer than any that is taken; `None` if the client left."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        piece = message.get("body", b"")
        if size <= API_BYTES_MAX:
            pieces.append(piece)
            size += len(piece)
        if not message.get("more_body", False):
            return b"".join(pieces)


class _Quiet(local):
    since_s = 0.0


_quiet = _Quiet()


def _mind_connection() -> None:
    """Let Django look at this thread's connection if it has not been used for a while."""
    now_s = monotonic()
    if now_s - _quiet.since_s > QUIET_S:
        close_old_connections()
    _quiet.since_s = now_s


def _no_answer(_: HttpRequest) -> HttpResponse:
    raise AssertionError("only asked to prepare requests")


_SESSION = SessionMiddleware(_no_answer)
_PERSON = AuthenticationMiddleware(_no_answer)


def _run_view(request: HttpRequest) -> HttpResponse:
    """The answer of the view, or what it tells of a fault: every one of them is JSON."""
    try:
        request.get_host()
        # Not past all the addresses of the pages, which come before ours in their list.
        found = resolve(request.path_info.removeprefix(_PREFIX), ROUTES)
        # Session and person, each read from the database only when a view asks.
        _SESSION.process_request(request)
        _PERSON.process_request(request)
        response: HttpResponse = found.func(request, *found.args, **found.kwargs)
    except DisallowedHost:
        return answer_refusal(refuse(400, "wrong_host", "this fair is not known by that name"))
    except Resolver404:
        return answer_refusal(refuse(404, "not_found", "there is nothing here"))
    except NoFestivalError:
        return answer_refusal(refuse(503, "closed", "there is no festival yet"))
    except (OperationalError, InterfaceError):
        logger.exception("the database did not answer %s", request.path)
        close_old_connections()
        return answer_refusal(refuse(503, "busy", "the fair cannot answer now; try again"))
    except Exception:
        logger.exception("fault at %s", request.path)
        return answer_refusal(refuse(500, "fault", "something is wrong with the fair"))
    return response
