"""Opening rooms, drawing those present, joining, changing the pace, closing.

Whoever changes a room holds its row's lock, so places are given one batch after the other,
whichever process gives them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from chophien.apps.admission.locks import lock_room
from chophien.apps.admission.models import Entrant, RoomSku, SealedSeed, WaitingRoom
from chophien.apps.admission.selectors import find_entrant, judge_entrant
from chophien.apps.festivals.locks import lock_festival
from chophien.domain.admission import Line, Pace, Turn, from_us, parse_pace, render_pace, to_us
from chophien.domain.draws import commit, digest_entries, shuffle
from chophien.domain.limits import ADMISSION_RATE_MAX, ROOM_SKUS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPlan:
    """A room for the goods of one drop."""

    festival_id: int
    names: tuple[str, str, str]
    """In Vietnamese, English and Chinese; the latter two may be empty."""
    opens_at: datetime
    rate_per_s: int
    sku_ids: Sequence[int]
    is_proof_of_work: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomOpened:
    room: WaitingRoom


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenElsewhere:
    """Skus that are bought through another room already; nothing was made."""

    sku_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLate:
    """The opening is past: nobody could have been present before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The place that a person has; `is_new` when it was given just now."""

    entrant: Entrant
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomClosed:
    """Nobody waits here any more: buy as always."""


class UnknownRoomError(LookupError):
    """There is no such room."""


@transaction.atomic
def open_room(plan: RoomPlan, *, seed: str, at: datetime) -> RoomOpened | TakenElsewhere | TooLate:
    """Announce a room: the seed's hash is public from now on, the seed sealed until the draw.

    Args:
        plan: what for, and from when.
        seed: 64 hex digits that nobody can guess.
        at: now.
    """
    assert 1 <= len(plan.sku_ids) <= ROOM_SKUS_MAX, "a room is for some goods"
    lock_festival(plan.festival_id)
    if plan.opens_at <= at:
        return TooLate()
    taken = RoomSku.objects.filter(sku_id__in=plan.sku_ids, closed_at__isnull=True)
    if elsewhere := frozenset(taken.values_list("sku_id", flat=True)):
        return TakenElsewhere(sku_ids=elsewhere)
    room = _make_room(plan, opens_at=plan.opens_at, at=at, seed_hash=commit(seed))
    SealedSeed.objects.create(room=room, seed=seed)
    RoomSku.objects.bulk_create(
        RoomSku(room=room, sku_id=sku_id) for sku_id in dict.fromkeys(plan.sku_ids)
    )
    return RoomOpened(room=room)


@transaction.atomic
def open_standing_room(*, festival_id: int, rate_per_s: int, at: datetime) -> WaitingRoom:
    """The festival's room for when the lane is full; if it has one, that gets the rate."""
    lock_festival(festival_id)
    found = WaitingRoom.objects.filter(
        festival_id=festival_id, is_standing=True, closed_at__isnull=True
    ).first()
    if found is not None:
        return change_rate(room_id=found.id, rate_per_s=rate_per_s, at=at)
    plan = RoomPlan(
        festival_id=festival_id,
        names=("Phòng chờ mua hàng", "Waiting room", "购物等候室"),
        opens_at=at,
        rate_per_s=rate_per_s,
        sku_ids=(),
    )
    return _make_room(plan, opens_at=at, at=at, is_standing=True, drawn_at=at)


def _make_room(
    plan: RoomPlan, *, opens_at: datetime, at: datetime, **fields: object
) -> WaitingRoom:
    assert 1 <= plan.rate_per_s <= ADMISSION_RATE_MAX, "a queue moves"
    vi, en, zh = plan.names
    pace = Pace.start(at_us=to_us(opens_at), rate_per_s=plan.rate_per_s)
    return WaitingRoom.objects.create(
        festival_id=plan.festival_id,
        name_vi=vi,
        name_en=en,
        name_zh=zh,
        opens_at=opens_at,
        is_proof_of_work=plan.is_proof_of_work,
        pace=render_pace(pace),
        last_joined_at=at,
        made_at=at,
        **fields,
    )


