"""The rounds of `make bench-promotions`: two databases, one of them with 14 million rows more."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from bench.pricing import build_cart
from chophien.apps.accounts.models import User
from chophien.apps.festivals.models import Festival
from chophien.apps.orders.models import Cart
from chophien.apps.orders.quoting import quote_lines
from chophien.apps.orders.selectors import view_cart
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import CrossStore, OfferedPrice
from chophien.apps.promotions.selectors import open_at

AT = datetime.fromisoformat("2026-11-11T00:30:00+07:00")
TURNS, ROUNDS = 12, 40
ALONE = "chophien_alone"
FAR = 1_000_000_000  # ids of the rows around begin here
AROUND = {"prices": 10_500_000, "stall_offers": 500_000, "sku_offers": 1_500_000,
          "coupons": 500_000, "held": 1_000_000}  # fmt: skip

_AROUND_SQL = {
    "prices": """
        INSERT INTO promotions_offeredprice
            (id, sku_id, code, kind, unit_minor, starts_at, ends_at, is_exclusive, taken)
        SELECT {far} + n, {far} + n, '', 'sale', 50000 + n % 900000,
            '2026-11-01T00:00+07', '2026-11-12T00:00+07', false, 0
        FROM generate_series(1, {count}) AS n""",
    "stall_offers": """
        INSERT INTO promotions_offer (id, stall_id, code, kind, rule, starts_at, ends_at, spent_minor, made_at)
        SELECT {far} + n, {far} + n, '', 'spend_save', '{{"threshold": 300000, "off": 30000}}',
            '2026-11-01T00:00+07', '2026-11-12T00:00+07', 0, '2026-11-01T00:00+07'
        FROM generate_series(1, {count}) AS n""",
    "sku_offers": """
        INSERT INTO promotions_offer (id, stall_id, code, kind, rule, sku_ids, starts_at, ends_at, spent_minor, made_at)
        SELECT 2 * {far} + n, {far} + n % 500000, '', 'nth_unit', '{{"n": 2, "percent_bps": 5000}}',
            ARRAY[{far} + n, {far} + n + 1], '2026-11-01T00:00+07', '2026-11-12T00:00+07', 0,
            '2026-11-01T00:00+07'
        FROM generate_series(1, {count}) AS n""",
    "coupons": """
        INSERT INTO promotions_coupon (id, festival_id, code, issuer, way, rule, count_max, claimed,
            per_buyer_max, starts_at, ends_at, spent_minor, made_at)
        SELECT {far} + n, {festival}, '', 'platform', 'claim', '{{"off": 5000}}', 100, 1, 1,
            '2026-11-01T00:00+07', '2026-11-12T00:00+07', 0, '2026-11-01T00:00+07'
        FROM generate_series(1, {count}) AS n""",
    "held": """
        INSERT INTO promotions_walletcoupon (id, coupon_id, user_id, nth, got_at)
        SELECT {far} + n, {far} + n % 500000, {far} + n, 0, '2026-11-01T00:00+07'
        FROM generate_series(1, {count}) AS n""",
}


def measure() -> dict[str, Any]:
    """Quote each cart in both databases, turn about, so that both meet the same noise."""
    festival, cart, wallet_cart = _build_reference()
    among = str(connection.settings_dict["NAME"])
    _copy_database()
    seconds = _write_around(festival)
    figures: dict[str, Any] = {"promotions_around": sum(AROUND.values()), "fill_s": seconds}
    for name, each in {"cart": cart, "wallet40": wallet_cart}.items():
        times = _time_turn_about(each, festival, (ALONE, among))
        alone_ms, among_ms = (statistics.median(times[database]) for database in (ALONE, among))
        figures[f"{name}_alone_ms_median"] = round(alone_ms, 3)
        figures[f"{name}_among_ms_median"] = round(among_ms, 3)
        figures[f"{name}_change_percent"] = round((among_ms / alone_ms - 1) * 100, 1)
    _show_plans(cart, festival)
    figures["naive_read_ms_per_1000th"] = round(_time_naive_ms(), 1)
    return figures


def _copy_database() -> None:
    """The database as it is before the millions come, under another name."""
    name = connection.settings_dict["NAME"]
    _turn_to("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE {ALONE} TEMPLATE "{name}"')
    _turn_to(name)


def _turn_to(database: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = database


def _time_turn_about(
    cart: Cart, festival: Festival, databases: tuple[str, ...]
) -> dict[str, list[float]]:
    """Milliseconds of every call in each database, a few first ones left out at each turn."""
    times: dict[str, list[float]] = {database: [] for database in databases}
    due = set()
    for _ in range(TURNS):
        for database in databases:
            _turn_to(database)
            due.add(_quote(cart, festival))
            times[database] += [_time_ms(lambda: _quote(cart, festival)) for _ in range(ROUNDS)]
    assert len(due) == 1, "the rows around changed the price"
    return times


def _time_ms(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def _build_reference() -> tuple[Festival, Cart, Cart]:
    """The reference cart and the same cart with a wallet of forty coupons, as rows."""

    document = build_cart(5)
    festival = make.make_festival(discount_cap_bps=5000, platform_coupons_max=2, red_packets_max=2)
    stalls = {slug: make.make_stall(slug) for slug in document["shipping"]}
    chosen = []
    for line in document["lines"]:
        sku = make.make_sku(
            stalls[line["seller"]], price_minor=line["list_price"], units=1000, tags=line["tags"]
        )
        chosen.append((sku, line["qty"]))
        for price in line["prices"]:
            allotment = price.get("left")
            OfferedPrice.objects.create(
                sku=sku, kind=price["kind"], unit_minor=price["unit"], allotment=allotment,
                starts_at=AT - timedelta(hours=1), ends_at=AT + timedelta(hours=1),
            )  # fmt: skip
    for offer in document["offers"]:
        rule = {key: offer[key] for key in offer if key not in {"id", "seller", "kind"}}
        make.make_offer(stalls[offer["seller"]], rule, kind=offer["kind"], starts_at=None)
    for programme in document["cross_store"]:
        rule = {key: programme[key] for key in programme if key != "id"}
        CrossStore.objects.create(festival=festival, rule=rule, made_at=AT)
    user, holder = make.make_user("khach"), make.make_user("khach-40")
    for coupon in document["coupons"]:
        _give(coupon, festival, stalls, user)
    for number in range(40):
        _give(_draw_coupon(number), festival, stalls, holder)
    return festival, make.make_cart(*chosen, user=user), make.make_cart(*chosen, user=holder)


def _draw_coupon(number: int) -> dict[str, Any]:
    """Twenty of the sellers, twelve of the platform, eight red packets, each a little different."""
    if number < 20:
        own = {"issuer": "seller", "seller": f"s{number % 3 + 1}"}
        return own | {"threshold": 60_000 + 9_000 * number, "off": 6_000 + 700 * number}
    if number < 32:
        return {"issuer": "platform", "threshold": 90_000 + 20_000 * (number % 7),
                "percent_bps": 400 + 60 * (number % 5), "max_off": 20_000 + 3_000 * number}  # fmt: skip
    return {"issuer": "red_packet", "off": 2_000 + 300 * number}


def _give(coupon: dict[str, Any], festival: Festival, stalls: dict[str, Any], user: User) -> None:

    rule = {key: coupon[key] for key in coupon if key not in {"id", "issuer", "seller"}}
    stall = stalls.get(coupon.get("seller", ""))
    kind = make.make_coupon(festival, rule, issuer=coupon["issuer"], stall=stall)
    make.give_coupon(kind, user)


def _quote(cart: Cart, festival: Festival) -> int:
    """Load and price a cart as its page does; the sum due."""

    buyer = Buyer(id=str(cart.user_id), user_id=cart.user_id)
    lines = view_cart(cart, AT).lines
    return int(quote_lines(lines, festival=festival, buyer=buyer, at=AT).quote["due_now"])


def _write_around(festival: Festival) -> float:

    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for name, count in AROUND.items():
            print(f"writing {count:,} {name} …", flush=True)
            cursor.execute(_AROUND_SQL[name].format(far=FAR, count=count, festival=festival.pk))
        cursor.execute("SET session_replication_role = origin")
        for table in ("offeredprice", "offer", "coupon", "walletcoupon"):
            cursor.execute(f"VACUUM ANALYZE promotions_{table}")
    return round(time.perf_counter() - begun, 1)


def _show_plans(cart: Cart, festival: Festival) -> None:
    """Print how the database finds what applies to the cart."""

    with CaptureQueriesContext(connection) as captured:
        _quote(cart, festival)
    for query in captured.captured_queries:
        if "promotions_" not in query["sql"] and "count_buyable" not in query["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) " + query["sql"])
            plan = "\n    ".join(row[0] for row in cursor.fetchall())
        print(f"\n{query['sql'][:110]}…\n    {plan}")
    print()


def _time_naive_ms() -> float:
    """The naive way: read every price in force and pick out the cart's; a thousandth of them."""

    begun = time.perf_counter()
    kept = [
        price for price in OfferedPrice.objects.filter(open_at(AT))[:10_500] if price.sku_id < FAR
    ]
    assert kept, "the cart's own prices are among them"
    return (time.perf_counter() - begun) * 1000
