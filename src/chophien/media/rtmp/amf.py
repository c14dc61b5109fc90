"""AMF 0, the notation of RTMP's commands: what of it such commands use."""

import struct
from collections.abc import Mapping, Sequence

Value = float | bool | str | None | Mapping[str, "Value"] | Sequence["Value"]

# A `connect` has two levels and some twenty fields; metadata have fewer than fifty.
DEPTH_MAX = 8
VALUES_MAX = 512

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL = 0, 1, 2, 3, 5
_ECMA_ARRAY, _OBJECT_END, _STRICT_ARRAY, _LONG_STRING = 8, 9, 10, 12
_SHORT_STRING_BYTES_MAX = 0xFFFF


class BadAmfError(ValueError):
    """Not AMF 0, or more of it than any command needs."""


def encode(*values: Value) -> bytes:
    """Write values after each other."""
    out = bytearray()
    for value in values:
        _write(out, value)
    return bytes(out)


def _write(out: bytearray, value: Value) -> None:
    match value:
        case None:
            out.append(_NULL)
        case bool():
            out += bytes((_BOOLEAN, value))
        case int() | float():
            out += struct.pack(">Bd", _NUMBER, value)
        case str():
            _write_string(out, value)
        case Mapping():
            out.append(_OBJECT)
            for name, each in value.items():
                out += _with_length(name)
                _write(out, each)
            out += bytes((0, 0, _OBJECT_END))
        case _:
            out += struct.pack(">BI", _STRICT_ARRAY, len(value))
            for each in value:
                _write(out, each)


def _write_string(out: bytearray, text: str) -> None:
    raw = text.encode()
    if len(raw) > _SHORT_STRING_BYTES_MAX:
        out += struct.pack(">BI", _LONG_STRING, len(raw)) + raw
    else:
        out += bytes((_STRING,)) + _with_length(text)


def _with_length(text: str) -> bytes:
    raw = text.encode()
    return struct.pack(">H", len(raw)) + raw


def decode(data: bytes) -> list[Value]:
    """Read all values of a command.

    Raises:
        BadAmfError: it is not AMF 0, is cut off, or holds too much.
    """
    reader = _Reader(data)
    values = []
    try:
        while reader.at < len(data):
            values.append(reader.read(depth=0))
    except IndexError as fault:
        raise BadAmfError("cut off") from fault
    return values


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = VALUES_MAX
        self.at = 0

    def read(self, *, depth: int) -> Value:
        self._left -= 1
        if depth > DEPTH_MAX or self._left < 0:
            raise BadAmfError("too much in one command")
        marker = self._data[self.at]
        self.at += 1
        if marker in {_OBJECT, _ECMA_ARRAY, _STRICT_ARRAY}:
            return self._read_many(marker, depth)
        return self._read_one(marker)

    def _read_one(self, marker: int) -> Value:
        match marker:
            case 0:
                return self._take_number()
            case 1:
                return bool(self._take_count(1))
            case 2:
                return self._take_text(self._take_count(2))
            case 12:
                return self._take_text(self._take_count(4))
            case 11:
                number = self._take_number()
                self._take_count(2)  # a time zone, which is always nought
                return number
            case 5 | 6:
                return None
            case _:
                raise BadAmfError(f"marker {marker} has no place in a command")

    def _read_many(self, marker: int, depth: int) -> Value:
        if marker == _STRICT_ARRAY:
            count = self._take_count(4)
            if count > self._left:
                raise BadAmfError("too much in one command")
            return [self.read(depth=depth + 1) for _ in range(count)]
        if marker == _ECMA_ARRAY:
            self._take_count(4)  # a count that writers get wrong; the end is marked
        fields: dict[str, Value] = {}
        while True:
            name = self._take_text(self._take_count(2))
            if not name and self._data[self.at] == _OBJECT_END:
                self.at += 1
                return fields
            fields[name] = self.read(depth=depth + 1)

    def _take_number(self) -> float:
        return float(struct.unpack(">d", self._take(8))[0])

    def _take_count(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _take_text(self, size: int) -> str:
        return self._take(size).decode(errors="replace")

    def _take(self, size: int) -> bytes:
        raw = self._data[self.at : self.at + size]
        if len(raw) < size:
            raise BadAmfError("cut off")
        self.at += size
        return raw
