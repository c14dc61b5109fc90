"""The token by which the hub knows who is on a connection."""

import time

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from chophien.domain.limits import HUB_TOKEN_TIME
from chophien.web.shared.device import device_of
from chophien.web.shared.people import find_user_id
from chophien.wire.hub_tokens import HubToken, choose_key, sign_hub_token
from chophien.wire.visitors import NO_DEVICE

NS_PER_S = 1_000_000_000


@require_GET
@never_cache
def give_token(request: HttpRequest) -> JsonResponse:
    """A token for whoever asks; a request of no known device gets none and may only listen."""
    user_id = find_user_id(request)
    device = device_of(request)
    if user_id is None and device == NO_DEVICE:
        return JsonResponse({"token": ""})
    token = HubToken(
        user_id=user_id,
        guest_id="" if user_id is not None else device,
        name=_name(request),
        ends_at_s=time.time_ns() // NS_PER_S + int(HUB_TOKEN_TIME.total_seconds()),
    )
    key = choose_key(settings.SECRET_KEY, settings.HUB_SECRET)
    return JsonResponse({"token": sign_hub_token(token, key)})


def _name(request: HttpRequest) -> str:
    """The name under which somebody speaks; a guest has none yet."""
    if not request.user.is_authenticated:
        return ""
    return request.user.display_name or request.user.get_username()
