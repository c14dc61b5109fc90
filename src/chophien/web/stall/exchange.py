"""A seller brings and takes tables of own stalls, and sees nobody else's."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.exchange.selectors import Viewer
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.web.shared import exchange as pages
from chophien.web.shared.people import get_user, sellers_only


def _desk(request: HttpRequest) -> pages.Desk:
    stalls = list(list_stalls_of(get_user(request).pk))
    viewer = Viewer(stall_ids=frozenset(stall.id for stall in stalls))
    return pages.Desk(side="stall", viewer=viewer, stalls=stalls)


@sellers_only
@require_http_methods(["GET", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """What can be brought and taken; a file that is brought."""
    desk = _desk(request)
    if request.method == "POST":
        return pages.bring_file(request, desk)
    return pages.show_home(request, desk)


@sellers_only
@require_GET
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    return pages.show_run(request, _desk(request), run_id)


@sellers_only
@require_POST
def move(request: HttpRequest, run_id: int, act: str) -> HttpResponse:
    return pages.move_run(request, _desk(request), run_id, act)


@sellers_only
@require_GET
def faults(request: HttpRequest, run_id: int) -> HttpResponse:
    return pages.send_faults(_desk(request), run_id)


@sellers_only
@require_GET
def table(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    return pages.send_table(request, _desk(request), kind, form)


@sellers_only
@require_GET
def template(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    del request  # a template is the same for everybody who may see the page
    return pages.send_template(kind, form)
