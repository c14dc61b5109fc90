"""A seller's promotions: what runs, what it gave and cost, and setting up new ones."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.catalog.selectors import list_all_goods
from chophien.apps.festivals.selectors import list_open_festivals
from chophien.apps.payments.defaults import default_presale
from chophien.apps.programme.selectors import list_shown, list_shows_of_stalls
from chophien.apps.promotions.ending import end_promotion
from chophien.apps.promotions.overview import find_promotion, list_takedowns
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, sellers_only
from chophien.web.shared.promotion_forms import Owner
from chophien.web.shared.promotion_lists import explain_ending
from chophien.web.shared.promotion_pages import (
    STALL_KINDS,
    answer_form,
    answer_preview,
    list_kinds,
    list_page,
    make_form,
    read_wanted,
)

TAKEDOWNS_SINCE = timedelta(days=30)
SHOWS_MAX = 40


@sellers_only
@require_GET
def my_promotions(request: HttpRequest) -> HttpResponse:
    """Running, coming and over, with what each gave and cost."""
    at = now()
    stall_ids = _list_stall_ids(request)
    context = list_page(request, read_wanted(request.GET, stall_ids=stall_ids), at=at)
    context["takedowns"] = list_takedowns(stall_ids, since=at - TAKEDOWNS_SINCE)
    context["endings"] = {
        line.promotion.key: explain_ending(line.promotion) for line in context["lines"]
    }
    return render(request, "stall/promotions.html", context)


@sellers_only
@require_GET
def choose_kind(request: HttpRequest) -> HttpResponse:
    return render(request, "stall/new_promotion.html", {"kinds": list_kinds(STALL_KINDS)})


@sellers_only
@require_http_methods(["GET", "POST"])
def make_promotion(request: HttpRequest, kind: str) -> HttpResponse:
    """One kind on one page; what would break the law is refused with the way out."""
    _require_kind(kind)
    at = now()
    form = make_form(request, kind, owner=_find_owner(request, at), at=at)
    context = {
        "desk": "stall/_base.html",
        "place": reverse("my_promotions"),
        "preview_url": reverse("preview_promotion", args=[kind]),
    }
    return answer_form(request, form, context=context, done="my_promotions")


@sellers_only
@require_POST
def preview_promotion(request: HttpRequest, kind: str) -> HttpResponse:
    _require_kind(kind)
    at = now()
    form = make_form(request, kind, owner=_find_owner(request, at), at=at)
    return answer_preview(request, form)


@sellers_only
@require_POST
def end_my_promotion(request: HttpRequest, key: str) -> HttpResponse:
    """End one of the seller's own; another stall's is as if it were not there."""
    at = now()
    promotion = find_promotion(key, at=at, stall_ids=_list_stall_ids(request))
    if promotion is None:
        raise Http404
    if end_promotion(promotion, at=at):
        messages.success(request, _("It has ended; every page and price knows."))
    else:
        messages.info(request, _("It had ended already."))
    return redirect("my_promotions")


@sellers_only
@require_POST
def cannot_deliver(request: HttpRequest, key: str) -> HttpResponse:
    """Say that a presale cannot be delivered: deposits are owed back, and as much again."""
    at = now()
    promotion = find_promotion(key, at=at, stall_ids=_list_stall_ids(request))
    if promotion is None or promotion.kind != "presale":
        raise Http404
    user_id = get_user(request).pk
    if default_presale(presale_id=promotion.row.pk, by_id=user_id, at=at):
        messages.success(
            request, _("The presale is called off. What you owe its buyers is under “Refunds”.")
        )
    else:
        messages.info(request, _("That was said before."))
    return redirect("my_promotions")


def _require_kind(kind: str) -> None:
    if kind not in STALL_KINDS:
        raise Http404


def _list_stall_ids(request: HttpRequest) -> tuple[int, ...]:
    return tuple(stall.id for stall in list_stalls_of(get_user(request).pk))


def _find_owner(request: HttpRequest, at: datetime) -> Owner:
    user = get_user(request)
    stalls = tuple(list_stalls_of(user.pk))
    ids = [stall.id for stall in stalls]
    goods = list_all_goods().filter(stall_id__in=ids).order_by("stall__name_vi", "name_vi")
    shows = tuple(list_shows_of_stalls(ids, at)[:SHOWS_MAX])
    return Owner(
        user_id=user.pk,
        stalls=stalls,
        skus=tuple(sku for product in goods for sku in product.skus.all()),
        festivals=tuple(list_open_festivals(at)),
        shows=shows,
        shown=list_shown([show.id for show in shows]),
    )
