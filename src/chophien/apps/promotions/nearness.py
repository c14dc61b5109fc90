"""Goods worth adding to a cart: those whose price is near what the next step of a discount needs."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

_NEAR = """
SELECT k.id FROM catalog_sku k
JOIN catalog_product p ON p.id = k.product_id
JOIN sellers_stall t ON t.id = p.stall_id
JOIN inventory_stock s ON s.sku_id = k.id
WHERE p.state = 'published' AND t.state = 'admitted' AND p.promotion_ban = '' AND s.free > 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Goods that are looked for: of these stalls, codes and tags (one is enough), none excluded.

    `None` asks nothing. `price_minor` is the list price to come near.
    """

    price_minor: int
    stall_slugs: tuple[str, ...] | None = None
    sku_codes: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    tags_excluded: tuple[str, ...] = ()
    sku_ids_excluded: tuple[int, ...] = ()


def list_skus_near(wish: Wish, *, stall_ids: Collection[int], count_max: int) -> list[int]:
    """Skus in stock with list prices near the wished: the least above it first, then below.

    Half of them, as far as there are, from `stall_ids`. One query of four index walks along the
    list price; each stops at `count_max` rows.
    """
    conditions, values = _wish_conditions(wish)
    walks: list[str] = []
    params: list[int | list[int] | list[int | str]] = []
    whose: list[tuple[str, list[list[int]]]] = [
        ("AND p.stall_id = ANY(%s)", [list(stall_ids)]),
        ("", []),
    ]
    for own, own_values in whose:
        for side, order in ((">=", "ASC"), ("<", "DESC")):
            walks.append(
                f"({_NEAR} {conditions} {own} AND k.list_price_minor {side} %s "
                f"ORDER BY k.list_price_minor {order}, k.id LIMIT %s)"
            )
            params += [*values, *own_values, wish.price_minor, count_max]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(walks), params)
        return list(dict.fromkeys(row[0] for row in cursor.fetchall()))


def _wish_conditions(wish: Wish) -> tuple[str, list[list[int | str]]]:
    asked: list[tuple[str, tuple[int | str, ...] | None]] = [
        ("t.slug = ANY(%s)", wish.stall_slugs),
        ("k.code = ANY(%s)", wish.sku_codes),
        ("p.tags && %s::varchar[]", wish.tags),
        ("NOT p.tags && %s::varchar[]", wish.tags_excluded or None),
        ("NOT k.id = ANY(%s)", wish.sku_ids_excluded or None),
    ]
    present = [(text, value) for text, value in asked if value is not None]
    return "".join(f" AND {text}" for text, _ in present), [[*value] for _, value in present]
