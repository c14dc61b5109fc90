"""Rooms whose numbers a change has to have for itself."""

from chophien.apps.admission.models import WaitingRoom


def lock_room(room_id: int) -> WaitingRoom | None:
    """Keep others from joining, drawing and changing a room; needs a transaction."""
    rooms = WaitingRoom.objects.select_for_update(of=("self",), no_key=True)
    return rooms.filter(id=room_id).first()
