"""Whole minor units: how an amount is shared without loss, and how it is written for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BPS_WHOLE: Final = 10_000  # basis points in a whole: 100 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A currency of the fair; `exponent` counts the decimals of its minor unit (ISO 4217)."""

    code: str
    exponent: int
    symbol: str
    symbol_leads: bool


CURRENCIES: Final[dict[str, Currency]] = {
    "VND": Currency(code="VND", exponent=0, symbol="₫", symbol_leads=False),
    "CNY": Currency(code="CNY", exponent=2, symbol="¥", symbol_leads=True),
    "USD": Currency(code="USD", exponent=2, symbol="$", symbol_leads=True),
}

MINUS: Final = "\N{MINUS SIGN}"


class UnknownCurrencyError(ValueError):
    """The code names no currency that this software can write."""


def share(amount_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split an amount in proportion to the weights without losing or making a minor unit.

    Each share is first rounded down; the units left over go one each to the largest
    remainders, the earlier weight first among equal ones. The shares sum to the amount, and
    a weight of zero gets nothing. O(n log n).

    >>> share(10, [1, 1, 1])
    (4, 3, 3)

    Raises:
        ValueError: the amount or a weight is negative, or no weight is above zero.

    Source: largest-remainder (Hamilton) method.
    """
    whole = sum(weights)
    if amount_minor < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("share needs an amount of at least 0 and weights of at least 0, one above")
    shares = [amount_minor * weight // whole for weight in weights]
    left_over = amount_minor - sum(shares)
    assert 0 <= left_over < len(shares), "rounding down loses less than one unit per weight"
    if left_over:
        remainders = [amount_minor * weight % whole for weight in weights]
        by_remainder = sorted(range(len(shares)), key=remainders.__getitem__, reverse=True)
        for index in by_remainder[:left_over]:
            shares[index] += 1
    assert sum(shares) == amount_minor, "the shares sum to the amount"
    return tuple(shares)


def share_of_bps(amount_minor: int, bps: int) -> int:
    """Return that many basis points of an amount, rounded down."""
    return amount_minor * bps // BPS_WHOLE


def least_after_cap(amount_minor: int, cap_bps: int) -> int:
    """Return what must be left of an amount of which at most `cap_bps` may be taken, rounded up."""
    return -(-amount_minor * (BPS_WHOLE - cap_bps) // BPS_WHOLE)


def find_currency(code: str) -> Currency:
    """Return the currency of an ISO 4217 code.

    Raises:
        UnknownCurrencyError: the code is none of `CURRENCIES`.
    """
    currency = CURRENCIES.get(code)
    if currency is None:
        raise UnknownCurrencyError(f"unknown currency {code!r}; known: {', '.join(CURRENCIES)}")
    return currency


def render_money(amount_minor: int, currency: str, language: str) -> str:
    """Write an amount as people write it in that currency and language.

    The đồng has no decimals, dots between thousands, and its sign behind, in every language.
    Yuan and dollar have two decimals and their sign in front; Vietnamese (`vi`) puts dots
    between thousands and a comma before decimals, every other language the reverse.

    >>> render_money(199000, "VND", "en"), render_money(129900, "CNY", "zh")
    ('199.000 ₫', '¥ 1,299.00')
    >>> render_money(129900, "CNY", "vi")
    '¥ 1.299,00'

    Raises:
        UnknownCurrencyError: the code is none of `CURRENCIES`.
    """
    money = find_currency(currency)
    thousands, point = (".", ",") if language == "vi" or money.exponent == 0 else (",", ".")
    major, minor = divmod(abs(amount_minor), 10**money.exponent)
    number = f"{major:,}".replace(",", thousands)
    if money.exponent:
        number = f"{number}{point}{minor:0{money.exponent}d}"
    sign = MINUS if amount_minor < 0 else ""
    if money.symbol_leads:
        return f"{sign}{money.symbol} {number}"
    return f"{sign}{number} {money.symbol}"
