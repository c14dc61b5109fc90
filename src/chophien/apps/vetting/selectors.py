"""Reading who may sell on air, and what stands against it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet

from chophien.apps.vetting.models import (
    Check,
    HostIdentity,
    RulesAcceptance,
    RulesText,
    SafetyWarning,
    StallPaper,
    Stop,
)
from chophien.domain.law import LOCAL
from chophien.domain.vetting import Hindrance


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsFault:
    """What keeps one sku off the air; `paper` where one is missing or has run out."""

    sku_id: int
    code: Hindrance
    paper: str


def list_hindrances(show_id: int, at: datetime) -> tuple[Hindrance, ...]:
    """What keeps a show off the air at `at`, the gravest first; nothing: it may go on air."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT show_hindrances(%s, %s)", [show_id, at])
        (codes,) = cursor.fetchone() or ([],)
    return tuple(Hindrance(code) for code in codes)


def list_goods_faults(sku_ids: Collection[int], at: datetime) -> list[GoodsFault]:
    """What keeps goods off the air at `at`, by sku."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sku_id, code, paper FROM goods_faults(%s, %s) ORDER BY sku_id, code, paper",
            [list(sku_ids), at],
        )
        rows: Sequence[tuple[int, str, str]] = cursor.fetchall()
    return [GoodsFault(sku_id=sku, code=Hindrance(code), paper=paper) for sku, code, paper in rows]


def is_running_out(valid_until: date | None, at: datetime, *, within: timedelta) -> bool:
    """Whether a day lies before the local day of `at`, or at most `within` after it."""
    return valid_until is not None and valid_until <= (at + within).astimezone(LOCAL).date()


def find_identity(host_id: int) -> HostIdentity | None:
    """What a host handed in last, in whatever state."""
    return HostIdentity.objects.filter(host_id=host_id).select_related("host").first()


def list_identities(state: str) -> QuerySet[HostIdentity]:
    """Identities in one state, the oldest first."""
    return (
        HostIdentity.objects.filter(state=state)
        .select_related("host", "asked_by", "checked_by")
        .order_by("asked_at", "id")
    )


def list_papers_of(stall_ids: Collection[int]) -> QuerySet[StallPaper]:
    """All that these stalls handed in, the latest first."""
    return StallPaper.objects.filter(stall_id__in=stall_ids).select_related("stall", "product")


def list_papers(state: str) -> QuerySet[StallPaper]:
    """Papers in one state, the oldest first."""
    return (
        StallPaper.objects.filter(state=state)
        .select_related("stall", "product", "asked_by", "checked_by")
        .order_by("asked_at", "id")
    )


def list_papers_ending(at: datetime, *, within: timedelta) -> QuerySet[StallPaper]:
    """Accepted papers that run out within a time, or have run out, the first to end first."""
    last = (at + within).astimezone(LOCAL).date()
    ending = StallPaper.objects.filter(state=Check.VERIFIED, valid_until__lte=last)
    return ending.select_related("stall", "product").order_by("valid_until", "id")


def list_identities_ending(at: datetime, *, within: timedelta) -> QuerySet[HostIdentity]:
    """Verified identities that run out within a time, or have run out, the first to end first."""
    last = (at + within).astimezone(LOCAL).date()
    return (
        HostIdentity.objects.filter(state=Check.VERIFIED, valid_until__lte=last)
        .select_related("host")
        .order_by("valid_until", "id")
    )


def find_rules(at: datetime) -> RulesText | None:
    """The version of the rules that holds at `at`."""
    return RulesText.objects.filter(published_at__lte=at).order_by("-version").first()


def list_rules() -> QuerySet[RulesText]:
    """Every version, the latest first."""
    return RulesText.objects.select_related("published_by").order_by("-version")


def has_accepted(host_id: int, rules_id: int) -> bool:
    return RulesAcceptance.objects.filter(host_id=host_id, rules_id=rules_id).exists()


def list_stops() -> QuerySet[Stop]:
    """Every stop, those that hold first, then the latest."""
    return Stop.objects.select_related(
        "show__host", "product__stall", "host", "made_by", "lift__made_by"
    ).order_by(F("lift__id").asc(nulls_first=True), "-id")


def find_stop(stop_id: int) -> Stop | None:
    return list_stops().filter(id=stop_id).first()


def list_open_stops_of_show(show_id: int, host_id: int) -> list[Stop]:
    """Stops that hold for a show now: its own, its room's and its host's."""
    return list(list_stops().filter(Q(show_id=show_id) | Q(host_id=host_id), lift__isnull=True))


def find_halt(show_id: int, host_id: int) -> Stop | None:
    """The stop that keeps a show off its viewers' pages: the show's own, or its host's."""
    kinds = {Stop.Kind.SHOW_STOPPED.value, Stop.Kind.HOST_BARRED.value}
    stops = list_open_stops_of_show(show_id, host_id)
    return next((stop for stop in stops if stop.kind in kinds), None)


def list_taken_down(product_ids: Collection[int]) -> frozenset[int]:
    """Which of these products the organiser has taken down."""
    return frozenset(
        Stop.objects.filter(product_id__in=product_ids, lift__isnull=True).values_list(
            "product_id", flat=True
        )
    )


def list_warnings_shown(show_id: int, at: datetime) -> QuerySet[SafetyWarning]:
    """The host's own warnings that viewers see at `at`, the latest first."""
    return SafetyWarning.objects.filter(show_id=show_id, shown_at__lte=at, ends_at__gt=at)
