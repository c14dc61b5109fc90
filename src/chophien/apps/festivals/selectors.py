"""Reading festivals and places."""

from datetime import datetime

from django.db.models import QuerySet

from chophien.apps.festivals.models import Festival, FormerProvince, Province, Region


class NoFestivalError(LookupError):
    """There is no festival at all; make one in the office."""


def get_current_festival(at: datetime) -> Festival:
    """The festival that is on; else the next one; else the last one.

    Raises:
        NoFestivalError: none was ever made.
    """
    found = (
        Festival.objects.filter(starts_at__lte=at, ends_at__gt=at).first()
        or Festival.objects.filter(starts_at__gt=at).first()
        or Festival.objects.order_by("-ends_at").first()
    )
    if found is None:
        raise NoFestivalError("no festival")
    return found


def list_festivals() -> QuerySet[Festival]:
    return Festival.objects.order_by("-starts_at")


def list_provinces() -> QuerySet[Province]:
    """Today's 34 units by name."""
    return Province.objects.order_by("name")


def list_former_provinces() -> QuerySet[FormerProvince]:
    return FormerProvince.objects.order_by("name")


def list_regions() -> list[tuple[str, str]]:
    """Slug and name of the eight regions, from north to south, in the reader's language."""
    return [(slug, str(name)) for slug, name in Region.choices]
