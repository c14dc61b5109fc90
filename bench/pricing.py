"""`make bench-pricing`: quotes a second, cost by lines, and the wallet of forty coupons.

A quote is a document as `json.loads` gives it, parsed, priced and rendered. Beside ours, in the same
run, the naive way: every allowed set of coupons tried from the first to the last (the tests' own
enumeration), in turn with ours and the best round of each, since other work on the machine slows
both. Writes `build/bench/pricing.json`. One core, no database.

The worst wallet of forty is searched for, not only drawn: from the worst of the random ones uphill,
one coupon, line or shipping rule drawn anew at each step, kept when the search through the coupons
then computes more bounds. So the climb is the same on every machine, up to the step at which its
time is up, which is told.
"""

import copy
import itertools
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.domain.pricing.test_laws import best_by_enumeration, enumerate_sets
from tests.domain.pricing.wallets import draw_coupon, draw_line, draw_wallet, worth_of

from chophien.domain.pricing.coupon_bounds import Card, Pace, Range
from chophien.domain.pricing.coupons import cut_of_coupon
from chophien.domain.pricing.cross_store import apply_cross_store
from chophien.domain.pricing.parse import parse_request
from chophien.domain.pricing.quote import price, price_document
from chophien.domain.pricing.request import Coupon
from chophien.domain.pricing.seller_offers import apply_seller_offers
from chophien.domain.pricing.shipping import pack_parcels
from chophien.domain.pricing.spreading import Basket
from chophien.domain.pricing.unit_prices import fill_lines

OUT = Path("build/bench/pricing.json")
MEASURE_S = 3.0
ROUNDS = 6  # each of MEASURE_S / ROUNDS; the best counts
WALLETS = 120
CLIMB_S = 30.0
CLIMB_SEED = 11
SAMPLE_SETS = 20_000
Document = dict[str, Any]


def build_cart(line_count: int) -> Document:
    """A cart as buyers have them: three sellers, four offers, one cross-store step, six coupons."""
    sellers = ("s1", "s2", "s3")
    return {
        "now": "2026-11-11T00:30:00+07:00",
        "festival": {"currency": "VND", "discount_cap_bps": 5000},
        "buyer": {"id": "b1", "member_of": ["s1"]},
        "lines": [
            {
                "id": f"l{index:03}",
                "sku": f"k{index:03}",
                "seller": sellers[index % 3],
                "qty": 1 + index % 3,
                "list_price": 90_000 + 7_000 * index,
                "reference_price": 90_000 + 7_000 * index,
                "tags": ["food"] if index % 2 else ["food", "tay-nguyen"],
                "prices": [
                    {"id": f"p{index:03}", "kind": "sale", "unit": 75_000 + 6_000 * index},
                    {"id": f"f{index:03}", "kind": "flash", "unit": 60_000 + 5_000 * index, "left": 1},
                ],
            }
            for index in range(line_count)
        ],
        "offers": [
            {"id": "o1", "seller": "s1", "kind": "spend_save", "threshold": 150_000, "off": 15_000},
            {"id": "o2", "seller": "s1", "kind": "nth_unit", "n": 2, "percent_bps": 3000},
            {
                "id": "o3", "seller": "s2", "kind": "spend_save", "threshold": 100_000,
                "percent_bps": 800, "max_off": 30_000,
            },
            {"id": "o4", "seller": "s3", "kind": "nth_unit", "n": 3, "percent_bps": 5000},
        ],
        "cross_store": [{"id": "x1", "every": 300_000, "off": 40_000, "max_times": 5}],
        "coupons": [
            {"id": "c1", "issuer": "seller", "seller": "s1", "threshold": 100_000, "off": 10_000},
            {"id": "c2", "issuer": "seller", "seller": "s2", "percent_bps": 500, "max_off": 20_000},
            {"id": "c3", "issuer": "seller", "seller": "s3", "threshold": 200_000, "off": 25_000},
            {"id": "c4", "issuer": "platform", "threshold": 300_000, "percent_bps": 1000, "max_off": 50_000},
            {"id": "c5", "issuer": "platform", "threshold": 200_000, "off": 30_000},
            {"id": "c6", "issuer": "red_packet", "off": 5_000},
        ],
        "shipping": {seller: {"fee": 25_000, "free_from": 300_000} for seller in sellers},
    }  # fmt: skip


def main() -> None:
    figures = measure_reference() | measure_lines() | measure_wallets()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    for name, value in sorted(figures.items()):
        print(f"{name:<36} {value}")


def measure_reference() -> dict[str, float]:
    cart = build_cart(5)
    request = parse_request(cart)
    acts: dict[str, Callable[[], object]] = {
        "quotes_per_s": lambda: price_document(cart),
        "priced_values_per_s": lambda: price(request),
        "enumeration_quotes_per_s": lambda: price_by_enumeration(cart),
    }
    rounds = [{name: rate(act) for name, act in acts.items()} for _ in range(ROUNDS)]
    return {name: max(each[name] for each in rounds) for name in acts}


def measure_lines() -> dict[str, float]:
    """Microseconds for each line, so that linear cost shows as a flat row."""
    return {
        f"us_per_line_at_{count:02}_lines": round(1e6 / rate_of_cart(count) / count, 1)
        for count in (5, 10, 20, 40, 80)
    }


