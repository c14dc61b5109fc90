"""Reading waiting rooms. Nothing here reads a sealed seed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from chophien.apps.admission.models import Entrant, RoomSku, WaitingRoom
from chophien.apps.catalog.models import Sku
from chophien.apps.promotions.models import OfferedPrice
from chophien.domain.admission import Turn, to_us
from chophien.statements import load
from chophien.statements.prepared import run

PROOF_ROWS = 5_000


def find_room(room_id: int) -> WaitingRoom | None:
    """A room with its festival and goods, closed or not."""
    goods = RoomSku.objects.select_related("sku__product__stall").order_by("id")
    return (
        WaitingRoom.objects.select_related("festival")
        .prefetch_related(Prefetch("goods", queryset=goods))
        .filter(id=room_id)
        .first()
    )


def list_rooms(festival_id: int) -> QuerySet[WaitingRoom]:
    """A festival's rooms with their goods, the latest opening first."""
    return WaitingRoom.objects.filter(festival_id=festival_id).prefetch_related("goods__sku")


def find_standing_room(festival_id: int) -> WaitingRoom | None:
    """Where people wait when the lane is full."""
    return WaitingRoom.objects.filter(
        festival_id=festival_id, is_standing=True, closed_at__isnull=True
    ).first()


def list_rooms_of(sku_ids: Collection[int]) -> dict[int, WaitingRoom]:
    """The open room through which each sku is bought, by sku; most skus have none."""
    rows = RoomSku.objects.filter(sku_id__in=sku_ids, closed_at__isnull=True)
    return {row.sku_id: row.room for row in rows.select_related("room")}


def find_entrant(room_id: int, user_id: int | None) -> Entrant | None:
    """The place that a person holds in a room."""
    if user_id is None:
        return None
    return Entrant.objects.filter(room_id=room_id, user_id=user_id, lapsed_at__isnull=True).first()


def find_obstacle(
    sku_ids: Collection[int], *, user_id: int | None, at: datetime
) -> WaitingRoom | None:
    """The first room in which the person would have to wait before buying these skus."""
    if not run(load("queue")["has_rooms"], {"sku_ids": list(sku_ids)})[0][0]:
        return None  # as for nearly every order: not worth building a query for
    for room in list_rooms_of(sku_ids).values():
        entrant = find_entrant(room.id, user_id)
        if entrant is None or judge_entrant(room, entrant, at) is not Turn.NOW:
            return room
    return None


def judge_entrant(room: WaitingRoom, entrant: Entrant, at: datetime) -> Turn:
    """Whether a person's turn is yet to come, is now, or is over."""
    if entrant.place is None:
        return Turn.WAITING
    return room.line.pace.judge(entrant.place, to_us(at))


def is_sold_out(room_id: int, at: datetime) -> bool:
    """Whether nothing of what a room is for can be bought at the moment."""
    with connection.cursor() as cursor:
        cursor.execute(load("queue")["list_sold_out"].by_name, {"at": at})
        return any(row[0] == room_id for row in cursor.fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a drawn room publishes: its head, and every place without a name."""

    room: WaitingRoom
    entrants: Iterator[Entrant]


def find_proof(room_id: int) -> Proof | None:
    """The proof of a room that was drawn; rows come in order of place as they are read."""
    room = WaitingRoom.objects.filter(id=room_id, drawn_at__isnull=False).first()
    if room is None or room.is_standing:
        return None
    rows = Entrant.objects.filter(room_id=room_id, place__isnull=False).order_by("place")
    return Proof(
        room=room,
        entrants=rows.only("entry", "joined_at", "place").iterator(chunk_size=PROOF_ROWS),
    )


def list_drop_skus(festival_id: int, at: datetime, *, count_max: int) -> list[Sku]:
    """Skus with a flash price to come or on that wait in no room yet: what a room is for."""
    prices = OfferedPrice.objects.filter(
        kind=OfferedPrice.Kind.FLASH, closed_at__isnull=True, ends_at__gt=at
    ).filter(Q(festival_id=festival_id) | Q(festival__isnull=True))
    found = prices.order_by("starts_at", "id").values_list("sku_id", flat=True)
    waiting = RoomSku.objects.filter(closed_at__isnull=True).values("sku_id")
    sku_ids = list(dict.fromkeys(found.exclude(sku_id__in=waiting)))[:count_max]
    skus = Sku.objects.select_related("product__stall").in_bulk(sku_ids)
    return [skus[sku_id] for sku_id in sku_ids]


def find_skus_by_code(codes: Collection[str]) -> dict[str, int]:
    """The ids of skus by their codes; unknown codes are left out."""
    return dict(Sku.objects.filter(code__in=codes).values_list("code", "id"))
