"""Parts of a cart, and how a discount is laid over them.

A part is so many units of one line at one unit price. Parts stand in *part order*: by line id,
then in the order in which the line was filled. Amounts travel beside the parts, as a list with
one entry per part, so that a stage can be tried without disturbing the one before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from chophien.domain.money import share
from chophien.domain.pricing.request import EVERYTHING, Line, PriceKind, Scope


class Part(NamedTuple):
    """Units of a line at one price; `floor_minor` is for the part as a whole, not per unit."""

    line: Line
    qty: int
    unit_minor: int
    kind: PriceKind
    price_id: str | None
    is_exclusive: bool
    floor_minor: int

    @property
    def amount_minor(self) -> int:
        """What the part costs after stage 1."""
        return self.qty * self.unit_minor


@dataclass(frozen=True, slots=True)
class Basket:
    """The parts of a cart in part order, their floors beside them, and which are whose.

    `discountable` lists the indexes of the parts that are not at an exclusive price; `by_seller`
    lists those of every part.
    """

    parts: tuple[Part, ...]
    floors: tuple[int, ...]
    discountable: tuple[int, ...]
    by_seller: dict[str, tuple[int, ...]]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "Basket":
        """Make the basket of parts that stand in part order."""
        ordered = tuple(parts)
        by_seller: dict[str, list[int]] = {}
        for index, part in enumerate(ordered):
            by_seller.setdefault(part.line.seller, []).append(index)
        return cls(
            parts=ordered,
            floors=tuple([part.floor_minor for part in ordered]),
            discountable=tuple([i for i, part in enumerate(ordered) if not part.is_exclusive]),
            by_seller={seller: tuple(own) for seller, own in by_seller.items()},
        )

    def reach(self, scope: Scope, seller: str | None = None) -> tuple[int, ...]:
        """List the indexes of the parts that a rule may touch, in part order.

        Parts at an exclusive price are never among them. With a seller, only parts of that
        seller's lines are.
        """
        among = self.discountable
        if seller is not None:
            among = self.by_seller.get(seller, ())
            if len(self.discountable) < len(self.parts):
                among = tuple([index for index in among if not self.parts[index].is_exclusive])
        if scope is EVERYTHING:
            return among
        return tuple([index for index in among if scope.covers(self.parts[index].line)])


class Cut(NamedTuple):
    """What a rule takes off each part of `among`, floors already respected."""

    among: tuple[int, ...]
    offs: tuple[int, ...]
    off_minor: int

    def applied_to(self, amounts: Sequence[int]) -> list[int]:
        """Return the amounts that the cut leaves."""
        left = list(amounts)
        for index, off in zip(self.among, self.offs, strict=True):
            left[index] -= off
        return left


def spread(
    off_minor: int, amounts: Sequence[int], floors: Sequence[int], among: tuple[int, ...]
) -> Cut:
    """Spread a discount over parts by their current amounts, largest remainder, then the floors.

    Equal remainders go by part order. What a floor cuts off is lost, not moved to other parts.
    A discount above the amount that it applies to is held to that amount.
    """
    weights = [amounts[index] for index in among]
    off_minor = min(off_minor, sum(weights))
    if off_minor <= 0:
        return Cut(among, (0,) * len(among), 0)
    return hold_at_floors(share(off_minor, weights), amounts, floors, among)


def hold_at_floors(
    offs: Sequence[int], amounts: Sequence[int], floors: Sequence[int], among: tuple[int, ...]
) -> Cut:
    """Shorten what is taken off each part so that none falls below its floor."""
    rooms = [amounts[index] - floors[index] for index in among]
    assert not rooms or min(rooms) >= 0, "no part is below its floor"
    held = tuple(map(min, offs, rooms))
    return Cut(among, held, sum(held))
