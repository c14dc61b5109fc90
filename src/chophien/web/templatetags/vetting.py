"""What goods are to the law, on pages."""

from collections.abc import Sequence
from typing import Protocol

from django import template

from chophien.domain.vetting import warnings_of

register = template.Library()


class Goods(Protocol):
    """What a warning follows from."""

    tags: Sequence[str]
    promotion_ban: str


@register.filter
def risks(product: Goods | str | None) -> list[str]:
    """`{{ product|risks }}`: the codes of what its buyers are warned of; none of nothing."""
    if product is None or isinstance(product, str):
        return []
    return [warning.value for warning in warnings_of(product.tags, product.promotion_ban)]
