"""Presales: what the page of goods says of them, deposits and balances, what one has reserved."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chophien.apps.orders.selectors import (
    count_presale_left,
    count_reserved,
    is_balance_open,
    is_taking_deposits,
    list_shown_presales,
)
from chophien.apps.orders.services import (
    CartFullError,
    NotOfferedError,
    QuantityError,
    put_balance,
    put_deposit,
    take_out,
)
from chophien.web.shared.carts import find_request_cart, make_request_cart
from chophien.web.shared.clock import now
from chophien.web.shared.numbers import parse_number

if TYPE_CHECKING:
    from chophien.apps.orders.models import Reservation
    from chophien.apps.promotions.models import Presale


@dataclass(frozen=True, slots=True, kw_only=True)
class PresaleBox:
    """A presale on the page of its goods; amounts are for one unit."""

    presale: "Presale"
    left: int
    """Units that this buyer can still reserve."""
    stage: str
    """`coming`, `open`, `full` or `closed`: where its deposits are."""

    @property
    def free(self) -> int:
        """Units that are left for all buyers together."""
        return self.presale.allotment - self.presale.taken

    @property
    def balance_minor(self) -> int:
        return max(self.presale.unit_minor - self.presale.credit_minor, 0)

    @property
    def total_minor(self) -> int:
        """What a unit costs in all, without shipping."""
        return self.presale.deposit_minor + self.balance_minor

    @property
    def bonus_minor(self) -> int:
        """What the deposit counts for beyond itself."""
        return self.presale.unit_minor - self.total_minor


def build_presale_boxes(
    sku_ids: Collection[int], *, user_id: int | None, at: datetime
) -> list[PresaleBox]:
    """The presales of these goods; one query, and one more for who is logged in."""
    presales = list_shown_presales(sku_ids, at)
    had = count_reserved([presale.id for presale in presales], user_id)
    return [_build_box(presale, had.get(presale.id, 0), at) for presale in presales]


def _build_box(presale: "Presale", had: int, at: datetime) -> PresaleBox:
    left = count_presale_left(presale, had)
    if at < presale.starts_at:
        stage = "coming"
    elif not is_taking_deposits(presale, at):
        stage = "closed"
    else:
        stage = "open" if left else "full"
    return PresaleBox(presale=presale, left=left, stage=stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedCard:
    """What somebody has reserved, and what can be done about it now."""

    reservation: "Reservation"
    stage: str
    """`waiting` for its window, `open` to be paid, `over` unpaid; else the state itself."""


def build_reserved_card(reservation: "Reservation", at: datetime) -> ReservedCard:
    stage = str(reservation.state)
    if reservation.state == reservation.State.RESERVED:
        if is_balance_open(reservation, at):
            stage = "open"
        elif at < reservation.presale.balance_starts_at:
            stage = "waiting"
        else:
            stage = "over"
    return ReservedCard(reservation=reservation, stage=stage)


@login_required
@require_POST
def pay_deposit(request: HttpRequest, presale_id: int) -> HttpResponse:
    """Put the deposit in the cart: from there on it is an order like any other."""
    at = now()
    quantity = parse_number(request.POST.get("quantity", "1"))
    try:
        put_deposit(
            cart=make_request_cart(request, at), presale_id=presale_id, quantity=quantity, at=at
        )
    except NotOfferedError:
        messages.error(request, _("Deposits for these goods are not taken now."))
        return _go_back(request)
    except QuantityError:
        messages.error(request, _("One buyer cannot reserve that many. Choose fewer."))
        return _go_back(request)
    except CartFullError:
        messages.error(request, _("Your cart is full. Order what is in it first, then go on."))
    return redirect("cart")


@login_required
@require_POST
def pay_balance(request: HttpRequest, reservation_id: uuid.UUID) -> HttpResponse:
    """Put what is reserved in the cart, beside whatever else is in it: one payment for each stall."""
    at = now()
    try:
        put_balance(cart=make_request_cart(request, at), reservation_id=reservation_id, at=at)
    except NotOfferedError:
        messages.error(request, _("This balance cannot be paid now."))
        return redirect("my_orders")
    except CartFullError:
        messages.error(request, _("Your cart is full. Order what is in it first, then go on."))
    return redirect("cart")


@require_POST
def take_out_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a deposit or a balance out of the cart; what was reserved stays reserved."""
    cart = find_request_cart(request)
    if cart is not None and take_out(cart=cart, line_id=line_id):
        messages.info(request, _("Taken out of your cart."))
    return redirect("cart")


def _go_back(request: HttpRequest) -> HttpResponseRedirect:
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        return HttpResponseRedirect(target)
    return redirect("goods_list")
