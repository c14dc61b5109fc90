"""The fair's home, regions, stalls, goods and search."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chophien.apps.catalog.selectors import (
    find_goods,
    find_lowest_list_prices,
    list_first_goods,
    list_goods,
    list_goods_of_stall,
    list_skus,
    search_goods,
)
from chophien.apps.festivals.selectors import get_current_festival, list_regions
from chophien.apps.live.selectors import list_rooms_on_air
from chophien.apps.programme.selectors import list_coming
from chophien.apps.promotions.selectors import list_skus_on_flash
from chophien.apps.sellers.selectors import find_open_stall, list_open_stalls
from chophien.web.shared.calendar import build_strip
from chophien.web.shared.clock import now
from chophien.web.shared.goods import GoodsCard, build_cards, build_sku_cards

if TYPE_CHECKING:
    from chophien.apps.festivals.models import Festival

PAGE_CARDS = 24
REGION_CARDS = 6
FLASH_CARDS = 6
# How far back a price is compared; the law and fair trade look at a month.
LOOK_BACK = timedelta(days=30)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What is on air, what starts when, what is cheap for how long."""
    at = now()
    festival = get_current_festival(at)
    flash_skus = list_skus(list_skus_on_flash(at, count_max=FLASH_CARDS))
    flash = build_sku_cards(flash_skus, festival=festival, at=at)
    context = {
        "festival": festival,
        "strip": build_strip(festival.id, at),
        "on_air": _build_on_air(festival, at),
        "coming": list_coming(at, count_max=4),
        "flash": [card for card in flash if card.left],
        "regions": _build_regions(festival, at),
    }
    return render(request, "fair/home.html", context)


def _build_regions(festival: "Festival", at: datetime) -> list[dict[str, object]]:
    """The first goods of each region that has any; all are read, and priced, together."""
    regions = list_regions()
    goods = list_first_goods([slug for slug, _ in regions], count_max=REGION_CARDS)
    cards: dict[str, list[GoodsCard]] = defaultdict(list)
    for card in build_cards(goods, festival=festival, at=at):
        cards[card.product.former_province.region].append(card)
    return [
        {"slug": slug, "name": name, "cards": cards[slug]}
        for slug, name in regions
        if slug in cards
    ]


def _build_on_air(festival: "Festival", at: datetime) -> list[dict[str, object]]:
    """The rooms on air, each with the card of what is pinned in it."""
    rooms = list(list_rooms_on_air(at))
    skus = list_skus([room.pinned_id for room in rooms if room.pinned_id is not None])
    cards = {card.sku.id: card for card in build_sku_cards(skus, festival=festival, at=at)}
    return [{"room": room, "pinned": cards.get(room.pinned_id or 0)} for room in rooms]


@require_GET
def goods_list(request: HttpRequest) -> HttpResponse:
    """All goods, of a region, or those that a search finds."""
    at = now()
    text = request.GET.get("q", "").strip()[:100]
    region = request.GET.get("region", "")
    found = search_goods(text) if text else list_goods()
    if region:
        found = found.filter(former_province__region=region)
    page = Paginator(found, PAGE_CARDS).get_page(request.GET.get("page"))
    context = {
        "festival": get_current_festival(at),
        "text": text,
        "region": region,
        "regions": list_regions(),
        "page": page,
        "cards": build_cards(page.object_list, festival=get_current_festival(at), at=at),
    }
    return render(request, "fair/goods_list.html", context)


@require_GET
def goods(request: HttpRequest, slug: str) -> HttpResponse:
    at = now()
    festival = get_current_festival(at)
    product = find_goods(slug)
    if product is None:
        raise Http404
    (card,) = build_cards([product], festival=festival, at=at)
    others = list_goods_of_stall(product.stall_id).exclude(id=product.id)[:REGION_CARDS]
    context = {
        "festival": festival,
        "card": card,
        "lowest": find_lowest_list_prices(
            [sku_card.sku.id for sku_card in card.skus], since=at - LOOK_BACK
        ),
        "others": build_cards(others, festival=festival, at=at),
        "rooms": list_rooms_on_air(at).filter(show__segments__sku__product=product),
    }
    return render(request, "fair/goods.html", context)


@require_GET
def stall_list(request: HttpRequest) -> HttpResponse:
    stalls = list_open_stalls().order_by("former_province__region", "name_vi")
    return render(request, "fair/stall_list.html", {"stalls": stalls})


@require_GET
def stall(request: HttpRequest, slug: str) -> HttpResponse:
    at = now()
    found = find_open_stall(slug)
    if found is None:
        raise Http404
    cards = build_cards(list_goods_of_stall(found.id), festival=get_current_festival(at), at=at)
    return render(request, "fair/stall.html", {"stall": found, "cards": cards})


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "fair/privacy.html")
