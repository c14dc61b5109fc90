"""Who may see which pages."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from chophien.apps.programme.selectors import is_host
from chophien.apps.sellers.selectors import list_stalls_of

if TYPE_CHECKING:
    from chophien.apps.accounts.models import User

ORGANISERS = "organisers"
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def get_user(request: HttpRequest) -> "User":
    """The person behind a request to a page that needs a log-in."""
    assert not isinstance(request.user, AnonymousUser), "page needs a log-in"
    return request.user


def find_user_id(request: HttpRequest) -> int | None:
    return request.user.pk if request.user.is_authenticated else None


def is_organiser(user: "User") -> bool:
    return user.is_superuser or user.groups.filter(name=ORGANISERS).exists()


def organisers_only(view: View[P]) -> View[P]:
    """Let organisers in; others get a log-in page, or a plain refusal when logged in."""
    return _guard(view, is_organiser)


def sellers_only(view: View[P]) -> View[P]:
    return _guard(view, lambda user: list_stalls_of(user.pk).exists())


def hosts_only(view: View[P]) -> View[P]:
    return _guard(view, lambda user: is_host(user.pk) or is_organiser(user))


def _guard(view: View[P], may: "Callable[[User], bool]") -> View[P]:
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may(get_user(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
