"""The fair's home, regions, stalls, goods and search."""

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chophien.apps.admission.selectors import list_rooms_of
from chophien.apps.catalog.selectors import (
    find_goods,
    list_first_goods,
    list_goods,
    list_goods_of_stall,
    list_skus,
    search_goods,
)
from chophien.apps.festivals.selectors import get_current_festival, list_regions
from chophien.apps.live.selectors import list_rooms_on_air
from chophien.apps.orders.buy_now import Asked
from chophien.apps.programme.selectors import list_coming
from chophien.apps.promotions.selectors import (
    find_lowest_prices,
    list_claimable,
    list_cross_store,
    list_offers,
    list_skus_on_flash,
)
from chophien.apps.sellers.selectors import find_open_stall, is_member, list_open_stalls
from chophien.web.fair.buy_now import build_panel
from chophien.web.fair.presale import build_presale_boxes
from chophien.web.shared.calendar import build_strip
from chophien.web.shared.clock import now
from chophien.web.shared.coupons import build_coupon_cards
from chophien.web.shared.goods import GoodsCard, build_cards, build_sku_cards, find_reader
from chophien.web.shared.video import find_live
from chophien.web.shared.why.naming import load_names
from chophien.web.shared.why.reach import find_reach, list_promises

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chophien.apps.catalog.models import Sku
    from chophien.apps.festivals.models import Festival
    from chophien.apps.promotions.buyers import Buyer
    from chophien.web.shared.coupons import CouponCard

PAGE_CARDS = 24
REGION_CARDS = 6
FLASH_CARDS = 6
COUPON_CARDS = 12
HOME_COUPONS = 3


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What is on air, what starts when, what is cheap for how long."""
    at = now()
    festival = get_current_festival(at)
    reader = find_reader(request)
    flash_skus = list_skus(list_skus_on_flash(at, count_max=FLASH_CARDS))
    flash = build_sku_cards(flash_skus, festival=festival, at=at, reader=reader)
    context = {
        "festival": festival,
        "strip": build_strip(festival.id, at),
        "on_air": _build_on_air(request, festival, at),
        "coming": list_coming(at, count_max=4),
        "flash": [card for card in flash if card.left],
        "coupons": _build_festival_coupons(festival, at, reader),
        "regions": _build_regions(festival, at, reader),
    }
    return render(request, "fair/home.html", context)


def _build_festival_coupons(
    festival: "Festival", at: datetime, reader: "Buyer"
) -> "list[CouponCard]":
    """The festival's own coupons that can be claimed, those still to be had first."""
    found = list_claimable(at, festival_id=festival.id, stall_ids=(), with_festival=True)
    coupons = list(found[:HOME_COUPONS])
    names = load_names([coupon.rule for coupon in coupons], currency=festival.currency)
    cards = build_coupon_cards(coupons, user_id=reader.user_id, names=names)
    return sorted(cards, key=lambda card: _rank_coupon(card, at))


def _build_regions(festival: "Festival", at: datetime, reader: "Buyer") -> list[dict[str, object]]:
    """The first goods of each region that has any; all are read, and priced, together."""
    regions = list_regions()
    goods = list_first_goods([slug for slug, _ in regions], count_max=REGION_CARDS)
    cards: dict[str, list[GoodsCard]] = defaultdict(list)
    for card in build_cards(goods, festival=festival, at=at, reader=reader):
        cards[card.product.former_province.region].append(card)
    return [
        {"slug": slug, "name": name, "cards": cards[slug]}
        for slug, name in regions
        if slug in cards
    ]


def _build_on_air(
    request: HttpRequest, festival: "Festival", at: datetime
) -> list[dict[str, object]]:
    """The rooms on air, each with the card of what is pinned in it."""
    rooms = list(list_rooms_on_air(at))
    skus = list_skus([room.pinned_id for room in rooms if room.pinned_id is not None])
    cards = {card.sku.id: card for card in build_sku_cards(skus, festival=festival, at=at)}
    return [
        {
            "room": room,
            "pinned": cards.get(room.pinned_id or 0),
            "video": find_live(request, room.id),
        }
        for room in rooms
    ]


