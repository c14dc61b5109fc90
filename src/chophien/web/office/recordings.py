"""What is kept of shows: the room it takes, and its deletion with a reason."""

import shutil

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chophien.apps.broadcast.selectors import list_all_recordings, sum_kept_bytes
from chophien.apps.live.replays import (
    REASON_CHARS_MAX,
    RULE,
    OpenComplaintError,
    ReasonError,
    StillOnAirError,
    delete_recording,
)
from chophien.web.shared.clock import now
from chophien.web.shared.people import get_user, organisers_only
from chophien.web.shared.video import render_clock

PAGE_ROWS = 30
SECOND_MS = 1_000


@organisers_only
@require_GET
def recordings(request: HttpRequest) -> HttpResponse:
    """All recordings, the room that they take, and the room that is left."""
    page = Paginator(list_all_recordings(), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            {"recording": each, "length": render_clock(each.duration_ms // SECOND_MS)}
            for each in page
        ],
        "at": now(),
        "rule": RULE,
        "reason_chars_max": REASON_CHARS_MAX,
        "days": settings.RECORDINGS_DAYS,
        "is_recording": settings.RECORDINGS_ROOT is not None,
        "kept_bytes": sum_kept_bytes(),
        "free_bytes": _count_free(),
    }
    return render(request, "office/recordings.html", context)


def _count_free() -> int | None:
    """Bytes that are free where recordings lie; unknown when the pages do not see it."""
    root = settings.RECORDINGS_ROOT
    if root is None or not root.is_dir():
        return None
    return shutil.disk_usage(root).free


@organisers_only
@require_POST
def delete(request: HttpRequest, recording_id: int) -> HttpResponse:
    """Delete one recording for the reason that was typed."""
    try:
        is_deleted = delete_recording(
            recording_id=recording_id,
            reason=request.POST.get("reason", ""),
            by_id=get_user(request).pk,
            at=now(),
        )
    except ReasonError:
        messages.error(request, _("Write why it is deleted: that is kept. Nothing was deleted."))
    except StillOnAirError:
        messages.error(request, _("This show is still on air. Stop it first."))
    except OpenComplaintError:
        messages.error(
            request, _("A complaint about this show is open: the recording may be what proves it.")
        )
    else:
        if is_deleted:
            messages.success(request, _("The recording is deleted. Its files go within seconds."))
        else:
            messages.error(request, _("This recording was deleted before."))
    return redirect("office_recordings")
