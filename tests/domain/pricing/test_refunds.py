import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.pricing.answer import Adjustment, AdjustmentStage, Funder
from chophien.domain.pricing.refunds import coupons_to_give_back, refund_of_units


@given(st.data(), st.integers(0, 10_000), st.integers(1, 30))
def test_any_sequence_of_returns_sums_to_what_was_paid(data, paid, qty):
    returned, refunded = 0, 0
    while returned < qty:
        returning = data.draw(st.integers(1, qty - returned))
        worth = refund_of_units(paid, qty=qty, returned_before=returned, returning=returning)
        assert worth >= returning * (paid // qty)
        refunded += worth
        returned += returning

    assert refunded == paid


def test_the_last_unit_returned_takes_what_is_left():
    def refund(before, returning):
        return refund_of_units(100, qty=3, returned_before=before, returning=returning)

    assert [refund(0, 1), refund(1, 1), refund(2, 1)] == [33, 33, 34]
    assert [refund(0, 2), refund(2, 1)] == [66, 34]
    assert refund(0, 3) == 100


@pytest.mark.parametrize(
    ("label", "before", "returning"),
    [("none", 0, 0), ("more than bought", 0, 4), ("more than out", 2, 2), ("less", -1, 1)],
)
def test_units_that_are_not_out_cannot_be_returned(label, before, returning):
    with pytest.raises(ValueError, match="only units that were bought and are still out"):
        refund_of_units(100, qty=3, returned_before=before, returning=returning)


def test_a_coupon_comes_back_only_when_every_line_it_touched_did():
    def adjusted(rule_id, stage, *line_ids):
        return Adjustment(
            id=rule_id,
            stage=stage,
            off_minor=5 * len(line_ids),
            funded_by=Funder.SELLER,
            off_by_line=dict.fromkeys(line_ids, 5),
        )

    adjustments = [
        adjusted("o1", AdjustmentStage.SELLER_OFFER, "l1"),
        adjusted("c1", AdjustmentStage.COUPON, "l1"),
        adjusted("c2", AdjustmentStage.COUPON, "l1", "l2"),
    ]

    assert coupons_to_give_back(adjustments, {"l1"}) == ("c1",)
    assert coupons_to_give_back(adjustments, {"l1", "l2"}) == ("c1", "c2")
    assert coupons_to_give_back(adjustments, set()) == ()
