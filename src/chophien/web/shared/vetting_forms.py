"""What hosts and sellers hand in, and what the organiser decides."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from chophien.apps.vetting.services import Decision, IdentityClaim, PaperClaim
from chophien.domain.limits import RULES_CHARS_MAX, SHORT_TEXT_CHARS_MAX, TEXT_CHARS_MAX
from chophien.domain.vetting import Paper
from chophien.web.templatetags.fair import local, word

if TYPE_CHECKING:
    from chophien.apps.catalog.models import Product

IDENTITY_KINDS = ("citizen_card", "vneid", "passport")
WAYS = ("in_person", "video_call", "vneid")
GROUNDS = (
    "misleading", "no_papers", "forbidden_goods", "danger", "indecent", "authority", "seller",
    "other",
)  # fmt: skip

# What `VettingError` says, as people read it.
FAULTS: dict[str, Promise] = {
    "kind": lazy("Choose one of the list."),
    "number_tail": lazy("The last four characters of the document's number, digits or letters."),
    "name": lazy("The name as it stands in the document."),
    "valid_until": lazy("This day is over. Hand in a document that is still good."),
    "number": lazy("The number as it stands on the paper, 60 characters at most."),
    "issuer": lazy("Who issued the paper, 120 characters at most."),
    "product": lazy("This paper is for one product: choose which."),
    "many": lazy("There are too many papers of this stall. Ask the organiser."),
    "reason": lazy("Say why; whoever handed it in reads it."),
    "own": lazy("Nobody decides about what they handed in themselves."),
    "twice": lazy("Somebody else was quicker. Look again."),
    "text": lazy("The Vietnamese text is needed, and a text can be too long."),
}


def _choose(values: Iterable[str], subject: str) -> list[tuple[str, str]]:
    return [(str(value), word(value, subject)) for value in values]


def _offer(form: forms.Form, field_name: str, choices: list[tuple[str, str]]) -> None:
    field = form.fields[field_name]
    assert isinstance(field, forms.ChoiceField), "what is offered is chosen"
    field.choices = choices


class DayField(forms.DateField):
    """A day with the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class IdentityForm(forms.Form):
    """An identity document, of which only the last four characters are asked."""

    kind = forms.ChoiceField(label=lazy("Document"))
    name = forms.CharField(
        label=lazy("Name as in the document"), max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    number_tail = forms.CharField(
        label=lazy("Last four characters of its number"), min_length=4, max_length=4,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
    valid_until = DayField(
        label=lazy("Valid until"), required=False,
        help_text=lazy("Leave it empty when the document does not run out."),
    )  # fmt: skip
    way = forms.ChoiceField(label=lazy("How the organiser can look at it"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "kind", _choose(IDENTITY_KINDS, "identity"))
        _offer(self, "way", _choose(WAYS, "way"))

    @property
    def claim(self) -> IdentityClaim:
        return IdentityClaim(**self.cleaned_data)


class PaperForm(forms.Form):
    """One paper of a stall."""

    kind = forms.ChoiceField(label=lazy("Paper"))
    product = forms.ChoiceField(
        label=lazy("For which product"), required=False,
        help_text=lazy("Only for papers that name one product."),
    )  # fmt: skip
    number = forms.CharField(label=lazy("Number"), max_length=60)
    issuer = forms.CharField(label=lazy("Issued by"), max_length=120)
    valid_until = DayField(
        label=lazy("Valid until"), required=False,
        help_text=lazy("Leave it empty when the paper does not run out."),
    )  # fmt: skip

    def __init__(self, *args: Any, products: "Iterable[Product]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(product.pk), local(product, "name")) for product in products]
        _offer(self, "kind", _choose(Paper, "paper"))
        _offer(self, "product", [("", _("The whole stall")), *names])

    @property
    def claim(self) -> PaperClaim:
        data = dict(self.cleaned_data)
        product = data.pop("product")
        return PaperClaim(**data, product_id=int(product) if product else None)


class DecisionForm(forms.Form):
    """Accept, or refuse with a reason."""

    decision = forms.ChoiceField(choices=(("good", "good"), ("refused", "refused")))
    reason = forms.CharField(required=False, max_length=SHORT_TEXT_CHARS_MAX)

    def decide(self, by_id: int) -> Decision:
        """What was decided. Expects the form to be valid."""
        return Decision(
            is_good=self.cleaned_data["decision"] == "good",
            by_id=by_id,
            reason=self.cleaned_data["reason"],
        )


class RulesForm(forms.Form):
    """The rules of shows in three languages."""

    text_vi = forms.CharField(
        label=lazy("In Vietnamese"), max_length=RULES_CHARS_MAX,
        widget=forms.Textarea(attrs={"rows": 14, "lang": "vi"}),
    )  # fmt: skip
    text_en = forms.CharField(
        label=lazy("In English"), max_length=RULES_CHARS_MAX, required=False,
        widget=forms.Textarea(attrs={"rows": 8, "lang": "en"}),
    )  # fmt: skip
    text_zh = forms.CharField(
        label=lazy("In Chinese"), max_length=RULES_CHARS_MAX, required=False,
        widget=forms.Textarea(attrs={"rows": 8, "lang": "zh"}),
    )  # fmt: skip


class StopForm(forms.Form):
    """On what ground, and why in words that can be shown to who asks."""

    ground = forms.ChoiceField(label=lazy("Ground"))
    reason = forms.CharField(
        label=lazy("Reason"), max_length=TEXT_CHARS_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    complaint = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self, "ground", _choose(GROUNDS, "ground"))


def explain(code: str) -> str:
    """What a fault of vetting is to its reader."""
    return str(FAULTS.get(code, _("This is not possible. Nothing was changed.")))
