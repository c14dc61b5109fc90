"""Where a show comes from and goes to beside the camera: the stream key, and platforms."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chophien.apps.broadcast.destinations import (
    DestinationOutcome,
    KeyMissing,
    NotForVoices,
    Saved,
    Seal,
    TooMany,
    add_destination,
    change_destination,
    copy_destinations,
    find_destination,
    find_show_to_copy,
    list_destinations,
    list_faults,
    remove_destination,
    switch_destination,
)
from chophien.apps.broadcast.stream_keys import (
    ArtificialHostError,
    end_stream_key,
    find_stream_key,
    rotate_stream_key,
)
from chophien.domain.platforms import (
    PLATFORMS,
    READ_ON,
    Platform,
    Sent,
    Voices,
    find_voice_fault,
    list_hints_before,
    list_hints_on_air,
)
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, hosts_only
from chophien.web.studio.outward_forms import DestinationForm
from chophien.web.studio.outward_words import FAULTS, HINTS, MARKS, STATES
from chophien.web.studio.shows import find_led_show
from chophien.wire.sealing import NONCE_BYTES
from chophien.wire.stream_keys import KEY_BYTES

if TYPE_CHECKING:
    from chophien.apps.broadcast.models import Destination, DestinationState
    from chophien.apps.programme.models import Show

# A report older than this is of a process that is no longer there.
FRESH = timedelta(seconds=15)
RUNNING = {"waiting", "connecting", "sending", "retrying", "refused"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationCard:
    """One destination as the page shows it."""

    destination: "Destination"
    platform: Platform
    state: "DestinationState | None"
    is_fresh: bool
    word: Promise | str
    mark: str
    since: timedelta | None
    fault: Promise | str
    hints: list[Promise]


@never_cache
@hosts_only
@require_GET
def outward(request: HttpRequest, show_id: int) -> HttpResponse:
    """Stream key and platforms of one show, and how it goes with each."""
    return _show_page(request, find_led_show(request, show_id))


def _show_page(
    request: HttpRequest, show: "Show", *, new_key: str = "", form: DestinationForm | None = None
) -> HttpResponse:
    at = now()
    context = {
        "show": show,
        "at": at,
        "rtmp_url": settings.RTMP_URL,
        "stream_key": find_stream_key(show.host_id),
        "new_key": new_key,
        "cards": [_build_card(show, each, at) for each in list_destinations(show.pk)],
        "form": form or _build_form(show),
        "faults": [
            (each, _name(each.destination), FAULTS.get(each.code, each.code))
            for each in list_faults(show.pk)
        ],
        "earlier": find_show_to_copy(show),
        "forbidding": [each.name for each in PLATFORMS.values() if each.voices is Voices.FORBIDDEN],
        "read_on": READ_ON,
    }
    return render(request, "studio/outward.html", context)


def _name(destination: "Destination") -> str:
    """The host's own name for it, else the platform's, else the address."""
    return destination.name or PLATFORMS[destination.platform].name or destination.address


def _build_form(show: "Show", data: object = None, **initial: object) -> DestinationForm:
    return DestinationForm(
        data,
        initial=initial,
        allowed=settings.OUTWARD_ALLOW,
        is_artificial=show.host.is_ai,
    )


def _build_card(show: "Show", destination: "Destination", at: datetime) -> DestinationCard:
    platform = PLATFORMS[destination.platform]
    state = getattr(destination, "state", None)
    is_fresh = state is not None and at - state.reported_at < FRESH
    code = state.state if state is not None and (is_fresh or state.state not in RUNNING) else ""
    if not destination.is_on:
        code = ""
    fault_code = find_voice_fault(
        platform,
        is_artificial=show.host.is_ai,
        is_confirmed=destination.voices_confirmed_at is not None,
    ) or (state.fault if state is not None else "")
    return DestinationCard(
        destination=destination,
        platform=platform,
        state=state,
        is_fresh=is_fresh,
        word=STATES.get(code, _("off") if not destination.is_on else _("not on air")),
        mark=MARKS.get(code, ""),
        since=at - state.connected_at if state and state.connected_at and is_fresh else None,
        fault=FAULTS.get(fault_code, fault_code),
        hints=_list_hints(show, platform, state if is_fresh else None, at),
    )


def _list_hints(
    show: "Show", platform: Platform, state: "DestinationState | None", at: datetime
) -> list[Promise]:
    hints = list_hints_before(
        platform, planned=show.ends_at - show.starts_at, is_artificial=show.host.is_ai
    )
    if state is not None and state.state == "sending" and state.first_connected_at:
        hints += list_hints_on_air(
            platform,
            Sent(
                length=at - state.first_connected_at,
                video_bps=state.video_bps,
                keyframe_ms=state.keyframe_ms,
                width=state.width,
                height=state.height,
                audio_rate_hz=state.audio_rate_hz,
                sizes=state.sizes,
            ),
        )
    return [HINTS[each] for each in hints]


@never_cache
@hosts_only
@require_POST
def make_key(request: HttpRequest, show_id: int) -> HttpResponse:
    """Give the show's host a new stream key and show it, this once."""
    show = find_led_show(request, show_id)
    key = secrets.token_urlsafe(KEY_BYTES)
    try:
        rotate_stream_key(host_id=show.host_id, key=key, by_id=get_user(request).pk, at=now())
    except ArtificialHostError:
        messages.error(request, _("An AI host has no encoder. No key was made."))
        return redirect("outward", show_id)
    return _show_page(request, show, new_key=key)


