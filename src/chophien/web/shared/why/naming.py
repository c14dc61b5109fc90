"""Names for the codes that promotions use, read where a page does not have them at hand."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from chophien.apps.catalog.selectors import list_skus_by_codes
from chophien.apps.sellers.selectors import list_stalls_by_slugs
from chophien.web.shared.why.words import Names, Rule, list_codes, list_slugs
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from chophien.apps.catalog.models import Sku


def load_names(rules: Collection[Rule], *, currency: str, known: "Iterable[Sku]" = ()) -> Names:
    """Names of all that these rules mention; `known` skus come with product and stall loaded.

    No query when every goods and stall is known; else one for goods, one for stalls.
    """
    goods, stalls = {}, {}
    for sku in known:
        goods[sku.code] = name_goods(sku)
        stalls[sku.product.stall.slug] = local(sku.product.stall, "name")
    codes = list_codes(rules) - goods.keys()
    if codes:
        goods |= {sku.code: name_goods(sku) for sku in list_skus_by_codes(codes)}
    slugs = list_slugs(rules) - stalls.keys()
    if slugs:
        stalls |= {stall.slug: local(stall, "name") for stall in list_stalls_by_slugs(slugs)}
    return Names(currency=currency, goods=goods, stalls=stalls)


def name_goods(sku: "Sku") -> str:
    """The product with what one unit of it is: two skus of a product are told apart."""
    return f"{local(sku.product, 'name')} ({local(sku, 'unit')})"
