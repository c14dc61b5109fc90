"""Limits are kept: nobody has more units at a price than one buyer gets, over all orders."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from chophien.domain.history.books import Books, Use
from chophien.domain.history.facts import PriceUse
from chophien.domain.history.findings import Findings, Law


def count_live(uses: Iterable[Use]) -> int:
    """Units of orders that were not let go."""
    return sum(units for _, until_us, units in uses if until_us is None)


def check_limits(
    counted: Iterable[PriceUse], books: Books, phone_keys: Mapping[str, str], findings: Findings
) -> None:
    """Hold each buyer's units against the limit, and against what the database has counted.

    `counted` are those of prices with a limit. `phone_keys` gives the keys of phone numbers as far
    as they are known; buyers with another phone are compared by their units alone.
    """
    units: Counter[tuple[int, str]] = Counter()
    nameless: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for (price_id, user_id), uses in books.by_user.items():
        units[price_id, f"u:{user_id}"] += count_live(uses)
    for (price_id, phone), uses in books.by_phone.items():
        key = phone_keys.get(phone)
        live = count_live(uses)
        if key is not None:
            units[price_id, key] += live
        elif live:
            nameless[price_id][live] += 1
            _check_limit(price_id, f"phone …{phone[-3:]}", live, books, findings)
    for (price_id, buyer), live in units.items():
        _check_limit(price_id, buyer, live, books, findings)
    _compare(counted, units, nameless, findings)


def _check_limit(price_id: int, buyer: str, units: int, books: Books, findings: Findings) -> None:
    findings.checked[Law.LIMITS] += 1
    most = books.prices[price_id].per_buyer_max
    if most is not None and units > most:
        findings.add(
            Law.LIMITS, f"price {price_id}: {buyer} has {units} units, {most} are the limit"
        )


def _compare(
    counted: Iterable[PriceUse],
    units: Counter[tuple[int, str]],
    nameless: Mapping[int, Counter[int]],
    findings: Findings,
) -> None:
    strangers: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for use in counted:
        place = use.price_id, use.buyer
        if place in units:
            what = f"price {use.price_id}: units counted for {use.buyer}"
            findings.expect(Law.LIMITS, units.pop(place), use.units, what)
        elif use.units:
            strangers[use.price_id][use.units] += 1
    for (price_id, buyer), live in units.items():
        if live:
            findings.add(Law.LIMITS, f"price {price_id}: {live} units of {buyer} are not counted")
    for price_id in sorted(strangers.keys() | nameless.keys()):
        findings.expect(
            Law.LIMITS,
            dict(nameless.get(price_id, {})),
            dict(strangers[price_id]),
            f"price {price_id}: buyers by units, of those with an unknown phone",
        )
