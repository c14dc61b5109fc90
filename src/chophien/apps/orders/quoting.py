"""What a cart costs: its goods, all that applies to them, and the budgets that still hold."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from chophien.apps.festivals.models import Festival
from chophien.apps.orders.models import CartLine, PricedRequest
from chophien.apps.orders.selectors import build_request
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.selectors import Rules, load_rules
from chophien.domain.pricing.quote import price_document
from chophien.statements import load
from chophien.statements.prepared import Asked, run

_BUYING = load("buying")

Quote = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedCart:
    """A quote with the request it answers, so that anyone can price it again."""

    request: dict[str, Any]
    quote: Quote
    budget_by_id: Mapping[str, str]

    @property
    def off_by_budget(self) -> dict[str, int]:
        """What each promotion takes off, by its key in the budgets' history."""
        return _sum_by_budget(self.quote, self.budget_by_id)

    @property
    def held_ids(self) -> list[int]:
        """The coupons of the wallet that the quote uses."""
        return [
            int(each["id"][1:]) for each in self.quote["adjustments"] if each["stage"] == "coupon"
        ]


def keep_priced(priced: PricedCart) -> PricedRequest:
    """Keep what was confirmed, once for all orders that are alike in every word."""
    digest, asked = ask_to_keep(priced)
    run(*asked)
    return PricedRequest.objects.get(digest=digest)


def ask_to_keep(priced: PricedCart) -> tuple[str, Asked]:
    """The digest of what was confirmed, and the statement that keeps it."""
    request, quote = msgspec.json.encode(priced.request), msgspec.json.encode(priced.quote)
    digest = sha256(b"[%b,%b]" % (request, quote)).hexdigest()
    values = {"digest": digest, "request": request.decode(), "quote": quote.decode()}
    return digest, (_BUYING["write_priced"], values)


def quote_lines(
    lines: Sequence[CartLine],
    *,
    festival: Festival,
    buyer: Buyer,
    at: datetime,
    held_ids: Collection[int] | None = None,
) -> PricedCart:
    """What these lines cost together at `at`, with the best coupons of the buyer's wallet.

    `held_ids` keeps to the coupons that the buyer picked by hand. A promotion whose budget holds
    less than it would take here is over: the cart is priced again without it.
    """
    rules = load_rules(
        [line.sku for line in lines], festival=festival, buyer=buyer, at=at, held_ids=held_ids
    )
    request = build_request(lines, festival=festival, buyer=buyer, rules=rules, at=at)
    while True:
        quote = price_document(request)
        spent_out = _find_spent_out(quote, rules)
        if not spent_out:
            return PricedCart(request=request, quote=quote, budget_by_id=rules.budget_by_id)
        for key in ("offers", "cross_store", "coupons"):
            request[key] = [rule for rule in request[key] if rule["id"] not in spent_out]


def _find_spent_out(quote: Quote, rules: Rules) -> set[str]:
    """Ids in the quote whose budget holds less than the quote takes of it."""
    left = rules.left_by_budget
    budgets = rules.budget_by_id
    over = {key for key, off in _sum_by_budget(quote, budgets).items() if off > left.get(key, off)}
    return {own_id for own_id, key in budgets.items() if key in over}


def _sum_by_budget(quote: Quote, budget_by_id: Mapping[str, str]) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for each in quote["adjustments"]:
        sums[budget_by_id[each["id"]]] += each["off"]
    return dict(sums)
