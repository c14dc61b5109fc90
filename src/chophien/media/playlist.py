"""The low-latency HLS media playlist as a value: what it lists, how it is written and read again.

Source: draft-pantos-hls-rfc8216bis, sections 4.4.3, 4.4.4, 4.4.5, 6.2.1 to 6.2.5 and appendix B.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from chophien.media.packets import VIDEO_TICKS_HZ

VERSION = 9
# Parts are listed for this many target durations before the end (section 4.4.4.9 asks for three).
PARTS_TARGETS = 3
# A player that was here a moment ago is told only what changed since (section 4.4.3.8: at least).
SKIP_TARGETS = 6
# How far a player stays behind the last part: three of them (section 4.4.3.8 advises that) and
# what a phone's line needs to jitter. Measured in docs/reference/video.md.
PART_HOLD_BACK_MS = 1_000
_DECIMALS = 6
_SCALE = 1_000_000
_SEGMENT_URI = re.compile(r"seg-(\d+)\.m4s")
_PART_LINE = re.compile(
    r'#EXT-X-PART:DURATION=(?P<duration>[\d.]+),URI="part-\d+\.\d+\.m4s"(?P<free>,INDEPENDENT=YES)?'
)


class PlaylistError(ValueError):
    """The text is no playlist of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a segment that is out before the segment is."""

    duration_ticks: int
    is_independent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One listed segment. `starts_at` is the wall time of its first picture (aware, UTC)."""

    sequence: int
    init_uri: str
    duration_ticks: int
    starts_at: datetime
    is_discontinuous: bool = False
    """Its times and its init do not follow from the segment before."""
    parts: tuple[Part, ...] = ()
    """As far as they are known; an unfinished segment consists of nothing else."""

    @property
    def uri(self) -> str:
        """File name of the segment."""
        return f"seg-{self.sequence}.m4s"

    @property
    def part_uris(self) -> tuple[str, ...]:
        """File names of its parts."""
        return tuple(name_part(self.sequence, index) for index in range(len(self.parts)))

    def with_part(self, part: Part) -> Self:
        """The same with one more part, and longer by it."""
        return replace(
            self,
            parts=(*self.parts, part),
            duration_ticks=self.duration_ticks + part.duration_ticks,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """A window of consecutive segments, oldest first, and the one that is being made."""

    target_s: int
    part_ticks_max: int
    entries: tuple[Entry, ...] = ()
    unfinished: Entry | None = None
    first_sequence: int = 0
    """Number of the first segment to come, as long as none is listed."""
    discontinuity_sequence: int = 0
    """How many discontinuous entries have left the window."""

    @property
    def next_sequence(self) -> int:
        """Number of the segment that is being made, or comes next."""
        return self.entries[-1].sequence + 1 if self.entries else self.first_sequence

    @property
    def next_part(self) -> tuple[int, int]:
        """Segment and index of the part that comes next."""
        return self.next_sequence, len(self.unfinished.parts) if self.unfinished else 0

    def has(self, sequence: int, part: int | None) -> bool:
        """Whether a segment is listed whole, or as far as a part of it."""
        if sequence < self.next_sequence:
            return True
        return part is not None and (sequence, part) < self.next_part

    def emptied(self) -> Self:
        """List nothing, and go on with numbers that no player has seen."""
        begun = (self.unfinished,) if self.unfinished else ()
        return replace(
            self,
            entries=(),
            unfinished=None,
            first_sequence=self.next_sequence + len(begun),
            discontinuity_sequence=self.discontinuity_sequence
            + sum(entry.is_discontinuous for entry in (*self.entries, *begun)),
        )

    def show(self, unfinished: Entry) -> Self:
        """List the parts of the segment that is being made.

        Raises:
            ValueError: the entry does not have the next number.
        """
        self._expect_next(unfinished)
        return replace(self, unfinished=unfinished)

    def append(self, entry: Entry, *, window: int) -> Self:
        """Add the next segment, and let the oldest leave so that at most `window` are listed.

        Segments longer than `target_s` raise it: players are told the truth about a source whose
        keyframes come seldom.

        Raises:
            ValueError: the entry does not have the next number.
        """
        self._expect_next(entry)
        entries = (*self.entries, entry)
        leaving = entries[: max(0, len(entries) - window)]
        length_s = (entry.duration_ticks + VIDEO_TICKS_HZ // 2) // VIDEO_TICKS_HZ
        return replace(
            self,
            target_s=max(self.target_s, length_s),
            entries=entries[len(leaving) :],
            unfinished=None,
            discontinuity_sequence=self.discontinuity_sequence
            + sum(gone.is_discontinuous for gone in leaving),
        )

    def _expect_next(self, entry: Entry) -> None:
        if entry.sequence != self.next_sequence:
            raise ValueError(f"segment {entry.sequence} cannot follow {self.next_sequence - 1}")


def name_part(sequence: int, index: int) -> str:
    """File name of a part."""
    return f"part-{sequence}.{index}.m4s"


def render_playlist(playlist: Playlist, *, is_delta: bool = False) -> str:
    """Write a live playlist: no end tag, a date and time at every segment.

    A delta leaves out what a player has read in the last seconds; where there is nothing to leave
    out it is the whole playlist (section 6.2.5.1).
    """
    first = playlist.entries[0].sequence if playlist.entries else playlist.first_sequence
    skipped = _count_skipped(playlist) if is_delta else 0
    lines = [*_render_head(playlist), f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{playlist.discontinuity_sequence}")
    if skipped:
        lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")
    with_parts = len(playlist.entries) - _count_with_parts(playlist)
    init_uri = playlist.entries[skipped - 1].init_uri if skipped else None
    for index, entry in enumerate(playlist.entries[skipped:], start=skipped):
        lines += _render_entry(entry, init_uri, has_parts=index >= with_parts)
        lines += [f"#EXTINF:{_render_seconds(entry.duration_ticks)},", entry.uri]
        init_uri = entry.init_uri
    if playlist.unfinished is not None:
        lines += _render_entry(playlist.unfinished, init_uri, has_parts=True)
    hint = name_part(*playlist.next_part)
    lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{hint}"')
    return "\n".join(lines) + "\n"


def _render_head(playlist: Playlist) -> list[str]:
    hold_back_ms = max(PART_HOLD_BACK_MS, 3_000 * playlist.part_ticks_max // VIDEO_TICKS_HZ)
    control = (
        f"CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={SKIP_TARGETS * playlist.target_s}.0"
        f",PART-HOLD-BACK={hold_back_ms // 1000}.{hold_back_ms % 1000:03}"
    )
    return [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{playlist.target_s}",
        f"#EXT-X-SERVER-CONTROL:{control}",
        f"#EXT-X-PART-INF:PART-TARGET={_render_seconds(playlist.part_ticks_max)}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]


def _render_entry(entry: Entry, init_uri: str | None, *, has_parts: bool) -> list[str]:
    lines = ["#EXT-X-DISCONTINUITY"] if entry.is_discontinuous else []
    if entry.init_uri != init_uri:
        lines.append(f'#EXT-X-MAP:URI="{entry.init_uri}"')
    starts_at = entry.starts_at.isoformat(timespec="milliseconds")
    lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{starts_at}")
    if has_parts:
        lines += [
            f'#EXT-X-PART:DURATION={_render_seconds(part.duration_ticks)},URI="{uri}"'
            + (",INDEPENDENT=YES" if part.is_independent else "")
            for part, uri in zip(entry.parts, entry.part_uris, strict=True)
        ]
    return lines


def _count_skipped(playlist: Playlist) -> int:
    """Segments that ended longer before the end than a delta has to tell."""
    bound_ticks = SKIP_TARGETS * playlist.target_s * VIDEO_TICKS_HZ
    return len(playlist.entries) - _count_within(playlist, bound_ticks)


def _count_with_parts(playlist: Playlist) -> int:
    return _count_within(playlist, PARTS_TARGETS * playlist.target_s * VIDEO_TICKS_HZ)


def _count_within(playlist: Playlist, bound_ticks: int) -> int:
    """How many of the last segments begin or end less than that before the playlist's end."""
    after_ticks = playlist.unfinished.duration_ticks if playlist.unfinished else 0
    for count, entry in enumerate(reversed(playlist.entries)):
        if after_ticks > bound_ticks:
            return count
        after_ticks += entry.duration_ticks
    return len(playlist.entries)


def parse_playlist(text: str) -> Playlist:
    """Read back what `render_playlist` wrote whole; dates lose what is below a millisecond.

    Parts that were not written any more are not known any more.

    Raises:
        PlaylistError: a line that it never writes, or a value that does not parse.
    """
    try:
        return _parse(text)
    except (ValueError, KeyError, AttributeError, IndexError) as error:
        raise PlaylistError(f"not a playlist of ours: {error}") from error


def _parse(text: str) -> Playlist:
    head, *lines = text.splitlines() or [""]
    if head != "#EXTM3U" or not text.endswith("\n"):
        raise PlaylistError("no #EXTM3U at its head, or torn")
    tags: dict[str, str] = {}
    entries: list[Entry] = []
    parts: list[Part] = []
    for line in lines:
        if line.startswith("#EXT-X-PART:"):
            parts.append(_parse_part(line))
        elif line.startswith("#"):
            name, _, value = line.partition(":")
            tags[name] = value
        else:
            entries.append(_parse_entry(line, tags, parts))
            parts = []
    first = int(tags["#EXT-X-MEDIA-SEQUENCE"])
    upcoming = entries[-1].sequence + 1 if entries else first
    return Playlist(
        target_s=int(tags["#EXT-X-TARGETDURATION"]),
        part_ticks_max=_parse_seconds(tags["#EXT-X-PART-INF"].removeprefix("PART-TARGET=")),
        entries=tuple(entries),
        unfinished=_parse_unfinished(upcoming, tags, parts),
        first_sequence=first,
        discontinuity_sequence=int(tags["#EXT-X-DISCONTINUITY-SEQUENCE"]),
    )


def _parse_entry(line: str, tags: dict[str, str], parts: list[Part]) -> Entry:
    segment = _SEGMENT_URI.fullmatch(line)
    if segment is None:
        raise PlaylistError(f"unknown line {line!r}")
    return Entry(
        sequence=int(segment[1]),
        duration_ticks=_parse_seconds(tags["#EXTINF"].removesuffix(",")),
        parts=tuple(parts),
        init_uri=tags["#EXT-X-MAP"].removeprefix('URI="').removesuffix('"'),
        starts_at=datetime.fromisoformat(tags["#EXT-X-PROGRAM-DATE-TIME"]),
        is_discontinuous=tags.pop("#EXT-X-DISCONTINUITY", None) is not None,
    )


def _parse_unfinished(sequence: int, tags: dict[str, str], parts: list[Part]) -> Entry | None:
    if not parts:
        return None
    return Entry(
        sequence=sequence,
        duration_ticks=sum(part.duration_ticks for part in parts),
        parts=tuple(parts),
        init_uri=tags["#EXT-X-MAP"].removeprefix('URI="').removesuffix('"'),
        starts_at=datetime.fromisoformat(tags["#EXT-X-PROGRAM-DATE-TIME"]),
        is_discontinuous=tags.pop("#EXT-X-DISCONTINUITY", None) is not None,
    )


def _parse_part(line: str) -> Part:
    found = _PART_LINE.fullmatch(line)
    if found is None:
        raise PlaylistError(f"unknown line {line!r}")
    return Part(
        duration_ticks=_parse_seconds(found["duration"]), is_independent=found["free"] is not None
    )


def _render_seconds(ticks: int) -> str:
    scaled = (ticks * _SCALE + VIDEO_TICKS_HZ // 2) // VIDEO_TICKS_HZ
    whole, rest = divmod(scaled, _SCALE)
    return f"{whole}.{rest:0{_DECIMALS}d}"


def _parse_seconds(text: str) -> int:
    whole, _, rest = text.partition(".")
    scaled = int(whole) * _SCALE + int(rest.ljust(_DECIMALS, "0"))
    return (scaled * VIDEO_TICKS_HZ + _SCALE // 2) // _SCALE
