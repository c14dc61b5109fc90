"""`make bench-simulation`: carts a second of `chophien simulate`, in one process and in all.

A file of 20,000 carts like the reference cart of `bench.pricing`, each with its own quantities,
under a plan with budgets and flash units that run out on the way. Beside it, in the same run, the
floor under any simulation: the bare pricing of the same carts, twice each. Writes
`build/bench/simulation.json`.
"""

import json
import os
import time
from pathlib import Path
from random import Random
from typing import Any

from bench.pricing import build_cart
from chophien.config.progress import Progress
from chophien.config.simulate import simulate_lines
from chophien.domain.pricing.parse import parse_request
from chophien.domain.pricing.quote import price
from chophien.domain.simulation.plan import Plan, parse_plan

OUT = Path("build/bench/simulation.json")
CARTS = 20_000
BARE_CARTS = 2_000  # of them, for the bare pricing
SEED = 11


def main() -> None:
    lines = build_lines(CARTS)
    plan = parse_plan(build_plan())
    processors = os.cpu_count() or 1
    figures = {
        "carts": CARTS,
        "bare_pricing_carts_per_s": measure_bare(lines[:BARE_CARTS]),
        "carts_per_s_in_1_process": measure(lines, plan, processes=1),
        f"carts_per_s_in_{processors}_processes": measure(lines, plan, processes=processors),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    for name, value in sorted(figures.items()):
        print(f"{name:<32} {value}")


def build_lines(count: int) -> list[bytes]:
    """Carts of five lines with quantities drawn from a seed, one document a line."""
    source = Random(SEED)
    lines = []
    for number in range(count):
        cart = build_cart(5)
        cart["buyer"]["id"] = f"b{number}"
        for line in cart["lines"]:
            line["qty"] = source.randint(1, 4)
        lines.append(json.dumps(cart).encode() + b"\n")
    return lines


def build_plan() -> dict[str, Any]:
    """The promotions of the reference cart, with costs, limits, and a deeper cross-store step."""
    cart = build_cart(5)
    plan = {name: cart[name] for name in ("offers", "cross_store", "coupons")}
    plan["cross_store"][0]["off"] = 50_000
    plan["prices"] = {line["sku"]: line["prices"] for line in cart["lines"]}
    for _, flash in plan["prices"].values():
        flash["left"] = CARTS // 4
    plan["costs"] = {line["sku"]: line["list_price"] * 72 // 100 for line in cart["lines"]}
    plan["budgets"] = {"c4": 200_000_000, "x1": 300_000_000}
    return plan


def measure_bare(lines: list[bytes]) -> int:
    began = time.perf_counter()
    for line in lines:
        request = parse_request(json.loads(line))
        price(request)
        price(request)
    return round(len(lines) / (time.perf_counter() - began))


def measure(lines: list[bytes], plan: Plan, *, processes: int) -> int:
    began = time.perf_counter()
    tally = simulate_lines(lines, plan, Progress(None), processes=processes)
    assert tally.priced == len(lines), "every cart is priced"
    return round(len(lines) / (time.perf_counter() - began))


if __name__ == "__main__":
    main()
