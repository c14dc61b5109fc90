"""What organisers type about phases, and what is wrong with it, field by field."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.timezone import get_default_timezone, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from chophien.domain.phases import (
    WAVE_KINDS,
    Edge,
    Fault,
    Flaw,
    PhaseKind,
    PhasePlan,
    TwoWaves,
    check_calendar,
    name_phase,
    plan_two_waves,
)
from chophien.web.shared.fields import InstantField
from chophien.web.templatetags.fair import local
from chophien.web.templatetags.words import WORDS

WAVES_MAX = 20
WAVE_DAYS_MAX = 31
AFTER_DAYS_MAX = 90


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)


def _hour(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget)


class PhaseForm(forms.Form):
    """One phase. What has turned is shown and cannot be changed."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    wave = forms.IntegerField(
        label=gettext_lazy("Wave"), min_value=1, max_value=WAVES_MAX, required=False,
        help_text=gettext_lazy("For deposits, sales and balances: which wave, from 1."),
    )  # fmt: skip
    starts_at = InstantField(label=gettext_lazy("Begins"))
    ends_at = InstantField(label=gettext_lazy("Ends"))
    name_vi = forms.CharField(
        label=gettext_lazy("Name in Vietnamese"), max_length=80, required=False,
        help_text=gettext_lazy("Leave the names empty for the usual ones."),
    )  # fmt: skip
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=80, required=False)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=80, required=False)

    def __init__(self, *args: Any, turned: frozenset[Edge] = frozenset(), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField), "a kind is chosen"
        kind.choices = [(each.value, WORDS[f"phase.{each.value}"]) for each in PhaseKind]
        frozen = {Edge.STARTS: ("kind", "wave", "starts_at"), Edge.ENDS: ("ends_at",)}
        for edge in turned:
            for name in frozen[edge]:
                self.fields[name].disabled = True

    @override
    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        needs_wave = data.get("kind") in WAVE_KINDS
        if needs_wave and not data.get("wave") and "wave" not in self.errors:
            self.add_error("wave", _("Say which wave this belongs to."))
        if not needs_wave:
            data["wave"] = None
        return data

    def get_plan(self) -> PhasePlan:
        """The phase as typed; only after `is_valid`."""
        data = self.cleaned_data
        kind = PhaseKind(data["kind"])
        usual = name_phase(kind, data["wave"])
        vi, en, zh = data["name_vi"], data["name_en"], data["name_zh"]
        if not vi:
            vi, en, zh = usual[0], en or usual[1], zh or usual[2]
        return PhasePlan(
            kind=kind,
            wave=data["wave"],
            name_vi=vi,
            name_en=en,
            name_zh=zh,
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
        )

    def add_faults(self, faults: Iterable[Fault]) -> None:
        """Say what is wrong beside the field that can mend it."""
        for fault in faults:
            deposit_is_other = (
                fault.flaw is Flaw.DEPOSIT_RUNS_INTO_BALANCE
                and self.cleaned_data["kind"] == PhaseKind.BALANCE
            )
            field = "starts_at" if deposit_is_other else _FIELDS.get(fault.flaw, "starts_at")
            self.add_error(field, explain_fault(fault))


_FIELDS = {
    Flaw.EMPTY: "ends_at",
    Flaw.DEPOSIT_RUNS_INTO_BALANCE: "ends_at",
    Flaw.WITHOUT_WAVE: "wave",
    Flaw.WITH_WAVE: "wave",
}


def explain_fault(fault: Fault) -> str:
    """One sentence about what does not fit, naming the other phase and its time."""
    other = fault.other or fault.phase
    words = {
        "phase": local(fault.phase, "name"),
        "other": local(other, "name"),
        "from": f"{localtime(other.starts_at):%H:%M %d/%m/%Y}",
        "to": f"{localtime(other.ends_at):%H:%M %d/%m/%Y}",
    }
    return _sentence(fault.flaw) % words


