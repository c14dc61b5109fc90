"""Draws and surprise gifts: announced, frozen, drawn; or called off before they are frozen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction

from chophien.apps.bus.services import publish
from chophien.apps.draws.evidence import find_all_met, find_rest
from chophien.apps.draws.locks import lock_draw
from chophien.apps.draws.models import Draw, Entrant, SealedSeed, Watch
from chophien.apps.draws.prizes import Prize, give_back, is_winnable, keep_back
from chophien.apps.draws.wins import tell_winners
from chophien.apps.live.models import Room
from chophien.apps.programme.models import Show
from chophien.apps.vetting.selectors import find_halt
from chophien.domain.draws import digest_entries
from chophien.domain.limits import (
    CARD_TEXT_CHARS_MAX,
    DRAW_STEPS,
    DRAW_TIME_MAX,
    DRAW_TIME_MIN,
    GIFT_COUNT_TIME,
    KEYWORD_CHARS_MAX,
    WINNERS_MAX,
)
from chophien.domain.lucky import (
    Condition,
    Rule,
    Terms,
    check_rule,
    find_missing,
    make_receipt,
    mix,
    order,
    promise,
    render_rule,
    render_terms,
)
from chophien.wire.events import DrawChanged, room_channel

ENTRANTS_WRITTEN_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPlan:
    """A draw as a host asks for it; `lasts` is empty for a surprise gift, which counts down."""

    room_id: int
    rule: Rule
    prize: Prize
    winners: int
    lasts: timedelta | None = None
    by_id: int | None = None
    steps: int = DRAW_STEPS

    def __post_init__(self) -> None:
        """Refuse what no page asks for.

        Raises:
            ValueError: a rule that asks nothing, or a number or text beyond its limit.
        """
        check_rule(self.rule)
        is_timed = self.lasts is None or DRAW_TIME_MIN <= self.lasts <= DRAW_TIME_MAX
        texts = (self.prize.text, CARD_TEXT_CHARS_MAX), (self.rule.keyword, KEYWORD_CHARS_MAX)
        if not is_timed or not 1 <= self.winners <= WINNERS_MAX or not self.prize.text:
            raise ValueError("draw: too short, too long, for nobody or for nothing")
        if any(len(text) > most for text, most in texts):
            raise ValueError("draw: a text is too long for its card")

    @property
    def kind(self) -> Draw.Kind:
        return Draw.Kind.GIFT if self.lasts is None else Draw.Kind.DRAW


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    draw: Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOnAir:
    """Nobody watches: it has not begun, ends before the draw could, or was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Another draw of this room is not over: one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPrize:
    """The coupon or the goods are not for this room, or fewer are left than would win."""


OpenOutcome = Opened | NotOnAir | UnderWay | NoPrize


class _RefusedError(Exception):
    """Undoes what was kept back so far and carries the answer out of the transaction."""

    def __init__(self, outcome: UnderWay | NoPrize) -> None:
        super().__init__()
        self.outcome = outcome


def open_draw(plan: DrawPlan, *, seed: str, at: datetime) -> OpenOutcome:
    """Announce a draw: its promise is public from now on, its seed sealed, its prizes kept back.

    That one is under way at a time is the database's law (`one_draw_at_a_time`).

    Args:
        plan: what is drawn, who takes part, for how long.
        seed: 64 hex digits that nobody can guess.
        at: now.
    """
    try:
        with transaction.atomic():
            return _open(plan, seed, at)
    except _RefusedError as refused:
        return refused.outcome


def _open(plan: DrawPlan, seed: str, at: datetime) -> Opened | NotOnAir:
    room = Room.objects.select_related("show").get(id=plan.room_id)
    closes_at = at + (GIFT_COUNT_TIME if plan.lasts is None else plan.lasts)
    if not _is_on_air(room.show, at, closes_at):
        return NotOnAir()
    if not is_winnable(plan.prize, room, closes_at=closes_at):
        raise _RefusedError(NoPrize())
    draw = _write(plan, seed=seed, opens_at=at, closes_at=closes_at)
    if not keep_back(plan.prize, plan.winners):
        raise _RefusedError(NoPrize())
    tell(draw)
    return Opened(draw=draw)


