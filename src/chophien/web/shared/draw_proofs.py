"""The proof file of a draw; its format: docs/reference/draws.md."""

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from chophien.apps.draws.models import Draw, Entrant, Win

FORMAT = "chophien-draw-1"


def render_proof(
    draw: "Draw", entrants: "Iterable[Entrant]", wins: "Sequence[Win]"
) -> Iterator[str]:
    """The file piece by piece: its head, then a line for each who took part, in drawn order."""
    assert draw.drawn_at is not None, "proof of a draw that was drawn"
    assert draw.frozen_at is not None, "drawn after it was frozen"
    head = {
        "format": FORMAT,
        "draw": draw.pk,
        "show": draw.room.show.title_vi,
        "promise": draw.promise,
        "terms": json.loads(draw.terms),
        "seed": draw.seed,
        "entries_digest": draw.entries_digest,
        "mixed": draw.mixed,
        "frozen_at": _write(draw.frozen_at),
        "drawn_at": _write(draw.drawn_at),
        "winners": [{"receipt": win.entrant.receipt, "state": win.state} for win in wins],
    }
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "entrants": [\n'
    between = chain([""], iter(lambda: ",\n", None))
    for separator, each in zip(between, entrants, strict=False):
        row = {
            "receipt": each.receipt,
            "maker": each.maker,
            "joined_at": _write(each.joined_at),
            "place": each.place,
        }
        yield separator + json.dumps(row)
    yield "\n]}\n"


def _write(at: "datetime") -> str:
    return at.isoformat(timespec="microseconds")
