"""Figures of what is sent to platforms, as people read them."""

from datetime import timedelta

from django import template
from django.utils.formats import number_format

register = template.Library()
SECONDS_PER_MINUTE, MINUTES_PER_HOUR = 60, 60


@register.filter
def megabits(bits_per_s: int) -> str:
    """`3,2 Mbit/s`."""
    return f"{number_format(bits_per_s / 1_000_000, 1)} Mbit/s"


@register.filter
def seconds(milliseconds: int) -> str:
    """`0,4 s`."""
    return f"{number_format(milliseconds / 1_000, 1)} s"


@register.filter
def age(span: timedelta) -> str:
    """`4:38:02`."""
    minutes, left_s = divmod(int(span.total_seconds()), SECONDS_PER_MINUTE)
    hours, left_minutes = divmod(minutes, MINUTES_PER_HOUR)
    return f"{hours}:{left_minutes:02}:{left_s:02}"
