"""The built-in test bank: a bank's app for trying things out. Only the demonstration has it."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chophien.apps.ledger.services import receive_credit
from chophien.apps.payments.services import BankNotice
from chophien.domain.vietqr import VietQRError, parse_transfer
from chophien.web.fair.forms import TransferForm
from chophien.web.fair.orders import Part, build_parts, find_order_or_404
from chophien.web.shared.clock import now

P = ParamSpec("P")


def demo_only(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A real fair has no test bank: its pages do not exist there."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.IS_DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@demo_only
@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest) -> HttpResponse:
    """Scan a QR (or paste its text), change what you like, send."""
    if request.method == "POST":
        form = TransferForm(request.POST)
        if form.is_valid():
            return _send(request, form)
        return render(request, "fair/test_bank.html", {"form": form}, status=400)
    payload = request.GET.get("payload", "").strip()
    initial: dict[str, object] = {"transaction": uuid.uuid4()}
    fault = ""
    if payload:
        try:
            scanned = parse_transfer(payload)
        except VietQRError as error:
            fault = str(error)
        else:
            initial |= {
                "bank_bin": scanned.bank_bin,
                "account": scanned.account,
                "amount": scanned.amount_minor,
                "reference": scanned.reference,
            }
    context = {"form": TransferForm(initial=initial), "payload": payload, "fault": fault}
    return render(request, "fair/test_bank.html", context, status=400 if fault else 200)


def _send(request: HttpRequest, form: TransferForm) -> HttpResponse:
    data = form.cleaned_data
    settlement = receive_credit(
        notice=BankNotice(
            bank_transaction=str(data["transaction"]),
            bank_bin=data["bank_bin"],
            bank_account=data["account"],
            amount_minor=data["amount"],
            reference=data["reference"],
        ),
        at=now(),
    )
    token = settlement.payment.stall_order.order.token if settlement.payment else ""
    context = {"outcome": settlement.outcome.value, "is_new": settlement.is_new, "token": token}
    return render(request, "fair/test_bank_sent.html", context)


@demo_only
@require_http_methods(["GET", "POST"])
def pay_order(request: HttpRequest, token: str) -> HttpResponse:
    """Pay every open part of an order at one press, each to its own stall."""
    order = find_order_or_404(token)
    parts = [part for part in build_parts(order, now()) if part.stall_order.is_open]
    if request.method == "GET":
        return render(request, "fair/test_bank_order.html", {"order": order, "parts": parts})
    for part in parts:
        receive_credit(notice=_notice(part), at=now())
    messages.success(request, _("The test bank has paid."))
    return redirect("order", token)


def _notice(part: Part) -> BankNotice:
    scanned = parse_transfer(part.payload)
    return BankNotice(
        bank_transaction=f"order-{part.payment.id}",
        bank_bin=scanned.bank_bin,
        bank_account=scanned.account,
        amount_minor=scanned.amount_minor,
        reference=scanned.reference,
    )
