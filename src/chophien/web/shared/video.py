"""Where a page's player finds a video: a signed address, the same for all who look at that hour."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from chophien.apps.festivals.clock import read_real
from chophien.wire.recordings import PLAYLIST as REPLAY_PLAYLIST
from chophien.wire.video import LIVE, REPLAY, derive_key, sign_folder

LIVE_INDEX = "index.m3u8"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoAddress:
    """What a player plays, and for how many seconds the address is good from now on."""

    url: str
    good_s: int


def find_live(request: HttpRequest, room_id: int) -> VideoAddress:
    """What a room shows now."""
    return _find(request, LIVE, room_id, LIVE_INDEX)


def find_replay(request: HttpRequest, show_id: int) -> VideoAddress:
    """What is kept of a show."""
    return _find(request, REPLAY, show_id, REPLAY_PLAYLIST)


def render_clock(seconds: int) -> str:
    """A length or place as players write it: `1:02:03`, below an hour `2:03`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _find(request: HttpRequest, kind: str, number: int, file: str) -> VideoAddress:
    key = derive_key(settings.SECRET_KEY)
    now_s = int(read_real().timestamp())
    path, until_s = sign_folder(kind, number, key, now_s=now_s)
    return VideoAddress(url=f"{_find_server(request)}{path}{file}", good_s=until_s - now_s)


def _find_server(request: HttpRequest) -> str:
    """Scheme and host without a slash at their end; nothing for the page's own server."""
    if not settings.HLS_URL.startswith(":"):
        return str(settings.HLS_URL).rstrip("/")
    host = request.get_host()
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]  # an IPv6 address has brackets
    return f"{request.scheme}://{name}{settings.HLS_URL}"
