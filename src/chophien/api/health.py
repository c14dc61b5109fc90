"""Whether the pages can answer: for whoever starts, watches or balances them."""

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET


@never_cache
@require_GET
def check_health(_: HttpRequest) -> JsonResponse:
    """200 when a page could be served now: this process runs and its database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})