def _is_on_air(show: Show, at: datetime, closes_at: datetime) -> bool:
    """Whether a show runs that long, and nobody has cancelled or stopped it."""
    runs = show.starts_at <= at and closes_at <= show.ends_at and show.cancelled_at is None
    return runs and find_halt(show.pk, show.host_id) is None


def _write(plan: DrawPlan, *, seed: str, opens_at: datetime, closes_at: datetime) -> Draw:
    terms = render_terms(
        Terms(
            kind=plan.kind.value,
            rule=plan.rule,
            prize=plan.prize.text,
            winners=plan.winners,
            opens_at=opens_at,
            closes_at=closes_at,
            steps=plan.steps,
        )
    )
    try:
        with transaction.atomic():
            draw = Draw.objects.create(
                room_id=plan.room_id,
                kind=plan.kind,
                prize=plan.prize.text,
                coupon_id=plan.prize.coupon_id,
                offer_id=plan.prize.offer_id,
                rule=render_rule(plan.rule),
                winners=plan.winners,
                terms=terms,
                steps=plan.steps,
                promise=promise(seed, terms),
                opens_at=opens_at,
                closes_at=closes_at,
                made_by_id=plan.by_id,
            )
    except IntegrityError as taken:
        raise _RefusedError(UnderWay()) from taken
    SealedSeed.objects.create(draw=draw, seed=seed)
    return draw


@transaction.atomic
def call_off(*, draw_id: int, why: str, at: datetime) -> bool:
    """End a draw before it is frozen; `False` when it is too late or was done.

    It stays in the room's list with the reason, so that nobody can hold back an outcome quietly.
    """
    reason = why.strip()[:CARD_TEXT_CHARS_MAX]
    if not reason:
        raise ValueError("why: a reason is published")
    draw = lock_draw(draw_id)
    if draw is None or draw.state != "open" or at >= draw.closes_at:
        return False
    draw.called_off_at, draw.called_off_why = at, reason
    draw.save(update_fields=["called_off_at", "called_off_why"])
    SealedSeed.objects.filter(draw=draw).delete()
    give_back(draw, draw.winners)
    tell(draw)
    return True


def tell(draw: Draw) -> None:
    """Tell the room where a draw stands."""
    publish(
        room_channel(draw.room_id),
        DrawChanged(
            room_id=draw.room_id,
            draw_id=draw.pk,
            state=draw.state,
            promise=draw.promise,
            closes_at=draw.closes_at,
            entrants=draw.entrant_count,
            entries_digest=draw.entries_digest,
        ),
    )


# ---------------------------------------------------------------- freezing


def freeze_due(*, make_number: Callable[[], str], at: datetime) -> int:
    """Freeze every list whose draw has closed, each once; returns how many this call froze."""
    due = Draw.objects.filter(closes_at__lte=at, frozen_at=None, called_off_at=None)
    ids = list(due.order_by("id").values_list("id", flat=True))
    return sum(freeze(draw_id=each, make_number=make_number, at=at) for each in ids)


@transaction.atomic
def freeze(*, draw_id: int, make_number: Callable[[], str], at: datetime) -> bool:
    """Fix who takes part and publish the list's digest; the seed stays sealed. `False`: was done.

    Waits for joins that are being written: the list has them, and later ones are refused.

    Args:
        draw_id: the draw.
        make_number: 32 hex digits by chance, for those whose device made none.
        at: now.
    """
    draw = lock_draw(draw_id)
    if draw is None or draw.state != "open" or at < draw.closes_at + find_rest(draw.asks):
        return False
    met = find_all_met(draw, at=draw.closes_at)
    if Condition.TAP in met:
        _mark_missing(draw, met)
    else:
        everybody = set.intersection(*met.values())
        _write_entrants(draw, everybody, make_number=make_number, at=draw.closes_at)
    _exclude_staff(draw)
    receipts = list(_list_taking_part(draw))
    draw.frozen_at = at
    draw.entries_digest = digest_entries(receipts)
    draw.entrant_count = len(receipts)
    draw.save(update_fields=["frozen_at", "entries_digest", "entrant_count"])
    tell(draw)
    return True


def _list_taking_part(draw: Draw) -> list[str]:
    found = Entrant.objects.filter(draw=draw, missing="")
    return list(found.values_list("receipt", flat=True))


