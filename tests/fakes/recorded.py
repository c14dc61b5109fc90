"""Recordings as browsers make them, and a sink that keeps what it is given."""

import io
from fractions import Fraction

import av
import numpy as np
from av.video.frame import PictureType
from typing_extensions import override

from chophien.media.packets import Format, Packet, Sink

WIDTH, HEIGHT, RATE = 96, 160, 20
KINDS = {
    "webm h264 opus": ("matroska", "libx264", "libopus"),
    "webm vp8 opus": ("webm", "libvpx", "libopus"),
    "mp4 h264 aac": ("mp4", "libx264", "aac"),
    "mp4 h264 opus": ("mp4", "libx264", "libopus"),
    "webm h264": ("matroska", "libx264", None),
}


class KeepingSink(Sink):
    """Keeps formats and packets, epoch by epoch."""

    def __init__(self):
        self.epochs: list[tuple[Format, list[Packet]]] = []
        self.starts = []
        self.is_finished = False

    @override
    def begin(self, epoch, *, starts_at):
        self.epochs.append((epoch, []))
        self.starts.append(starts_at)

    @override
    def push(self, packet):
        self.epochs[-1][1].append(packet)

    @override
    def finish(self):
        self.is_finished = True

    def list_pictures(self, index=-1):
        return [each for each in self.epochs[index][1] if each.is_video]

    def list_sounds(self, index=-1):
        return [each for each in self.epochs[index][1] if not each.is_video]


def record(kind: str, *, seconds: float = 2, size=(WIDTH, HEIGHT), keyframe_s: float = 1) -> bytes:
    """A file of that kind: a flash and a click at each whole second, silence and dark between."""
    container, picture_codec, sound_codec = KINDS[kind]
    options = (
        {"movflags": "frag_keyframe+empty_moov+default_base_moof"} if container == "mp4" else {}
    )
    file = io.BytesIO()
    with av.open(file, "w", format=container, options=options) as output:
        video = output.add_stream(picture_codec, rate=RATE)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        video.options = {"bf": "0", "deadline": "realtime"}
        if picture_codec == "libx264":
            video.options = {
                "tune": "zerolatency",
                "preset": "ultrafast",
                "x264-params": "keyint=1000:scenecut=0",
            }
        sound = output.add_stream(sound_codec, rate=48_000) if sound_codec else None
        if sound is not None:
            sound.layout = "stereo"
        packets = []
        for index in range(int(seconds * RATE)):
            packets += video.encode(_draw(index, size, keyframe_s))
        packets += video.encode(None)
        if sound is not None:
            for index in range(int(seconds * 50)):
                packets += sound.encode(_sound(index))
            packets += sound.encode(None)
        packets.sort(key=lambda each: each.dts * each.time_base)
        output.mux([each for each in packets if each.size])
    return file.getvalue()


def _draw(index, size, keyframe_s):
    width, height = size
    picture = np.full((height, width, 3), 255 if index % RATE == 0 else 20, dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = index, Fraction(1, RATE)
    is_key = index % max(int(keyframe_s * RATE), 1) == 0
    frame.pict_type = PictureType.I if is_key else PictureType.NONE
    return frame


def _sound(index):
    samples = np.zeros((2, 960), dtype=np.float32)
    if index % 50 == 0:
        samples[:, :240] = np.tile([0.8, -0.8], 120)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
    frame.sample_rate = 48_000
    frame.pts, frame.time_base = index * 960, Fraction(1, 48_000)
    return frame


def decode_epoch(epoch: Format, packets: list[Packet]) -> tuple[list[float], list[float]]:
    """When pictures are bright and when sound sets in, in seconds of the program's clock."""
    pictures = av.VideoCodecContext.create("h264", "r")
    pictures.extradata = epoch.video.extradata
    sounds = av.AudioCodecContext.create("aac", "r")
    sounds.extradata = epoch.audio.extradata
    bright, loud = [], []
    for each in packets:
        coded = av.Packet(each.data)
        coded.pts, coded.dts = each.pts_ticks, each.dts_ticks
        if each.is_video:
            bright += [f.pts / 90_000 for f in pictures.decode(coded) if _luma(f) > 120]
        else:
            for frame in sounds.decode(coded):
                found = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.2)
                if len(found):
                    loud.append((each.pts_ticks + int(found[0])) / epoch.audio.rate_hz)
    bright += [f.pts / 90_000 for f in pictures.decode(None) if _luma(f) > 120]
    return bright, [at for i, at in enumerate(loud) if i == 0 or at - loud[i - 1] > 0.1]


def _luma(frame):
    return float(frame.to_ndarray(format="gray").mean())
