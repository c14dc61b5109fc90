"""Asking a stall to take goods back: what comes back is shown to the unit before it is asked."""

import uuid
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chophien.apps.payments.refunds import NotReturnable, RefundAsked, SumMoved, ask_refund
from chophien.apps.payments.returning import list_returnable, sum_refund
from chophien.web.fair.orders import find_order_or_404
from chophien.web.shared.clock import now
from chophien.web.shared.numbers import parse_number

if TYPE_CHECKING:
    from chophien.apps.orders.models import Order, StallOrder

TEXT_CHARS_MAX = 300


def _find_part(token: str, part_id: uuid.UUID) -> "tuple[Order, StallOrder]":
    order = find_order_or_404(token)
    part = next((each for each in order.stall_orders.all() if each.id == part_id), None)
    if part is None or not part.is_paid:
        raise Http404
    return order, part


@never_cache
@require_http_methods(["GET", "POST"])
def ask_back(request: HttpRequest, token: str, part_id: uuid.UUID) -> HttpResponse:
    """Choose what comes back, see its sum, ask for it: two steps, both here."""
    order, part = _find_part(token, part_id)
    lines = list_returnable(part.id)
    chosen = {
        line.line_id: min(parse_number(request.POST.get(f"line-{line.line_id}", "0")), line.left)
        for line in lines
    }
    text = request.POST.get("text", "").strip()[:TEXT_CHARS_MAX]
    context: dict[str, object] = {
        "order": order, "part": part, "text": text, "text_max": TEXT_CHARS_MAX,
        "rows": [{"line": line, "chosen": chosen[line.line_id]} for line in lines],
        "is_left": any(line.left for line in lines),
    }  # fmt: skip
    if request.method == "GET" or "change" in request.POST:
        return render(request, "fair/refund.html", context)
    if not any(chosen.values()):
        context["fault"] = _("Choose at least one unit that comes back.")
        return render(request, "fair/refund.html", context, status=400)
    if "seen" not in request.POST:
        return render(
            request, "fair/refund.html", context | {"sums": sum_refund(part, lines, chosen)}
        )
    outcome = ask_refund(
        stall_order_id=part.id, quantities=chosen,
        seen_minor=parse_number(request.POST["seen"]), text=text, at=now(),
    )  # fmt: skip
    match outcome:
        case RefundAsked():
            messages.success(request, _("Asked. The stall decides, and sends the money itself."))
            return redirect("order", order.token)
        case SumMoved(sums=sums):
            context["fault"] = _(
                "The sum has changed meanwhile. Nothing was asked yet; look again."
            )
            return render(request, "fair/refund.html", context | {"sums": sums}, status=409)
        case NotReturnable():
            messages.error(request, _("This cannot come back any more. Nothing was asked."))
            return redirect("order", order.token)
