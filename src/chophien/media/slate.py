"""The slate: one picture in the fair's look and silence, coded once and repeated.

Its second of pictures is a closed group, so it can follow itself without end and costs nothing.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from unicodedata import normalize

import av
import numpy as np
import skia
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from chophien.media.aac import FRAME_SAMPLES, encode_silence
from chophien.media.nal import build_format, read_access_unit, split_annex_b
from chophien.media.packets import VIDEO_TICKS_HZ, AudioFormat, Format, Packet, VideoFormat
from chophien.media.program import SlateLoop

FRAMES = 25
FRAME_TICKS = VIDEO_TICKS_HZ // FRAMES
SLATE_WORDS = {
    "vi": ("Sẽ trở lại ngay", "Mời bạn chờ một chút, phiên vẫn tiếp tục."),
    "en": ("Back soon", "One moment please, the show goes on."),
}
_NIGHT_TOP, _NIGHT_LOW, _PAPER, _QUIET = 0xFF2C366F, 0xFF141A3D, 0xFFFBF7EF, 0xFFC3C6E2
_TURMERIC, _LOTUS, _BETEL = 0xFFF2B418, 0xFFB02A52, 0xFF7FD1A0
_LAYOUT = 720.0
_LETTERS_MIN = 24
_X264 = {
    "preset": "superfast",
    "profile": "high",
    "crf": "23",
    # Nothing held back; parameter sets come with the keyframe, from where they are taken.
    "x264-params": f"keyint={FRAMES}:scenecut=0:bframes=0:rc-lookahead=0:sync-lookahead=0:threads=1:repeat-headers=1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlateWords:
    """What stands on it."""

    title: str
    """Of the show, in the show's language."""
    language: str


class SlateMaker:
    """Makes the slates of one show; fonts are files of Be Vietnam Pro."""

    def __init__(self, *, words: SlateWords, fonts: Path) -> None:
        self._words = words
        self._bold = _open(fonts / "BeVietnamPro-ExtraBold.ttf")
        self._plain = _open(fonts / "BeVietnamPro-SemiBold.ttf")

    def __call__(self, source: Format) -> SlateLoop:
        """The slate in the source's size, its sound silence at the source's rate."""
        width, height = source.video.width & ~1, source.video.height & ~1
        video, pictures = _encode(self.draw(width, height))
        sound = source.audio
        packets = sorted(
            (*pictures, *_build_silence(sound)), key=lambda each: _second_of(each, sound)
        )
        return SlateLoop(
            format=Format(video=video, audio=sound),
            packets=tuple(packets),
            video_ticks=VIDEO_TICKS_HZ,
            sound_ticks=_count_sound_frames(sound) * FRAME_SAMPLES,
        )

    def draw(self, width: int, height: int) -> NDArray[np.uint8]:
        """The picture: shape (height, width, 4), RGBA."""
        pixels = np.zeros((height, width, 4), dtype=np.uint8)
        info = skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
        surface = skia.Surface.MakeRasterDirect(info, pixels)
        canvas = surface.getCanvas()
        self._paint(canvas, width, height)
        surface.flushAndSubmit()
        return pixels

    def _paint(self, canvas: skia.Canvas, width: int, height: int) -> None:
        night = skia.GradientShader.MakeLinear(
            [skia.Point(0, 0), skia.Point(0, height)], [_NIGHT_TOP, _NIGHT_LOW]
        )
        canvas.drawRect(skia.Rect.MakeWH(width, height), skia.Paint(Shader=night))
        scale = min(width, height) / _LAYOUT
        canvas.translate(width / 2, height / 2)
        canvas.scale(scale, scale)
        head, line = SLATE_WORDS.get(self._words.language, SLATE_WORDS["vi"])
        _paint_band(canvas, -210)
        self._write(canvas, head, self._bold, (76, -60, _PAPER))
        self._write(canvas, line, self._plain, (30, 10, _QUIET))
        if self._words.language != "en":
            self._write(canvas, SLATE_WORDS["en"][0], self._plain, (30, 64, _QUIET))
        self._write(canvas, self._words.title, self._plain, (34, 150, _TURMERIC))
        _paint_band(canvas, 210)

    def _write(
        self, canvas: skia.Canvas, text: str, face: skia.Typeface, place: tuple[int, int, int]
    ) -> None:
        """A centred line, made smaller or shorter until it fits."""
        size, baseline, colour = place
        font = skia.Font(face, size)
        written = normalize("NFC", text)
        while font.measureText(written) > _LAYOUT - 80 and font.getSize() > _LETTERS_MIN:
            font.setSize(font.getSize() - 2)
        while font.measureText(written) > _LAYOUT - 80:
            written = written.rstrip("… ")[:-1] + "…"
        paint = skia.Paint(Color=colour, AntiAlias=True)
        canvas.drawString(written, -font.measureText(written) / 2, baseline, font, paint)


