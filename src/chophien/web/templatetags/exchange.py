"""How the pages of imports write numbers and addresses."""

from django import template
from django.urls import reverse
from django.utils.translation import get_language

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """`{{ 1000000|grouped }}` → `1.000.000`, with commas but in Vietnamese."""
    written = f"{int(number):,}"
    return written.replace(",", ".") if (get_language() or "vi").startswith("vi") else written


@register.filter
def exchange_act(run_id: int, side: str) -> str:
    """The address below which the acts of an import lie."""
    return reverse(f"{side}_exchange_run", args=[run_id])
