"""Programs of packets whose bytes mean nothing, for sinks that only carry them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from chophien.media.packets import AudioFormat, Format, Packet, Sink, VideoFormat

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
AAC_SAMPLES = 1_024


def make_format(
    *, width: int = 360, height: int = 640, rate_hz: int = 48_000, profile: bytes = b"\x64\x00\x1e"
) -> Format:
    record = b"\x01" + profile + b"\xff\xe1\x00\x04\x67abc\x01\x00\x03\x68de"
    return Format(
        video=VideoFormat(width=width, height=height, extradata=record),
        audio=AudioFormat(rate_hz=rate_hz, channels=2, extradata=b"\x11\x90"),
    )


def make_packets(
    *,
    seconds: float,
    starts_s: float = 0,
    rate_hz: int = 25,
    keyframes_s: float = 1,
    audio_hz: int = 48_000,
) -> Iterator[Packet]:
    """Pictures and sound as they are made, by time."""
    step = 90_000 // rate_hz
    first = round(starts_s * 90_000)
    pictures = [
        Packet(
            is_video=True,
            is_keyframe=index % round(rate_hz * keyframes_s) == 0,
            data=b"picture %d" % index,
            pts_ticks=first + index * step,
            dts_ticks=first + index * step,
            duration_ticks=step,
        )
        for index in range(round(seconds * rate_hz))
    ]
    first_sound = round(starts_s * audio_hz)
    sounds = [
        Packet(
            is_video=False,
            is_keyframe=True,
            data=b"sound %d" % index,
            pts_ticks=first_sound + index * AAC_SAMPLES,
            dts_ticks=first_sound + index * AAC_SAMPLES,
            duration_ticks=AAC_SAMPLES,
        )
        for index in range(int(seconds * audio_hz / AAC_SAMPLES))
    ]
    yield from sorted(
        [*pictures, *sounds],
        key=lambda packet: packet.dts_ticks / (90_000 if packet.is_video else audio_hz),
    )


def send(sink: Sink, *, epoch: Format | None = None, at: datetime = AT, **packets: float) -> None:
    """One epoch, not yet finished."""
    sink.begin(epoch or make_format(), starts_at=at)
    for packet in make_packets(**packets):
        sink.push(packet)
