"""Signed addresses of video: they name a room or a show, hold for an hour or two, and all share one.

`/video/<kind>/<id>/<until>-<mac>/<file>`: the signature stands before the file, so names in a
playlist that are relative to it carry it along, and a cache sees one address for all viewers.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from chophien.wire import signing

PREFIX = "/video/"
LIVE = "live"
"""What a room shows now; the number is the room's."""
REPLAY = "replay"
"""What was recorded; the number is the show's."""
# An address is good for one to two of these: long enough that a cache is worth its room, short
# enough that one which was passed on soon is worth nothing.
WINDOW_S = 3_600
_MAC_CHARS = 32
_PURPOSE = b"chophien.video.1"
_PATH = re.compile(
    r"/video/(?P<kind>live|replay)/(?P<number>[1-9]\d{0,18})"
    r"/(?P<until>\d{1,12})-(?P<mac>[0-9a-f]{32})/(?P<file>.*)",
    re.ASCII | re.DOTALL,
)


class BadAddressError(ValueError):
    """Not an address of this fair, or changed."""


class OldAddressError(BadAddressError):
    """It was one; ask the page for another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFile:
    """What an address asks for. `file` is what the client wrote: to be matched, never joined."""

    kind: str
    number: int
    file: str


def derive_key(secret: str) -> bytes:
    """The key of addresses, from the installation's secret."""
    return signing.derive_key(secret, _PURPOSE)


def sign_folder(kind: str, number: int, key: bytes, *, now_s: int) -> tuple[str, int]:
    """The path of a room's or show's folder, with a slash at its end, and until when it is good."""
    until_s = (now_s // WINDOW_S + 2) * WINDOW_S
    return f"{PREFIX}{kind}/{number}/{until_s}-{_mac(kind, number, until_s, key)}/", until_s


def read_path(path: str, key: bytes, *, now_s: int) -> VideoFile:
    """Check and read the path of a request.

    Raises:
        BadAddressError: not signed by this fair.
        OldAddressError: it was, and is over.
    """
    found = _PATH.fullmatch(path)
    if found is None:
        raise BadAddressError("not an address of video")
    kind, number, until_s = found["kind"], int(found["number"]), int(found["until"])
    if not hmac.compare_digest(_mac(kind, number, until_s, key), found["mac"]):
        raise BadAddressError("not signed by this fair")
    if now_s >= until_s:
        raise OldAddressError("over")
    return VideoFile(kind=kind, number=number, file=found["file"])


def _mac(kind: str, number: int, until_s: int, key: bytes) -> str:
    said = f"{kind}/{number}/{until_s}".encode()
    return hmac.digest(key, said, sha256).hex()[:_MAC_CHARS]
