"""The proof file of a drawn waiting room; its format: docs/reference/waiting-room.md."""

import json
from collections.abc import Iterator
from itertools import chain

from chophien.apps.admission.selectors import Proof

FORMAT = "chophien-queue-1"


def render_proof(proof: Proof) -> Iterator[str]:
    """The file piece by piece: its head, then one line for each entrant."""
    room = proof.room
    assert room.drawn_at is not None, "proof of a drawn room"
    head = {
        "format": FORMAT,
        "room": room.pk,
        "name": room.name_vi,
        "opens_at": room.opens_at.isoformat(timespec="microseconds"),
        "drawn_at": room.drawn_at.isoformat(timespec="microseconds"),
        "seed_hash": room.seed_hash,
        "seed": room.seed,
        "entries_digest": room.entries_digest,
    }
    yield json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "entrants": [\n'
    between = chain([""], iter(lambda: ",\n", None))
    for separator, row in zip(between, proof.entrants, strict=False):
        at = row.joined_at.isoformat(timespec="microseconds")
        yield f'{separator}{{"entry": "{row.entry}", "joined_at": "{at}", "place": {row.place}}}'
    yield "\n]}\n"
