"""What comes back: to the unit what was paid, and of every discount its share."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.apps.test_presale import read_books, read_screen
from tests.factories import OPENING, make_cart, make_price, make_sku, make_stall, make_user
from tests.presales import (
    BALANCE,
    SOON,
    make_presale,
    order,
    pay,
    place_balance,
    read_state,
    reserve,
)

from chophien.apps.accounts.models import Notice
from chophien.apps.inventory.models import Stock
from chophien.apps.ledger.models import Posting
from chophien.apps.ledger.selectors import list_owed, sum_ledger
from chophien.apps.ledger.services import forfeit_due, send_refund
from chophien.apps.orders.services import put_deposit
from chophien.apps.payments.defaults import default_presale, refund_defaulted
from chophien.apps.payments.models import Refund, ReturnedLine
from chophien.apps.payments.refunds import (
    Decision,
    NotReturnable,
    RefundAsked,
    SumMoved,
    ask_refund,
    decide_refund,
)
from chophien.apps.payments.returning import list_returnable, sum_refund
from chophien.apps.payments.services import expire_unpaid
from chophien.apps.promotions.models import (
    Coupon,
    CrossStore,
    Presale,
    PromotionUse,
    WalletCoupon,
)
from chophien.domain.limits import HOLD_TIME

LATE = OPENING + HOLD_TIME


def buy(festival, *chosen, user=None):
    """Paid stall orders, by stall."""
    payments = order(make_cart(*chosen, user=user), festival)
    for payment in payments:
        assert pay(payment) == "paid"
        payment.stall_order.refresh_from_db()
    return [payment.stall_order for payment in payments]


def worth(part, quantities):
    return sum_refund(part, list_returnable(part.id), quantities).amount_minor


def ask(part, quantities, **fields):
    """Ask for the sum as it is now, unless the test says what was seen."""
    known = {"seen_minor": worth(part, quantities), "at": OPENING + SOON} | fields
    return ask_refund(stall_order_id=part.id, quantities=quantities, **known)


def accept(refund, **fields):
    decision = Decision(is_accepted=True, **fields)
    assert decide_refund(refund_id=refund.id, decision=decision, by_id=None, at=OPENING + SOON)
    refund.refresh_from_db()
    return refund


def send(refund):
    return send_refund(refund_id=refund.id, bank_transaction="FT9", at=OPENING + SOON)


def make_cross_store(festival, **fields):
    """Every 100,000 takes 10,000."""
    plan = {"rule": {"every": 100_000, "off": 10_000}, "made_at": OPENING, "budget_minor": 50_000}
    return CrossStore.objects.create(festival=festival, **(plan | fields))


def make_coupon(festival, user, *, off=10_000, threshold=100_000):
    coupon = Coupon.objects.create(
        festival=festival, issuer="platform", way="gift", count_max=5, claimed=1,
        rule={"threshold": threshold, "off": off}, made_at=OPENING, budget_minor=50_000,
    )  # fmt: skip
    return WalletCoupon.objects.create(coupon=coupon, user=user, nth=0, got_at=OPENING)


def test_one_of_three_is_worth_what_was_paid_for_it(festival):
    make_cross_store(festival)
    honey = make_sku(make_stall(), price_minor=50_000)
    (part,) = buy(festival, (honey, 3))
    assert part.goods_minor == 140_000  # 46,666 each, two đồng more for the last

    outcome = ask(part, {str(honey.id): 1})

    assert isinstance(outcome, RefundAsked)
    refund = accept(outcome.refund)
    assert (refund.goods_minor, refund.shipping_minor) == (46_666, 0)
    assert send(refund)
    assert sum_ledger(festival.id) == read_screen(festival) == part.due_minor - 46_666
    assert read_books()["goods"] == 46_666 - 140_000


def test_refund_is_sent_and_booked_once(festival):
    (part,) = buy(festival, (make_sku(make_stall()), 1))
    refund = accept(ask(part, {list_returnable(part.id)[0].line_id: 1}).refund)

    assert (send(refund), send(refund)) == (True, False)

    assert Posting.objects.filter(kind="refund").count() == 1
    assert sum_ledger(festival.id) == read_screen(festival) == 0


def test_shipping_comes_back_with_the_last_unit_only(festival):
    honey = make_sku(make_stall(), price_minor=50_000)
    (part,) = buy(festival, (honey, 2))

    first = accept(ask(part, {str(honey.id): 1}).refund)
    last = accept(ask(part, {str(honey.id): 1}).refund)

    assert (first.amount_minor, last.amount_minor) == (50_000, 75_000)


def test_shipping_stays_when_another_part_is_declined(festival):
    honey = make_sku(make_stall(), price_minor=50_000)
    (part,) = buy(festival, (honey, 2))
    first = ask(part, {str(honey.id): 1}).refund
    last = ask(part, {str(honey.id): 1}).refund
    decide_refund(
        refund_id=first.id, decision=Decision(is_accepted=False, text="Đã mở"), by_id=None,
        at=OPENING,
    )  # fmt: skip

    assert accept(last).shipping_minor == 0
    assert accept(ask(part, {str(honey.id): 1}).refund).shipping_minor == 25_000


def test_declined_units_can_be_asked_for_again_and_everything_sums_to_what_was_paid(festival):
    make_cross_store(festival)
    honey = make_sku(make_stall(), price_minor=50_000)
    (part,) = buy(festival, (honey, 3))
    first, middle, last = (ask(part, {str(honey.id): 1}).refund for _ in range(3))
    assert [each.goods_minor for each in (first, middle, last)] == [46_666, 46_666, 46_668]
    decide_refund(refund_id=first.id, decision=Decision(is_accepted=False), by_id=None, at=OPENING)

    again = ask(part, {str(honey.id): 1}).refund

    assert again.goods_minor == 46_666
    assert again.goods_minor + middle.goods_minor + last.goods_minor == part.goods_minor


@pytest.mark.parametrize(
    ("label", "quantity"), [("nothing", 0), ("more than bought", 3), ("below nothing", -1)]
)
def test_units_that_were_not_bought_cannot_come_back(festival, label, quantity):
    honey = make_sku(make_stall())
    (part,) = buy(festival, (honey, 2))

    outcome = ask_refund(
        stall_order_id=part.id, quantities={str(honey.id): quantity}, seen_minor=0, at=OPENING
    )

    assert outcome == NotReturnable()
    assert Refund.objects.count() == 0


def test_unpaid_goods_cannot_come_back(festival):
    honey = make_sku(make_stall())
    (payment,) = order(make_cart((honey, 1)), festival)

    assert ask(payment.stall_order, {str(honey.id): 1}) == NotReturnable()


def test_sum_that_is_not_the_one_that_was_seen_is_told(festival):
    honey = make_sku(make_stall(), price_minor=50_000)
    (part,) = buy(festival, (honey, 2))

    outcome = ask(part, {str(honey.id): 1}, seen_minor=50_001)

    assert isinstance(outcome, SumMoved)
    assert outcome.sums.amount_minor == 50_000
    assert Refund.objects.count() == 0


@pytest.mark.parametrize(("is_restocked", "free"), [(True, 9), (False, 8)])
def test_goods_that_came_back_whole_go_on_sale_again(festival, is_restocked, free):
    honey = make_sku(make_stall(), units=10)
    (part,) = buy(festival, (honey, 2))

    accept(ask(part, {str(honey.id): 1}).refund, is_restocked=is_restocked)

    assert Stock.objects.get().free == free


def test_parts_of_a_line_at_two_prices_are_refunded_as_one(festival):
    honey = make_sku(make_stall(), price_minor=50_000)
    make_price(honey, unit_minor=20_000, allotment=1)
    (part,) = buy(festival, (honey, 2))

    assert worth(part, {str(honey.id): 1}) == 35_000
    assert part.goods_minor == 70_000


def test_budget_gets_the_share_of_what_came_back_and_the_rest_keeps_its_price(festival):
    programme = make_cross_store(festival)
    one = make_sku(make_stall("gian-mot"), price_minor=50_000)
    two = make_sku(make_stall("gian-hai"), price_minor=50_000)
    parts = {part.stall.slug: part for part in buy(festival, (one, 1), (two, 1))}

    accept(ask(parts["gian-mot"], {str(one.id): 1}).refund)

    programme.refresh_from_db()
    assert programme.spent_minor == 5_000
    use = PromotionUse.objects.get()
    assert (use.off_minor, use.returned_minor) == (10_000, 5_000)
    assert worth(parts["gian-hai"], {str(two.id): 1}) == 70_000  # 45,000 and its shipping


def test_festival_owes_the_stall_what_its_coupons_took_off_until_it_comes_back(festival):
    user = make_user()
    make_coupon(festival, user)
    honey = make_sku(make_stall(), price_minor=50_000)
    (part,) = buy(festival, (honey, 3), user=user)
    assert (part.goods_minor, part.subsidy_minor) == (140_000, 10_000)

    owed = [[row.amount_minor for row in list_owed(festival.id)]]
    for quantity in (1, 2):
        assert send(accept(ask(part, {str(honey.id): quantity}).refund))
        owed.append([row.amount_minor for row in list_owed(festival.id)])

    assert owed == [[10_000], [6_667], [0]]
    assert read_books().get("subsidy", 0) == 0


def test_coupon_comes_back_when_every_line_that_it_touched_has(festival):
    user = make_user()
    held = make_coupon(festival, user)
    one = make_sku(make_stall("gian-mot"), price_minor=60_000)
    two = make_sku(make_stall("gian-hai"), price_minor=60_000)
    parts = {part.stall.slug: part for part in buy(festival, (one, 1), (two, 1), user=user)}

    accept(ask(parts["gian-mot"], {str(one.id): 1}).refund)
    held.refresh_from_db()
    assert held.order is not None
    accept(ask(parts["gian-hai"], {str(two.id): 1}).refund)

    held.refresh_from_db()
    assert held.order is None
    assert Coupon.objects.get().spent_minor == 0


def test_unpaid_part_gives_its_share_back_and_the_coupon_with_the_last_one(festival):
    user = make_user()
    held = make_coupon(festival, user)
    one = make_sku(make_stall("gian-mot"), price_minor=60_000)
    two = make_sku(make_stall("gian-hai"), price_minor=60_000)
    payments = order(make_cart((one, 1), (two, 1), user=user), festival)
    pay(payments[0])

    expire_unpaid(at=LATE)

    held.refresh_from_db()
    assert held.order is not None
    assert Coupon.objects.get().spent_minor == 5_000
    paid = payments[0].stall_order
    paid.refresh_from_db()
    accept(ask(paid, {list_returnable(paid.id)[0].line_id: 1}).refund)
    held.refresh_from_db()
    assert held.order is None
    assert Coupon.objects.get().spent_minor == 0


def test_unpaid_order_gives_coupon_and_budget_back_and_a_late_payment_takes_them_again(festival):
    user = make_user()
    held = make_coupon(festival, user)
    programme = make_cross_store(festival)
    honey = make_sku(make_stall(), price_minor=120_000)
    (payment,) = order(make_cart((honey, 1), user=user), festival)
    expire_unpaid(at=LATE)
    held.refresh_from_db()
    programme.refresh_from_db()
    assert (held.order, programme.spent_minor) == (None, 0)

    assert pay(payment, at=LATE) == "paid_late"

    held.refresh_from_db()
    programme.refresh_from_db()
    assert (held.order, programme.spent_minor) == (payment.stall_order.order_id, 10_000)
    assert PromotionUse.objects.filter(returned_minor__gt=0).count() == 0


def test_late_payment_whose_budget_is_spent_meanwhile_is_sent_back(festival):
    programme = make_cross_store(festival, budget_minor=10_000)
    honey = make_sku(make_stall(), price_minor=120_000)
    (payment,) = order(make_cart((honey, 1)), festival)
    expire_unpaid(at=LATE)
    CrossStore.objects.update(spent_minor=1)

    assert pay(payment, at=LATE) == "too_late"

    programme.refresh_from_db()
    assert programme.spent_minor == 1
    assert Stock.objects.get().free == 10


def test_deposit_is_refunded_together_with_the_balance(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user(), quantity=2)
    (payment,) = place_balance(festival, reservation)
    pay(payment, at=BALANCE)
    part = payment.stall_order
    part.refresh_from_db()

    refund = accept(ask(part, {f"r{reservation.id}": 2}).refund)
    send(refund)

    assert refund.amount_minor == 1_900 + 25_000  # all that was paid, the deposit of 200 included
    assert read_books() == {}
    assert read_screen(festival) == 0


def test_deposit_alone_is_not_returned_for_the_asking(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user())

    assert list_returnable(reservation.deposit_order_id) == []
    outcome = ask_refund(
        stall_order_id=reservation.deposit_order_id, quantities={f"d{presale.id}": 1},
        seen_minor=100, at=OPENING,
    )  # fmt: skip
    assert outcome == NotReturnable()


def test_stall_that_cannot_deliver_owes_the_deposit_and_as_much_again(festival):
    presale = make_presale(festival)
    reservation = reserve(festival, presale, make_user(), quantity=2)

    assert default_presale(presale_id=presale.id, by_id=None, at=OPENING + SOON)
    assert not default_presale(presale_id=presale.id, by_id=None, at=OPENING + SOON)

    assert read_state(reservation) == "refunded"
    stock = Stock.objects.get()
    assert (stock.free, stock.set_aside, stock.held) == (10, 0, 0)
    refund = Refund.objects.get()
    assert (refund.state, refund.amount_minor) == ("owed", 400)
    assert send(refund)
    assert read_books() == {"received": -200, "compensation": 200}
    assert sum_ledger(festival.id) == read_screen(festival) == -200
    assert forfeit_due(at=BALANCE + timedelta(days=9)) == 0


def test_default_ends_what_waits_for_money_and_leaves_what_is_bought(festival):
    presale = make_presale(festival, allotment=3)
    bought, waiting, reserved = (
        reserve(festival, presale, make_user(name)) for name in ("hoa", "lan", "mai")
    )
    pay(place_balance(festival, bought)[0], at=BALANCE)
    (payment,) = place_balance(festival, waiting)

    default_presale(presale_id=presale.id, by_id=None, at=BALANCE)

    assert [read_state(each) for each in (bought, waiting, reserved)] == [
        "bought", "refunded", "refunded",
    ]  # fmt: skip
    assert Refund.objects.count() == 2
    assert pay(payment, at=BALANCE) == "too_late"
    assert refund_defaulted(at=BALANCE) == 0


def test_deposit_that_arrives_after_the_default_is_sent_back(festival):
    presale = make_presale(festival)
    cart = make_cart(user=make_user())
    put_deposit(cart=cart, presale_id=presale.id, quantity=1, at=OPENING)
    (payment,) = order(cart, festival)
    Presale.objects.update(defaulted_at=OPENING)

    assert pay(payment) == "too_late"
    assert refund_defaulted(at=OPENING) == 1
    assert refund_defaulted(at=OPENING) == 0
    assert Refund.objects.count() == 0


def test_buyer_is_told_once_of_each_step(festival):
    user = make_user()
    honey = make_sku(make_stall())
    (part,) = buy(festival, (honey, 1), user=user)
    refund = accept(ask(part, {str(honey.id): 1}).refund)
    send(refund)

    kinds = Notice.objects.filter(user=user).order_by("id").values_list("kind", flat=True)

    assert list(kinds) == ["refund_owed", "refund_sent"]


def test_database_refuses_to_refund_more_than_was_paid(festival):
    honey = make_sku(make_stall(), price_minor=50_000)
    (part,) = buy(festival, (honey, 2))
    ask(part, {str(honey.id): 1})

    for broken in ({"asked": 3}, {"asked_minor": 100_001}, {"asked": 2}):
        with pytest.raises(IntegrityError, match=r"return|refunded"), transaction.atomic():
            ReturnedLine.objects.update(**broken)


@settings(
    max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_any_sequence_of_returns_ends_at_what_was_paid(festival, data):
    """Returned in any portions, some of them declined first: never more, in the end all of it."""
    with transaction.atomic():
        price = data.draw(st.integers(1_000, 99_999))
        quantity = data.draw(st.integers(1, 7))
        make_cross_store(festival, rule={"every": 1_000, "off": data.draw(st.integers(1, 99))})
        honey = make_sku(make_stall(), price_minor=price)
        (part,) = buy(festival, (honey, quantity))
        line_id, sent = str(honey.id), 0
        while left := list_returnable(part.id)[0].left:
            refund = ask(part, {line_id: data.draw(st.integers(1, left))}).refund
            if data.draw(st.booleans()) and data.draw(st.booleans()):
                decision = Decision(is_accepted=False)
                decide_refund(refund_id=refund.id, decision=decision, by_id=None, at=OPENING)
                continue
            accept(refund)
            assert send(refund)
            sent += refund.amount_minor
            assert sent <= part.due_minor
        assert sent == part.due_minor
        assert sum_ledger(festival.id) == read_screen(festival) == 0
        assert CrossStore.objects.get().spent_minor == 0
        transaction.set_rollback(True)
