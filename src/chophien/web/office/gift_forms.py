"""Whom the organiser gives a coupon to."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from typing_extensions import override

from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chophien.apps.sellers.models import Stall

NAMES_CHARS_MAX = 20_000


class GiftForm(forms.Form):
    """All members of a stall, all buyers of the festival, or people by their user names."""

    to = forms.ChoiceField(
        label=lazy("Who gets one"), widget=forms.RadioSelect, initial="buyers",
        choices=[
            ("buyers", lazy("Everybody who has paid for something at this festival")),
            ("members", lazy("All members of a stall")),
            ("names", lazy("People by their user names")),
        ],
    )  # fmt: skip
    stall = forms.ChoiceField(label=lazy("Stall"), required=False)
    names = forms.CharField(
        label=lazy("User names"), required=False, max_length=NAMES_CHARS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("With commas, spaces or line breaks between them."),
    )  # fmt: skip

    def __init__(self, *args: Any, stalls: "Iterable[Stall]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stall"]
        assert isinstance(field, forms.ChoiceField), "a stall is chosen"
        field.choices = [("", _("Choose…"))] + [
            (str(stall.pk), local(stall, "name")) for stall in stalls
        ]

    @override
    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("to") == "members" and not data.get("stall"):
            self.add_error("stall", _("Choose the stall."))
        if data.get("to") == "names" and not self.list_names():
            self.add_error("names", _("Write at least one user name."))
        return data

    def list_names(self) -> list[str]:
        """The user names as typed."""
        return str(self.cleaned_data.get("names", "")).replace(",", " ").split()
