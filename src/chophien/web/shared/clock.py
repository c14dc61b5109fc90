"""The one place where a page reads the clock: the fair's, which rehearsals move."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.apps.festivals.clock import now, read, read_real

__all__ = ["now", "read", "read_real", "tell_time"]


@never_cache
@require_GET
def tell_time(request: HttpRequest) -> JsonResponse:
    """What time it is at the fair: a page asks when it was asleep, or the clock was moved."""
    return JsonResponse({"now": now().isoformat()})
