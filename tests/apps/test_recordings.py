"""What is kept of shows: what was pinned when."""

import pytest
from tests.factories import OPENING, make_festival, make_room, make_sku, make_stall

from chophien.apps.broadcast.models import PinnedMoment
from chophien.apps.live.services import put_on_air

pytestmark = pytest.mark.django_db


def pins_of(show_id: int) -> list[int | None]:
    return list(
        PinnedMoment.objects.filter(show_id=show_id).order_by("id").values_list("sku_id", flat=True)
    )


def test_every_change_of_what_is_pinned_is_noted_once():
    stall = make_stall()
    honey, tea = make_sku(stall), make_sku(stall, name="Trà Shan tuyết")
    room = make_room(make_festival(), honey, tea)

    put_on_air(room_id=room.id, sku_id=tea.id, at=OPENING)
    put_on_air(room_id=room.id, sku_id=tea.id, at=OPENING)
    put_on_air(room_id=room.id, sku_id=honey.id, at=OPENING)
    room.refresh_from_db()
    room.pinned = None
    room.save()

    assert pins_of(room.show_id) == [honey.id, tea.id, honey.id, None]
