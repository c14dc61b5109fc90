"""Random carts as documents: small numbers, so that ties, floors and thresholds are hit often."""

from hypothesis import strategies as st

SELLERS = ["s0", "s1", "s2"]
SKUS = ["k0", "k1", "k2"]
TAGS = ["food", "gold"]
ROOMS = ["r0", "r1"]
CAPS = [10000, 9000, 5000, 2000]


def optional(**fields):
    return st.fixed_dictionaries({}, optional=fields)


def merged(*strategies):
    return st.tuples(*strategies).map(
        lambda parts: {k: v for part in parts for k, v in part.items()}
    )


def subset_of(names):
    return st.lists(st.sampled_from(names), unique=True, max_size=2)


windows = optional(
    starts=st.sampled_from(["2026-10-31T00:00:00+07:00", "2026-11-02T00:00:00Z"]),
    ends=st.sampled_from(["2026-11-01T00:00:00Z", "2026-11-09T00:00:00Z"]),
)
rare_windows = st.one_of(st.just({}), st.just({}), windows)
scopes = st.one_of(
    st.just({}),
    optional(
        sellers=subset_of(SELLERS),
        skus=subset_of(SKUS),
        rooms=subset_of(ROOMS),
        tags=subset_of(TAGS),
        exclude_tags=subset_of(TAGS),
    ),
)
money = st.one_of(st.integers(0, 60), st.sampled_from([10, 20, 30, 100]))
thresholds = st.integers(1, 150)
bps = st.sampled_from([0, 300, 1000, 2500, 3333, 5000, 10000])
discounts = st.one_of(
    merged(st.fixed_dictionaries({"off": money}), optional(threshold=thresholds)),
    merged(
        st.fixed_dictionaries({"percent_bps": bps}), optional(threshold=thresholds, max_off=money)
    ),
)


def prices_of(index):
    kinds = {
        "sale": {},
        "flash": {"left": st.integers(0, 3), "per_buyer_left": st.integers(0, 3)},
        "member": {},
        "presale": {},
        "tier": {"min_qty": st.integers(1, 4)},
        "room": {"room": st.sampled_from(ROOMS)},
        "group": {"group": st.just("g0")},
    }

    def price(kind):
        needed = {"id": st.just(f"p{index}{kind}" if kind != "flash" else "shared"), "unit": money}
        needed["kind"] = st.just(kind)
        extra = {"exclusive": st.booleans()}
        if kind == "flash":
            extra |= kinds[kind]
        else:
            needed |= kinds[kind]
        return merged(st.fixed_dictionaries(needed, optional=extra), rare_windows)

    return st.lists(
        st.sampled_from(sorted(kinds)).flatmap(price), max_size=3, unique_by=lambda each: each["id"]
    )


@st.composite
def lines(draw, index, plain):
    list_price = draw(st.integers(0, 60))
    line = {
        "id": f"l{index}",
        "sku": draw(st.sampled_from(SKUS)),
        "seller": draw(st.sampled_from(SELLERS)),
        "qty": draw(st.integers(1, 5)),
        "list_price": list_price,
        "reference_price": draw(st.one_of(st.just(list_price), st.integers(0, 60))),
    }
    line |= draw(
        optional(
            tags=subset_of(TAGS),
            floor_price=st.integers(0, 40),
            discount_cap_bps=st.sampled_from(CAPS),
            room=st.sampled_from(ROOMS),
            group=st.just("g0"),
        )
    )
    if plain:
        return line
    line["prices"] = draw(prices_of(index))
    if draw(st.integers(0, 4)) == 0:
        deposit = draw(st.integers(0, list_price))
        line["presale"] = {
            "stage": draw(st.sampled_from(["deposit", "balance", "balance"])),
            "deposit": deposit,
            "credit": deposit + draw(st.integers(0, 20)),
        }
    return line


@st.composite
def offers(draw, index):
    kind = draw(st.sampled_from(["spend_save", "nth_unit", "bundle"]))
    offer = {"id": f"o{index}", "kind": kind, "seller": draw(st.sampled_from(SELLERS))}
    offer |= draw(rare_windows) | {"scope": draw(scopes)}
    if kind == "nth_unit":
        offer |= {"n": draw(st.integers(1, 3)), "percent_bps": draw(bps)}
    elif kind == "bundle":
        skus = draw(st.lists(st.sampled_from(SKUS), unique=True, min_size=1, max_size=2))
        offer |= {"skus": {sku: draw(st.integers(1, 2)) for sku in skus}, "price": draw(money)}
    else:
        offer |= draw(discounts)
        if "off" in offer and "threshold" in offer and draw(st.booleans()):
            offer |= {"repeat": True} | draw(optional(max_times=st.integers(0, 3)))
    return offer


@st.composite
def coupons(draw, index):
    issuer = draw(st.sampled_from(["seller", "platform", "red_packet"]))
    coupon = {"id": f"c{index}", "issuer": issuer, "scope": draw(scopes)}
    if issuer == "seller":
        coupon["seller"] = draw(st.sampled_from(SELLERS))
    return coupon | draw(discounts) | draw(rare_windows)


@st.composite
def carts(draw, coupons_max=5, plain=False):
    line_count = draw(st.integers(1, 5))
    offer_count = 0 if plain else draw(st.integers(0, 4))
    coupon_count = draw(st.integers(0, coupons_max))
    programmes = st.fixed_dictionaries(
        {"every": thresholds, "off": money, "scope": scopes},
        optional={"max_times": st.integers(0, 4)},
    )
    programme_count = 0 if plain else draw(st.integers(0, 2))
    return {
        "now": "2026-11-01T12:00:00+07:00",
        "festival": {
            "currency": "VND",
            "discount_cap_bps": draw(st.sampled_from(CAPS)),
            "max_platform_coupons": draw(st.integers(0, 2)),
            "max_red_packets": draw(st.integers(0, 2)),
        },
        "buyer": {"id": "b1", "member_of": draw(subset_of(SELLERS))},
        "lines": [draw(lines(index, plain)) for index in range(line_count)],
        "offers": [draw(offers(index)) for index in range(offer_count)],
        "cross_store": [draw(programmes) | {"id": f"x{index}"} for index in range(programme_count)],
        "coupons": [draw(coupons(index)) for index in range(coupon_count)],
        "shipping": {
            seller: draw(optional(free_from=st.integers(0, 200)))
            | {"fee": draw(st.integers(0, 30))}
            for seller in draw(subset_of(SELLERS))
        },
    }
