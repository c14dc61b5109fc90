"""Where orders can go."""

import msgspec
from django.http import HttpRequest, HttpResponse

from chophien.api.answers import answer
from chophien.apps.festivals.selectors import list_provinces


class ProvinceShown(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    slug: str
    name: str


class ProvincesShown(msgspec.Struct, frozen=True, kw_only=True):
    provinces: list[ProvinceShown]


def show_provinces(request: HttpRequest) -> HttpResponse:
    """Today's provinces and cities by name."""
    del request  # the same for everybody
    found = [
        ProvinceShown(id=place.pk, slug=place.slug, name=place.name) for place in list_provinces()
    ]
    return answer(ProvincesShown(provinces=found))
