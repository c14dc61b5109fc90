"""What a host needs to go on air: an identity that was checked, and the rules accepted."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.programme.selectors import list_hosts_of
from chophien.apps.vetting.rules import accept_rules
from chophien.apps.vetting.selectors import (
    find_identity,
    find_rules,
    has_accepted,
    is_running_out,
)
from chophien.apps.vetting.services import VettingError, hand_in_identity
from chophien.domain.limits import PAPERS_ENDING
from chophien.web.shared.clock import now
from chophien.web.shared.numbers import parse_number
from chophien.web.shared.people import get_user, hosts_only
from chophien.web.shared.vetting_forms import IdentityForm, explain

if TYPE_CHECKING:
    from chophien.apps.programme.models import Host


@hosts_only
@require_GET
def host_papers(request: HttpRequest) -> HttpResponse:
    """Each human host of this person, with where the check stands."""
    return _render(request, IdentityForm(), host_id=0)


@hosts_only
@require_POST
def hand_in(request: HttpRequest, host_id: int) -> HttpResponse:
    """Ask the organiser to look at the host's document."""
    host = _find_own_host(request, host_id)
    form = IdentityForm(request.POST)
    if form.is_valid():
        try:
            hand_in_identity(
                host_id=host.pk, claim=form.claim, by_id=get_user(request).pk, at=now()
            )
        except VettingError as fault:
            form.add_error(str(fault) if str(fault) in form.fields else None, explain(str(fault)))
        else:
            messages.success(request, _("Handed in. The organiser looks at it and tells you here."))
            return redirect("host_papers")
    return _render(request, form, host_id=host.pk, status=400)


@hosts_only
@require_POST
def accept(request: HttpRequest, host_id: int) -> HttpResponse:
    """Accept the version of the rules that the page showed."""
    host = _find_own_host(request, host_id)
    rules_id = parse_number(request.POST.get("rules", ""))
    if accept_rules(host_id=host.pk, rules_id=rules_id, by_id=get_user(request).pk, at=now()):
        messages.success(request, _("You have accepted the rules of shows."))
    else:
        messages.error(request, _("There is a newer version of the rules. Read that one."))
    return redirect("host_papers")


def _render(
    request: HttpRequest, form: IdentityForm, *, host_id: int, status: int = 200
) -> HttpResponse:
    at = now()
    rules = find_rules(at)
    rows = []
    for host in list_hosts_of(get_user(request).pk).filter(is_ai=False):
        identity = find_identity(host.pk)
        rows.append(
            {
                "host": host,
                "identity": identity,
                "is_ending": identity is not None
                and is_running_out(identity.valid_until, at, within=PAPERS_ENDING),
                "has_accepted": rules is not None and has_accepted(host.pk, rules.pk),
                "form": form if host.pk == host_id else IdentityForm(),
            }
        )
    context = {"rows": rows, "rules": rules, "today": at}
    return render(request, "studio/papers.html", context, status=status)


def _find_own_host(request: HttpRequest, host_id: int) -> "Host":
    """A human host of this person.

    Raises:
        Http404: there is none, or it is somebody else's.
    """
    host = list_hosts_of(get_user(request).pk).filter(id=host_id, is_ai=False).first()
    if host is None:
        raise Http404
    return host
