"""Running a room: what is pinned, and what viewers complain of."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from chophien.apps.bus.services import publish
from chophien.apps.live.models import Complaint, Room
from chophien.apps.programme.models import Segment
from chophien.apps.vetting.selectors import GoodsFault, list_goods_faults
from chophien.domain.limits import TEXT_CHARS_MAX
from chophien.wire.events import Pinned, room_channel


class NotInShowError(LookupError):
    """The sku is not in the show's run-of-show."""


class HinderedGoodsError(ValueError):
    """The sku may not be sold on air now; `faults` say what stands against it."""

    def __init__(self, faults: Sequence[GoodsFault]) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = tuple(faults)


class ComplaintTextError(ValueError):
    """A complaint says nothing, or more than is read."""


@transaction.atomic
def put_on_air(*, room_id: int, sku_id: int, at: datetime) -> None:
    """Pin a sku of the run-of-show; page and host follow at the end of the sentence.

    Raises:
        NotInShowError: it is not part of this show.
        HinderedGoodsError: papers are missing, or it was taken down.
    """
    if not Segment.objects.filter(show__room__id=room_id, sku_id=sku_id).exists():
        raise NotInShowError(f"sku {sku_id} is not in the run-of-show of room {room_id}")
    if faults := list_goods_faults([sku_id], at):
        raise HinderedGoodsError(faults)
    Room.objects.filter(id=room_id).update(pinned_id=sku_id)
    publish(room_channel(room_id), Pinned(room_id=room_id, sku_id=sku_id))


def complain(
    *, room_id: int, text: str, contact: str, user_id: int | None, at: datetime
) -> Complaint:
    """Keep a viewer's complaint for the organiser.

    Raises:
        ComplaintTextError: nothing is said, or more than `TEXT_CHARS_MAX`.
    """
    said = text.strip()
    if not said or len(said) > TEXT_CHARS_MAX:
        raise ComplaintTextError(f"text: needs 1 to {TEXT_CHARS_MAX} characters")
    return Complaint.objects.create(
        room_id=room_id, text=said, contact=contact.strip()[:120], user_id=user_id, made_at=at
    )


def answer_complaint(*, complaint_id: int, answer: str, at: datetime) -> bool:
    """Write the organiser's answer; `False` when it was answered before or is unknown."""
    return bool(
        Complaint.objects.filter(id=complaint_id, answered_at__isnull=True).update(
            answer=answer.strip()[:TEXT_CHARS_MAX], answered_at=at
        )
    )


def open_room(*, show_id: int, pinned_sku_id: int | None) -> Room:
    """Make the room in which a show is watched."""
    return Room.objects.create(show_id=show_id, pinned_id=pinned_sku_id)