def _paint_band(canvas: skia.Canvas, middle: float) -> None:
    """A row of brocade: diamonds between two threads."""
    thread = skia.Paint(Color=_TURMERIC, StrokeWidth=3, AntiAlias=True)
    for side in (-26, 26):
        canvas.drawLine(-300, middle + side, 300, middle + side, thread)
    for index in range(-6, 7):
        colour = (_LOTUS, _TURMERIC, _BETEL)[index % 3]
        diamond = skia.Path()
        x = index * 46
        points = ((x, middle - 18), (x + 18, middle), (x, middle + 18), (x - 18, middle))
        diamond.addPoly([skia.Point(*point) for point in points], close=True)
        canvas.drawPath(diamond, skia.Paint(Color=colour, AntiAlias=True))


def _encode(pixels: NDArray[np.uint8]) -> tuple[VideoFormat, list[Packet]]:
    height, width, _ = pixels.shape
    encoder = av.VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, FRAMES), Fraction(FRAMES)
    encoder.options = dict(_X264)
    encoder.gop_size = FRAMES
    frame = VideoReformatter().reformat(
        av.VideoFrame.from_numpy_buffer(pixels, format="rgba"),
        format="yuv420p", dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG, dst_color_range=ColorRange.MPEG,
    )  # fmt: skip
    coded: list[bytes] = []
    for index in range(FRAMES):
        frame.pts = index
        frame.time_base = Fraction(1, FRAMES)
        frame.pict_type = PictureType.NONE if index else PictureType.I
        coded += [bytes(packet) for packet in encoder.encode(frame)]
    coded += [bytes(packet) for packet in encoder.encode(None)]
    units = [read_access_unit(split_annex_b(data)) for data in coded]
    assert len(units) == FRAMES, "nothing is held back"
    return build_format(units[0].parameter_sets), [
        Packet(
            is_video=True, is_keyframe=unit.is_keyframe, data=unit.data,
            pts_ticks=index * FRAME_TICKS, dts_ticks=index * FRAME_TICKS,
            duration_ticks=FRAME_TICKS,
        )
        for index, unit in enumerate(units)
    ]  # fmt: skip


def _count_sound_frames(sound: AudioFormat) -> int:
    return sound.rate_hz // FRAME_SAMPLES


def _build_silence(sound: AudioFormat) -> list[Packet]:
    data = encode_silence(sound.rate_hz, sound.channels)
    return [
        Packet(
            is_video=False, is_keyframe=True, data=data, pts_ticks=index * FRAME_SAMPLES,
            dts_ticks=index * FRAME_SAMPLES, duration_ticks=FRAME_SAMPLES,
        )
        for index in range(_count_sound_frames(sound))
    ]  # fmt: skip


def _second_of(packet: Packet, sound: AudioFormat) -> tuple[Fraction, bool]:
    rate_hz = VIDEO_TICKS_HZ if packet.is_video else sound.rate_hz
    return Fraction(packet.dts_ticks, rate_hz), not packet.is_video


def _open(path: Path) -> skia.Typeface:
    face = skia.Typeface.MakeFromFile(str(path))
    if face is None:
        raise FileNotFoundError(path)
    return face
