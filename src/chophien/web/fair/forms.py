"""What buyers type."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from chophien.apps.festivals.selectors import list_provinces
from chophien.apps.orders.services import Address
from chophien.domain.contact import PhoneError, parse_phone
from chophien.domain.limits import TEXT_CHARS_MAX
from chophien.web.shared.fields import InstantField
from chophien.web.templatetags.addresses import address_line

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from chophien.apps.orders.models import SavedAddress

ADDRESS_FIELDS = ("recipient", "phone", "province", "ward", "street", "note")
VIETQR = "vietqr"
TEST_BANK = "test_bank"


def list_methods(*, is_demo: bool) -> "list[tuple[str, _StrPromise]]":
    """How an order can be paid, with what each way is called."""
    methods = [(VIETQR, _("Bank transfer with VietQR, to each stall"))]
    if is_demo:
        methods.append((TEST_BANK, _("Test bank (no real money)")))
    return methods


class AddressForm(forms.Form):
    """Where orders go."""

    recipient = forms.CharField(
        label=_("Recipient"), max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    phone = forms.CharField(
        label=_("Phone"), max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )  # fmt: skip
    province = forms.ChoiceField(
        label=_("Province or city"),
        widget=forms.Select(attrs={"autocomplete": "address-level1"}),
    )
    ward = forms.CharField(
        label=_("Ward or commune"), max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )  # fmt: skip
    street = forms.CharField(
        label=_("House number and street"), max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )  # fmt: skip
    note = forms.CharField(label=_("Note for the stalls"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        provinces = [(str(place.pk), place.name) for place in list_provinces()]
        self.set_choices("province", [("", _("Choose…")), *provinces])

    def set_choices(self, name: str, choices: Sequence[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField), f"{name} has no choices"
        field.choices = choices

    def clean_phone(self) -> str:
        try:
            return parse_phone(self.cleaned_data["phone"])
        except PhoneError as fault:
            raise forms.ValidationError(
                _("This is not a Vietnamese phone number. It has ten digits, such as 0901 234 567.")
            ) from fault

    def get_address(self) -> Address:
        data = self.cleaned_data
        return Address(
            recipient=data["recipient"],
            phone=data["phone"],
            province_id=int(data["province"]),
            ward=data["ward"],
            street=data["street"],
            note=data["note"],
        )


class CheckoutForm(AddressForm):
    """Where the order goes and how it is paid. Hidden: the key of this check-out, the sum seen.

    Who has saved addresses chooses one of them, or types another; who is logged in may keep that.
    """

    saved = forms.ChoiceField(
        label=_("Address"), required=False,
        widget=forms.RadioSelect(attrs={"data-saved": True}),
    )  # fmt: skip
    keep = forms.BooleanField(
        label=_("Keep this address for next time, and for buying with one press"), required=False
    )
    method = forms.ChoiceField(label=_("Payment"), widget=forms.RadioSelect)
    idempotency_key = forms.UUIDField(widget=forms.HiddenInput)
    seen_due = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, is_demo: bool, saved: "Sequence[SavedAddress]" = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._saved = {str(address.pk): address for address in saved}
        self.set_choices("method", list_methods(is_demo=is_demo))
        self.has_saved = bool(self._saved)
        places = [(key, address_line(address)) for key, address in self._saved.items()]
        self.set_choices("saved", [*places, ("", _("Another address"))])
        self.chosen = self._saved.get(str(self.data.get("saved", "")))
        if self.chosen is not None:
            for name in ADDRESS_FIELDS:
                self.fields[name].required = False

    @override
    def clean_phone(self) -> str:
        return super().clean_phone() if self.chosen is None else self.chosen.phone

    @override
    def get_address(self) -> Address:
        """The saved address that was chosen, else what was typed."""
        return super().get_address() if self.chosen is None else to_address(self.chosen)


def to_address(saved: "SavedAddress") -> Address:
    """A saved address as orders take one."""
    return Address(
        recipient=saved.recipient,
        phone=saved.phone,
        province_id=saved.province_id,
        ward=saved.ward,
        street=saved.street,
        note=saved.note,
    )


class ComplaintForm(forms.Form):
    text = forms.CharField(
        label=_("What is wrong?"), max_length=TEXT_CHARS_MAX,
        widget=forms.Textarea(attrs={"rows": 5}),
    )  # fmt: skip
    contact = forms.CharField(
        label=_("How can you be reached? (optional)"), max_length=120, required=False
    )
    about_at = InstantField(
        label=_("When was it in the show? (optional)"), required=False,
        help_text=_("Leave it empty for this moment."),
    )  # fmt: skip


class TransferForm(forms.Form):
    """The test bank's transfer: as a bank's app would let a payer change it."""

    bank_bin = forms.CharField(label=_("Bank"), max_length=6)
    account = forms.CharField(label=_("Account"), max_length=19)
    amount = forms.IntegerField(label=_("Amount (đồng)"), min_value=1, max_value=10**12)
    reference = forms.CharField(label=_("Reference"), max_length=25)
    transaction = forms.UUIDField(widget=forms.HiddenInput)
