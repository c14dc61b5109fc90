"""What the festival owes the stalls for its own coupons and red packets."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chophien.apps.festivals.selectors import get_current_festival
from chophien.apps.ledger.selectors import list_owed
from chophien.domain.tables.cells import guard_row
from chophien.web.shared.clock import now
from chophien.web.shared.people import organisers_only


@organisers_only
@require_GET
def owed(request: HttpRequest) -> HttpResponse:
    """The sums by stall, from the books; as a table for a spreadsheet with `?form=csv`."""
    festival = get_current_festival(now())
    rows = list_owed(festival.id)
    if request.GET.get("form") == "csv":
        response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="owed-{festival.slug}.csv"'
        writer = csv.writer(response)
        writer.writerow([_("Stall"), _("Orders"), _("Sum")])
        writer.writerows(guard_row((row.stall_name, row.orders, row.amount_minor)) for row in rows)
        return response
    total_minor = sum(row.amount_minor for row in rows)
    context = {"festival": festival, "rows": rows, "total_minor": total_minor}
    return render(request, "office/owed.html", context)
