"""Two orders at a flash price, and the history of those who made them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.factories import (
    OPENING,
    check_out,
    make_address,
    make_cart,
    make_price,
    make_sku,
    make_stall,
)

from chophien.apps.accounts.models import User
from chophien.apps.orders.addresses import save_address
from chophien.apps.orders.ready import prepare_quote
from chophien.apps.payments.services import ask_for_payment
from chophien.apps.promotions.buyers import phone_key
from chophien.domain.history.facts import Result
from chophien.domain.limits import HOLD_TIME
from chophien.wire.histories import Asked, Client, Told, encode_line

AHEAD = timedelta(days=20_000)  # the database's clock before the client's
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DUES = {1: 115_000, 2: 205_000}
SECOND = timedelta(seconds=1)


def to_us(at):
    return (at - AHEAD - EPOCH) // timedelta(microseconds=1)


class Fair:
    """Two orders of a cart with a flash price, and the history of who made them."""

    def __init__(self, festival, folder):
        self.festival = festival
        self.path = folder / "client.jsonl"
        self.honey = make_sku(make_stall(), units=10)
        self.price = make_price(self.honey, unit_minor=90_000, allotment=4, per_buyer_max=3)
        self.users = [User.objects.create(username=name) for name in ("hoa", "lan", "mai")]
        for user in self.users:
            save_address(user_id=user.id, address=make_address(), at=OPENING)
        for quantity in DUES:
            prepare_quote(sku_id=self.honey.id, quantity=quantity, at=OPENING - 5 * SECOND)
        self.lines = [Client(client="c", clock="here", monotonic_us=to_us(OPENING), wall_us=0)]
        self.first = self.buy(UUID(int=1), user=0, units=2, at=OPENING)
        self.second = self.buy(UUID(int=2), user=1, units=1, at=OPENING + SECOND)
        self.refuse("limit_reached", user=0, units=1, at=OPENING + 2 * SECOND)
        self.refuse("sold_out", user=2, units=2, at=OPENING + 3 * SECOND)
        self.refuse("closed", user=2, units=1, at=OPENING + timedelta(days=301))

    def place(self, key, *, user, units, at):
        """An order with its payment, in nobody's history."""
        cart = make_cart((self.honey, units), user=self.users[user])
        outcome = check_out(cart, self.festival, at=at, key=key)
        ask_for_payment(order=outcome.order)
        return outcome.order

    def buy(self, key, *, user, units, at):
        order = self.place(key, user=user, units=units, at=at)
        self.ask(key, user=user, units=units, at=at)
        self.confirm(order.number, units=units, at=at)
        return order

    def ask(self, key, *, user, units, at):
        self.lines.append(
            Asked(
                attempt=len(self.lines), key=str(key), user=self.users[user].id,
                buyers=(f"u:{self.users[user].id}", phone_key(make_address().phone)), sku=self.honey.id, quantity=units,
                due=DUES[units], monotonic_us=to_us(at) - 500, wall_us=0,
            )
        )  # fmt: skip

    def confirm(self, number, *, units, at):
        self.tell(
            Result.OK, "confirmed", at, order=number, due=DUES[units], is_new=True,
            held_until=at + HOLD_TIME,
        )  # fmt: skip

    def refuse(self, outcome, *, user, units, at):
        self.ask(UUID(int=100 + len(self.lines)), user=user, units=units, at=at)
        self.tell(Result.REFUSED, outcome, at)

    def tell(self, result, outcome, at, **fields):
        self.lines.append(
            Told(
                attempt=self.lines[-1].attempt, result=result, outcome=outcome,
                monotonic_us=to_us(at) + 500, wall_us=0, **fields,
            )
        )  # fmt: skip

    def write(self):
        """Write the history down."""
        self.path.write_bytes(b"".join(encode_line(line) for line in self.lines))