def _mark_missing(draw: Draw, met: dict[Condition, set[int]]) -> None:
    """Note at each who tapped what they still lack."""
    lacking = []
    for entrant in Entrant.objects.filter(draw=draw):
        own = {condition for condition, people in met.items() if entrant.user_id in people}
        entrant.missing = " ".join(find_missing(draw.asks.asks, own))
        if entrant.missing:
            lacking.append(entrant)
    Entrant.objects.bulk_update(lacking, ["missing"], batch_size=ENTRANTS_WRITTEN_AT_ONCE)


def _write_entrants(
    draw: Draw, people: set[int], *, make_number: Callable[[], str], at: datetime
) -> None:
    """Put everybody who meets the rule in the list, under the number of their own device if any."""
    watches = Watch.objects.filter(show_id=draw.room.show_id, user_id__in=people)
    # Of accounts that brought one and the same number, the first has it.
    person_of = {
        number: person
        for person, number in watches.order_by("-id").values_list("user_id", "number")
    }
    number_of = {person: number for number, person in person_of.items()}
    Entrant.objects.bulk_create(
        [
            Entrant(
                draw=draw,
                user_id=person,
                receipt=make_receipt(draw.promise, number_of.get(person) or make_number()),
                maker=Entrant.Maker.DEVICE if person in number_of else Entrant.Maker.FAIR,
                joined_at=at,
            )
            for person in sorted(people)
        ],
        batch_size=ENTRANTS_WRITTEN_AT_ONCE,
    )


def _exclude_staff(draw: Draw) -> None:
    """Whoever presents the show or made the draw cannot win it."""
    staff = (draw.made_by_id, draw.room.show.host.person_id)
    people = [each for each in staff if each is not None]
    Entrant.objects.filter(draw=draw, user_id__in=people).update(missing="staff")


# ---------------------------------------------------------------- drawing


def draw_due(*, at: datetime) -> int:
    """Draw every frozen list, each once, later than it was frozen; returns how many."""
    due = Draw.objects.filter(frozen_at__lt=at, drawn_at=None)
    ids = list(due.order_by("id").values_list("id", flat=True))
    return sum(draw(draw_id=each, at=at) for each in ids)


@transaction.atomic
def draw(*, draw_id: int, at: datetime) -> bool:
    """Tell the seed, order the frozen list by it and tell the winners; `False`: was done.

    In a transaction after that of the freezing, so that the digest is out before the seed.
    """
    drawing = lock_draw(draw_id)
    if drawing is None or drawing.state != "frozen" or at <= (drawing.frozen_at or at):
        return False
    seed = SealedSeed.objects.get(draw=drawing).seed
    receipts = _list_taking_part(drawing)
    assert digest_entries(receipts) == drawing.entries_digest, "a frozen list was changed"
    mixed = mix(seed, drawing.entries_digest, steps=drawing.steps)
    _give_places(drawing, order(mixed, receipts))
    drawing.seed, drawing.mixed, drawing.drawn_at = seed, mixed, at
    drawing.save(update_fields=["seed", "mixed", "drawn_at"])
    SealedSeed.objects.filter(draw=drawing).delete()
    tell_winners(drawing, at=at)
    tell(drawing)
    return True


def _give_places(drawing: Draw, ordered: list[str]) -> None:
    """Place 0 to the first, and so on, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE draws_entrant e SET place = given.place - 1
            FROM unnest(%s::text[]) WITH ORDINALITY AS given (receipt, place)
            WHERE e.draw_id = %s AND e.receipt = given.receipt
            """,
            [ordered, drawing.pk],
        )


# ---------------------------------------------------------------- growing


def count_due(*, at: datetime) -> int:
    """Tell rooms how many have tapped, where that grew; returns how many rooms were told."""
    told = 0
    for each in Draw.objects.filter(closes_at__gt=at, frozen_at=None, called_off_at=None):
        count = Entrant.objects.filter(draw=each).count()
        grown = Draw.objects.filter(id=each.pk, frozen_at=None, entrant_count__lt=count)
        with transaction.atomic():
            if grown.update(entrant_count=count):
                each.entrant_count = count
                tell(each)
                told += 1
    return told
