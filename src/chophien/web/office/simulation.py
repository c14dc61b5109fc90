"""What will this cost? Simulations before a festival opens: ask, watch, read, download."""

import uuid
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from typing_extensions import override

from chophien.apps.festivals.clock import read_real
from chophien.apps.festivals.selectors import get_current_festival, list_festivals
from chophien.apps.insight.selectors import (
    find_simulation,
    list_festivals_with_orders,
    list_simulations,
)
from chophien.apps.insight.services import (
    CARTS_BYTES_MAX,
    CARTS_MAX,
    PLAN_BYTES_MAX,
    File,
    Refused,
    Wish,
    start_simulation,
    stop_simulation,
)
from chophien.domain.simulation.report import COLUMNS, render_csv
from chophien.web.office.simulation_result import build_result
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, organisers_only
from chophien.web.templatetags.fair import local

PAGE_ROWS = 20
MEGABYTE = 1024 * 1024


class SimulationForm(forms.Form):
    """Carts and a plan, each of a festival or of a file; a file, where there is one, counts."""

    orders_of = forms.TypedChoiceField(
        label=lazy("Orders of"), coerce=int, empty_value=None, required=False
    )
    carts_file = forms.FileField(
        label=lazy("or a file of carts"),
        required=False,
        help_text=lazy("One request a line, as chophien quote --lines takes it."),
        widget=forms.FileInput(attrs={"accept": ".jsonl,.ndjson,.json,.txt"}),
    )
    plan_of = forms.TypedChoiceField(
        label=lazy("What is set up for"), coerce=int, empty_value=None, required=False
    )
    plan_at = forms.DateTimeField(
        label=lazy("at this instant"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    plan_file = forms.FileField(
        label=lazy("or a plan from a file"),
        required=False,
        help_text=lazy("One JSON document; the manual describes its form."),
        widget=forms.FileInput(attrs={"accept": ".json"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = list_festivals_with_orders()
        self._offer(
            "orders_of",
            [
                (
                    festival.id,
                    _("%(name)s (orders: %(count)s)")
                    % {"name": local(festival, "name"), "count": count},
                )
                for festival, count in counts
            ],
        )
        self._offer("plan_of", [(each.id, local(each, "name")) for each in list_festivals()])

    def _offer(self, name: str, choices: list[tuple[int, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = choices

    def clean_carts_file(self) -> File | None:
        """The file of carts, read whole: it is bounded."""
        return self._read("carts_file", CARTS_BYTES_MAX)

    def clean_plan_file(self) -> File | None:
        return self._read("plan_file", PLAN_BYTES_MAX)

    def _read(self, name: str, bytes_max: int) -> File | None:
        upload = self.cleaned_data[name]
        if not upload:
            return None
        if upload.size > bytes_max:
            raise forms.ValidationError(
                _(
                    "The file is larger than %(most)s MB. Larger ones are for the command chophien simulate."
                )
                % {"most": bytes_max // MEGABYTE}
            )
        return File(name=upload.name, content=upload.read())

    @override
    def clean(self) -> dict[str, Any]:
        """Something has to be chosen on both sides."""
        values: dict[str, Any] = super().clean() or {}
        if not self.errors:
            if values["carts_file"] is None and values["orders_of"] is None:
                self.add_error("orders_of", _("Choose a festival that has orders, or a file."))
            if values["plan_file"] is None and values["plan_of"] is None:
                self.add_error("plan_of", _("Choose a festival, or a file."))
            if values["plan_file"] is None and values["plan_at"] is None:
                self.add_error("plan_at", _("Choose an instant."))
        return values

    def to_wish(self) -> Wish:
        """What was chosen, once it is valid."""
        values = self.cleaned_data
        carts, plan = values["carts_file"], values["plan_file"]
        return Wish(
            orders_of_id=None if carts else values["orders_of"],
            carts=carts,
            plan_of_id=None if plan else values["plan_of"],
            plan_at=None if plan else values["plan_at"],
            plan=plan,
        )

    def refuse(self, refused: Refused) -> None:
        """Show at the right field why nothing was begun."""
        if refused.field == "plan":
            for fault in refused.faults:
                self.add_error("plan_file", fault)
        elif refused.faults == ("none",):
            name = "carts_file" if self.cleaned_data["carts_file"] else "orders_of"
            self.add_error(name, _("There is no cart in it."))
        else:
            fault = _(
                "More than %(most)s carts. Larger files are for the command chophien simulate."
            )
            self.add_error("carts_file", fault % {"most": CARTS_MAX})


@organisers_only
@require_http_methods(["GET", "POST"])
def simulations(request: HttpRequest) -> HttpResponse:
    """Those that were made, and the form for another one."""
    at = now()
    initial = {"plan_at": localtime(at), "plan_of": get_current_festival(at).id}
    form = SimulationForm(initial=initial)
    if request.method == "POST":
        form = SimulationForm(request.POST, request.FILES)
        if form.is_valid():
            started = start_simulation(form.to_wish(), by_id=get_user(request).pk, at=read_real())
            if not isinstance(started, Refused):
                return redirect("simulation", started.id)
            form.refuse(started)
    page = Paginator(list_simulations(), PAGE_ROWS).get_page(request.GET.get("page"))
    status = 422 if form.errors else 200
    return render(request, "office/simulations.html", {"form": form, "page": page}, status=status)


@organisers_only
@require_GET
def simulation(request: HttpRequest, simulation_id: uuid.UUID) -> HttpResponse:
    """How far it is; once it is done, what came out, in plain words first."""
    found = find_simulation(simulation_id)
    if found is None:
        raise Http404
    context: dict[str, Any] = {"simulation": found, "tables": list(COLUMNS)}
    if found.report is not None:
        context["result"] = build_result(found.report, found.plan)
    return render(request, "office/simulation.html", context)


@organisers_only
@require_POST
def stop(request: HttpRequest, simulation_id: uuid.UUID) -> HttpResponse:
    stop_simulation(simulation_id, at=read_real())
    return redirect("simulation", simulation_id)


@organisers_only
@require_GET
def table(request: HttpRequest, simulation_id: uuid.UUID, name: str) -> HttpResponse:
    """One table of a result as a CSV file."""
    report = _get_report(simulation_id)
    if name not in COLUMNS:
        raise Http404
    response = HttpResponse(render_csv(report, name), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@organisers_only
@require_GET
def report(request: HttpRequest, simulation_id: uuid.UUID) -> JsonResponse:
    return JsonResponse(_get_report(simulation_id), json_dumps_params={"ensure_ascii": False})


def _get_report(simulation_id: uuid.UUID) -> dict[str, Any]:
    found = find_simulation(simulation_id)
    if found is None or found.report is None:
        raise Http404
    document: dict[str, Any] = found.report
    return document
