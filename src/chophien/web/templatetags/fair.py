"""How values are written on pages."""

from collections.abc import Mapping
from datetime import UTC, datetime

from django import template
from django.utils.translation import get_language

from chophien.domain.money import render_money

register = template.Library()


def _language() -> str:
    return (get_language() or "vi")[:2]


@register.filter
def local(thing: object, field: str) -> str:
    """`{{ stall|local:"name" }}`: the text in the reader's language, else in Vietnamese."""
    text = getattr(thing, f"{field}_{_language()}", "")
    return str(text or getattr(thing, f"{field}_vi"))


@register.filter
def money(amount_minor: int, currency: str = "VND") -> str:
    """`{{ 199000|money }}` → `199.000 ₫`."""
    return render_money(int(amount_minor), currency, _language())


@register.filter
def iso(at: datetime) -> str:
    """An instant for scripts, in UTC."""
    return at.astimezone(UTC).isoformat()


@register.filter
def get(mapping: Mapping[object, object], key: object) -> object:
    """`{{ mapping|get:key }}`, empty when it is not there."""
    return mapping.get(key, "")
