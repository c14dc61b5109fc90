"""The HLS media playlist as a value: what it lists, how it is written, how it is read again.

Source: RFC 8216 (HTTP Live Streaming), sections 4.3.2, 4.3.3, 6.2.1 and 6.2.2.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from chophien.media.timeline import RATE_HZ

VERSION = 7
_DECIMALS = 6
_SCALE = 1_000_000
_SEGMENT_URI = re.compile(r"seg-(\d+)\.m4s")


class PlaylistError(ValueError):
    """The text is no playlist of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One listed segment. `starts_at` is the wall time of its first sample (aware, UTC)."""

    sequence: int
    init_uri: str
    duration_samples: int
    starts_at: datetime
    is_discontinuous: bool = False
    """Its times and its init do not follow from the segment before."""

    @property
    def uri(self) -> str:
        """File name of the segment."""
        return f"seg-{self.sequence}.m4s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """A window of consecutive segments, oldest first."""

    target_s: int
    entries: tuple[Entry, ...] = ()
    first_sequence: int = 0
    """Number of the first segment to come, as long as none is listed."""
    discontinuity_sequence: int = 0
    """How many discontinuous entries have left the window."""

    @property
    def next_sequence(self) -> int:
        """Number that the next segment gets."""
        return self.entries[-1].sequence + 1 if self.entries else self.first_sequence

    def emptied(self) -> Self:
        """List nothing, and go on with the same numbers."""
        return replace(
            self,
            entries=(),
            first_sequence=self.next_sequence,
            discontinuity_sequence=self.discontinuity_sequence
            + sum(entry.is_discontinuous for entry in self.entries),
        )

    def append(self, entry: Entry, *, window: int) -> Self:
        """Add the next segment, and let the oldest leave so that at most `window` are listed.

        Raises:
            ValueError: the entry does not have the next number.
        """
        if entry.sequence != self.next_sequence:
            raise ValueError(f"segment {entry.sequence} cannot follow {self.next_sequence - 1}")
        entries = (*self.entries, entry)
        leaving = entries[: max(0, len(entries) - window)]
        return replace(
            self,
            entries=entries[len(leaving) :],
            discontinuity_sequence=self.discontinuity_sequence
            + sum(gone.is_discontinuous for gone in leaving),
        )


def render_playlist(playlist: Playlist) -> str:
    """Write a live playlist: no end tag, a date and time at every segment."""
    first = playlist.entries[0].sequence if playlist.entries else playlist.first_sequence
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{playlist.target_s}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{playlist.discontinuity_sequence}",
    ]
    init_uri = None
    for entry in playlist.entries:
        if entry.is_discontinuous:
            lines.append("#EXT-X-DISCONTINUITY")
        if entry.init_uri != init_uri:
            lines.append(f'#EXT-X-MAP:URI="{entry.init_uri}"')
            init_uri = entry.init_uri
        starts_at = entry.starts_at.isoformat(timespec="milliseconds")
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{starts_at}")
        lines.append(f"#EXTINF:{_render_duration(entry.duration_samples)},")
        lines.append(entry.uri)
    return "\n".join(lines) + "\n"


def parse_playlist(text: str) -> Playlist:
    """Read back what `render_playlist` wrote; dates lose what is below a millisecond.

    Raises:
        PlaylistError: a line that it never writes, or a value that does not parse.
    """
    try:
        return _parse(text)
    except (ValueError, KeyError, AttributeError) as error:
        raise PlaylistError(f"not a playlist of ours: {error}") from error


def _parse(text: str) -> Playlist:
    head, *lines = text.splitlines() or [""]
    if head != "#EXTM3U":
        raise PlaylistError("no #EXTM3U at its head")
    tags: dict[str, str] = {}
    entries: list[Entry] = []
    for line in lines:
        if line.startswith("#"):
            name, _, value = line.partition(":")
            tags[name] = value
            continue
        segment = _SEGMENT_URI.fullmatch(line)
        if segment is None:
            raise PlaylistError(f"unknown line {line!r}")
        entries.append(
            Entry(
                sequence=int(segment[1]),
                init_uri=tags["#EXT-X-MAP"].removeprefix('URI="').removesuffix('"'),
                duration_samples=_parse_duration(tags["#EXTINF"]),
                starts_at=datetime.fromisoformat(tags["#EXT-X-PROGRAM-DATE-TIME"]),
                is_discontinuous=tags.pop("#EXT-X-DISCONTINUITY", None) is not None,
            )
        )
    return Playlist(
        target_s=int(tags["#EXT-X-TARGETDURATION"]),
        entries=tuple(entries),
        first_sequence=int(tags["#EXT-X-MEDIA-SEQUENCE"]),
        discontinuity_sequence=int(tags["#EXT-X-DISCONTINUITY-SEQUENCE"]),
    )


def _render_duration(count_samples: int) -> str:
    scaled = (count_samples * _SCALE + RATE_HZ // 2) // RATE_HZ
    whole, rest = divmod(scaled, _SCALE)
    return f"{whole}.{rest:0{_DECIMALS}d}"


def _parse_duration(text: str) -> int:
    whole, _, rest = text.removesuffix(",").partition(".")
    scaled = int(whole) * _SCALE + int(rest.ljust(_DECIMALS, "0"))
    return (scaled * RATE_HZ + _SCALE // 2) // _SCALE
