"""Reading draws, wins, gifts that stalls offer, countdowns and milestones."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from chophien.apps.draws.evidence import find_met
from chophien.apps.draws.models import Countdown, Draw, Entrant, GiftOffer, Milestone, Watch, Win
from chophien.domain.lucky import Condition, find_missing

# How long a room shows who won, and that a threshold was passed.
SHOWN_AFTER_DRAW = timedelta(minutes=10)
SHOWN_AFTER_MILESTONE = timedelta(minutes=2)
# A draw that is not drawn so long after its closing is broken, and its page says so.
OVERDUE_TIME = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one viewer stands in one draw."""

    missing: tuple[Condition, ...]
    """What they still lack; empty means taking part."""
    entrant: Entrant | None
    win: Win | None
    watched_s: int


def list_draws(room_id: int) -> QuerySet[Draw]:
    """All draws and gifts that were ever announced in a room, the latest first."""
    return Draw.objects.filter(room_id=room_id).select_related(
        "room__show__host", "coupon__stall", "offer__sku__product__stall"
    )


def find_shown_draw(room_id: int, at: datetime) -> Draw | None:
    """The draw that a room shows: the one under way, else the last for some minutes."""
    since = at - SHOWN_AFTER_DRAW
    shown = Q(drawn_at=None, called_off_at=None) | Q(drawn_at__gt=since)
    called_off = Q(called_off_at__gt=since)
    return list_draws(room_id).filter(shown | called_off).order_by("-id").first()


def find_draw(draw_id: int) -> Draw | None:
    return Draw.objects.select_related("room__show__host").filter(id=draw_id).first()


def is_overdue(draw: Draw, at: datetime) -> bool:
    """Whether its seed should have been told long ago."""
    return draw.state in {"open", "frozen"} and at >= draw.closes_at + OVERDUE_TIME


def find_standing(draw: Draw, user_id: int, at: datetime) -> Standing:
    """What a viewer has done of what is asked; once it is frozen, what the list says."""
    entrant = Entrant.objects.filter(draw=draw, user_id=user_id).first()
    win = None if entrant is None else Win.objects.filter(entrant=entrant).first()
    show_id = draw.room.show_id
    watched = Watch.objects.filter(show_id=show_id, user_id=user_id)
    watched_ms = watched.values_list("watched_ms", flat=True).first() or 0
    if draw.frozen_at is None:
        missing = find_missing(draw.asks.asks, find_met(draw, user_id, at=at))
    else:
        missing = _read_missing(draw, entrant)
    return Standing(missing=missing, entrant=entrant, win=win, watched_s=watched_ms // 1_000)


def _read_missing(draw: Draw, entrant: Entrant | None) -> tuple[Condition, ...]:
    if entrant is None:
        return draw.asks.asks
    known = set(Condition)
    return tuple(Condition(each) for each in entrant.missing.split() if each in known)


def list_wins(draw_id: int) -> QuerySet[Win]:
    """Everybody who was told, in drawn order."""
    return (
        Win.objects.filter(draw_id=draw_id)
        .select_related("entrant__user", "address__province")
        .order_by("entrant__place")
    )


def list_wins_of_draws(draw_ids: Collection[int]) -> QuerySet[Win]:
    """The wins of several draws, in drawn order."""
    wins = Win.objects.filter(draw_id__in=draw_ids)
    return wins.select_related("entrant__user", "address__province").order_by("entrant__place")


def find_win(win_id: uuid.UUID, user_id: int) -> Win | None:
    """A person's own win."""
    return (
        Win.objects.filter(id=win_id, entrant__user_id=user_id)
        .select_related(
            "draw__room__show", "draw__coupon", "draw__offer__sku__product__stall",
            "entrant", "address__province",
        )
        .first()
    )  # fmt: skip


def list_wins_of(user_id: int) -> QuerySet[Win]:
    """A person's wins, the latest first."""
    wins = Win.objects.filter(entrant__user_id=user_id).select_related("draw__room__show")
    return wins.order_by("-told_at")


def list_taking_part(draw_id: int) -> QuerySet[Entrant]:
    """The frozen list in drawn order; before the drawing in the order of joining."""
    entrants = Entrant.objects.filter(draw_id=draw_id, missing="")
    return entrants.order_by("place", "joined_at", "receipt")


def list_winnable_gifts(show_id: int) -> QuerySet[GiftOffer]:
    """What stalls give to a show, and is not in a draw yet."""
    return (
        GiftOffer.objects.filter(show_id=show_id, ended_at=None, left__gt=0)
        .select_related("sku__product__stall")
        .order_by("sku__product__name_vi")
    )


def list_offers_of_stalls(stall_ids: Collection[int]) -> QuerySet[GiftOffer]:
    """What stalls have given to shows, the latest first, with how many went to winners."""
    return (
        GiftOffer.objects.filter(sku__product__stall_id__in=stall_ids)
        .select_related("sku__product__stall", "show__host")
        .annotate(won=Count("draws__wins", filter=Q(draws__wins__order__isnull=False)))
        .order_by("-id")
    )


def find_offer(offer_id: int) -> GiftOffer | None:
    return GiftOffer.objects.select_related("sku__product").filter(id=offer_id).first()


def find_countdown(room_id: int, at: datetime) -> Countdown | None:
    """What a room counts down to."""
    return (
        Countdown.objects.filter(room_id=room_id, done_at=None, ends_at__gt=at)
        .select_related("sku__product", "coupon")
        .first()
    )


def list_milestones(show_id: int) -> QuerySet[Milestone]:
    """A show's thresholds by measure, the lowest first."""
    return Milestone.objects.filter(show_id=show_id)


def find_celebrated(show_id: int, at: datetime) -> Milestone | None:
    """The threshold that a show passed just now."""
    since = at - SHOWN_AFTER_MILESTONE
    reached = Milestone.objects.filter(show_id=show_id, reached_at__gt=since)
    return reached.order_by("-reached_at", "-threshold").first()
