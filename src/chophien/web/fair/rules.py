"""The rules of shows, for everybody to read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chophien.apps.vetting.selectors import find_rules, list_rules
from chophien.web.shared.clock import now

VERSIONS_SHOWN = 20


@require_GET
def rules(request: HttpRequest) -> HttpResponse:
    """The version that holds, and those before it."""
    at = now()
    current = find_rules(at)
    earlier = list_rules().filter(version__lt=current.version if current else 0)
    context = {"rules": current, "earlier": earlier[:VERSIONS_SHOWN]}
    return render(request, "fair/rules.html", context)
