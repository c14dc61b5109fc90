"""The playlist of a recording: appended to while a show runs, read by pages, timers and players.

It is a playlist of HLS from its first line: of the segments listed, each a range of bytes of a
file beside it. A program that was killed leaves at most a last line that is torn.

Source: RFC 8216, sections 4.3.2.2, 4.3.2.5, 4.3.2.6 and 4.3.3.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

PLAYLIST = "replay.m3u8"
# Longest that a segment of a recording can be: sources with keyframes at every ten seconds exist.
TARGET_S = 12
_HEAD = (
    "#EXTM3U\n#EXT-X-VERSION:7\n"
    f"#EXT-X-TARGETDURATION:{TARGET_S}\n"
    "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA-SEQUENCE:0\n"
)
_END = "#EXT-X-ENDLIST\n"
_PIECE = re.compile(
    r"(?P<gap>#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"(?P<file>\d+\.mp4)\""
    r",BYTERANGE=\"(?P<head>\d+)@0\"\n)?"
    r"#EXT-X-PROGRAM-DATE-TIME:(?P<date>\S+)\n"
    r"#EXTINF:(?P<seconds>\d+)\.(?P<millis>\d{3}),\n"
    r"#EXT-X-BYTERANGE:(?P<size>\d+)@(?P<offset>\d+)\n"
    r"(?P<uri>\d+\.mp4)\n"
)


class RecordingError(ValueError):
    """Not a playlist of a recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One segment: a range of a file, and when its first picture was made (aware, UTC)."""

    file: str
    offset_bytes: int
    size_bytes: int
    duration_ms: int
    starts_at: datetime
    head_bytes: int = 0
    """Length of the init at the file's start, where the piece is the first of its epoch; else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Pieces without a gap between them, as a place in the replay and a time of the clock."""

    position_ms: int
    starts_at: datetime
    duration_ms: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(milliseconds=self.duration_ms)


def render_piece(piece: Piece) -> str:
    """The lines that a piece appends."""
    first = (
        f'#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="{piece.file}",BYTERANGE="{piece.head_bytes}@0"\n'
        if piece.head_bytes
        else ""
    )
    return (
        f"{first}"
        f"#EXT-X-PROGRAM-DATE-TIME:{piece.starts_at.isoformat(timespec='milliseconds')}\n"
        f"#EXTINF:{piece.duration_ms // 1000}.{piece.duration_ms % 1000:03},\n"
        f"#EXT-X-BYTERANGE:{piece.size_bytes}@{piece.offset_bytes}\n"
        f"{piece.file}\n"
    )


def cut_torn(text: str, sizes_bytes: Mapping[str, int] | None = None) -> str:
    """The playlist up to its last whole piece; a new one's head when not even that is whole.

    With the sizes of the files, ranges that reach beyond them are torn too.

    Raises:
        RecordingError: it begins otherwise than ours do.
    """
    if not text.startswith(_HEAD):
        if _HEAD.startswith(text):
            return _HEAD
        raise RecordingError("not a playlist of a recording")
    ends = len(_HEAD)
    while found := _PIECE.match(text, ends):
        reaches = int(found["offset"]) + int(found["size"])
        if sizes_bytes is not None and reaches > sizes_bytes.get(found["uri"], 0):
            break
        ends = found.end()
    return text[:ends]


def parse_pieces(text: str) -> list[Piece]:
    """The whole pieces of a playlist, a torn one at its end left out.

    Raises:
        RecordingError: it begins otherwise than ours do.
    """
    whole = cut_torn(text)
    return [
        Piece(
            file=found["uri"],
            offset_bytes=int(found["offset"]),
            size_bytes=int(found["size"]),
            duration_ms=int(found["seconds"]) * 1000 + int(found["millis"]),
            starts_at=datetime.fromisoformat(found["date"]),
            head_bytes=int(found["head"] or 0),
        )
        for found in _PIECE.finditer(whole, len(_HEAD))
    ]


def close_playlist(text: str) -> str:
    """What a player of an ended show is given: nothing more will come.

    Raises:
        RecordingError: it begins otherwise than ours do.
    """
    first = cut_torn(text).replace("#EXT-X-DISCONTINUITY\n", "", 1)
    return first.replace("PLAYLIST-TYPE:EVENT", "PLAYLIST-TYPE:VOD") + _END


def find_stretches(pieces: Sequence[Piece]) -> list[Stretch]:
    """Join the pieces that follow each other without a discontinuity."""
    stretches: list[Stretch] = []
    position_ms = 0
    for piece in pieces:
        if piece.head_bytes or not stretches:
            stretches.append(
                Stretch(position_ms=position_ms, starts_at=piece.starts_at, duration_ms=0)
            )
        last = stretches[-1]
        stretches[-1] = replace(last, duration_ms=last.duration_ms + piece.duration_ms)
        position_ms += piece.duration_ms
    return stretches
