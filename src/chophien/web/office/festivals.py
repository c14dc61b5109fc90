"""The organiser's seasons and festivals: phases, what has turned, and rehearsals."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.festivals.rehearsal import move_clock, return_to_real_time
from chophien.apps.festivals.selectors import (
    find_festival,
    find_phase,
    list_festivals,
    list_phase_turns,
    list_phases,
    list_removed_phases,
    list_seasons,
    list_turned_edges,
    to_plan,
)
from chophien.apps.festivals.services import (
    CalendarFilled,
    CalendarRefused,
    HasTurned,
    PhaseSaved,
    add_phase,
    change_phase,
    fill_calendar,
    remove_phase,
    restore_phase,
)
from chophien.domain.phases import PhasePlan, check_calendar
from chophien.web.office.phase_forms import (
    ClockForm,
    PhaseForm,
    TwoWavesForm,
    explain_fault,
    suggest_two_waves,
)
from chophien.web.office.timeline import draw_timeline
from chophien.web.shared.calendar import build_strip
from chophien.web.shared.clock import now, read
from chophien.web.shared.people import organisers_only

if TYPE_CHECKING:
    from chophien.apps.festivals.models import Festival, Phase

TURN_ROWS = 20


@organisers_only
@require_GET
def list_all(request: HttpRequest) -> HttpResponse:
    """Festivals by season, the latest first."""
    context = {
        "seasons": list_seasons(),
        "others": list_festivals().filter(season__isnull=True),
        "at": now(),
        **_build_rehearsal(),
    }
    return render(request, "office/festivals.html", context)


@organisers_only
@require_GET
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """One festival: its calendar as a picture and a table, and the log of its turns."""
    festival = _find_festival_or_404(slug)
    clock = read()
    phases = list_phases(festival.id)
    faults = check_calendar(phases, opens_at=festival.starts_at, closes_at=festival.ends_at)
    context = {
        "festival": festival,
        "strip": build_strip(festival.id, clock.at),
        "timeline": draw_timeline(phases, clock.at),
        "turned": list_turned_edges(festival.id, rehearsal=clock.rehearsal),
        "advice": [explain_fault(fault) for fault in faults],
        "removed": list_removed_phases(festival.id),
        "turns": Paginator(list_phase_turns(festival.id), TURN_ROWS).get_page(
            request.GET.get("page")
        ),
        **_build_rehearsal(),
    }
    return render(request, "office/festival.html", context)


def _find_festival_or_404(slug: str) -> "Festival":
    festival = find_festival(slug)
    if festival is None:
        raise Http404
    return festival


def _find_phase_or_404(phase_id: int) -> "Phase":
    phase = find_phase(phase_id)
    if phase is None:
        raise Http404
    return phase


# ---------------------------------------------------------------- one phase


@organisers_only
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """A form for one more phase."""
    festival = _find_festival_or_404(slug)
    form = PhaseForm(request.POST or None, initial={"wave": 1})
    if request.method == "POST" and form.is_valid():
        outcome = add_phase(festival_id=festival.id, plan=form.get_plan())
        if isinstance(outcome, PhaseSaved):
            messages.success(request, _("The phase is in the calendar."))
            return redirect("office_festival", festival.slug)
        form.add_faults(outcome.faults)
    return _render_phase(request, festival, form)


@organisers_only
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, phase_id: int) -> HttpResponse:
    """The same form for a phase that there is."""
    phase = _find_phase_or_404(phase_id)
    if phase.removed_at is not None:
        raise Http404
    rehearsal = read().rehearsal
    turned = list_turned_edges(phase.festival_id, rehearsal=rehearsal)
    form = PhaseForm(
        request.POST or None,
        initial=_list_fields(to_plan(phase)),
        turned=turned.get(phase_id, frozenset()),
    )
    if request.method == "POST" and form.is_valid():
        outcome = change_phase(phase_id=phase_id, plan=form.get_plan(), rehearsal=rehearsal)
        match outcome:
            case PhaseSaved():
                messages.success(request, _("The phase is changed."))
                return redirect("office_festival", phase.festival.slug)
            case HasTurned():
                messages.error(request, _has_turned())
                return redirect("change_phase", phase_id)
            case CalendarRefused():
                form.add_faults(outcome.faults)
    return _render_phase(request, phase.festival, form, phase=to_plan(phase))


def _list_fields(plan: PhasePlan) -> dict[str, object]:
    return {
        "kind": plan.kind.value,
        "wave": plan.wave,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "name_vi": plan.name_vi,
        "name_en": plan.name_en,
        "name_zh": plan.name_zh,
    }


def _render_phase(
    request: HttpRequest, festival: "Festival", form: PhaseForm, phase: PhasePlan | None = None
) -> HttpResponse:
    context = {"festival": festival, "form": form, "phase": phase}
    return render(request, "office/phase.html", context, status=400 if form.errors else 200)


def _has_turned() -> str:
    return _("That has begun or ended meanwhile and cannot be moved any more. Nothing was changed.")


@organisers_only
@require_POST
def remove(request: HttpRequest, phase_id: int) -> HttpResponse:
    """Take a phase out; the page offers to put it back."""
    phase = _find_phase_or_404(phase_id)
    outcome = remove_phase(phase_id=phase_id, at=now(), rehearsal=read().rehearsal)
    if isinstance(outcome, HasTurned):
        messages.error(request, _has_turned())
    else:
        messages.success(
            request,
            _("“%(name)s” is taken out. It can be put back below.") % {"name": phase.name_vi},
        )
    return redirect("office_festival", phase.festival.slug)


@organisers_only
@require_POST
def restore(request: HttpRequest, phase_id: int) -> HttpResponse:
    phase = _find_phase_or_404(phase_id)
    outcome = restore_phase(phase_id=phase_id)
    if isinstance(outcome, CalendarRefused):
        reasons = " ".join(explain_fault(fault) for fault in outcome.faults)
        messages.error(request, _("It does not fit any more.") + " " + reasons)
    else:
        messages.success(request, _("The phase is in the calendar."))
    return redirect("office_festival", phase.festival.slug)


# ---------------------------------------------------------------- a whole calendar


@organisers_only
@require_http_methods(["GET", "POST"])
def two_waves(request: HttpRequest, slug: str) -> HttpResponse:
    """A calendar from the days chosen: looked at first (GET), then used (POST)."""
    festival = _find_festival_or_404(slug)
    at = now()
    given = request.POST if request.method == "POST" else request.GET
    form = TwoWavesForm(given or suggest_two_waves(at))
    plans = form.get_plans() if form.is_valid() else ()
    if request.method == "POST" and plans:
        outcome = fill_calendar(
            festival_id=festival.id, plans=plans, at=at, rehearsal=read().rehearsal
        )
        if isinstance(outcome, CalendarFilled):
            messages.success(
                request,
                _("The calendar has %(count)d phases now.") % {"count": outcome.phase_count},
            )
            return redirect("office_festival", festival.slug)
        messages.error(
            request,
            _("This festival has begun, so its calendar cannot be replaced as a whole. Change its"
              " phases one by one."),
        )  # fmt: skip
        return redirect("office_festival", festival.slug)
    context = {
        "festival": festival,
        "form": form,
        "plans": plans,
        "timeline": draw_timeline(plans, at),
        "old_count": len(list_phases(festival.id)),
    }
    return render(request, "office/two_waves.html", context, status=400 if form.errors else 200)


# ---------------------------------------------------------------- rehearsals


def _build_rehearsal() -> dict[str, object]:
    clock = read()
    return {
        "may_rehearse": settings.REHEARSAL,
        "clock": clock,
        "clock_form": ClockForm(initial={"to": localtime(clock.at)}),
    }


@organisers_only
@require_POST
def set_clock(request: HttpRequest) -> HttpResponse:
    """Move the fair's clock to an instant, or back to real time. Not there on a real fair."""
    if not settings.REHEARSAL:
        raise Http404
    if "real" in request.POST:
        return_to_real_time()
        messages.success(request, _("The fair's clock is that of the world again."))
        return _go_back(request)
    form = ClockForm(request.POST)
    if form.is_valid():
        number = move_clock(to=form.cleaned_data["to"])
        messages.success(
            request,
            _("It is %(time)s now. Rehearsal number %(number)d.")
            % {"time": _write(form.cleaned_data["to"]), "number": number},
        )
    else:
        messages.error(request, _("That is no date and time. The clock is as it was."))
    return _go_back(request)


def _write(at: datetime) -> str:
    return f"{localtime(at):%H:%M %d/%m/%Y}"


def _go_back(request: HttpRequest) -> HttpResponse:
    festival = find_festival(request.POST.get("festival", ""))
    if festival is None:
        return redirect("office_festivals")
    return redirect("office_festival", festival.slug)
