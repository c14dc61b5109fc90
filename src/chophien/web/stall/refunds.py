"""The sellers' page of money that goes back: what is asked, what is owed, what was sent."""

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.ledger.services import send_refund
from chophien.apps.payments.refunds import Decision, decide_refund
from chophien.apps.payments.returning import find_refund, list_refunds_of_stalls
from chophien.apps.sellers.selectors import list_stalls_of
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, sellers_only

if TYPE_CHECKING:
    from chophien.apps.payments.models import Refund

SENT_SHOWN = 30
TEXT_CHARS_MAX = 300
TRANSACTION_CHARS_MAX = 64


def _list_ids(request: HttpRequest) -> list[int]:
    return [stall.id for stall in list_stalls_of(get_user(request).pk)]


def _check_own(request: HttpRequest, refund_id: uuid.UUID, state: str) -> "Refund | None":
    """The refund, if it is in that state still; others' refunds are refused."""
    refund = find_refund(refund_id, stall_ids=_list_ids(request))
    if refund is None:
        raise PermissionDenied
    return refund if refund.state == state else None


@sellers_only
@require_GET
def my_refunds(request: HttpRequest) -> HttpResponse:
    """Refunds to decide and to send, the oldest first, and those that are done."""
    ids = _list_ids(request)
    context = {
        "asked": list_refunds_of_stalls(ids, states=["requested"]),
        "owed": list_refunds_of_stalls(ids, states=["owed"]),
        "done": list_refunds_of_stalls(ids, states=["sent", "declined"])[: -SENT_SHOWN - 1 : -1],
    }
    return render(request, "stall/refunds.html", context)


@sellers_only
@require_POST
def decide(request: HttpRequest, refund_id: uuid.UUID) -> HttpResponse:
    """Take it back or not; a refusal says why."""
    is_accepted = request.POST.get("answer") == "accept"
    text = request.POST.get("text", "").strip()[:TEXT_CHARS_MAX]
    if not is_accepted and not text:
        messages.error(request, _("Say why you do not take it back: the buyer reads it."))
        return redirect("my_refunds")
    refund = _check_own(request, refund_id, "requested")
    decision = Decision(
        is_accepted=is_accepted, is_restocked=request.POST.get("whole") == "yes", text=text
    )
    if refund is None or not decide_refund(
        refund_id=refund_id, decision=decision, by_id=get_user(request).pk, at=now()
    ):
        messages.warning(request, _("This was decided before. Nothing was changed."))
    return redirect("my_refunds")


@sellers_only
@require_POST
def confirm_sent(request: HttpRequest, refund_id: uuid.UUID) -> HttpResponse:
    """The stall has sent the money: it is booked, and the buyer is told."""
    number = request.POST.get("transaction", "").strip()[:TRANSACTION_CHARS_MAX]
    if not number:
        messages.error(request, _("Type your bank's number of the transfer, so that it is found."))
        return redirect("my_refunds")
    refund = _check_own(request, refund_id, "owed")
    if refund is not None and send_refund(refund_id=refund_id, bank_transaction=number, at=now()):
        messages.success(request, _("Noted. The buyer is told, and the books know it."))
    else:
        messages.warning(request, _("This was sent before. Nothing was booked again."))
    return redirect("my_refunds")
