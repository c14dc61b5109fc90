"""The organiser's hand on what is live: stop, mute, take down, bar; and lift it again.

What was on air in that moment is kept with the stop. Orders are not touched: what was paid is
sent or refunded by its stall as always.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum

from chophien.apps.bus.services import publish
from chophien.apps.live.models import Room
from chophien.apps.live.selectors import list_utterances
from chophien.apps.orders.models import OrderLine
from chophien.apps.programme.models import Segment
from chophien.apps.vetting.models import Stop
from chophien.apps.vetting.stops import StopOrder, Stopped, StoppedBefore, lift_stop, make_stop
from chophien.wire.events import FAIR, RoomMuted, RunChanged, ShowStopped, room_channel

SAID_KEPT = 20


@transaction.atomic
def stop(order: StopOrder, *, at: datetime) -> Stopped | StoppedBefore:
    """Stop a show, mute a room, take goods down or bar a host; every open page hears at commit.

    Raises:
        StopError: see `vetting.stops.make_stop`.
    """
    rooms = _list_rooms(order.kind, order.target_id, at)
    outcome = make_stop(replace(order, evidence=_gather(order, rooms)), at=at)
    if isinstance(outcome, Stopped):
        _announce(outcome.stop, rooms, is_held=True)
    return outcome


@transaction.atomic
def lift(*, stop_id: int, reason: str, by_id: int, at: datetime) -> Stop | None:
    """End a stop; none when somebody else did before.

    A show of an AI host goes on air again by itself, others by their host.

    Raises:
        StopError: see `vetting.stops.lift_stop`.
    """
    ended = lift_stop(stop_id=stop_id, reason=reason, by_id=by_id, at=at)
    if ended is not None:
        target_id = ended.show_id or ended.product_id or ended.host_id
        assert target_id is not None, "a stop names one thing"
        _announce(ended, _list_rooms(ended.kind, target_id, at), is_held=False)
    return ended


def _list_rooms(kind: str, target_id: int, at: datetime) -> list[Room]:
    """The rooms that a stop concerns: of the show; of shows not over with the goods or the host."""
    rooms = Room.objects.select_related("show__host", "pinned__product").order_by("id")
    if kind == Stop.Kind.HOST_BARRED:
        return list(rooms.filter(show__host_id=target_id, show__ends_at__gt=at))
    if kind == Stop.Kind.GOODS_TAKEN_DOWN:
        shown = Segment.objects.filter(sku__product_id=target_id).values("show_id")
        return list(rooms.filter(show_id__in=shown, show__ends_at__gt=at))
    return list(rooms.filter(show_id=target_id))


def _announce(stop: Stop, rooms: list[Room], *, is_held: bool) -> None:
    for room in rooms:
        channel = room_channel(room.pk)
        if stop.kind == Stop.Kind.ROOM_MUTED:
            muted = RoomMuted(show_id=room.show_id, room_id=room.pk, is_muted=is_held)
            publish(channel, muted)
        elif stop.kind == Stop.Kind.GOODS_TAKEN_DOWN:
            _unpin(room, stop.product_id)
            publish(channel, RunChanged(room_id=room.pk))
        else:
            ended = ShowStopped(show_id=room.show_id, room_id=room.pk, is_stopped=is_held)
            publish(channel, ended)
            publish(FAIR, ended)


def _unpin(room: Room, product_id: int | None) -> None:
    if room.pinned is not None and room.pinned.product_id == product_id:
        Room.objects.filter(id=room.pk).update(pinned=None)


def _gather(order: StopOrder, rooms: list[Room]) -> dict[str, Any]:
    """What was so in that moment, in each room that it concerns."""
    return {**order.evidence, "rooms": [_describe(room) for room in rooms]}


def _describe(room: Room) -> dict[str, Any]:
    sold = OrderLine.objects.filter(show_id=room.show_id).aggregate(
        orders=Count("stall_order__order_id", distinct=True), units=Sum("quantity")
    )
    return {
        "show_id": room.show_id,
        "title": room.show.title_vi,
        "host": room.show.host.name,
        "pinned": None if room.pinned is None else room.pinned.product.name_vi,
        "pinned_sku": None if room.pinned is None else room.pinned.code,
        "said": [
            {"at": said.starts_at.isoformat(), "text": said.text}
            for said in list_utterances(room.pk, count_max=SAID_KEPT)
        ],
        "orders": sold["orders"],
        "units": sold["units"] or 0,
    }
