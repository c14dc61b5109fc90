"""The papers of a stall: handed in by its people, checked by the organiser."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.catalog.selectors import list_all_goods
from chophien.apps.catalog.services import change_kinds
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.apps.vetting.selectors import (
    list_goods_faults,
    list_papers_of,
    list_taken_down,
)
from chophien.apps.vetting.services import VettingError, hand_in_paper, take_back_paper
from chophien.domain.vetting import Kind, kinds_of, papers_for
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, sellers_only
from chophien.web.shared.vetting_forms import PaperForm, explain

if TYPE_CHECKING:
    from chophien.apps.catalog.models import Product
    from chophien.apps.sellers.models import Stall


@sellers_only
@require_GET
def my_papers(request: HttpRequest) -> HttpResponse:
    """Papers of the person's stalls, what each product needs, and what is missing."""
    return _render(request, now())


@sellers_only
@require_POST
def hand_in(request: HttpRequest, stall_id: int) -> HttpResponse:
    """Put a paper on the organiser's desk."""
    stall = _find_own_stall(request, stall_id)
    at = now()
    form = PaperForm(request.POST, products=_list_goods(stall))
    if form.is_valid():
        try:
            hand_in_paper(stall_id=stall.pk, claim=form.claim, by_id=get_user(request).pk, at=at)
        except VettingError as fault:
            form.add_error(str(fault) if str(fault) in form.fields else None, explain(str(fault)))
        else:
            messages.success(request, _("Handed in. The organiser looks at it and tells you here."))
            return redirect("my_papers")
    return _render(request, at, faulty=(stall.pk, form))


@sellers_only
@require_POST
def take_back(request: HttpRequest, stall_id: int, paper_id: int) -> HttpResponse:
    """Take back a paper that nobody has looked at."""
    stall = _find_own_stall(request, stall_id)
    if take_back_paper(paper_id=paper_id, stall_id=stall.pk):
        messages.success(request, _("Taken back."))
    else:
        messages.info(request, _("The organiser has decided already."))
    return redirect("my_papers")


@sellers_only
@require_POST
def set_kinds(request: HttpRequest, stall_id: int, product_id: int) -> HttpResponse:
    """Say what a product is to the law; which papers it needs follows from that.

    A seller can add kinds; to take one away, with the duties that it brings, is the organiser's.
    """
    stall = _find_own_stall(request, stall_id)
    product = list_all_goods().filter(stall_id=stall.pk, id=product_id).first()
    if product is None:
        raise Http404
    stated = {kind.value for kind in kinds_of([*request.POST.getlist("kind"), *product.tags])}
    change_kinds(product_id=product.pk, kinds=stated, known=[kind.value for kind in Kind])
    messages.success(request, _("Kept. Warnings and needed papers follow at once."))
    return redirect("my_papers")


def _render(
    request: HttpRequest, at: datetime, *, faulty: tuple[int, PaperForm] | None = None
) -> HttpResponse:
    rows = [
        _build_stall(stall, at, faulty[1] if faulty and faulty[0] == stall.pk else None)
        for stall in list_stalls_of(get_user(request).pk)
    ]
    context = {"rows": rows, "kinds": list(Kind)}
    return render(request, "stall/papers.html", context, status=400 if faulty else 200)


def _build_stall(stall: "Stall", at: datetime, form: PaperForm | None) -> dict[str, object]:
    goods = _list_goods(stall)
    skus = {sku.pk: product.pk for product in goods for sku in product.skus.all()}
    missing: dict[int, set[str]] = {}
    for fault in list_goods_faults(list(skus), at):
        missing.setdefault(skus[fault.sku_id], set()).add(fault.paper)
    down = list_taken_down([product.pk for product in goods])
    return {
        "stall": stall,
        "papers": list(list_papers_of([stall.pk])),
        "form": form or PaperForm(products=goods),
        "goods": [
            {
                "product": product,
                "kinds": {kind.value for kind in kinds_of(product.tags, product.promotion_ban)},
                "needed": [
                    (paper.value, paper.value not in missing.get(product.pk, set()))
                    for paper in papers_for(
                        product.tags, product.promotion_ban, stall_kind=stall.kind
                    )
                ],
                "is_down": product.pk in down,
            }
            for product in goods
        ],
    }


def _list_goods(stall: "Stall") -> "list[Product]":
    return list(list_all_goods().filter(stall_id=stall.pk).order_by("name_vi"))


def _find_own_stall(request: HttpRequest, stall_id: int) -> "Stall":
    stall = list_stalls_of(get_user(request).pk).filter(id=stall_id).first()
    if stall is None:
        raise Http404
    return stall
