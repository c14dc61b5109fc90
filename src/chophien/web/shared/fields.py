"""Fields for amounts, shares and instants as people type them."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from chophien.domain.money import BPS_WHOLE

AMOUNT_MINOR_MAX = 10**12
_AMOUNT = re.compile(r"[0-9]{1,13}|[0-9]{1,3}([.,  ][0-9]{3}){1,4}")
NO_AMOUNT = _("An amount is a whole number of đồng above 0, such as 120.000.")
NO_SHARE = _("A share is a number up to 100, such as 15.")
_PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))?")


class MoneyField(forms.Field):
    """Whole đồng, with or without dots: `120000`, `120.000`, `120,000 ₫`."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    @override
    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip()
        if not text:
            return None
        number = re.sub(r"\s*(?:₫|đ|đồng|vnd)$", "", text, flags=re.IGNORECASE)
        if not _AMOUNT.fullmatch(number):
            raise forms.ValidationError(NO_AMOUNT)
        amount = int(re.sub(r"[^0-9]", "", number))
        if not 1 <= amount <= AMOUNT_MINOR_MAX:
            raise forms.ValidationError(NO_AMOUNT)
        return amount


class PercentField(forms.Field):
    """A share in per cent, kept as basis points: `15` → 1500, `12,5` → 1250."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    @override
    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip().removesuffix("%").strip()
        if not text:
            return None
        found = _PERCENT.fullmatch(text)
        bps = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else 0
        if not 1 <= bps <= BPS_WHOLE:
            raise forms.ValidationError(NO_SHARE)
        return bps


class InstantField(forms.DateTimeField):
    """A local date and time to the minute, with the browser's own picker."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class CountField(forms.IntegerField):
    """A number of things, one at least."""

    widget = forms.NumberInput(attrs={"inputmode": "numeric"})

    def __init__(self, *, most: int = 1_000_000, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=most, **kwargs)
