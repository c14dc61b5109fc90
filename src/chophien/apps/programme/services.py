"""Planning shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chophien.apps.accounts.models import User
from chophien.apps.programme.models import Host, Segment, Show
from chophien.domain.contact import fold

HOST_NAME_CHARS_MAX = 80
HOST_SLUG_CHARS_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPlan:
    """A show as it is to be; titles and pitches as `(vi, en, zh)`."""

    festival_id: int
    host_id: int
    theme: str
    titles: tuple[str, str, str]
    pitches: tuple[str, str, str]
    starts_at: datetime
    ends_at: datetime
    sku_ids: Sequence[int]
    """The run-of-show, in order."""


class HostTakenError(ValueError):
    """The host has another show in that time."""


@transaction.atomic
def plan_show(plan: ShowPlan) -> Show:
    """Put a show into the programme with its run-of-show.

    Locks the host's row, so that two planners cannot book one host twice.

    Raises:
        HostTakenError: the host has another show in that time.
    """
    Host.objects.select_for_update().get(id=plan.host_id)
    if has_other_show(plan.host_id, plan.starts_at, plan.ends_at):
        raise HostTakenError(f"host {plan.host_id} is taken")
    show = Show.objects.create(
        festival_id=plan.festival_id,
        host_id=plan.host_id,
        theme=plan.theme,
        title_vi=plan.titles[0],
        title_en=plan.titles[1],
        title_zh=plan.titles[2],
        pitch_vi=plan.pitches[0],
        pitch_en=plan.pitches[1],
        pitch_zh=plan.pitches[2],
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
    )
    Segment.objects.bulk_create(
        Segment(show=show, sku_id=sku_id, position=position)
        for position, sku_id in enumerate(plan.sku_ids)
    )
    return show


def has_other_show(
    host_id: int, starts_at: datetime, ends_at: datetime, *, but: int | None = None
) -> bool:
    """Whether a host has a show in `[starts_at, ends_at)`; cancelled ones do not count."""
    shows = Show.objects.filter(
        host_id=host_id, starts_at__lt=ends_at, ends_at__gt=starts_at, cancelled_at__isnull=True
    )
    return shows.exclude(id=but or 0).exists()


class HostError(ValueError):
    """A host cannot be made: `name` or `username`."""


@transaction.atomic
def make_host(*, name: str, username: str) -> Host:
    """Make a human host of somebody's account; the identity is checked before the first show.

    Raises:
        HostError: no name, or no such account.
    """
    said = " ".join(name.split())
    if not 1 < len(said) <= HOST_NAME_CHARS_MAX:
        raise HostError("name")
    people = User.objects.select_for_update().filter(is_active=True)
    person = people.filter(username=username.strip()).first()
    if person is None:
        raise HostError("username")
    slug = "-".join(fold(said).split())[:HOST_SLUG_CHARS_MAX] or "host"
    ordinal = Host.objects.filter(person=person).count() + 1
    return Host.objects.create(slug=f"{slug}-{person.pk}-{ordinal}", name=said, person=person)
