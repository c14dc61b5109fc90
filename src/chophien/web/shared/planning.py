"""Pages that plan, change and cancel shows: the office's for all, a host's for their own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.live.planning import PlanError, change_show, plan_with_room
from chophien.apps.live.services import HinderedGoodsError
from chophien.apps.programme.services import HostTakenError
from chophien.web.shared.clock import now
from chophien.web.shared.hindrances import describe_faults
from chophien.web.shared.show_forms import ShowForm, explain_plan, fill, round_up

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chophien.apps.catalog.models import Sku
    from chophien.apps.programme.models import Host, Show

LASTS = timedelta(hours=2)  # a session to begin with; the form changes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Which hosts and goods somebody may plan a show with."""

    hosts: "Iterable[Host]"
    skus: "Iterable[Sku]"


def plan(request: HttpRequest, choices: Choices, *, template: str) -> HttpResponse:
    """The page of a new show; once planned, its desk."""
    at = now()
    begins = round_up(at)
    form = ShowForm(
        request.POST or None, hosts=choices.hosts, skus=choices.skus,
        initial={"starts_at": begins, "ends_at": begins + LASTS},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        festival = get_current_festival(at)
        try:
            room = plan_with_room(
                form.build_plan(festival_id=festival.pk),
                producer_id=form.cleaned_data["producer"],
                at=at,
            )
        except (PlanError, HinderedGoodsError, HostTakenError) as fault:
            form.add_error(None, _explain(fault))
        else:
            messages.success(request, _("The show is planned; its room is open."))
            return redirect("show_desk", room.show_id)
    status = 400 if form.errors else 200
    return render(request, template, {"form": form}, status=status)


def change(request: HttpRequest, show: "Show", choices: Choices, *, template: str) -> HttpResponse:
    """The page that changes a show that is not over."""
    at = now()
    form = ShowForm(
        request.POST or None, hosts=choices.hosts, skus=choices.skus, initial=fill(show)
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_show(show_id=show.pk, change=form.build_change(show), at=at)
        except (PlanError, HostTakenError) as fault:
            form.add_error(None, _explain(fault))
        else:
            messages.success(request, _("Changed."))
            return redirect("show_desk", show.pk)
    status = 400 if form.errors else 200
    return render(request, template, {"form": form, "show": show, "at": at}, status=status)


def _explain(fault: PlanError | HinderedGoodsError | HostTakenError) -> str:
    if isinstance(fault, HinderedGoodsError):
        return describe_faults(fault.faults)
    if isinstance(fault, HostTakenError):
        return _("The host has another show in that time.")
    return explain_plan(str(fault))
