"""How often the API may be asked to order, and for orders that do not exist; as on the pages.

Counted in the memory of each process, beside the pages' own count; see `domain.guards`.
"""

import time
from collections.abc import Callable
from functools import wraps
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chophien.api.answers import RefusedError, answer_refusal, refuse
from chophien.api.asking import P, View, find_user_id
from chophien.domain.guards import Allowance, Guard
from chophien.domain.limits import PAGE_GUARD_KEYS_MAX
from chophien.wire.visitors import DEVICE_COOKIE, find_address, find_network, read_device

MS_PER_S = 1_000
TOO_MANY = 429
NOT_FOUND = 404
Ask = Callable[..., int | None]


def read_us() -> int:
    """Microseconds of a clock that does not go back."""
    return time.monotonic_ns() // 1_000


class Limit:
    """One allowance for the views that it is put around.

    Args:
        allowance: how often.
        counts_misses: only tries that find nothing count.
    """

    def __init__(self, allowance: Allowance, *, counts_misses: bool = False) -> None:
        self._guard = Guard(allowance, keys_max=PAGE_GUARD_KEYS_MAX)
        self._counts_misses = counts_misses
        self._lock = Lock()

    def around(self, view: View[P]) -> View[P]:
        """The view, for those who do not come too often; others get 429 and when to come back."""

        @wraps(view)
        def limited(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            ask = self._guard.peek if self._counts_misses else self._guard.check
            wait_ms = self._ask(request, ask)
            if wait_ms is not None:
                return _refuse(wait_ms)
            try:
                return view(request, *args, **kwargs)
            except RefusedError as refused:
                if self._counts_misses and refused.status == NOT_FOUND:
                    self._ask(request, self._guard.check)
                raise

        return limited

    def _ask(self, request: HttpRequest, ask: Ask) -> int | None:
        user_id = find_user_id(request)
        device = read_device(request.COOKIES.get(DEVICE_COOKIE, ""))
        network = _find_network(request)
        with self._lock:
            return ask(user_id=user_id, device=device, network=network, at_us=read_us())


def _find_network(request: HttpRequest) -> str:
    address = find_address(
        request.META.get("REMOTE_ADDR", ""),
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        is_behind_proxy=settings.IS_BEHIND_PROXY,
    )
    return find_network(address)


def _refuse(wait_ms: int) -> HttpResponse:
    wait_s = -(-wait_ms // MS_PER_S)
    response = answer_refusal(
        refuse(TOO_MANY, "too_many", f"too often in a short time; come back in {wait_s} s")
    )
    response["Retry-After"] = str(wait_s)
    return response
