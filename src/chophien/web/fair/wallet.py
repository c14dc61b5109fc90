"""A person's coupons: what is held, what can be claimed; and the stalls that one has joined."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.live.drops import claim_drop
from chophien.apps.live.selectors import find_drop
from chophien.apps.promotions.selectors import find_coupon, list_claimable, list_wallet
from chophien.apps.promotions.wallets import claim, is_claimable
from chophien.apps.sellers.selectors import find_open_stall, list_memberships
from chophien.apps.sellers.services import join_stall, leave_stall
from chophien.web.shared.carts import bring_guest_cart
from chophien.web.shared.clock import now
from chophien.web.shared.coupons import (
    build_coupon_cards,
    load_coupon_names,
    sort_wallet,
    tell_claim,
)
from chophien.web.shared.people import find_user_id, get_user
from chophien.web.templatetags.fair import local

SHOWN_MAX = 60  # coupons of each sort on one page


@never_cache
@login_required
@require_GET
@bring_guest_cart
def show_wallet(request: HttpRequest) -> HttpResponse:
    """What the person holds, what can be claimed, and the stalls joined."""
    at = now()
    user_id = get_user(request).pk
    festival = get_current_festival(at)
    held = list(list_wallet(user_id)[:SHOWN_MAX])
    claimable = list(list_claimable(at, festival_id=festival.id)[:SHOWN_MAX])
    coupons = [each.coupon for each in held] + claimable
    names = load_coupon_names(coupons, currency=festival.currency)
    cards = build_coupon_cards(claimable, user_id=user_id, names=names)
    context = {
        "festival": festival,
        "wallet": sort_wallet(held, names=names, at=at),
        "claimable": [card for card in cards if not card.has_enough],
        "memberships": list_memberships(user_id),
    }
    return render(request, "fair/wallet.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@bring_guest_cart
def claim_coupon(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Take a coupon with a press; a guest logs in first and comes back to a page with the button.

    A GET changes nothing.
    """
    user_id = find_user_id(request)
    back = _find_next(request)
    if user_id is None:
        here = reverse("claim_coupon", args=[coupon_id])
        return redirect_to_login(f"{here}?{urlencode({'next': back})}" if back else here)
    at = now()
    if request.method == "POST":
        tell_claim(request, claim(coupon_id=coupon_id, user_id=user_id, at=at))
        return HttpResponseRedirect(back or reverse("wallet"))
    coupon = find_coupon(coupon_id)
    if coupon is None or coupon.way != coupon.Way.CLAIM:
        raise Http404
    names = load_coupon_names([coupon], currency=coupon.festival.currency)
    (card,) = build_coupon_cards([coupon], user_id=user_id, names=names)
    context = {"card": card, "next": back, "is_open": is_claimable(coupon, at)}
    return render(request, "fair/claim.html", context)


@require_POST
def take_drop(request: HttpRequest, show_id: int, drop_id: int) -> HttpResponse:
    """Take the coupon that falls in a room; a guest logs in and comes back to the room."""
    user_id = find_user_id(request)
    room = reverse("room", args=[show_id])
    if user_id is None:
        return redirect_to_login(room)
    drop = find_drop(drop_id)
    if drop is None or drop.room.show_id != show_id:
        raise Http404
    tell_claim(request, claim_drop(drop_id=drop_id, user_id=user_id, at=now()))
    return redirect(room)


@require_POST
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Become a member of a stall; a guest logs in first and comes back to the stall."""
    return _change_membership(request, slug, joins=True)


@require_POST
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    return _change_membership(request, slug, joins=False)


def _change_membership(request: HttpRequest, slug: str, *, joins: bool) -> HttpResponse:
    stall = find_open_stall(slug)
    if stall is None:
        raise Http404
    back = _find_next(request) or reverse("stall", args=[slug])
    user_id = find_user_id(request)
    if user_id is None:
        return redirect_to_login(back)
    name = {"stall": local(stall, "name")}
    if joins:
        join_stall(stall_id=stall.id, user_id=user_id, at=now())
        text = _("You are a member of %(stall)s now: its member prices are yours.")
        messages.success(request, text % name)
    else:
        leave_stall(stall_id=stall.id, user_id=user_id)
        messages.info(request, _("You have left %(stall)s. You can join again at any time.") % name)
    return HttpResponseRedirect(back)


def _find_next(request: HttpRequest) -> str:
    """Where to go on to, if it is a place of this site."""
    target = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if is_ours else ""
