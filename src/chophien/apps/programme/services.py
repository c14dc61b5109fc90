"""Planning shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chophien.apps.programme.models import Host, Segment, Show


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
    overlapping = Show.objects.filter(
        host_id=plan.host_id, starts_at__lt=plan.ends_at, ends_at__gt=plan.starts_at
    )
    if overlapping.exists():
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
