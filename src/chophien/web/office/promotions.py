"""The organiser's promotions: programmes over all stalls, coupons, every stall's, and the law."""

import csv
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.festivals.selectors import list_open_festivals
from chophien.apps.orders.uses import list_buyers
from chophien.apps.promotions.ending import NoReasonError, take_down
from chophien.apps.promotions.handouts import find_members, find_people, start_handout
from chophien.apps.promotions.law_watch import list_days_used, list_forbidden
from chophien.apps.promotions.overview import (
    Promotion,
    Wanted,
    find_promotion,
    list_handouts,
    list_keys,
    list_refused,
    load_promotions,
)
from chophien.apps.promotions.selectors import find_coupon
from chophien.apps.promotions.tasks import give_coupons
from chophien.apps.sellers.selectors import list_stalls
from chophien.domain.law import DISCOUNT_DAYS_MAX
from chophien.domain.tables.cells import guard_row
from chophien.web.office.gift_forms import GiftForm
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, organisers_only
from chophien.web.shared.promotion_forms import Owner
from chophien.web.shared.promotion_lists import build_lines, explain_ending
from chophien.web.shared.promotion_pages import (
    FESTIVAL_KINDS,
    answer_form,
    answer_preview,
    list_kinds,
    list_page,
    make_form,
    read_wanted,
)
from chophien.web.shared.promotion_refusals import Case, explain_breach

if TYPE_CHECKING:
    from chophien.apps.promotions.models import Coupon

NEAR_DAYS = 90
LAW_ROWS = 100
REFUSED_ROWS = 50
CSV_BATCH = 500
CSV_HEAD = (
    "key", "kind", "state", "stall", "what", "gives", "starts_at", "ends_at", "taken", "of",
    "orders", "cost_vnd", "budget_vnd", "spent_vnd", "taken_down_because",
)  # fmt: skip


@organisers_only
@require_GET
def promotions(request: HttpRequest) -> HttpResponse:
    """Everybody's promotions in one table, and what the organiser can make."""
    context = list_page(request, read_wanted(request.GET), at=now())
    context["own_kinds"] = list_kinds(FESTIVAL_KINDS)
    return render(request, "office/promotions.html", context)


@organisers_only
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The table as it is filtered and sorted, all of its rows, as CSV for a spreadsheet."""
    at = now()
    rows = _list_csv(read_wanted(request.GET), at)
    response = HttpResponse(rows, content_type="text/csv; charset=utf-8")
    name = f"chophien-promotions-{localtime(at):%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Echo:
    """What `csv` writes to hands every row on."""

    def write(self, row: str) -> str:
        return row


def _list_csv(wanted: Wanted, at: datetime) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # spreadsheets then know that it is UTF-8
    yield writer.writerow(CSV_HEAD)
    keys = list(list_keys(wanted, at=at))
    for start in range(0, len(keys), CSV_BATCH):
        for line in build_lines(load_promotions(keys[start : start + CSV_BATCH], at=at)):
            each = line.promotion
            yield writer.writerow(
                guard_row([
                    each.key, each.kind, each.state.value,
                    each.stall.name_vi if each.stall else "", line.title, line.text,
                    _write(each.starts_at), _write(each.ends_at), each.counted, each.counted_max,
                    line.orders, line.cost_minor, each.budget_minor, each.spent_minor,
                    each.takedown.reason if each.takedown else "",
                ])
            )  # fmt: skip


def _write(at: datetime | None) -> str:
    return "" if at is None else localtime(at).isoformat(timespec="minutes")


@organisers_only
@require_http_methods(["GET", "POST"])
def make(request: HttpRequest, kind: str) -> HttpResponse:
    """A programme over all stalls, a coupon of the festival, or a red packet."""
    _require_kind(kind)
    at = now()
    form = make_form(request, kind, owner=_find_owner(request, at), at=at)
    context = {
        "desk": "office/_base.html",
        "place": reverse("office_promotions"),
        "preview_url": reverse("preview_festival_promotion", args=[kind]),
    }
    return answer_form(request, form, context=context, done="office_promotions")


@organisers_only
@require_POST
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    _require_kind(kind)
    at = now()
    return answer_preview(request, make_form(request, kind, owner=_find_owner(request, at), at=at))


def _require_kind(kind: str) -> None:
    if kind not in FESTIVAL_KINDS:
        raise Http404


def _find_owner(request: HttpRequest, at: datetime) -> Owner:
    return Owner(
        user_id=get_user(request).pk, stalls=(), skus=(), festivals=tuple(list_open_festivals(at))
    )


@organisers_only
@require_http_methods(["GET", "POST"])
def take_it_down(request: HttpRequest, key: str) -> HttpResponse:
    """End anybody's promotion at once; the reason is kept and the seller reads it."""
    at = now()
    promotion = find_promotion(key, at=at)
    if promotion is None:
        raise Http404
    fault = ""
    if request.method == "POST":
        try:
            return _take_down(request, promotion, at)
        except NoReasonError:
            fault = _("Write the reason; the seller reads it.")
    context = {
        "line": build_lines([promotion])[0],
        "ending": explain_ending(promotion),
        "fault": fault,
        "at": at,
    }
    return render(request, "office/promotion.html", context)


