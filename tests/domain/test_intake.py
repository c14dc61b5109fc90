from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.intake import Allotment, Ask, Shelf, Store, Verdict, judge

HONEY, TEA = 1, 2
FLASH, SALE = 10, 20

buyers = st.sampled_from(["a", "b", "c"])
asks = st.builds(
    Ask,
    sku_id=st.sampled_from([HONEY, TEA]),
    quantity=st.integers(1, 4),
    price_id=st.sampled_from([FLASH, SALE]),
    is_counted=st.booleans(),
    buyer_keys=st.sets(buyers, min_size=1, max_size=2).map(lambda keys: tuple(sorted(keys))),
)


@st.composite
def stores(draw):
    return Store(
        shelves={
            sku: Shelf(free=draw(st.integers(0, 6)), set_aside=draw(st.integers(0, 6)))
            for sku in (HONEY, TEA)
        },
        allotments={
            price: Allotment(
                left=draw(st.integers(0, 6)),
                per_buyer_max=draw(st.none() | st.integers(1, 4)),
            )
            for price in (FLASH, SALE)
        },
        used={},
    )


def make_store(*, free=0, set_aside=0, left=0, per_buyer_max=None, used=()):
    return Store(
        shelves={HONEY: Shelf(free=free, set_aside=set_aside)},
        allotments={FLASH: Allotment(left=left, per_buyer_max=per_buyer_max)},
        used=dict(used),
    )


def ask(quantity=1, *, is_counted=True, buyers=("a",)):
    return Ask(
        sku_id=HONEY,
        quantity=quantity,
        price_id=FLASH,
        is_counted=is_counted,
        buyer_keys=tuple(buyers),
    )


@given(st.lists(asks, max_size=12), stores())
def test_batch_gives_what_its_orders_would_have_got_one_by_one(asked, store):
    alone = deepcopy(store)

    together = judge(asked, store)

    assert together == [judge([each], alone)[0] for each in asked]
    assert store == alone


@given(st.lists(asks, max_size=12), stores())
def test_nothing_goes_below_zero_and_nobody_over_the_limit(asked, store):
    before = deepcopy(store)

    verdicts = judge(asked, store)

    for sku, shelf in store.shelves.items():
        assert shelf.free >= 0
        assert shelf.set_aside >= 0
        taken = sum(
            each.quantity
            for each, verdict in zip(asked, verdicts, strict=True)
            if each.sku_id == sku and verdict is Verdict.CONFIRMED
        )
        was = before.shelves[sku]
        assert taken == was.free + was.set_aside - shelf.free - shelf.set_aside
    for price, allotment in store.allotments.items():
        assert allotment.left >= 0
        if allotment.per_buyer_max is not None:
            units = [count for (owner, _), count in store.used.items() if owner == price]
            assert max(units, default=0) <= allotment.per_buyer_max


@given(st.lists(asks, max_size=12), stores())
def test_refusals_are_true_when_they_are_told(asked, store):
    for each in asked:
        before = deepcopy(store)
        (verdict,) = judge([each], store)
        if verdict is Verdict.CONFIRMED:
            continue
        assert store == before
        shelf, allotment = before.shelves[each.sku_id], before.allotments[each.price_id]
        if verdict is Verdict.LIMIT_REACHED:
            most = max(before.used.get((each.price_id, key), 0) for key in each.buyer_keys)
            assert most + each.quantity > allotment.per_buyer_max
        elif each.is_counted:
            assert min(shelf.set_aside, allotment.left) < each.quantity
        else:
            assert shelf.free < each.quantity


def test_large_order_that_does_not_fit_leaves_its_units_to_a_small_one():
    store = make_store(set_aside=2, left=2)

    assert judge([ask(3), ask(2), ask(1)], store) == [
        Verdict.SOLD_OUT,
        Verdict.CONFIRMED,
        Verdict.SOLD_OUT,
    ]


def test_one_phone_behind_two_accounts_is_one_buyer():
    store = make_store(set_aside=9, left=9, per_buyer_max=1)

    verdicts = judge([ask(buyers=("u:1", "p:x")), ask(buyers=("u:2", "p:x"))], store)

    assert verdicts == [Verdict.CONFIRMED, Verdict.LIMIT_REACHED]


def test_limit_is_told_before_a_shortage():
    store = make_store(set_aside=0, left=0, per_buyer_max=1, used=[((FLASH, "a"), 1)])

    assert judge([ask()], store) == [Verdict.LIMIT_REACHED]


def test_free_units_are_not_for_a_flash_price_nor_the_other_way_round():
    store = make_store(free=5, set_aside=0, left=5)

    assert judge([ask(), ask(is_counted=False)], store) == [Verdict.SOLD_OUT, Verdict.CONFIRMED]


def test_what_nobody_brought_is_sold_out():
    nothing = Store(shelves={}, allotments={}, used={})

    assert judge([ask(), ask(is_counted=False)], nothing) == [Verdict.SOLD_OUT] * 2
    assert judge([ask()], make_store(set_aside=1, left=1)) == [Verdict.CONFIRMED]


def test_counted_price_that_is_not_there_any_more_is_sold_out():
    store = Store(shelves={HONEY: Shelf(free=5, set_aside=5)}, allotments={}, used={})

    assert judge([ask()], store) == [Verdict.SOLD_OUT]
