"""A player that reads a room's folder as a viewer's would, and keeps all it was given."""

import io
import itertools
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from chophien.media.playlist import Entry, parse_playlist


class GapError(AssertionError):
    """The playlist went on without a segment that this player has not seen."""


@dataclass(kw_only=True)
class RecordingPlayer:
    """Call `follow` at least once per window of segments."""

    folder: Path
    entries: list[Entry] = field(default_factory=list)
    inits: dict[str, bytes] = field(default_factory=dict)
    segments: list[bytes] = field(default_factory=list)

    def follow(self) -> None:
        index = self.folder / "live.m3u8"
        if not index.exists():
            return
        for entry in parse_playlist(index.read_text()).entries:
            expected = self.entries[-1].sequence + 1 if self.entries else entry.sequence
            if entry.sequence < expected:
                continue
            if entry.sequence > expected:
                raise GapError(f"segment {expected} is missing before {entry.sequence}")
            if entry.init_uri not in self.inits:
                self.inits[entry.init_uri] = (self.folder / entry.init_uri).read_bytes()
            self.entries.append(entry)
            self.segments.append((self.folder / entry.uri).read_bytes())

    def runs(self) -> list[bytes]:
        """Join what was read into one file for each stretch without a discontinuity."""
        joined: list[bytes] = []
        for entry, data in zip(self.entries, self.segments, strict=True):
            if not joined or entry.is_discontinuous:
                joined.append(self.inits[entry.init_uri])
            joined[-1] += data
        return joined


@dataclass(frozen=True, kw_only=True)
class Decoded:
    video_pts: list[int]
    """In frames."""
    luma: NDArray[np.float64]
    """Mean brightness of each frame, 0..255."""
    keyframes: list[int]
    sound: NDArray[np.int16]
    """Mono, from time zero."""
    audio_gaps: int
    """Audio frames that do not start where the one before ended."""


def decode(data: bytes) -> Decoded:
    """Decode a whole file; sound is placed by its timestamps, not by counting."""
    pts, luma, keyframes = [], [], []
    blocks: list[tuple[int, NDArray[np.int16]]] = []
    with av.open(io.BytesIO(data)) as container:
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                index = round(float(frame.pts * frame.time_base) * 25)
                pts.append(index)
                plane = frame.planes[0]
                rows = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)
                luma.append(float(rows[: frame.height, : frame.width].mean()))
                if frame.key_frame:
                    keyframes.append(index)
            elif isinstance(frame, av.AudioFrame):
                starts = round(frame.pts * frame.time_base * 48_000)
                left = frame.to_ndarray()[0]
                blocks.append((starts, np.rint(left * 32767).clip(-32768, 32767).astype(np.int16)))
    gaps = sum(
        before[0] + len(before[1]) != after[0] for before, after in itertools.pairwise(blocks)
    )
    sound = np.zeros(blocks[-1][0] + len(blocks[-1][1]), dtype=np.int16)
    for starts, block in blocks:
        sound[starts : starts + len(block)] = block
    return Decoded(
        video_pts=pts,
        luma=np.array(luma),
        keyframes=keyframes,
        sound=sound,
        audio_gaps=gaps,
    )
