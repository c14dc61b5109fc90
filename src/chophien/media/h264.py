"""What an H.264 stream says of itself: its decoder configuration and the size of its pictures.

ISO/IEC 14496-15 (`avcC`) and ITU-T H.264, 7.3.2.1.1 (sequence parameter set).
"""

from dataclasses import dataclass

# What phones and players of the last ten years decode: no 4:2:2, no 10 bits.
PROFILES = {66: "Baseline", 77: "Main", 88: "Extended", 100: "High"}
SIDE_MAX = 4_096
_SPS_AT = 6
_LENGTH_BYTES = 4
_GOLOMB_BITS_MAX = 32
_CYCLE_MAX = 255
_SCALING_LISTS = (16, 16, 16, 16, 16, 16, 64, 64)
_EXTENDED_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}


class BadH264Error(ValueError):
    """A configuration that is broken, or that viewers' devices do not decode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of a picture as it is shown, in pixels."""

    width: int
    height: int


def read_size(extradata: bytes) -> Size:
    """Check a decoder configuration record, and tell how large its pictures are.

    Raises:
        BadH264Error: it cannot be read, or is not what players decode.
    """
    try:
        if extradata[0] != 1 or extradata[4] & 3 != _LENGTH_BYTES - 1 or not extradata[5] & 31:
            raise BadH264Error("not a decoder configuration with four-byte lengths")
        length = int.from_bytes(extradata[_SPS_AT : _SPS_AT + 2], "big")
        sps = extradata[_SPS_AT + 2 : _SPS_AT + 2 + length]
        if len(sps) < length:
            raise BadH264Error("the configuration is cut off")
        size = _read_sps(_Bits(_unescape(sps[1:])))
    except IndexError as fault:
        raise BadH264Error("the configuration is cut off") from fault
    if not (0 < size.width <= SIDE_MAX and 0 < size.height <= SIDE_MAX):
        raise BadH264Error(f"pictures of {size.width} × {size.height}")
    return size


def _unescape(data: bytes) -> bytes:
    """Take the bytes out that keep start codes from appearing by chance."""
    return data.replace(b"\x00\x00\x03", b"\x00\x00")


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, count: int) -> int:
        value = 0
        for _ in range(count):
            byte = self._data[self._at >> 3]
            value = value << 1 | byte >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def read_golomb(self) -> int:
        """An unsigned Exp-Golomb number: as many noughts as the digits that follow."""
        noughts = 0
        while not self.read(1):
            noughts += 1
            if noughts > _GOLOMB_BITS_MAX:
                raise BadH264Error("a number without end")
        return (1 << noughts) - 1 + self.read(noughts)

    def read_signed(self) -> int:
        value = self.read_golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _read_sps(bits: _Bits) -> Size:
    profile = bits.read(8)
    if profile not in PROFILES:
        raise BadH264Error(f"H.264 profile {profile}: choose Main or High, 4:2:0, 8 bits")
    bits.read(16)  # constraints and level
    bits.read_golomb()
    chroma = _skip_high_fields(bits) if profile in _EXTENDED_PROFILES else 1
    if chroma != 1:
        raise BadH264Error("colours other than 4:2:0: choose Main or High, 4:2:0, 8 bits")
    bits.read_golomb()  # log2_max_frame_num
    _skip_order_counts(bits)
    bits.read_golomb()  # max_num_ref_frames
    bits.read(1)
    width = (bits.read_golomb() + 1) * 16
    rows = bits.read_golomb() + 1
    is_progressive = bits.read(1)
    if not is_progressive:
        bits.read(1)
    bits.read(1)  # direct_8x8_inference
    row_height = 16 if is_progressive else 32
    left, right, top, bottom = (
        (bits.read_golomb() for _ in range(4)) if bits.read(1) else (0, 0, 0, 0)
    )
    crop_y = 2 if is_progressive else 4
    return Size(
        width=width - 2 * (left + right), height=rows * row_height - crop_y * (top + bottom)
    )


def _skip_high_fields(bits: _Bits) -> int:
    chroma = bits.read_golomb()
    if bits.read_golomb() or bits.read_golomb():
        raise BadH264Error("more than 8 bits a colour")
    bits.read(1)
    if bits.read(1):
        for count in _SCALING_LISTS:
            if bits.read(1):
                _skip_scaling_list(bits, count)
    return chroma


def _skip_scaling_list(bits: _Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.read_signed()) % 256
        last = following or last


def _skip_order_counts(bits: _Bits) -> None:
    kind = bits.read_golomb()
    if kind == 0:
        bits.read_golomb()
    elif kind == 1:
        bits.read(1)
        bits.read_signed()
        bits.read_signed()
        count = bits.read_golomb()
        if count > _CYCLE_MAX:
            raise BadH264Error("a cycle without end")
        for _ in range(count):
            bits.read_signed()
