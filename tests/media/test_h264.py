"""What an H.264 configuration says of its pictures, well-formed and hostile."""

import contextlib
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.media.h264 import BadH264Error, Size, read_size


def encode_configuration(width, height, **options):
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height = width, height
    context.pix_fmt = options.pop("pix_fmt", "yuv420p")
    context.time_base = Fraction(1, 25)
    context.options = {"preset": "ultrafast", **options}
    context.flags |= av.codec.context.Flags.global_header
    context.open()
    frame = av.VideoFrame.from_ndarray(np.zeros((height, width, 3), np.uint8))
    context.encode(frame.reformat(format=context.pix_fmt))
    return bytes(context.extradata)


def as_record(annexb):
    sps, pps = [each for each in annexb.split(b"\0\0\0\1") if each][:2]
    return (
        b"\1" + sps[1:4] + b"\xff\xe1"
        + struct.pack(">H", len(sps)) + sps + b"\1" + struct.pack(">H", len(pps)) + pps
    )  # fmt: skip


@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (180, 320), (1080, 1920), (1366, 768)])
@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
def test_size_is_read_from_what_x264_writes(size, profile):
    record = as_record(encode_configuration(*size, profile=profile))

    assert read_size(record) == Size(width=size[0], height=size[1])


def test_interlaced_pictures_have_their_whole_height():
    record = as_record(encode_configuration(720, 576, **{"x264-params": "annexb=1:interlaced=1"}))

    assert read_size(record) == Size(width=720, height=576)


def test_colours_that_phones_do_not_decode_are_refused():
    record = as_record(encode_configuration(320, 180, pix_fmt="yuv444p"))

    with pytest.raises(BadH264Error, match="choose Main or High"):
        read_size(record)


@given(st.binary(max_size=80))
def test_configurations_of_garbage_are_read_or_refused(data):
    for each in (data, b"\1\x64\0\x1f\xff\xe1" + data):
        with contextlib.suppress(BadH264Error):
            read_size(each)
