"""Planning a show: the organiser for any host, a host for themselves."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from typing_extensions import override

from chophien.apps.accounts.people import find_person
from chophien.apps.live.planning import ShowChange
from chophien.apps.programme.services import ShowPlan
from chophien.web.shared.fields import InstantField
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chophien.apps.catalog.models import Sku
    from chophien.apps.programme.models import Host, Show

FAULTS: dict[str, Promise] = {
    "past": lazy("The show ends before it begins, or is over already."),
    "long": lazy("A show lasts 24 hours at most."),
    "goods": lazy("These are too many goods for one show."),
    "title": lazy("The Vietnamese title is needed."),
    "over": lazy("This show is over or cancelled; it is not changed any more."),
}


class ShowForm(forms.Form):
    """A show's time and words, its host and goods, and who produces it."""

    host = forms.ChoiceField(label=lazy("Host"))
    title_vi = forms.CharField(label=lazy("Title in Vietnamese"), max_length=160)
    title_en = forms.CharField(label=lazy("Title in English"), max_length=160, required=False)
    title_zh = forms.CharField(label=lazy("Title in Chinese"), max_length=160, required=False)
    pitch_vi = forms.CharField(
        label=lazy("In a sentence, in Vietnamese"), max_length=300, required=False
    )
    starts_at = InstantField(label=lazy("Begins"))
    ends_at = InstantField(label=lazy("Ends"))
    producer = forms.CharField(
        label=lazy("Producer's user name"), max_length=150, required=False,
        help_text=lazy("Who may send cues and change the run-of-show beside the host."),
    )  # fmt: skip
    goods = forms.MultipleChoiceField(
        label=lazy("Goods, to begin with"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(
        self, *args: Any, hosts: "Iterable[Host]", skus: "Iterable[Sku]", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        host, goods = self.fields["host"], self.fields["goods"]
        assert isinstance(host, forms.ChoiceField), "a host is chosen"
        assert isinstance(goods, forms.MultipleChoiceField), "goods are chosen"
        host.choices = [(str(each.pk), each.name) for each in hosts]
        goods.choices = [(str(sku.pk), _name(sku)) for sku in skus]

    def clean_producer(self) -> int | None:
        """The id of the account that the name stands for."""
        name = self.cleaned_data["producer"].strip()
        person = find_person(name) if name else None
        if name and person is None:
            raise forms.ValidationError(_("There is no account of this user name."))
        return None if person is None else person.pk

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("title_vi") and not data["title_vi"].strip():
            self.add_error("title_vi", str(FAULTS["title"]))
        return data

    def build_plan(self, *, festival_id: int) -> ShowPlan:
        """The plan that the form states. Expects it to be valid."""
        data = self.cleaned_data
        return ShowPlan(
            festival_id=festival_id,
            host_id=int(data["host"]),
            theme="",
            titles=self._titles,
            pitches=(data["pitch_vi"], "", ""),
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            sku_ids=[int(each) for each in data["goods"]],
        )

    def build_change(self, show: "Show") -> ShowChange:
        """The change that the form states. Expects it to be valid."""
        data = self.cleaned_data
        return ShowChange(
            titles=self._titles,
            pitches=(data["pitch_vi"], show.pitch_en, show.pitch_zh),
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            producer_id=data["producer"],
        )

    @property
    def _titles(self) -> tuple[str, str, str]:
        data = self.cleaned_data
        return data["title_vi"].strip(), data["title_en"].strip(), data["title_zh"].strip()


def fill(show: "Show") -> dict[str, object]:
    """A show's own values, for a form that changes it."""
    return {
        "host": show.host_id, "title_vi": show.title_vi, "title_en": show.title_en,
        "title_zh": show.title_zh, "pitch_vi": show.pitch_vi, "starts_at": show.starts_at,
        "ends_at": show.ends_at,
        "producer": "" if show.producer is None else show.producer.username,
    }  # fmt: skip


def explain_plan(code: str) -> str:
    """What `PlanError` is to its reader."""
    return str(FAULTS[code])


def _name(sku: "Sku") -> str:
    return f"{local(sku.product, 'name')} · {local(sku, 'unit')}"


def round_up(at: datetime) -> datetime:
    """The next full minute: a show that is to begin at once."""
    return at.replace(second=0, microsecond=0)
