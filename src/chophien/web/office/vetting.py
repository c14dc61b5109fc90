"""Who may sell on air: the organiser's queue of identities and papers, the rules, the hosts."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.programme.selectors import list_hosts
from chophien.apps.programme.services import HostError, make_host
from chophien.apps.vetting import suggested
from chophien.apps.vetting.rules import RulesDraft, publish_rules
from chophien.apps.vetting.selectors import (
    find_identity,
    find_rules,
    has_accepted,
    list_identities,
    list_identities_ending,
    list_papers,
    list_papers_ending,
    list_rules,
)
from chophien.apps.vetting.services import (
    VettingError,
    decide_identity,
    decide_paper,
    withdraw_identity,
)
from chophien.domain.limits import PAPERS_ENDING
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, organisers_only
from chophien.web.shared.vetting_forms import DecisionForm, RulesForm, explain

ROWS_MAX = 50
Decide = Callable[[DecisionForm, datetime], bool]


@organisers_only
@require_GET
def vetting(request: HttpRequest) -> HttpResponse:
    """What waits for a check, the oldest first, and what runs out soon."""
    at = now()
    context = {
        "identities": list_identities("asked")[:ROWS_MAX],
        "papers": list_papers("asked")[:ROWS_MAX],
        "papers_ending": list_papers_ending(at, within=PAPERS_ENDING)[:ROWS_MAX],
        "identities_ending": list_identities_ending(at, within=PAPERS_ENDING)[:ROWS_MAX],
        "rules": find_rules(at),
        "today": at,
    }
    return render(request, "office/vetting.html", context)


@organisers_only
@require_POST
def judge_identity(request: HttpRequest, identity_id: int) -> HttpResponse:
    """Verify a host's identity, or refuse it with a reason."""
    return _judge(request, lambda form, at: decide_identity(
        identity_id=identity_id, decision=form.decide(get_user(request).pk), at=at
    ))  # fmt: skip


@organisers_only
@require_POST
def judge_paper(request: HttpRequest, paper_id: int) -> HttpResponse:
    """Accept a paper, or refuse it with a reason; also one that was accepted before."""
    return _judge(request, lambda form, at: decide_paper(
        paper_id=paper_id, decision=form.decide(get_user(request).pk), at=at
    ))  # fmt: skip


def _judge(request: HttpRequest, decide: Decide) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Accept or refuse; a reason has 300 characters at most."))
        return redirect("office_vetting")
    try:
        is_done = decide(form, now())
    except VettingError as fault:
        messages.error(request, explain(str(fault)))
    else:
        if is_done:
            messages.success(request, _("Decided. Whoever handed it in reads it now."))
        else:
            messages.info(request, _("Somebody else has decided already."))
    return redirect("office_vetting")


@organisers_only
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """Every version of the rules of shows, and a form for the next."""
    at = now()
    current = find_rules(at)
    if request.method == "POST":
        form = RulesForm(request.POST)
        if form.is_valid():
            try:
                publish_rules(RulesDraft(**form.cleaned_data), by_id=get_user(request).pk, at=at)
            except VettingError as fault:
                form.add_error(None, explain(str(fault)))
            else:
                messages.success(request, _("Published. Hosts accept it before their next show."))
                return redirect("office_rules")
    else:
        form = RulesForm(initial=_suggest(at))
    context = {"form": form, "versions": list_rules()[:ROWS_MAX], "current": current}
    return render(request, "office/rules.html", context)


def _suggest(at: datetime) -> dict[str, str]:
    """The version that holds; where there is none, what the law asks for in plain words."""
    current = find_rules(at)
    if current is None:
        return {"text_vi": suggested.VI, "text_en": suggested.EN, "text_zh": suggested.ZH}
    return {
        "text_vi": current.text_vi, "text_en": current.text_en, "text_zh": current.text_zh,
    }  # fmt: skip


@organisers_only
@require_GET
def hosts(request: HttpRequest) -> HttpResponse:
    """Every host, with where identity and rules stand."""
    at = now()
    current = find_rules(at)
    page = Paginator(list_hosts(), ROWS_MAX).get_page(request.GET.get("page"))
    rows = [
        {
            "host": host,
            "identity": None if host.is_ai else find_identity(host.pk),
            "has_accepted": current is not None and has_accepted(host.pk, current.pk),
        }
        for host in page
    ]
    return render(request, "office/hosts.html", {"rows": rows, "page": page, "today": at})


@organisers_only
@require_POST
def add_host(request: HttpRequest) -> HttpResponse:
    """Make a host of somebody's account."""
    try:
        make_host(name=request.POST.get("name", ""), username=request.POST.get("username", ""))
    except HostError as fault:
        reasons = {
            "name": _("A host needs a name of 2 to 80 characters."),
            "username": _("There is no account of this user name. Ask them to sign up first."),
        }
        messages.error(request, reasons[str(fault)])
    else:
        messages.success(request, _("Made. The host hands in an identity document in the studio."))
    return redirect("office_hosts")


@organisers_only
@require_POST
def withdraw(request: HttpRequest, host_id: int) -> HttpResponse:
    """Take back an identity that was verified."""
    identity = find_identity(host_id)
    if identity is None:
        raise Http404
    try:
        withdraw_identity(
            identity_id=identity.pk, reason=request.POST.get("reason", ""),
            by_id=get_user(request).pk, at=now(),
        )  # fmt: skip
    except VettingError as fault:
        messages.error(request, explain(str(fault)))
    else:
        messages.success(request, _("Taken back. The host cannot go on air any more."))
    return redirect("office_hosts")
