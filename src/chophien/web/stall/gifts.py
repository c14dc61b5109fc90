"""Goods that a stall gives to a show, for its draws and surprise gifts."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from chophien.apps.draws.prizes import (
    GivenAlready,
    NotToGive,
    Offered,
    TooFewFree,
    end_offer,
    offer_gifts,
)
from chophien.apps.draws.selectors import find_offer, list_offers_of_stalls
from chophien.apps.programme.selectors import list_run_of_show, list_shows_of_stalls
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.domain.limits import LINE_QUANTITY_MAX
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, sellers_only
from chophien.web.templatetags.fair import local

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from chophien.apps.programme.models import Segment, Show

COUNT_USUAL = 3
OFFERS_SHOWN = 50


class OfferForm(forms.Form):
    """Which goods, for which show, how many."""

    goods = forms.ChoiceField(label=lazy("Goods and show"))
    count = forms.IntegerField(
        label=lazy("How many to give away"), min_value=1, max_value=LINE_QUANTITY_MAX,
        initial=COUNT_USUAL,
    )  # fmt: skip

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["goods"]
        assert isinstance(field, forms.ChoiceField), "goods are chosen"
        field.choices = choices

    def get_goods(self) -> tuple[int, int]:
        """The sku and the show."""
        sku_id, _dash, show_id = self.cleaned_data["goods"].partition("-")
        return int(sku_id), int(show_id)


@never_cache
@sellers_only
@require_http_methods(["GET", "POST"])
def my_gifts(request: HttpRequest) -> HttpResponse:
    """What the seller's stalls give to shows, and a form to give more."""
    at, user = now(), get_user(request)
    stall_ids = [stall.pk for stall in list_stalls_of(user.pk)]
    form = OfferForm(request.POST or None, choices=_list_choices(stall_ids, at))
    if form.is_valid():
        sku_id, show_id = form.get_goods()
        outcome = offer_gifts(
            sku_id=sku_id, show_id=show_id, count=form.cleaned_data["count"], by_id=user.pk, at=at
        )
        _tell(request, outcome)
        return redirect("my_gifts")
    context = {"form": form, "offers": list_offers_of_stalls(stall_ids)[:OFFERS_SHOWN]}
    return render(request, "stall/gifts.html", context, status=400 if form.errors else 200)


def _list_choices(stall_ids: "Collection[int]", at: "datetime") -> list[tuple[str, str]]:
    """The stalls' own goods in shows on air or to come: nobody gives another's away."""
    return [
        (
            f"{each.sku_id}-{show.pk}",
            _name_choice(show, each),
        )
        for show in list_shows_of_stalls(stall_ids, at)
        for each in list_run_of_show(show.pk)
        if each.sku.product.stall_id in stall_ids
    ]


def _name_choice(show: "Show", segment: "Segment") -> str:
    goods = f"{local(segment.sku.product, 'name')}, {local(segment.sku, 'unit')}"
    return f"{goods} → {local(show, 'title')}, {localtime(show.starts_at):%H:%M %d/%m}"


def _tell(request: HttpRequest, outcome: Offered | NotToGive | TooFewFree | GivenAlready) -> None:
    match outcome:
        case Offered():
            text = _("They are set aside. The host can give them away in the show.")
            messages.success(request, text)
        case NotToGive():
            messages.error(request, _("These goods cannot be given away in this show."))
        case TooFewFree():
            messages.error(request, _("So many are not in stock. Nothing was set aside."))
        case GivenAlready():
            text = _("These goods are given to this show already. Take them back to change it.")
            messages.error(request, text)


@sellers_only
@require_POST
def take_back(request: HttpRequest, offer_id: int) -> HttpResponse:
    """Take back what is in no draw yet."""
    stall_ids = {stall.pk for stall in list_stalls_of(get_user(request).pk)}
    offer = find_offer(offer_id)
    if offer is None or offer.sku.product.stall_id not in stall_ids:
        raise Http404
    if end_offer(offer_id=offer_id, at=now()):
        messages.success(request, _("What was not won yet is on sale again."))
    return redirect("my_gifts")
