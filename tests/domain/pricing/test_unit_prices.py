from datetime import UTC, datetime, timedelta

import pytest

from chophien.domain.pricing.request import (
    Buyer,
    CartRequest,
    Festival,
    Line,
    OfferedPrice,
    Presale,
    PresaleStage,
    PriceKind,
    Window,
)
from chophien.domain.pricing.unit_prices import (
    BestUnitPrice,
    RefusalReason,
    best_unit_price,
    fill_lines,
)

NOW = datetime(2026, 11, 1, 5, tzinfo=UTC)
HALF = Festival(currency="VND", discount_cap_bps=5000)
FREE = Festival(currency="VND")


def honey(*prices, **fields):
    known = {"id": "l1", "sku": "honey", "seller": "s1", "qty": 1}
    known |= {"list_price_minor": 150_000, "reference_price_minor": 150_000}
    return Line(**known | fields, prices=prices)


def offered(price_id, kind, unit, **fields):
    return OfferedPrice(id=price_id, kind=PriceKind(kind), unit_minor=unit, **fields)


def filled_parts(*lines, festival=FREE):
    filled = fill_lines(CartRequest(at=NOW, festival=festival, lines=lines))
    return [(part.line.id, part.qty, part.unit_minor, part.price_id) for part in filled.parts]


def test_flash_units_are_shared_by_lines_lower_id_first():
    flash = offered("f", "flash", 90_000, left=3)

    parts = filled_parts(honey(flash, id="l2", qty=2), honey(flash, id="l1", qty=2))

    assert parts == [
        ("l1", 2, 90_000, "f"),
        ("l2", 1, 90_000, "f"),
        ("l2", 1, 150_000, None),
    ]


@pytest.mark.parametrize(
    ("label", "kinds", "chosen"),
    [
        ("list before all", ["sale", "flash"], None),
        ("sale before flash", ["flash", "sale"], "sale"),
        ("presale before member", ["member", "presale"], "presale"),
        ("group before flash", ["flash", "group"], "group"),
    ],
)
def test_on_a_tie_the_less_scarce_price_is_charged(label, kinds, chosen):
    unit = 150_000 if chosen is None else 100_000
    prices = [offered(kind, kind, unit, group="g" if kind == "group" else None) for kind in kinds]
    line = honey(
        *prices,
        group="g",
        presale=Presale(stage=PresaleStage.BALANCE, deposit_minor=0, credit_minor=0),
    )
    request = CartRequest(
        at=NOW, festival=FREE, lines=(line,), buyer=Buyer(member_of=frozenset({"s1"}))
    )

    (part,) = fill_lines(request).parts

    assert part.price_id == chosen


def test_a_price_below_the_cap_is_refused_before_it_is_below_the_floor():
    line = honey(
        offered("a", "sale", 74_999),
        offered("b", "sale", 75_000),
        offered("c", "sale", 80_000),
        floor_price_minor=80_000,
    )

    filled = fill_lines(CartRequest(at=NOW, festival=HALF, lines=(line,)))

    assert [(each.price_id, each.reason) for each in filled.rejected] == [
        ("a", RefusalReason.DISCOUNT_CAP),
        ("b", RefusalReason.BELOW_FLOOR),
    ]
    assert filled.parts[0].price_id == "c"


def test_the_bonus_takes_no_unit_below_the_deposit_nor_the_list_price_below_its_floor():
    presale = Presale(stage=PresaleStage.BALANCE, deposit_minor=30_000, credit_minor=140_000)

    cheap = filled_parts(honey(offered("p", "presale", 90_000), presale=presale))
    listed = filled_parts(honey(floor_price_minor=60_000, presale=presale))
    dear = filled_parts(honey(reference_price_minor=400_000, presale=presale), festival=HALF)

    assert cheap == [("l1", 1, 30_000, "p")]
    assert listed == [("l1", 1, 60_000, None)]
    assert dear == [("l1", 1, 150_000, None)]


def test_the_best_price_of_one_unit_is_the_flash_price_while_some_are_left():
    ends = NOW + timedelta(hours=1)
    sale = offered("s", "sale", 119_000, window=Window(ends_at=ends + timedelta(days=1)))
    flash = offered("f", "flash", 90_000, left=1, window=Window(ends_at=ends))
    gone = offered("f", "flash", 90_000, left=0)

    with_flash = best_unit_price(honey(sale, flash, qty=9), HALF, at=NOW)
    without = best_unit_price(honey(sale, gone), HALF, at=NOW)
    later = best_unit_price(honey(sale, flash), HALF, at=ends)

    assert with_flash == BestUnitPrice(
        unit_minor=90_000, kind=PriceKind.FLASH, price_id="f", ends_at=ends, percent_off=40
    )
    assert (without.unit_minor, without.kind, without.percent_off) == (119_000, "sale", 20)
    assert later == without


def test_the_best_price_is_the_list_price_where_nothing_lawful_is_cheaper():
    line = honey(offered("f", "flash", 74_999), offered("m", "member", 100_000))

    for_anyone = best_unit_price(line, HALF, at=NOW)
    for_member = best_unit_price(line, HALF, at=NOW, buyer=Buyer(member_of=frozenset({"s1"})))
    raised = best_unit_price(honey(reference_price_minor=100_000), HALF, at=NOW)

    assert for_anyone == BestUnitPrice(
        unit_minor=150_000, kind=PriceKind.LIST, price_id=None, ends_at=None, percent_off=0
    )
    assert (for_member.price_id, for_member.percent_off) == ("m", 33)
    assert raised.percent_off == 0


def test_a_list_price_among_the_offered_ones_is_a_broken_invariant():
    with pytest.raises(AssertionError, match="the list price stands on the line"):
        filled_parts(honey(offered("l", "list", 1)))
