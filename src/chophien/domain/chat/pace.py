"""How often people speak in a room: buckets for person and device, slow mode, repeats."""

from collections import OrderedDict

from chophien.domain.buckets import Buckets
from chophien.domain.limits import (
    CHAT_DEVICE_BUCKET,
    CHAT_PERSON_BUCKET,
    CHAT_REPEAT_US,
    CHAT_WRITERS_MAX,
)


class Pace:
    """What one room remembers of its writers; beyond a bound the longest silent is forgotten."""

    __slots__ = ("_devices", "_people", "_said")

    def __init__(self) -> None:
        self._people = Buckets(CHAT_PERSON_BUCKET, keys_max=CHAT_WRITERS_MAX)
        self._devices = Buckets(CHAT_DEVICE_BUCKET, keys_max=CHAT_WRITERS_MAX)
        self._said: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def draw(self, person: str, device: str, at_us: int) -> int:
        """Draw one for a try of both; how many µs to wait when one of them is empty, else 0."""
        wait_us = self._people.find_wait_us(person, at_us)
        if device:
            wait_us = max(wait_us, self._devices.find_wait_us(device, at_us))
        if not wait_us:
            self._people.draw(person, at_us)
            if device:
                self._devices.draw(device, at_us)
        return wait_us

    def find_slow_wait_us(self, person: str, slow_us: int, at_us: int) -> int:
        """How long until a person may speak again in slow mode; 0 for now."""
        last = self._said.get(person)
        return 0 if last is None else max(0, last[0] + slow_us - at_us)

    def is_repeat(self, person: str, text: str, at_us: int) -> bool:
        """Whether this is what the person said last, a moment ago."""
        last = self._said.get(person)
        return last is not None and last[1] == _mark(text) and at_us - last[0] < CHAT_REPEAT_US

    def note_said(self, person: str, text: str, at_us: int) -> None:
        """Remember what a person said last."""
        self._said[person] = (at_us, _mark(text))
        self._said.move_to_end(person)
        if len(self._said) > CHAT_WRITERS_MAX:
            self._said.popitem(last=False)


def _mark(text: str) -> int:
    return hash(text.lower())
