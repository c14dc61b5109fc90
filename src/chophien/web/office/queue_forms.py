"""What an organiser types for a waiting room."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from chophien.apps.admission.selectors import find_skus_by_code
from chophien.apps.admission.services import RoomPlan
from chophien.domain.limits import ADMISSION_RATE_MAX, ROOM_SKUS_MAX
from chophien.web.shared.fields import CountField, InstantField
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chophien.apps.catalog.models import Sku

_SEPARATORS = re.compile(r"[\s,;]+")


class RateForm(forms.Form):
    """How many are admitted in a second."""

    rate_per_s = CountField(
        label=gettext_lazy("Admitted per second"), most=ADMISSION_RATE_MAX,
        help_text=gettext_lazy("At most what your machine takes; a quarter of it is a safe start."),
    )  # fmt: skip


class RoomForm(RateForm):
    """A room for the goods of one drop; what can be chosen are goods with a flash price."""

    name_vi = forms.CharField(label=gettext_lazy("Name in Vietnamese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120, required=False)
    opens_at = InstantField(label=gettext_lazy("Opens at"))
    skus = forms.MultipleChoiceField(
        label=gettext_lazy("Goods with a flash price"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    codes = forms.CharField(
        label=gettext_lazy("Other goods, by their codes"), required=False, max_length=4_000,
        help_text=gettext_lazy("One or several, with spaces between."),
    )  # fmt: skip
    is_proof_of_work = forms.BooleanField(
        label=gettext_lazy("Ask devices for a small sum that keeps robots away"), required=False,
        help_text=gettext_lazy(
            "Nothing has to be pressed or read. Without scripts it takes a minute of waiting."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, skus: "Sequence[Sku]", at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._at = at
        field = self.fields["skus"]
        assert isinstance(field, forms.MultipleChoiceField), "goods are chosen"
        field.choices = [
            (str(sku.pk), f"{local(sku.product, 'name')} · {local(sku, 'unit')}") for sku in skus
        ]

    def clean_opens_at(self) -> datetime:
        """An opening that people can still be present for."""
        opens_at: datetime = self.cleaned_data["opens_at"]
        if opens_at <= self._at:
            raise forms.ValidationError(_("The opening has to be in the future."))
        return opens_at

    def clean_codes(self) -> list[int]:
        """The skus that the codes name, each one of them."""
        codes = [code for code in _SEPARATORS.split(self.cleaned_data["codes"]) if code]
        found = find_skus_by_code(codes)
        unknown = [code for code in codes if code not in found]
        if unknown:
            raise forms.ValidationError(
                _("No goods have this code: %(codes)s") % {"codes": ", ".join(unknown)}
            )
        return [found[code] for code in codes]

    @override
    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = [int(sku_id) for sku_id in data.get("skus", ())] + data.get("codes", [])
        data["sku_ids"] = list(dict.fromkeys(chosen))
        if not data["sku_ids"] and not self.errors:
            self.add_error("skus", _("Choose what people wait for."))
        if len(data["sku_ids"]) > ROOM_SKUS_MAX:
            self.add_error(
                "skus", _("At most %(count)d goods fit in one room.") % {"count": ROOM_SKUS_MAX}
            )
        return data

    def get_plan(self, festival_id: int) -> RoomPlan:
        """The room as typed; only after `is_valid`."""
        data = self.cleaned_data
        return RoomPlan(
            festival_id=festival_id,
            names=(data["name_vi"], data["name_en"], data["name_zh"]),
            opens_at=data["opens_at"],
            rate_per_s=data["rate_per_s"],
            sku_ids=data["sku_ids"],
            is_proof_of_work=data["is_proof_of_work"],
        )
