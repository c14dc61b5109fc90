"""Reading goods. What buyers see is published and of an admitted stall."""

from collections.abc import Collection, Sequence

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F, QuerySet

from chophien.apps.catalog.models import Product, Sku
from chophien.domain.contact import fold

SEARCH_WORDS_MAX = 8


def list_goods() -> QuerySet[Product]:
    """All that can be seen at the fair, by age: published, of stalls that are admitted."""
    return (
        Product.objects.filter(state=Product.State.PUBLISHED, stall__state="admitted")
        .select_related("stall", "former_province")
        .prefetch_related("skus")
        .order_by("id")
    )


_FIRST_OF_REGIONS = """
SELECT first.id
FROM unnest(%s::text[]) AS wanted (region)
CROSS JOIN LATERAL (
    SELECT p.id
    FROM catalog_product p
    JOIN sellers_stall t ON t.id = p.stall_id
    JOIN festivals_formerprovince f ON f.id = p.former_province_id
    WHERE p.state = 'published' AND t.state = 'admitted' AND f.region = wanted.region
    ORDER BY p.id
    LIMIT %s
) AS first
"""


def list_first_goods(regions: Sequence[str], *, count_max: int) -> QuerySet[Product]:
    """The first goods of each of the regions, by id.

    Cost: reads products in order of their ids, for each region until it has enough, not all.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_OF_REGIONS, [list(regions), count_max])
        ids = [row[0] for row in cursor.fetchall()]
    return list_goods_by_ids(ids)


def list_goods_of_stall(stall_id: int) -> QuerySet[Product]:
    return list_goods().filter(stall_id=stall_id)


def list_goods_by_ids(product_ids: Collection[int]) -> QuerySet[Product]:
    return list_goods().filter(id__in=product_ids)


def list_all_goods() -> QuerySet[Product]:
    """In whatever state: for the office and the stall's own pages."""
    return Product.objects.select_related("stall", "former_province").prefetch_related("skus")


def find_goods(slug: str) -> Product | None:
    return list_goods().filter(slug=slug).first()


def search_goods(text: str) -> QuerySet[Product]:
    """Goods whose name, province, region or stall hold every word of `text`, best first.

    Diacritics and case do not matter, a word may be begun only; an empty text finds nothing.
    Cost: one index scan.
    """
    query = _build_query(text)
    if query is None:
        return list_goods().none()
    return (
        list_goods()
        .filter(search=query)
        .annotate(rank=SearchRank(F("search"), query))
        .order_by("-rank", "id")
    )


def search_skus(text: str) -> QuerySet[Sku] | None:
    """Skus of goods in whatever state that hold every word; `None` for a text without words."""
    query = _build_query(text)
    return None if query is None else Sku.objects.filter(product__search=query)


def list_skus(sku_ids: Collection[int]) -> QuerySet[Sku]:
    """With product and stall, ordered by id."""
    return (
        Sku.objects.filter(id__in=sku_ids)
        .select_related("product__stall", "product__former_province")
        .order_by("id")
    )


def find_sku(sku_id: int) -> Sku | None:
    return list_skus([sku_id]).first()


def is_on_sale(sku: Sku) -> bool:
    """Whether buyers may buy it now, stock aside. Expects product and stall to be loaded."""
    return sku.product.state == Product.State.PUBLISHED and sku.product.stall.state == "admitted"


def list_goods_for_office(text: str) -> QuerySet[Product]:
    """Goods in whatever state by name; those that a search finds where `text` has words."""
    goods = list_all_goods().order_by("name_vi")
    query = _build_query(text)
    return goods if query is None else goods.filter(search=query)


def _build_query(text: str) -> SearchQuery | None:
    """Every word begun, in any order; `None` for a text without words."""
    words = fold(text).split()[:SEARCH_WORDS_MAX]
    if not words:
        return None
    return SearchQuery(
        " & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw"
    )


def list_skus_by_codes(codes: Collection[str]) -> QuerySet[Sku]:
    """With product, ordered by id; codes that name none are left out."""
    return Sku.objects.filter(code__in=codes).select_related("product").order_by("id")
