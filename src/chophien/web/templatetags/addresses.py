"""How pages write an address."""

from typing import TYPE_CHECKING

from django import template

if TYPE_CHECKING:
    from chophien.apps.orders.models import SavedAddress

register = template.Library()


@register.filter
def address_line(saved: "SavedAddress") -> str:
    """An address as one line: who, the phone, where."""
    place = (saved.street, saved.ward, saved.province.name)
    return f"{saved.recipient} · {saved.phone} · {', '.join(place)}"


@register.filter
def address_brief(saved: "SavedAddress") -> str:
    """Enough of an address to know it by: who, the street, the province."""
    return f"{saved.recipient}, {saved.street}, {saved.province.name}"
