"""What each platform takes, and what it forbids. Sources: docs/reference/platforms.md.

A number that no source gave is `None`: then nothing is claimed and nothing is warned of. The
rules are other people's and change; the page says as of when they were read.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

Measure = TypeVar("Measure", int, timedelta)
READ_ON = date(2026, 11, 23)
# Enough to say good-bye, and to begin a second broadcast at the platform.
END_NEAR = timedelta(minutes=15)


class Voices(StrEnum):
    """What a platform says of artificial voices and hosts in live shows."""

    LABELLED = "labelled"
    """Taken, and to be declared as artificial."""
    FORBIDDEN = "forbidden"
    UNSTATED = "unstated"
    """No rule was found: somebody who asked the platform has to answer for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One platform's limits and rules for what is sent to it."""

    code: str
    name: str
    voices: Voices
    address: str = ""
    """Where everybody sends to; empty where each account has an address of its own."""
    is_secure_only: bool = False
    length_max: timedelta | None = None
    kept_max: timedelta | None = None
    """Longer broadcasts go on, but the platform keeps no recording of them."""
    video_bps_max: int | None = None
    keyframe_ms_max: int | None = None
    long_side_max: int | None = None
    audio_rates_hz: tuple[int, ...] = ()
    forbids_change: bool = False
    """Another picture size in the middle may end the broadcast there."""


PLATFORMS = {
    each.code: each
    for each in (
        Platform(
            code="facebook",
            name="Facebook",
            voices=Voices.LABELLED,
            address="rtmps://live-api-s.facebook.com:443/rtmp/",
            is_secure_only=True,
            length_max=timedelta(hours=8),
            video_bps_max=4_000_000,
            keyframe_ms_max=2_000,
            long_side_max=1_920,
            audio_rates_hz=(44_100, 48_000),
            forbids_change=True,
        ),
        Platform(
            code="youtube",
            name="YouTube",
            voices=Voices.LABELLED,
            address="rtmps://a.rtmps.youtube.com:443/live2",
            kept_max=timedelta(hours=12),
            video_bps_max=8_000_000,
            keyframe_ms_max=4_000,
            long_side_max=3_840,
            audio_rates_hz=(44_100, 48_000),
        ),
        Platform(code="tiktok", name="TikTok", voices=Voices.FORBIDDEN),
        Platform(code="shopee", name="Shopee", voices=Voices.UNSTATED),
        Platform(
            code="twitch",
            name="Twitch",
            voices=Voices.UNSTATED,
            address="rtmps://ingest.global-contribute.live-video.net:443/app",
            length_max=timedelta(hours=48),
            video_bps_max=6_000_000,
            keyframe_ms_max=2_000,
            long_side_max=1_920,
            audio_rates_hz=(44_100, 48_000),
        ),
        Platform(code="custom", name="", voices=Voices.UNSTATED),
    )
}


class VoiceFault(StrEnum):
    """Why a show is not sent somewhere."""

    FORBIDDEN = "voices_forbidden"
    UNCONFIRMED = "voices_unconfirmed"


def find_voice_fault(
    platform: Platform, *, is_artificial: bool, is_confirmed: bool
) -> VoiceFault | None:
    """Why a show with an artificial host or voice is kept from a platform; `None`: it may go.

    A confirmation opens only what the platform leaves open: never what it forbids.
    """
    if not is_artificial or platform.voices is Voices.LABELLED:
        return None
    if platform.voices is Voices.FORBIDDEN:
        return VoiceFault.FORBIDDEN
    return None if is_confirmed else VoiceFault.UNCONFIRMED


class Hint(StrEnum):
    """What somebody should know before or while a show goes to a platform."""

    TOO_LONG = "too_long"
    NOT_KEPT = "not_kept"
    ENDS_SOON = "ends_soon"
    OVER = "over"
    TOO_MANY_BITS = "too_many_bits"
    FEW_KEYFRAMES = "few_keyframes"
    TOO_LARGE = "too_large"
    ODD_SOUND = "odd_sound"
    SIZE_CHANGED = "size_changed"
    NEEDS_LABEL = "needs_label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What goes to one destination, as it was measured."""

    length: timedelta
    """Since the platform was first sent to."""
    video_bps: int
    keyframe_ms: int
    """The longest distance between keyframes of late; 0 before the second."""
    width: int
    height: int
    audio_rate_hz: int
    sizes: int
    """How many picture sizes there were, one after the other."""


def list_hints_before(
    platform: Platform, *, planned: timedelta, is_artificial: bool
) -> tuple[Hint, ...]:
    """What to know of a show as it is planned."""
    found = []
    if platform.length_max is not None and planned > platform.length_max:
        found.append(Hint.TOO_LONG)
    if platform.kept_max is not None and planned > platform.kept_max:
        found.append(Hint.NOT_KEPT)
    if is_artificial and platform.voices is Voices.LABELLED:
        found.append(Hint.NEEDS_LABEL)
    return tuple(found)


def list_hints_on_air(platform: Platform, sent: Sent) -> tuple[Hint, ...]:
    """What to know of what is being sent."""
    checks = (
        (Hint.OVER, _is_above(sent.length, platform.length_max)),
        (Hint.ENDS_SOON, _ends_soon(sent.length, platform.length_max)),
        (Hint.TOO_MANY_BITS, _is_above(sent.video_bps, platform.video_bps_max)),
        (Hint.FEW_KEYFRAMES, _is_above(sent.keyframe_ms, _with_slack(platform.keyframe_ms_max))),
        (Hint.TOO_LARGE, _is_above(max(sent.width, sent.height), platform.long_side_max)),
        (
            Hint.ODD_SOUND,
            bool(platform.audio_rates_hz) and sent.audio_rate_hz not in platform.audio_rates_hz,
        ),
        (Hint.SIZE_CHANGED, platform.forbids_change and sent.sizes > 1),
    )
    return tuple(hint for hint, is_so in checks if is_so)


def _is_above(value: Measure, most: Measure | None) -> bool:
    return most is not None and value > most


def _with_slack(keyframe_ms: int | None) -> int | None:
    """A tenth more: a camera's clock and ours are not the same."""
    return None if keyframe_ms is None else keyframe_ms * 11 // 10


def _ends_soon(length: timedelta, most: timedelta | None) -> bool:
    return most is not None and most - END_NEAR <= length <= most
