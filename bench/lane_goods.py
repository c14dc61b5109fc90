"""Goods at flash prices, buyers with addresses, and orders of before, for the lane's benchmarks."""

import secrets
from datetime import timedelta

from django.db import connection
from tests.factories import make_festival, make_sku, make_stall

from chophien.apps.admission.services import RoomOpened, RoomPlan, draw, open_room
from chophien.apps.festivals.clock import now
from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.services import set_units_aside
from chophien.apps.orders.models import ReadyQuote
from chophien.apps.orders.ready import prepare_quote
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.sellers.models import Stall

UNIT_MINOR, SHIPPING_MINOR = 90_000, 25_000
DUE_MINOR = UNIT_MINOR + SHIPPING_MINOR

_BUYERS = """
INSERT INTO accounts_user (id, username, password, is_superuser, is_staff, is_active, first_name,
    last_name, email, phone, display_name, date_joined)
SELECT n, 'buyer-' || n, '!', false, false, true, '', '', '', '', '', now()
FROM generate_series(1, %(count)s) AS n
"""
_ADDRESSES = """
INSERT INTO orders_savedaddress (id, user_id, recipient, phone, buyer_key, province_id, ward,
    street, note, made_at)
SELECT n, n, 'Nguyễn Văn ' || n, '09' || lpad(n::text, 8, '0'),
    'p:' || rtrim(encode(decode(md5(n::text), 'hex'), 'base64'), '='),
    (SELECT id FROM festivals_province ORDER BY id OFFSET n %% 34 LIMIT 1), 'Phường 1',
    n || ' Lê Lợi', '', now()
FROM generate_series(1, %(count)s) AS n
"""


def open_fair(*, buyers: int) -> None:
    """A festival, a stall, and so many buyers with an address each."""
    make_festival()
    make_stall(shipping_fee_minor=SHIPPING_MINOR, free_from_minor=None)
    with connection.cursor() as cursor:
        cursor.execute(_BUYERS, {"count": buyers})
        cursor.execute(_ADDRESSES, {"count": buyers})
        cursor.execute("ANALYZE")
    connection.close()


def make_goods(*, skus: int, units: int, per_buyer_max: int | None = 1) -> list[int]:
    """Skus with so many units each at a flash price that runs now, made ready for the lane."""

    at = now()
    stall = Stall.objects.get()
    made = []
    for _ in range(skus):
        sku = make_sku(stall, units=units)
        assert set_units_aside(sku_id=sku.id, quantity=units)
        OfferedPrice.objects.create(
            sku=sku, kind="flash", unit_minor=UNIT_MINOR, allotment=units,
            per_buyer_max=per_buyer_max, starts_at=at - timedelta(hours=1),
            ends_at=at + timedelta(days=1),
        )  # fmt: skip
        ready = prepare_quote(sku_id=sku.id, quantity=1, at=at)
        assert isinstance(ready, ReadyQuote), ready
        made.append(sku.id)
    connection.close()
    return made


def open_waiting_room(sku_id: int, *, rate_per_s: int) -> int:
    """A waiting room for a sku whose opening was a moment ago, drawn; its id."""
    at = now()
    opened = open_room(
        RoomPlan(
            festival_id=Festival.objects.get().id,
            names=("Phòng đo", "", ""),
            sku_ids=(sku_id,),
            opens_at=at - timedelta(seconds=1),
            rate_per_s=rate_per_s,
        ),
        seed=secrets.token_hex(32),
        at=at - timedelta(seconds=2),
    )
    assert isinstance(opened, RoomOpened), opened
    draw(room_id=opened.room.id, at=at)
    connection.close()
    return opened.room.id


# Orders of a year before, of the same stall, with all that an order of the lane writes.
_ALREADY = (
    """
    CREATE TEMP TABLE already AS SELECT n, uuidv7(interval '-30 days') AS order_id,
        uuidv7(interval '-30 days') AS part_id, uuidv7(interval '-30 days') AS key
    FROM generate_series(%(first)s, %(last)s) AS n
    """,
    """
    INSERT INTO orders_order (id, festival_id, number, token, idempotency_key, user_id, placed_at,
        recipient, phone, province_id, ward, street, note, due_minor, priced_id)
    SELECT t.order_id, o.festival_id, '1' || lpad(t.n::text, 9, '0'), '1' || lpad(t.n::text, 31, '0'),
        t.key, 1 + t.n %% 100000, now() - interval '30 days', o.recipient, o.phone, o.province_id,
        o.ward, o.street, '', o.due_minor, o.priced_id
    FROM already t CROSS JOIN (SELECT * FROM orders_order LIMIT 1) o
    """,
    """
    INSERT INTO orders_stallorder (id, order_id, stall_id, state, goods_minor, shipping_minor,
        deposit_minor, set_off_minor, subsidy_minor, due_minor, placed_at, expires_at, paid_at)
    SELECT t.part_id, t.order_id, s.stall_id, 'paid', s.goods_minor, s.shipping_minor, 0, 0, 0,
        s.due_minor, now() - interval '30 days', now() - interval '30 days', now()
    FROM already t CROSS JOIN (SELECT * FROM orders_stallorder LIMIT 1) s
    """,
    """
    INSERT INTO orders_orderline (stall_order_id, sku_id, name_vi, unit_vi, quantity, unit_minor,
        price_kind, offered_price_id, paid_minor, quote_line)
    SELECT t.part_id, l.sku_id, l.name_vi, l.unit_vi, 1, l.unit_minor, l.price_kind,
        l.offered_price_id, l.paid_minor, l.quote_line
    FROM already t CROSS JOIN (SELECT * FROM orders_orderline LIMIT 1) l
    """,
    """
    INSERT INTO inventory_hold (id, stall_id, sku_id, stall_order, quantity, is_set_aside, state,
        expires_at)
    SELECT t.part_id, h.stall_id, h.sku_id, t.part_id, 1, true, 'committed', h.expires_at
    FROM already t CROSS JOIN (SELECT * FROM inventory_hold LIMIT 1) h
    """,
    """
    INSERT INTO payments_payment (id, stall_order_id, stall_id, reference, bank_bin, bank_account,
        amount_minor, state, settled_at)
    SELECT t.part_id, t.part_id, p.stall_id, '1' || lpad(t.n::text, 11, '0'), p.bank_bin,
        p.bank_account, p.amount_minor, 'paid', now()
    FROM already t CROSS JOIN (SELECT * FROM payments_payment LIMIT 1) p
    """,
    """
    INSERT INTO promotions_priceuse (price_id, buyer, units)
    SELECT 1000000000, who || t.n, 1 FROM already t CROSS JOIN (VALUES ('u:'), ('p:')) w (who)
    """,
    "DROP TABLE already",
)
STEP = 500_000


def fill_tables(count: int) -> None:
    """Put so many older orders into the tables, and bring them to rest."""
    with connection.cursor() as cursor:
        for first in range(1, count + 1, STEP):
            for statement in _ALREADY:
                cursor.execute(statement, {"first": first, "last": min(first + STEP - 1, count)})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    connection.close()
