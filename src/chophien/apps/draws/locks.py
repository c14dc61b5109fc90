"""Rows of draws that a change has to have for itself: draws before wins."""

import uuid

from chophien.apps.draws.models import Draw, Win


def lock_draw(draw_id: int) -> Draw | None:
    """Keep others from joining, freezing and drawing; needs a transaction."""
    draws = Draw.objects.select_for_update(of=("self",), no_key=True)
    return draws.select_related("room__show__host").filter(id=draw_id).first()


def lock_win(win_id: uuid.UUID) -> Win | None:
    """Keep others from claiming a win and from passing it on; needs a transaction."""
    wins = Win.objects.select_for_update(of=("self",), no_key=True)
    return wins.select_related("draw__room__show", "entrant").filter(id=win_id).first()