def _take_down(request: HttpRequest, promotion: Promotion, at: datetime) -> HttpResponse:
    reason = request.POST.get("reason", "")
    if take_down(promotion, reason=reason, by_id=get_user(request).pk, at=at):
        messages.success(request, _("It is taken down; every page and price knows."))
    else:
        messages.info(request, _("It had ended already."))
    return redirect("office_promotions")


@organisers_only
@require_GET
def law(request: HttpRequest) -> HttpResponse:
    """Goods near the limit of days, prices that carts refuse, and what was refused at set-up."""
    at = now()
    context = {
        "days": list_days_used(localdate(at).year, days_min=NEAR_DAYS, count_max=LAW_ROWS),
        "days_max": DISCOUNT_DAYS_MAX,
        "days_near": NEAR_DAYS,
        "forbidden": [
            (each.price, explain_breach(each.breach, Case(reference_minor=each.reference_minor)))
            for each in list_forbidden(at)
        ],
        "refused": list_refused()[:REFUSED_ROWS],
    }
    return render(request, "office/promotions_law.html", context)


@organisers_only
@require_http_methods(["GET", "POST"])
def gift(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """Give one coupon to each of many people; the page shows how far it is."""
    at = now()
    coupon = find_coupon(coupon_id)
    if coupon is None or coupon.way != "gift":
        raise Http404
    form = GiftForm(request.POST or None, stalls=list_stalls())
    if request.method == "POST" and form.is_valid():
        user_ids, unknown = _find_people(form, coupon)
        if user_ids:
            _start(request, coupon, user_ids, unknown, at)
            return redirect("gift_coupon", coupon_id)
        form.add_error(None, _("Nobody is found. Nothing was given."))
    promotion = load_promotions([("c", coupon.id)], at=at)
    context = {"form": form, "line": build_lines(promotion)[0], "coupon": coupon,
               "handouts": list_handouts(coupon.id)[:LAW_ROWS]}  # fmt: skip
    return render(request, "office/gift_coupon.html", context)


def _find_people(form: GiftForm, coupon: "Coupon") -> tuple[list[int], list[str]]:
    match form.cleaned_data["to"]:
        case "members":
            return find_members(int(form.cleaned_data["stall"])), []
        case "buyers":
            return list_buyers(coupon.festival_id), []
        case _:
            return find_people(form.list_names())


def _start(
    request: HttpRequest, coupon: "Coupon", user_ids: list[int], unknown: list[str], at: datetime
) -> None:
    handout = start_handout(
        coupon_id=coupon.id, user_ids=user_ids, by_id=get_user(request).pk, at=at
    )
    give_coupons.defer(handout_id=handout.id)
    text = ngettext(
        "%(people)s person gets one; it is under way.",
        "%(people)s people get one each; it is under way.",
        len(user_ids),
    )
    messages.success(request, text % {"people": len(user_ids)})
    if unknown:
        messages.warning(
            request, _("Nobody is called: %(names)s.") % {"names": ", ".join(unknown[:20])}
        )
