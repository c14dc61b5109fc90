"""The form of a destination."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy
from typing_extensions import override

from chophien.apps.broadcast.destinations import DestinationDraft
from chophien.domain.outward import (
    ADDRESS_CHARS_MAX,
    KEY_CHARS_MAX,
    BadAddressError,
    check_ip,
    check_key,
    find_ip,
    parse_address,
    parse_allowed,
)
from chophien.domain.platforms import PLATFORMS, Platform
from chophien.web.studio.outward_words import FAULTS


class DestinationForm(forms.Form):
    """Platform, address, key. An empty key leaves the one that is kept."""

    platform = forms.ChoiceField(
        label=lazy("Platform"),
        choices=[(each.code, each.name or lazy("Another")) for each in PLATFORMS.values()],
    )
    name = forms.CharField(
        label=lazy("Your own name for it (may be empty)"), required=False, max_length=80
    )
    address = forms.CharField(
        label=lazy("Server address"),
        required=False,
        max_length=ADDRESS_CHARS_MAX,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
        help_text=lazy("As the platform shows it. Empty: the platform's usual one."),
    )
    key = forms.CharField(
        label=lazy("Stream key"),
        required=False,
        max_length=KEY_CHARS_MAX,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=lazy("Kept sealed and never shown again."),
    )
    voices = forms.BooleanField(
        label=lazy("The platform told me that it takes artificial voices in live shows"),
        required=False,
    )

    def __init__(self, *args: Any, allowed: str, is_artificial: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._allowed = parse_allowed(allowed)
        if not is_artificial:
            del self.fields["voices"]

    @override
    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        platform = PLATFORMS.get(data.get("platform", ""))
        if platform is not None:
            data["address"] = self._check_address(platform, data.get("address", ""))
        if data.get("key"):
            self._try("key", lambda: check_key(data["key"]))
        return data

    def _check_address(self, platform: Platform, text: str) -> str:
        text = text or platform.address

        def check() -> object:
            address = parse_address(text, is_secure_only=platform.is_secure_only)
            number = find_ip(address.host)
            if number is not None:
                check_ip(number, address.port, allowed=self._allowed)
            return address

        self._try("address", check)
        return text

    def _try(self, field: str, check: Any) -> None:
        try:
            check()
        except BadAddressError as fault:
            self.add_error(field, str(FAULTS[fault.fault]))

    def build_draft(self) -> DestinationDraft:
        """What was typed, once the form is valid."""
        data = self.cleaned_data
        return DestinationDraft(
            platform=data["platform"],
            name=data["name"],
            address=data["address"],
            key=data["key"].strip(),
            are_voices_confirmed=data.get("voices", False),
        )
