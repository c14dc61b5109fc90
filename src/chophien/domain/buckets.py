"""How often: buckets that fill up again, one for each who draws from them.

The generic cell rate algorithm (ITU-T I.371, annex A) in whole microseconds: what is known of
one who draws is a single number, the instant at which the bucket is full again. The clock is
the caller's; it should be a monotonic one, but a step back does no harm.
"""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

LONG_AGO_US = 0
"""When the bucket of somebody unknown was full again; instants are never before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """How many may be drawn at once, and how soon each of them is there again.

    In any period, `burst` and one more for each whole `interval_us` of it can be drawn.
    """

    burst: int
    interval_us: int

    def __post_init__(self) -> None:
        assert self.burst >= 1, "a bucket holds at least one"
        assert self.interval_us >= 1, "a bucket fills up again"

    def find_wait_us(self, full_at_us: int, at_us: int) -> int:
        """How long until one can be drawn: 0 for at once, never more than `interval_us`.

        Example: three at once, one again each second, all three just drawn.

        >>> Bucket(burst=3, interval_us=1_000_000).find_wait_us(8_000_000, at_us=5_000_000)
        1000000
        """
        late_us = full_at_us - at_us - (self.burst - 1) * self.interval_us
        return max(min(late_us, self.interval_us), 0)

    def draw(self, full_at_us: int, at_us: int) -> int:
        """When the bucket is full again after one is drawn, which must be possible at once."""
        return max(full_at_us, at_us) + self.interval_us


class Buckets:
    """Buckets of one kind, one for each key; beyond `keys_max` the longest unused is forgotten.

    Forgotten means full: a flood of new keys lets go too much, never keeps anybody out.
    Each step costs the same, however many keys there are.
    """

    __slots__ = ("_bucket", "_full_at_us", "_keys_max")

    def __init__(self, bucket: Bucket, *, keys_max: int) -> None:
        self._bucket = bucket
        self._keys_max = keys_max
        self._full_at_us: OrderedDict[Hashable, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at_us)

    def find_full_at_us(self, key: Hashable) -> int:
        return self._full_at_us.get(key, LONG_AGO_US)

    def find_wait_us(self, key: Hashable, at_us: int) -> int:
        return self._bucket.find_wait_us(self._full_at_us.get(key, LONG_AGO_US), at_us)

    def draw(self, key: Hashable, at_us: int) -> None:
        """Draw one for `key`; the caller has seen that it need not wait."""
        known = self._full_at_us
        known[key] = self._bucket.draw(known.get(key, LONG_AGO_US), at_us)
        known.move_to_end(key)
        if len(known) > self._keys_max:
            known.popitem(last=False)
