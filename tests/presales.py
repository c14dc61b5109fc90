"""Presales for tests: a day of deposits from the opening, then a day of balances."""

from datetime import timedelta
from itertools import count

from chophien.apps.accounts.models import User
from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from chophien.apps.ledger.services import receive_credit
from chophien.apps.orders.models import Cart, Reservation, StallOrder
from chophien.apps.orders.services import put_balance, put_deposit
from chophien.apps.payments.models import Payment
from chophien.apps.payments.services import ask_for_payment
from chophien.apps.promotions.models import Presale
from chophien.apps.promotions.planning import PresalePlan, plan_presale
from tests.factories import OPENING, check_out, make_cart, make_notice, make_sku, make_stall

DEPOSITS_END = OPENING + timedelta(days=1)
BALANCE = DEPOSITS_END + timedelta(minutes=30)
BALANCE_ENDS = DEPOSITS_END + timedelta(days=1)
SOON = timedelta(minutes=1)
_numbers = count()


def make_presale(festival: Festival, sku: Sku | None = None, **fields: object) -> Presale:
    """1,000 with a deposit of 100 that counts for 150: the balance is 850."""
    plan: dict[str, object] = {
        "sku_id": (sku or make_sku(make_stall(), price_minor=1_000)).id,
        "festival_id": festival.id,
        "unit_minor": 1_000,
        "deposit_minor": 100,
        "credit_minor": 150,
        "starts_at": OPENING,
        "ends_at": DEPOSITS_END,
        "balance_starts_at": BALANCE,
        "balance_ends_at": BALANCE_ENDS,
        "allotment": 5,
    }
    presale = plan_presale(PresalePlan(**(plan | fields)), by_id=None, at=OPENING)
    assert isinstance(presale, Presale), presale
    return presale


def find_cart(user: User) -> Cart:
    return Cart.objects.filter(user=user).first() or make_cart(user=user)


def order(cart: Cart, festival: Festival, *, at=OPENING) -> list[Payment]:
    """Check the cart out; its payments, by stall."""
    outcome = check_out(cart, festival, at=at)
    return ask_for_payment(order=outcome.order)


def place_deposit(
    festival: Festival, presale: Presale, user: User, *, quantity: int = 1, at=OPENING
) -> Payment:
    cart = find_cart(user)
    put_deposit(cart=cart, presale_id=presale.id, quantity=quantity, at=at)
    (payment,) = order(cart, festival, at=at)
    return payment


def pay(payment: Payment, *, at=OPENING) -> str:
    """The bank tells of the exact sum; what came of it."""
    notice = make_notice(payment, transaction=f"FT-{next(_numbers)}")
    return receive_credit(notice=notice, at=at).outcome.value


def reserve(festival: Festival, presale: Presale, user: User, *, quantity: int = 1) -> Reservation:
    payment = place_deposit(festival, presale, user, quantity=quantity)
    assert pay(payment, at=OPENING + SOON) == "paid"
    return Reservation.objects.get(deposit_order=payment.stall_order)


def place_balance(festival: Festival, reservation: Reservation, *, at=BALANCE) -> list[Payment]:
    """An order of the reservation and whatever is in the person's cart beside it."""
    cart = find_cart(reservation.user)
    put_balance(cart=cart, reservation_id=reservation.id, at=at)
    return order(cart, festival, at=at)


def read_state(reservation: Reservation) -> str:
    return Reservation.objects.values_list("state", flat=True).get(id=reservation.id)


def explain(part: StallOrder) -> dict[str, int]:
    names = ("goods", "shipping", "deposit", "set_off", "due")
    return {name: getattr(part, f"{name}_minor") for name in names}