@hosts_only
@require_POST
def end_key(request: HttpRequest, show_id: int) -> HttpResponse:
    """End the host's stream key."""
    show = find_led_show(request, show_id)
    if end_stream_key(host_id=show.host_id, by_id=get_user(request).pk, at=now()):
        messages.success(request, _("The stream key is ended. Nothing can be sent with it."))
    return redirect("outward", show_id)


@never_cache
@hosts_only
@require_POST
def add(request: HttpRequest, show_id: int) -> HttpResponse:
    """Send the show to another platform."""
    show = find_led_show(request, show_id)
    form = _build_form(show, request.POST)
    if not form.is_valid():
        return _show_page(request, show, form=form)
    outcome = add_destination(
        show_id=show.pk,
        draft=form.build_draft(),
        sealing=_make_seal(),
        by_id=get_user(request).pk,
        at=now(),
    )
    if _explain(request, form, outcome):
        return redirect("outward", show_id)
    return _show_page(request, show, form=form)


@never_cache
@hosts_only
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, show_id: int, destination_id: int) -> HttpResponse:
    """Change a destination: its address, or its key."""
    show = find_led_show(request, show_id)
    destination = _find(show_id, destination_id)
    form = _build_form(
        show,
        request.POST if request.method == "POST" else None,
        platform=destination.platform,
        name=destination.name,
        address=destination.address,
        voices=destination.voices_confirmed_at is not None,
    )
    if request.method == "POST" and form.is_valid():
        outcome = change_destination(
            destination_id=destination.pk,
            draft=form.build_draft(),
            sealing=_make_seal(),
            by_id=get_user(request).pk,
            at=now(),
        )
        if _explain(request, form, outcome):
            return redirect("outward", show_id)
    context = {"show": show, "destination": destination, "form": form}
    return render(request, "studio/outward_change.html", context)


@hosts_only
@require_POST
def switch(request: HttpRequest, show_id: int, destination_id: int) -> HttpResponse:
    """Send there, or stop."""
    find_led_show(request, show_id)
    destination = _find(show_id, destination_id)
    switch_destination(destination_id=destination.pk, is_on=request.POST.get("to") == "on")
    return redirect("outward", show_id)


@hosts_only
@require_POST
def remove(request: HttpRequest, show_id: int, destination_id: int) -> HttpResponse:
    """Forget a destination and its key."""
    find_led_show(request, show_id)
    remove_destination(destination_id=_find(show_id, destination_id).pk)
    messages.success(request, _("Removed. Its stream key is forgotten."))
    return redirect("outward", show_id)


@hosts_only
@require_POST
def copy(request: HttpRequest, show_id: int) -> HttpResponse:
    """Take over the platforms of the same host's show before."""
    show = find_led_show(request, show_id)
    earlier = find_show_to_copy(show)
    if earlier is None:
        raise Http404
    count = copy_destinations(
        from_id=earlier.pk, to_id=show.pk, by_id=get_user(request).pk, at=now()
    )
    told = ngettext("%(count)s platform taken over.", "%(count)s platforms taken over.", count)
    messages.success(request, told % {"count": count})
    return redirect("outward", show_id)


def _find(show_id: int, destination_id: int) -> "Destination":
    destination = find_destination(show_id, destination_id)
    if destination is None:
        raise Http404
    return destination


def _make_seal() -> Seal:
    return Seal(secret=settings.SECRET_KEY, nonce=secrets.token_bytes(NONCE_BYTES))


def _explain(request: HttpRequest, form: DestinationForm, outcome: DestinationOutcome) -> bool:
    """Tell how it went; whether it was saved."""
    match outcome:
        case Saved():
            messages.success(request, _("Saved. While the show is on air it is used in seconds."))
            return True
        case TooMany():
            form.add_error(None, _("A show goes to ten platforms at most. Nothing was saved."))
        case NotForVoices(fault=fault):
            form.add_error("platform", str(FAULTS[fault]))
        case KeyMissing():
            form.add_error("key", _("Type the stream key that belongs to this address."))
    return False
