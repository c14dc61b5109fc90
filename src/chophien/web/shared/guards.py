"""How often pages may be asked for what costs money or can be guessed.

Counted in the memory of each web process, by account, device and network; see `domain.guards`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from chophien.domain.guards import Allowance, Guard
from chophien.domain.limits import (
    CHECK_OUT_ALLOWANCE,
    CLAIM_ALLOWANCE,
    COMPLAINT_ALLOWANCE,
    HUB_TOKEN_ALLOWANCE,
    LANE_ALLOWANCE,
    LOG_IN_ALLOWANCE,
    MISS_ALLOWANCE,
    PAGE_GUARD_KEYS_MAX,
    PUZZLE_ALLOWANCE,
    QUEUE_ALLOWANCE,
    SIGN_UP_ALLOWANCE,
    WATCH_ALLOWANCE,
)
from chophien.web.shared.device import device_of, network_of
from chophien.web.shared.people import find_user_id

MS_PER_S = 1_000
TOO_MANY = 429
NOT_FOUND = 404
CSRF_FIELD = "csrfmiddlewaretoken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Pages that are guarded together.

    `counts_misses`: only tries that find nothing count. `names_account`: the account is what is
    asked for, so that of the session vouches for nothing. `keeps_form`: what was typed is handed
    back, to be sent again with one press.
    """

    allowance: Allowance
    views: frozenset[str]
    methods: frozenset[str] = frozenset({"POST"})
    counts_misses: bool = False
    names_account: bool = False
    keeps_form: bool = False
    answers_json: bool = False


READS = frozenset({"GET", "HEAD"})
ACTS = (
    Act(
        allowance=LOG_IN_ALLOWANCE,
        views=frozenset({"account_login", "admin:login"}),
        names_account=True,
    ),
    Act(allowance=SIGN_UP_ALLOWANCE, views=frozenset({"account_signup"}), names_account=True),
    Act(
        allowance=CHECK_OUT_ALLOWANCE,
        views=frozenset({"checkout", "pay_deposit", "pay_balance"}),
        keeps_form=True,
    ),
    Act(
        allowance=CLAIM_ALLOWANCE,
        views=frozenset(
            {
                "claim_coupon",
                "take_drop",
                "join_draw",
                "report_message",
                "confirm_draft",
                "comment_order",
            }
        ),
    ),
    Act(allowance=COMPLAINT_ALLOWANCE, views=frozenset({"complaint"}), keeps_form=True),
    Act(
        allowance=MISS_ALLOWANCE,
        views=frozenset({"order", "order_states", "ask_back", "test_bank_order"}),
        methods=READS | {"POST"},
        counts_misses=True,
    ),
    Act(allowance=WATCH_ALLOWANCE, views=frozenset({"watching"}), answers_json=True),
    Act(allowance=LANE_ALLOWANCE, views=frozenset({"buy_pass"}), answers_json=True),
    Act(allowance=QUEUE_ALLOWANCE, views=frozenset({"join_queue"}), keeps_form=True),
    Act(
        allowance=PUZZLE_ALLOWANCE,
        views=frozenset({"puzzle"}),
        methods=READS,
        answers_json=True,
    ),
    Act(
        allowance=HUB_TOKEN_ALLOWANCE,
        views=frozenset({"hub_token"}),
        methods=READS,
        answers_json=True,
    ),
)


def read_us() -> int:
    """Microseconds of a clock that does not go back."""
    return time.monotonic_ns() // 1_000


@dataclass(slots=True)
class _Post:
    """An act's guard, with a lock for the threads of this process."""

    act: Act
    guard: Guard
    lock: Lock = field(default_factory=Lock)


class GuardMiddleware:
    """Answers whoever comes too often with when to come back, and what was kept.

    After the middleware of sessions, languages and forgery, whose answers it needs.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        posts = [_Post(act, Guard(act.allowance, keys_max=PAGE_GUARD_KEYS_MAX)) for act in ACTS]
        self._posts = {view: post for post in posts for view in post.act.views}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        post = self._find_post(request)
        if post is not None and post.act.counts_misses and response.status_code == NOT_FOUND:
            _ask(post, request, post.guard.check)
        return response

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Refuse before the view runs, or let it run."""
        post = self._find_post(request)
        if post is None:
            return None
        ask = post.guard.peek if post.act.counts_misses else post.guard.check
        wait_ms = _ask(post, request, ask)
        return None if wait_ms is None else refuse(request, post.act, wait_ms)

    def _find_post(self, request: HttpRequest) -> _Post | None:
        match = request.resolver_match
        post = None if match is None else self._posts.get(match.view_name)
        return post if post is not None and request.method in post.act.methods else None


def _ask(post: _Post, request: HttpRequest, ask: Callable[..., int | None]) -> int | None:
    user_id = None if post.act.names_account else find_user_id(request)
    device, network = device_of(request), network_of(request)
    with post.lock:
        return ask(user_id=user_id, device=device, network=network, at_us=read_us())


def refuse(request: HttpRequest, act: Act, wait_ms: int) -> HttpResponse:
    """Say when to come back: a page, or JSON where that was asked for. Asks no database."""
    wait_s = -(-wait_ms // MS_PER_S)
    response: HttpResponse
    if act.answers_json or request.path.endswith(".json"):
        response = JsonResponse({"outcome": "too_many", "retry_after_ms": wait_ms}, status=TOO_MANY)
    else:
        context = {
            "wait_s": wait_s,
            "fields": _list_fields(request) if act.keeps_form else [],
            "path": request.path,
            "back": _find_back(request),
            "csrf_token": get_token(request),
        }
        response = HttpResponse(render_to_string("429.html", context), status=TOO_MANY)
    response["Retry-After"] = str(wait_s)
    response["Cache-Control"] = "no-store"
    return response


def _list_fields(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, values in request.POST.lists()
        if name != CSRF_FIELD
        for value in values
    ]


def _find_back(request: HttpRequest) -> str:
    """The page from which this was asked, if it is one of ours; else the fair's first."""
    page = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(page, allowed_hosts={request.get_host()})
    return page if is_ours else "/"
