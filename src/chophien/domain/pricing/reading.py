"""Reading of untrusted documents: every field is checked, every fault noted by its path.

A reader never raises on what it is given. Where a value is wrong it notes the fault and hands
back a harmless stand-in, so that reading goes on and all faults are found at once. The caller
throws away what was read when any fault was noted.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

WHOLE_MAX: Final = 2**63 - 1  # what a database's bigint and every client's integer can hold
KEY_CHARS_MAX: Final = 200  # of an unknown key in a fault, so that faults stay readable
STAND_IN_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)

T = TypeVar("T")


class Faults:
    """The faults of one document, in the order in which they were met."""

    __slots__ = ("noted",)

    def __init__(self) -> None:
        self.noted: list[str] = []

    def note(self, path: str, fault: str) -> None:
        self.noted.append(f"{path}: {fault}" if path else fault)


class Fields:
    """The fields of one object of a document; `null` counts as absent.

    Keys that are not among `known` are noted as unknown. When the document is not an object at
    all, that is its only fault.
    """

    __slots__ = ("_faults", "_is_object", "_values", "path")

    def __init__(self, document: object, path: str, faults: Faults, known: frozenset[str]) -> None:
        self.path = path
        self._faults = faults
        if isinstance(document, dict):
            self._is_object = True
            self._values: dict[object, object] = document
            if not known.issuperset(document):
                self._note_unknown(known)
        else:
            self._is_object = False
            self._values = {}
            faults.note(path, "must be an object")

    def _note_unknown(self, known: frozenset[str]) -> None:
        for key in self._values:
            if key not in known:
                self.note(key[:KEY_CHARS_MAX] if isinstance(key, str) else "?", "unknown key")

    def at(self, key: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{key}" if self.path else key

    def note(self, key: str, fault: str) -> None:
        self._faults.note(self.at(key), fault)

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def has_any(self, keys: frozenset[str]) -> bool:
        """Tell whether any of the fields stands in the document, were it as `null`."""
        return not keys.isdisjoint(self._values)

    def require(self, key: str) -> bool:
        """Tell whether a field is there, noting it as missing where it is not."""
        if self.has(key):
            return True
        self.note_missing(key, "missing")
        return False

    def note_missing(self, key: str, fault: str) -> None:
        """Note a fault about an absent field, unless there is no object to have it."""
        if self._is_object:
            self.note(key, fault)

    def forbid_each(self, keys: frozenset[str], fault: str) -> None:
        """Note a fault for every one of the fields that is there, in document order."""
        for key in self._values if self.has_any(keys) else ():
            if key in keys:
                self.forbid(key, fault)

    def forbid_empty(self, key: str, form: type[list[object]] | type[dict[str, object]]) -> None:
        """Note a fault when a list, or an object, is there and holds nothing."""
        value = self._values.get(key)
        if isinstance(value, form) and not value:
            self.note(key, "must not be empty")

    def forbid(self, key: str, fault: str) -> None:
        """Note a fault when a field is there."""
        if self.has(key):
            self.note(key, fault)

    def whole(self, key: str, least: int = 0, most: int = WHOLE_MAX) -> int:
        """Read a needed whole number; `least` stands in."""
        value = self._values.get(key)
        if type(value) is int and least <= value <= most:
            return value
        return self.check_whole(value, key, least, most) if self.require(key) else least

    def whole_or(self, key: str, otherwise: int, most: int = WHOLE_MAX) -> int:
        """Read a whole number of at least 0; `otherwise` when it is absent."""
        found = self.whole_or_none(key, 0, most)
        return otherwise if found is None else found

    def whole_or_none(self, key: str, least: int = 0, most: int = WHOLE_MAX) -> int | None:
        value = self._values.get(key)
        if value is None:
            return None
        return self.check_whole(value, key, least, most)

    def check_whole(self, value: object, key: str, least: int, most: int = WHOLE_MAX) -> int:
        """Check a whole number found under a key; `least` stands in for what is wrong."""
        if type(value) is not int:
            self.note(key, "must be a whole number")
        elif value < least:
            self.note(key, f"must be at least {least}")
        elif value > most:
            self.note(key, f"must be at most {most}")
        else:
            return value
        return least

    def text(self, key: str) -> str:
        """Read a needed text; an empty one stands in."""
        value = self._values.get(key)
        if isinstance(value, str):
            return value
        if self.require(key):
            self.note(key, "must be a text")
        return ""

    def text_or_none(self, key: str) -> str | None:
        value = self._values.get(key)
        if value is None or isinstance(value, str):
            return value
        self.note(key, "must be a text")
        return None

    def one_of(self, key: str, choices: Mapping[str, T]) -> T | None:
        """Read a needed text that is one of the choices; return what it stands for."""
        value = self._values.get(key)
        if isinstance(value, str) and value in choices:
            return choices[value]
        if self.require(key):
            self.note(key, f"must be one of {', '.join(choices)}")
        return None

    def flag(self, key: str) -> bool:
        value = self._values.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.note(key, "must be true or false")
        return False

    def texts_or_none(self, key: str) -> frozenset[str] | None:
        """Read a set of texts that may be missing; each that is no text is a fault of its own."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self.note(key, "must be a list")
            return None
        for index, each in enumerate(value):
            if not isinstance(each, str):
                self.note(f"{key}[{index}]", "must be a text")
        return frozenset(each for each in value if isinstance(each, str))

    def time(self, key: str) -> datetime:
        """Read a needed aware time."""
        found = self.time_or_none(key) if self.require(key) else None
        return STAND_IN_TIME if found is None else found

    def time_or_none(self, key: str) -> datetime | None:
        """Read an aware time that may be missing."""
        value = self._values.get(key)
        if value is None:
            return None
        try:
            time = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            time = None
        if time is None:
            self.note(key, "must be a time in ISO 8601")
        elif time.utcoffset() is None:
            self.note(key, "must have an offset from UTC")
            return None
        return time

    def part(self, key: str) -> object:
        """Hand out a field unread, `None` when it is absent."""
        return self._values.get(key)

    def each(self, key: str, read: Callable[[object, str, Faults], T | None]) -> tuple[T, ...]:
        """Read every item of a list; an absent list is empty."""
        value = self._values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.note(key, "must be a list")
            return ()
        path = self.at(key)
        items = [read(item, f"{path}[{index}]", self._faults) for index, item in enumerate(value)]
        return tuple([item for item in items if item is not None])

    def each_named(self, key: str) -> Iterator[tuple[str, object]]:
        """Go through an object used as a map, entry by entry."""
        value = self._values.get(key)
        if value is None:
            return
        if not isinstance(value, dict):
            self.note(key, "must be an object")
            return
        for name, entry in value.items():
            if isinstance(name, str):
                yield name, entry
            else:
                self.note(key, "must have texts as keys")