def _sentence(flaw: Flaw) -> str:
    sentences = {
        Flaw.EMPTY: _("The end has to be after the beginning."),
        Flaw.WITHOUT_WAVE: _("Say which wave this belongs to."),
        Flaw.WITH_WAVE: _("Only deposits, sales and balances belong to a wave."),
        Flaw.SAME_KIND_OVERLAPS: _(
            "“%(other)s” is of the same kind and lasts from %(from)s to %(to)s."
        ),
        Flaw.DEPOSIT_RUNS_INTO_BALANCE: _(
            "Deposits have to close before their balance opens: “%(other)s” lasts from %(from)s"
            " to %(to)s."
        ),
        Flaw.DEPOSIT_WITHOUT_BALANCE: _("“%(phase)s” has no balance phase yet."),
        Flaw.BALANCE_WITHOUT_DEPOSIT: _("“%(phase)s” has no deposit phase before it."),
        Flaw.BALANCE_BEFORE_SALE: _("“%(phase)s” opens before its sale."),
        Flaw.PEAKS_COINCIDE: _(
            "“%(phase)s” opens together with its sale: both rushes meet. Half an hour later is"
            " usual."
        ),
        Flaw.WAVES_OUT_OF_ORDER: _("“%(phase)s” comes after “%(other)s” but has a lower wave."),
        Flaw.TEASER_DURING_SALE: _("“%(phase)s” goes on while “%(other)s” is on."),
        Flaw.PAUSE_DURING_SALE: _("“%(phase)s” is a pause while “%(other)s” is on."),
        Flaw.AFTER_TOO_EARLY: _("“%(phase)s” begins before “%(other)s” is over."),
        Flaw.OUTSIDE_FESTIVAL: _(
            "“%(phase)s” lies outside the festival's own period; the fair would not be open."
        ),
    }
    return sentences[flaw]


class TwoWavesForm(forms.Form):
    """The days of a calendar like that of 2020."""

    first_on = _day(gettext_lazy("First sale begins on"))
    first_days = forms.IntegerField(
        label=gettext_lazy("and lasts, in days"), min_value=1, max_value=WAVE_DAYS_MAX
    )
    second_on = _day(gettext_lazy("Second sale begins on"))
    second_days = forms.IntegerField(
        label=gettext_lazy("and lasts, in days"), min_value=1, max_value=WAVE_DAYS_MAX
    )
    deposits_on = _day(gettext_lazy("Deposits are taken from"))
    deposits_from = _hour(gettext_lazy("Deposits open at"))
    teaser_on = _day(gettext_lazy("Teaser from (may be empty)"), required=False)
    teaser_from = _hour(gettext_lazy("Teaser begins at"))
    after_days = forms.IntegerField(
        label=gettext_lazy("Days after the fair"), min_value=1, max_value=AFTER_DAYS_MAX
    )

    @override
    def clean(self) -> dict[str, Any]:
        if not self.errors:
            for fault in check_calendar(self.get_plans()):
                self._add_fault(fault)
        return self.cleaned_data

    def get_plans(self) -> tuple[PhasePlan, ...]:
        """The calendar that follows from the days."""
        return plan_two_waves(TwoWaves(**self.cleaned_data, zone=get_default_timezone()))

    def _add_fault(self, fault: Fault) -> None:
        if fault.phase.kind is PhaseKind.TEASER:
            self.add_error("teaser_on", _("The teaser has to begin before the deposits."))
        elif fault.phase.kind is PhaseKind.DEPOSIT and fault.phase.wave == 1:
            self.add_error(
                "deposits_on", _("Deposits close at 22:00 on the eve of their sale: begin earlier.")
            )
        else:
            self.add_error(
                "second_on",
                _("Leave at least a day between the sales, for the second deposits."),
            )


def suggest_two_waves(at: datetime) -> dict[str, object]:
    """Days like those of 2020, the first sale at the start of a month at least two weeks ahead."""
    soon = localtime(at).date() + timedelta(days=14)
    first = (soon.replace(day=1) + timedelta(days=32)).replace(day=1)
    return {
        "first_on": first,
        "first_days": 3,
        "second_on": first + timedelta(days=10),
        "second_days": 1,
        "deposits_on": first - timedelta(days=11),
        "deposits_from": "00:00",
        "teaser_on": first - timedelta(days=12),
        "teaser_from": "14:00",
        "after_days": 7,
    }


class ClockForm(forms.Form):
    to = InstantField(label=gettext_lazy("Move the clock to"))
