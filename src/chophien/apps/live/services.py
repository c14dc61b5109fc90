"""Running a room: what is pinned, and what viewers complain of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from chophien.apps.accounts.notices import Told, notify_all
from chophien.apps.broadcast.models import PinnedMoment
from chophien.apps.bus.services import publish
from chophien.apps.live.models import Complaint, Room
from chophien.apps.programme.models import Segment
from chophien.apps.vetting.selectors import GoodsFault, list_goods_faults
from chophien.domain.limits import COMPLAINT_ANSWER_TIME, TEXT_CHARS_MAX
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintDraft:
    """What a viewer says. `token` is new and unguessable; `about_at` the moment that is meant."""

    text: str
    contact: str
    token: str
    user_id: int | None
    about_at: datetime | None = None


def complain(*, room_id: int, draft: ComplaintDraft, at: datetime) -> Complaint:
    """Keep a viewer's complaint for the organiser, with what was on air at that moment.

    Raises:
        ComplaintTextError: nothing is said, or more than `TEXT_CHARS_MAX`.
    """
    said = draft.text.strip()
    if not said or len(said) > TEXT_CHARS_MAX:
        raise ComplaintTextError(f"text: needs 1 to {TEXT_CHARS_MAX} characters")
    about_at = min(draft.about_at or at, at)
    return Complaint.objects.create(
        room_id=room_id,
        token=draft.token,
        text=said,
        contact=draft.contact.strip()[:120],
        user_id=draft.user_id,
        made_at=at,
        about_at=about_at,
        about_sku_id=_find_pinned(room_id, about_at),
        due_at=at + COMPLAINT_ANSWER_TIME,
    )


def _find_pinned(room_id: int, at: datetime) -> int | None:
    """What was pinned in a room at an instant."""
    return (
        PinnedMoment.objects.filter(show__room__id=room_id, pinned_at__lte=at)
        .order_by("-pinned_at", "-id")
        .values_list("sku_id", flat=True)
        .first()
    )


@transaction.atomic
def answer_complaint(*, complaint_id: int, answer: str, by_id: int, at: datetime) -> bool:
    """Write the organiser's answer and tell the viewer; `False`: answered before, or unknown."""
    open_ones = Complaint.objects.filter(id=complaint_id, answered_at__isnull=True)
    said = answer.strip()[:TEXT_CHARS_MAX]
    if not open_ones.update(answer=said, answered_at=at, answered_by_id=by_id):
        return False
    complaint = Complaint.objects.select_related("room__show").get(id=complaint_id)
    if complaint.user_id is not None:
        show = complaint.room.show
        told = Told(
            user_id=complaint.user_id,
            kind="complaint_answered",
            key=f"complaint:{complaint.pk}",
            params={
                "token": complaint.token,
                "goods": {"vi": show.title_vi, "en": show.title_en, "zh": show.title_zh},
            },
        )
        notify_all([told], at=at)
    return True


def open_room(*, show_id: int, pinned_sku_id: int | None) -> Room:
    """Make the room in which a show is watched."""
    return Room.objects.create(show_id=show_id, pinned_id=pinned_sku_id)
