"""How values are written on pages."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Protocol

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import get_language

from chophien.domain.money import render_money
from chophien.web.templatetags.words import REGIONS, WORDS

register = template.Library()

UNDO_KINDS = ("undo-cart", "undo-price", "undo-address")


class Goods(Protocol):
    """What the tags need to know of a product."""

    picture: str
    ocop_stars: int | None
    ocop_expires_on: date | None


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
def count(number: int) -> str:
    """`{{ 12345|count }}` → `12.345`, as the reader's language groups digits."""
    grouped = f"{int(number):,}"
    return grouped.replace(",", ".") if _language() == "vi" else grouped


@register.filter
def iso(at: datetime) -> str:
    """An instant for scripts, in UTC."""
    return at.astimezone(UTC).isoformat()


@register.filter
def get(mapping: Mapping[object, object], key: object) -> object:
    """`{{ mapping|get:key }}`, empty when it is not there."""
    return mapping.get(key, "")


@register.filter
def minus(whole: int, part: int) -> int:
    return int(whole) - int(part)


@register.filter
def times(amount: int, count: int) -> int:
    return int(amount) * int(count)


@register.filter
def percent(share_bps: int) -> str:
    """`{{ 5000|percent }}` → `50%`; hundredths of a per cent are left out."""
    return f"{int(share_bps) // 100}%"


@register.filter
def region(slug: str) -> str:
    """A region's name in the reader's language."""
    return str(REGIONS.get(slug, slug))


@register.filter
def word(code: str, subject: str) -> str:
    """`{{ order.state|word:"order" }}`: what people call a state, kind or type."""
    return str(WORDS.get(f"{subject}.{code}", code))


@register.filter
def stars(product: Goods, at: datetime) -> int:
    """The OCOP stars that are valid on the day of `at`; 0 without any or once expired."""
    expires_on = product.ocop_expires_on
    if not product.ocop_stars or (expires_on is not None and expires_on < localdate(at)):
        return 0
    return product.ocop_stars


@register.filter
def undo(message: object) -> dict[str, str] | None:
    """What a message offers to take back: `undo-cart:<sku>:<quantity>` as its parts."""
    kind, _, rest = (getattr(message, "extra_tags", None) or "").partition(":")
    sku_id, _, value = rest.partition(":")
    return {"kind": kind, "sku": sku_id, "value": value} if kind in UNDO_KINDS else None


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing of the sprite `pictures/icons.svg`; the text beside it says what it means."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("pictures/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def drawing(product: Goods) -> str:
    """The address of the picture of a kind of goods."""
    return static(f"pictures/goods/{product.picture}.svg")