@require_GET
def goods_list(request: HttpRequest) -> HttpResponse:
    """All goods, of a region, or those that a search finds."""
    at = now()
    festival = get_current_festival(at)
    text = request.GET.get("q", "").strip()[:100]
    region = request.GET.get("region", "")
    found = search_goods(text) if text else list_goods()
    if region:
        found = found.filter(former_province__region=region)
    page = Paginator(found, PAGE_CARDS).get_page(request.GET.get("page"))
    reader = find_reader(request)
    context = {
        "festival": festival,
        "text": text,
        "region": region,
        "regions": list_regions(),
        "page": page,
        "cards": build_cards(page.object_list, festival=festival, at=at, reader=reader),
    }
    return render(request, "fair/goods_list.html", context)


@require_GET
def goods(request: HttpRequest, slug: str) -> HttpResponse:
    at = now()
    festival = get_current_festival(at)
    product = find_goods(slug)
    if product is None:
        raise Http404
    reader = find_reader(request)
    others = list_goods_of_stall(product.stall_id).exclude(id=product.id)[:REGION_CARDS]
    card, *rest = build_cards([product, *others], festival=festival, at=at, reader=reader)
    skus = [sku_card.sku for sku_card in card.skus]
    first = card.first.sku
    context = {
        "festival": festival,
        "card": card,
        "panel": build_panel(request, first, Asked(sku_id=first.id, quantity=1), at),
        "lowest": find_lowest_prices([sku.id for sku in skus], at),
        "others": rest,
        "rooms": list_rooms_on_air(at).filter(show__segments__sku__product=product),
        "is_member": is_member(product.stall_id, reader.user_id),
        "presales": build_presale_boxes([sku.id for sku in skus], user_id=reader.user_id, at=at),
        "waiting_rooms": set(list_rooms_of([sku.id for sku in skus]).values()),
    }
    context |= _build_promotions(skus, festival, at, reader.user_id)
    return render(request, "fair/goods.html", context)


def _build_promotions(
    skus: "Sequence[Sku]", festival: "Festival", at: datetime, user_id: int | None
) -> dict[str, object]:
    """What takes something off these goods of one stall, and the coupons to claim for them."""
    stall_ids = {sku.product.stall_id for sku in skus}
    claimable = list_claimable(at, festival_id=festival.id, stall_ids=stall_ids, with_festival=True)
    reach = find_reach(
        skus,
        offers=list(list_offers(stall_ids, [sku.id for sku in skus], at)),
        cross_store=list(list_cross_store(festival, at)),
        coupons=list(claimable[:COUPON_CARDS]),
        at=at,
    )
    named = [*reach.rules, *[coupon.rule for coupon in reach.coupons]]
    names = load_names(named, currency=festival.currency, known=skus)
    cards = build_coupon_cards(reach.coupons, user_id=user_id, names=names)
    return {
        "promises": list(list_promises(reach.rules, names)),
        "coupons": sorted(cards, key=lambda card: _rank_coupon(card, at)),
    }


def _rank_coupon(card: "CouponCard", at: datetime) -> tuple[bool, bool, bool]:
    """Those to be had first, of them those open now, of them the stall's own."""
    coupon = card.coupon
    is_waiting = coupon.starts_at is not None and coupon.starts_at > at
    return card.has_enough, is_waiting, coupon.stall is None


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
    festival = get_current_festival(at)
    reader = find_reader(request)
    cards = build_cards(list_goods_of_stall(found.id), festival=festival, at=at, reader=reader)
    skus = [sku_card.sku for card in cards for sku_card in card.skus]
    context = {
        "stall": found,
        "cards": cards,
        "is_member": is_member(found.id, reader.user_id),
        "member_goods": sum(card.first.has_member_price for card in cards),
    }
    if skus:
        context |= _build_promotions(skus, festival, at, reader.user_id)
    return render(request, "fair/stall.html", context)


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "fair/privacy.html")
