"""Wallets as buyers have them: coupons of each size, in carts whose floors and fees matter.

Drawn from a seed, much faster than by strategies, so that many are tried.
"""

import random

TAGS = ["food", "gold", "green"]


def draw_wallet(seed, *, lines, sellers, own_each, platform, packets):
    """Make a cart document; `own_each` coupons of each seller, money in whole `grain`s."""
    source = random.Random(seed)
    grain = source.choice([1, 10, 1000])
    names = [f"s{index}" for index in range(sellers)]
    cart = [draw_line(source, f"l{index}", source.choice(names), grain) for index in range(lines)]
    coupons = []
    for seller in names:
        worth = worth_of(line for line in cart if line["seller"] == seller)
        coupons += [
            draw_coupon(source, worth, names) | {"issuer": "seller", "seller": seller}
            for _ in range(own_each)
        ]
    for issuer, count in (("platform", platform), ("red_packet", packets)):
        coupons += [
            draw_coupon(source, worth_of(cart), names) | {"issuer": issuer} for _ in range(count)
        ]
    source.shuffle(coupons)
    return {
        "now": "2026-11-01T12:00:00+07:00",
        "festival": {
            "currency": "VND",
            "discount_cap_bps": source.choice([1000, 3000, 5000, 10000]),
            "max_platform_coupons": source.randint(1, 2),
            "max_red_packets": source.randint(1, 2),
        },
        "lines": cart,
        "coupons": [coupon | {"id": f"c{index:02}"} for index, coupon in enumerate(coupons)],
        "shipping": {
            seller: {
                "fee": source.randint(0, 40) * grain,
                "free_from": worth_of(line for line in cart if line["seller"] == seller)
                * source.randint(50, 100)
                // 100,
            }
            for seller in names
        },
    }


def worth_of(lines):
    return sum(line["qty"] * line["list_price"] for line in lines)


def draw_line(source, line_id, seller, grain):
    price = source.randint(1, 400) * grain
    return {
        "id": line_id,
        "sku": f"k{line_id}",
        "seller": seller,
        "qty": source.randint(1, 3),
        "list_price": price,
        "reference_price": price,
        "floor_price": source.choice([0, 0, price * source.randint(0, 100) // 100]),
        "tags": source.sample(TAGS, source.randint(0, 2)),
    }


def draw_coupon(source, worth, sellers):
    coupon = {"scope": draw_scope(source, sellers)}
    if source.random() < 0.8:
        coupon["threshold"] = max(1, worth * source.randint(20, 110) // 100)
    if source.random() < 0.5:
        return coupon | {"off": max(1, worth * source.randint(2, 20) // 100)}
    coupon["percent_bps"] = source.choice([300, 500, 1000, 1500, 2000])
    if source.random() < 0.6:
        coupon["max_off"] = max(1, worth * source.randint(3, 15) // 100)
    return coupon


def draw_scope(source, sellers):
    kind = source.choice(["all", "all", "tags", "exclude_tags", "sellers"])
    if kind == "all":
        return {}
    if kind == "sellers":
        return {"sellers": source.sample(sellers, source.randint(1, len(sellers)))}
    return {kind: source.sample(TAGS, 1)}
