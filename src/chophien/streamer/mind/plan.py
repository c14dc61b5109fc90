"""Which beats a product gets, in which order, and which product comes next."""

from chophien.domain.script.beats import Beat, Slot
from chophien.streamer.mind.grounds import is_buyable
from chophien.wire.snapshot import GoodsFacts, ShowSnapshot

# Beats about the product on air; all others can be said at any time.
GOODS_BEATS = frozenset(Beat) - {Beat.GREETING, Beat.DISCLOSURE, Beat.IDLE}
# A beat whose price fact is missing gives way to the other one.
STAND_INS = {Beat.OFFER: Beat.PRICE}
_TURNS = (
    (
        Beat.HOOK, Beat.ORIGIN, Beat.STORY, Beat.STORY, Beat.OFFER, Beat.HOW_TO_BUY, Beat.PROOF,
        Beat.STOCK, Beat.SHIPPING, Beat.FREE_SHIPPING, Beat.OFFER, Beat.DEADLINE, Beat.BRIDGE,
    ),
    (
        Beat.HOOK, Beat.OFFER, Beat.STORY, Beat.PROOF, Beat.STORY, Beat.ORIGIN, Beat.STOCK,
        Beat.HOW_TO_BUY, Beat.FREE_SHIPPING, Beat.DEADLINE, Beat.OFFER, Beat.SHIPPING, Beat.BRIDGE,
    ),
    (
        Beat.HOOK, Beat.STORY, Beat.ORIGIN, Beat.PROOF, Beat.OFFER, Beat.DEADLINE, Beat.STORY,
        Beat.SHIPPING, Beat.FREE_SHIPPING, Beat.HOW_TO_BUY, Beat.STOCK, Beat.OFFER, Beat.BRIDGE,
    ),
)  # fmt: skip


def plan_turn(turn_index: int) -> tuple[Beat, ...]:
    """Lay out the beats of a product's turn; the order differs from turn to turn."""
    return _TURNS[turn_index % len(_TURNS)]


def find_on_air(snapshot: ShowSnapshot) -> GoodsFacts | None:
    """Name the product on air; `None` when nothing is pinned or it has left the shelf."""
    return next((goods for goods in snapshot.shelf if goods.sku_id == snapshot.pinned_sku_id), None)


def find_next(snapshot: ShowSnapshot) -> GoodsFacts | None:
    """Name the buyable product that `ShowDesk.advance` would put on air; never the pinned one."""
    ids = [goods.sku_id for goods in snapshot.shelf]
    start = ids.index(snapshot.pinned_sku_id) + 1 if snapshot.pinned_sku_id in ids else 0
    round_trip = snapshot.shelf[start:] + snapshot.shelf[:start]
    return next(
        (
            goods
            for goods in round_trip
            if is_buyable(goods) and goods.sku_id != snapshot.pinned_sku_id
        ),
        None,
    )


def needs_next(slots: frozenset[Slot]) -> bool:
    """Tell whether a sentence speaks of the next product too."""
    return Slot.NEXT_NAME in slots