@transaction.atomic
def join(*, room_id: int, user_id: int, entry: str, at: datetime) -> Joined | RoomClosed:
    """Take a place, or find the one that the person has; kept however often one comes back.

    A place whose turn has gone by lapses, and the person is behind the others.

    Args:
        room_id: the room.
        user_id: the person.
        entry: 16 hex digits by chance, used for a new place.
        at: now.

    Raises:
        UnknownRoomError: there is no such room.
    """
    room = _lock(room_id)
    if room.closed_at is not None:
        return RoomClosed()
    known = find_entrant(room_id, user_id)
    if known is not None:
        if judge_entrant(room, known, at) is not Turn.OVER:
            return Joined(entrant=known, is_new=False)
        known.lapsed_at = at
        known.save(update_fields=["lapsed_at"])
    line, (seat,) = room.line.join(1, at_us=to_us(at))
    _save_line(room, line)
    entrant = Entrant.objects.create(
        room=room,
        user_id=user_id,
        entry=entry,
        joined_at=from_us(seat.joined_us),
        place=seat.place,
    )
    return Joined(entrant=entrant, is_new=True)


@transaction.atomic
def change_rate(*, room_id: int, rate_per_s: int, at: datetime) -> WaitingRoom:
    """Admit faster or slower from now on; turns that have come stay as they are.

    Raises:
        UnknownRoomError: there is no such room.
    """
    assert 1 <= rate_per_s <= ADMISSION_RATE_MAX, "a queue moves"
    room = _lock(room_id)
    pace = parse_pace(room.pace)
    changed = pace.with_rate(rate_per_s, next_place=room.next_place, at_us=to_us(at))
    room.pace = render_pace(changed)
    room.save(update_fields=["pace"])
    return room


@transaction.atomic
def close_room(*, room_id: int, at: datetime) -> None:
    """End the waiting: the goods are bought as always. Closed twice, it stays closed as it was.

    Raises:
        UnknownRoomError: there is no such room.
    """
    room = _lock(room_id)
    if room.closed_at is None:
        room.closed_at = at
        room.save(update_fields=["closed_at"])
        RoomSku.objects.filter(room=room).update(closed_at=at)


# ---------------------------------------------------------------- the draw


def draw_due(at: datetime) -> list[int]:
    """Draw every room whose opening has come; each once, however many do this, however late.

    Returns the rooms that this call drew.
    """
    due = WaitingRoom.objects.filter(
        opens_at__lte=at, drawn_at__isnull=True, closed_at__isnull=True
    ).order_by("id")
    return [room_id for room_id in due.values_list("id", flat=True) if draw(room_id=room_id, at=at)]


@transaction.atomic
def draw(*, room_id: int, at: datetime) -> bool:
    """Give places to those present at the opening and tell the seed; `False` when it was done.

    Those who joined before the opening come in drawn order, those since then in the order in
    which they came. Cost: three queries and one statement over all entrants.
    """
    room = lock_room(room_id)
    if room is None or room.drawn_at is not None or at < room.opens_at:
        return False
    seed = SealedSeed.objects.get(room=room).seed
    rows = Entrant.objects.filter(room=room, place__isnull=True).order_by("joined_at", "id")
    present, late = {}, []
    for entrant_id, entry, joined_at in rows.values_list("id", "entry", "joined_at"):
        if joined_at < room.opens_at:
            present[entry] = entrant_id
        else:
            late.append(entrant_id)
    ordered = [present[entry] for entry in shuffle(seed, present)] + late
    _give_places(ordered)
    line = room.line.draw(len(ordered), opens_us=to_us(room.opens_at), at_us=to_us(at))
    room.seed, room.drawn_at, room.entries_digest = seed, at, digest_entries(present)
    room.save(update_fields=["seed", "drawn_at", "entries_digest"])
    _save_line(room, line)
    SealedSeed.objects.filter(room=room).delete()
    return True


def _give_places(entrant_ids: Sequence[int]) -> None:
    """Place 0 to the first, and so on, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE admission_entrant e SET place = given.place - 1
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS given (id, place)
            WHERE e.id = given.id
            """,
            [list(entrant_ids)],
        )


def _lock(room_id: int) -> WaitingRoom:
    room = lock_room(room_id)
    if room is None:
        raise UnknownRoomError(f"no waiting room {room_id}")
    return room


def _save_line(room: WaitingRoom, line: Line) -> None:
    room.pace = render_pace(line.pace)
    room.next_place = line.next_place
    room.entered = line.entered
    room.last_joined_at = from_us(line.last_joined_us)
    room.save(update_fields=["pace", "next_place", "entered", "last_joined_at"])
