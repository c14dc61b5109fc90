"""Going on air with the camera of a phone: the page, and the ticket for each connection."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.programme.cues import list_open_cues
from chophien.domain.limits import PUBLISH_TICKET_TIME, SHOW_EARLY
from chophien.web.shared.clock import now, read_real
from chophien.web.shared.hindrances import build_hindrances
from chophien.web.shared.people import get_user, hosts_only
from chophien.web.studio.shows import find_led_show
from chophien.wire.publishing import PublishTicket, derive_key, sign_ticket

CONFLICT = 409


@hosts_only
@require_GET
def camera(request: HttpRequest, show_id: int) -> HttpResponse:
    """See oneself, choose camera and microphone, and go on air."""
    show = find_led_show(request, show_id)
    at = now()
    context = {
        "show": show,
        "room": show.room,
        "at": at,
        "opens_at": show.starts_at - SHOW_EARLY,
        "hindrances": build_hindrances(show, at),
        "cues": list_open_cues(show.pk),
        "media_url": settings.MEDIA_SERVER_URL,
    }
    return render(request, "studio/live.html", context)


@never_cache
@hosts_only
@require_POST
def camera_ticket(request: HttpRequest, show_id: int) -> HttpResponse:
    """A ticket for one connection to the media process, good for a minute.

    Whether the show may go on air is asked there, at each connection: nothing is decided here
    but who asks.
    """
    show = find_led_show(request, show_id)
    if show.host.is_ai:
        return JsonResponse({"refused": "ai_host"}, status=CONFLICT)
    ticket = PublishTicket(
        show_id=show.pk,
        user_id=get_user(request).pk,
        ends_at_s=int((read_real() + PUBLISH_TICKET_TIME).timestamp()),
    )
    return JsonResponse({"ticket": sign_ticket(ticket, derive_key(settings.SECRET_KEY))})
