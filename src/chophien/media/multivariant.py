"""The multivariant playlist: which renditions of a program there are.

Source: draft-pantos-hls-rfc8216bis, section 4.4.6.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chophien.media.packets import Format

# What a pixel of the picture takes each second, before anything was measured.
_MILLIBITS_PER_PIXEL = 2_600
_AUDIO_BPS = 140_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """One line of the playlist."""

    uri: str
    epoch: Format
    bandwidth_bps: int
    """The most that a second of it takes."""


def render_multivariant(renditions: Sequence[Rendition]) -> str:
    """Write it; players begin with the first that their line carries."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for each in renditions:
        video = each.epoch.video
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={each.bandwidth_bps},RESOLUTION={video.width}x{video.height}"
            f',CODECS="{name_codecs(each.epoch)}"'
        )
        lines.append(each.uri)
    return "\n".join(lines) + "\n"


def name_codecs(epoch: Format) -> str:
    """As RFC 6381 names them: profile, constraints and level stand in the decoder's record."""
    return f"avc1.{epoch.video.extradata[1:4].hex()},mp4a.40.2"


def guess_bandwidth_bps(epoch: Format) -> int:
    """What a program is likely to take at most."""
    return epoch.video.width * epoch.video.height * _MILLIBITS_PER_PIXEL // 1000 + _AUDIO_BPS
