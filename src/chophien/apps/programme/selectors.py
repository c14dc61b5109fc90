"""Reading the programme."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q, QuerySet

from chophien.apps.programme.models import Host, Segment, Show


def list_on_air(at: datetime) -> QuerySet[Show]:
    """Shows whose time it is, the one that began last first."""
    return (
        Show.objects.filter(starts_at__lte=at, ends_at__gt=at, cancelled_at__isnull=True)
        .select_related("host", "festival", "room")
        .order_by("-starts_at", "id")
    )


def list_coming(at: datetime, *, count_max: int) -> list[Show]:
    return list(
        Show.objects.filter(starts_at__gt=at, cancelled_at__isnull=True)
        .select_related("host", "room")
        .order_by("starts_at", "id")[:count_max]
    )


def find_show(show_id: int) -> Show | None:
    return (
        Show.objects.filter(id=show_id)
        .select_related("host", "festival", "producer", "room__pinned")
        .first()
    )


def list_shows(*, since: datetime) -> QuerySet[Show]:
    """Shows that end after `since`, in order."""
    return Show.objects.filter(ends_at__gt=since).select_related("host", "room")


def list_shows_of_host(user_id: int, *, since: datetime) -> QuerySet[Show]:
    """Shows that somebody leads or produces."""
    return list_shows(since=since).filter(Q(host__person_id=user_id) | Q(producer_id=user_id))


def list_run_of_show(show_id: int) -> QuerySet[Segment]:
    return (
        Segment.objects.filter(show_id=show_id)
        .select_related("sku__product__stall", "sku__product__former_province")
        .order_by("position")
    )


def is_host(user_id: int) -> bool:
    """Whether somebody leads shows, or produces some."""
    return (
        Host.objects.filter(person_id=user_id).exists()
        or Show.objects.filter(producer_id=user_id).exists()
    )


def list_hosts() -> QuerySet[Host]:
    """Every host by name, people before artificial ones."""
    return Host.objects.select_related("person").order_by("is_ai", "name", "id")


def list_hosts_of(user_id: int) -> QuerySet[Host]:
    """The hosts that a person is or runs."""
    return list_hosts().filter(person_id=user_id)


def list_shows_of_stalls(stall_ids: Collection[int], at: datetime) -> QuerySet[Show]:
    """Shows on air or to come that show goods of these stalls, in order."""
    return (
        Show.objects.filter(
            ends_at__gt=at,
            cancelled_at__isnull=True,
            segments__sku__product__stall_id__in=stall_ids,
        )
        .select_related("host")
        .distinct()
        .order_by("starts_at", "id")
    )


def list_shown(show_ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """Which sku is in which of these shows: pairs of show and sku."""
    found = Segment.objects.filter(show_id__in=show_ids).values_list("show_id", "sku_id")
    return frozenset(found)
