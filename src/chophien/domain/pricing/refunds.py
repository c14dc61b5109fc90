"""What returned units are worth, and which coupons come back with them."""

from collections.abc import Collection, Iterable

from chophien.domain.pricing.answer import Adjustment, AdjustmentStage


def refund_of_units(
    paid_minor: int,
    *,
    qty: int,
    returned_before: int,
    returning: int,
    refunded_minor: int | None = None,
) -> int:
    """Return what units of a line that come back are worth: what was paid for them, to the unit.

    Every unit is worth the line's payable amount over its quantity, rounded down, and the last
    unit returned takes what is left. So any sequence of returns of all units sums to what was
    paid, however it is cut up.

    >>> [refund_of_units(100, qty=3, returned_before=before, returning=1) for before in (0, 1, 2)]
    [33, 33, 34]

    `refunded_minor` is what was refunded for the units before, where some that had been asked
    for was declined and so what this rule would have given is not what is gone.

    Raises:
        ValueError: no unit, or more units than are still out, are returned.
    """
    if not 1 <= returning <= qty - returned_before or returned_before < 0 or paid_minor < 0:
        raise ValueError("only units that were bought and are still out can be returned")
    unit_minor = paid_minor // qty
    if returned_before + returning == qty:
        if refunded_minor is None:
            refunded_minor = unit_minor * returned_before
        return paid_minor - refunded_minor
    return unit_minor * returning


def coupons_to_give_back(
    adjustments: Iterable[Adjustment], lines_fully_returned: Collection[str]
) -> tuple[str, ...]:
    """List the coupons that come back: those of which every line touched has come back whole."""
    return tuple(
        adjustment.id
        for adjustment in adjustments
        if adjustment.stage is AdjustmentStage.COUPON
        and all(line_id in lines_fully_returned for line_id in adjustment.off_by_line)
    )