def rate_of_cart(line_count: int) -> float:
    cart = build_cart(line_count)
    return max(rate(lambda: price_document(cart)) for _ in range(ROUNDS // 2))


def measure_wallets() -> dict[str, float]:
    """Forty coupons: four of each of five sellers, twelve of the platform, eight red packets."""
    carts = [
        draw_wallet(seed, lines=8, sellers=5, own_each=4, platform=12, packets=8)
        for seed in range(WALLETS)
    ]
    spent_ms = sorted(time_once(cart) for cart in carts)
    worst, steps = climb(max(carts, key=count_bounds))
    request = parse_request(carts[0])
    basket = Basket.of(fill_lines(request).parts)
    sample = list(itertools.islice(enumerate_sets(request), SAMPLE_SETS))
    began = time.perf_counter()
    for wallet in sample:
        try_set(basket, wallet)
    sets_per_s = len(sample) / (time.perf_counter() - began)
    total_sets = 5**5 * (1 + 12 + 66) * (1 + 8 + 28)
    return {
        "wallet40_median_ms": round(statistics.median(spent_ms), 2),
        "wallet40_p90_ms": round(spent_ms[int(WALLETS * 0.9)], 2),
        "wallet40_random_worst_ms": round(spent_ms[-1], 2),
        "wallet40_worst_ms": round(max(spent_ms[-1], time_once(worst)), 2),
        "wallet40_worst_bounds": count_bounds(worst),
        "wallet40_climb_steps": steps,
        "wallet40_sets": total_sets,
        "enumeration_sets_per_s": round(sets_per_s),
        # Nobody waits for this: the sets that there are over the sets tried in a second.
        "wallet40_enumeration_computed_s": round(total_sets / sets_per_s),
    }


def climb(cart: Document) -> tuple[Document, int]:
    """Make a wallet worse step by step; return it and the number of steps tried."""
    source = random.Random(CLIMB_SEED)
    most, steps, ends_at = count_bounds(cart), 0, time.monotonic() + CLIMB_S
    while time.monotonic() < ends_at:
        changed = redraw_something(source, cart)
        bounds = count_bounds(changed)
        if bounds >= most:
            cart, most = changed, bounds
        steps += 1
    return cart, steps


def redraw_something(source: random.Random, cart: Document) -> Document:
    """Copy a cart with one coupon, line or shipping rule drawn anew; the counts stay."""
    changed = copy.deepcopy(cart)
    lines, names = changed["lines"], sorted(changed["shipping"])
    kind = source.choice(["coupons", "coupons", "lines", "shipping"])
    if kind == "coupons":
        place = source.randrange(len(changed["coupons"]))
        old = changed["coupons"][place]
        kept = {key: old[key] for key in ("id", "issuer", "seller") if key in old}
        own = [line for line in lines if line["seller"] == old.get("seller", line["seller"])]
        changed["coupons"][place] = draw_coupon(source, worth_of(own), names) | kept
    elif kind == "lines":
        place = source.randrange(len(lines))
        grain = source.choice([1, 10, 1000])
        lines[place] = draw_line(source, lines[place]["id"], source.choice(names), grain)
    else:
        rule = changed["shipping"][source.choice(names)]
        rule["fee"] = rule["fee"] * source.randint(50, 200) // 100
        rule["free_from"] = rule["free_from"] * source.randint(80, 120) // 100
    return changed


def count_bounds(cart: Document) -> int:
    """Count the bounds that the search through a cart's coupons computes."""
    request = parse_request(cart)
    original = Range.after
    noted: list[str] = []

    def after(now: Range, card: Card) -> tuple[Pace, Range] | None:
        noted.append(card.coupon.id)
        return original(now, card)

    with patch.object(Range, "after", after):
        price(request)
    return len(noted)


def price_by_enumeration(document: Document) -> object:
    """All stages as ours, but every set of coupons tried."""
    request = parse_request(document)
    basket = Basket.of(fill_lines(request).parts)
    amounts = [part.amount_minor for part in basket.parts]
    _, amounts = apply_seller_offers(request.offers, basket, amounts)
    crossed = apply_cross_store(request.cross_store, basket, amounts)
    parcels = pack_parcels(basket, request.shipping)
    return best_by_enumeration(request, basket, parcels, crossed.amounts)


def try_set(basket: Basket, wallet: Sequence[Coupon]) -> int:
    """What plain enumeration does for one set: apply its coupons one after another."""
    left: Sequence[int] = [part.amount_minor for part in basket.parts]
    for coupon in wallet:
        left = cut_of_coupon(coupon, basket, left).applied_to(left)
    return sum(left)


def rate(act: Callable[[], object], seconds: float = MEASURE_S / ROUNDS) -> float:
    """Calls a second, after a warm-up."""
    for _ in range(20):
        act()
    count, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < seconds:
        for _ in range(10):
            act()
        count += 10
    return round(count / spent, 1)


def time_once(cart: Document) -> float:
    """Milliseconds of the best of three."""
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        price_document(cart)
        spent.append((time.perf_counter() - began) * 1000)
    return min(spent)


if __name__ == "__main__":
    main()
