"""Who asks, for what: the parts of a request that every route of the API reads alike.

Why no CSRF token is needed: what changes anything must carry `Content-Type: application/json`.
A page of another site can send that only after the browser has asked this one (a preflight), and
no route answers such a question; and where the browser says where a request comes from
(`Sec-Fetch-Site`, `Origin`), it must be this site. Cookies are `SameSite=Lax` besides.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from chophien.api.answers import RefusedError, answer_refusal, refuse
from chophien.domain.limits import API_BYTES_MAX

P = ParamSpec("P")
Body = TypeVar("Body", bound=msgspec.Struct)
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
JSON = "application/json"
_SAFE = {"GET", "HEAD"}
_OWN_SITE = {"same-origin", "none"}


def route(**views: View[P]) -> View[P]:
    """One address: the view of each method; other methods get 405, refusals become answers."""
    allowed = ", ".join(sorted(views))

    def routed(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        view = views.get(request.method or "")
        try:
            if view is None:
                raise refuse(405, "wrong_method", f"this address takes {allowed}")
            if request.method not in _SAFE:
                _require_own_site(request)
            return view(request, *args, **kwargs)
        except RefusedError as refused:
            response = answer_refusal(refused)
            if view is None:
                response["Allow"] = allowed
            return response

    return csrf_exempt(routed)


def demo_only(view: View[P]) -> View[P]:
    """A real fair has no test bank: its addresses do not exist there."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.IS_DEMO:
            raise refuse(404, "not_found", "only the demonstration has a test bank")
        return view(request, *args, **kwargs)

    return guarded


def _require_own_site(request: HttpRequest) -> None:
    if request.content_type != JSON:
        raise refuse(415, "not_json", f"send Content-Type: {JSON}")
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    own = {f"{request.scheme}://{request.get_host()}", *settings.CSRF_TRUSTED_ORIGINS}
    if (site is not None and site not in _OWN_SITE) or (origin is not None and origin not in own):
        raise refuse(403, "other_site", "pages of other sites cannot change anything here")


def read_body(request: HttpRequest, kind: type[Body]) -> Body:
    """The request's body as a value of `kind`."""
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdecimal()):
        raise refuse(411, "length_required", "the body's length must be given")
    if int(length[:10]) > API_BYTES_MAX:
        raise refuse(413, "too_large", f"a body has {API_BYTES_MAX} bytes at most")
    try:
        return msgspec.json.decode(request.body or b"{}", type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise refuse(400, "malformed", str(fault)) from fault


def find_user_id(request: HttpRequest) -> int | None:
    """The person who is logged in; no query for a request without a session's cookie."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    return request.user.pk if request.user.is_authenticated else None
