"""Names and ids for orders, made where the batch is made."""

import os
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import uuid_utils

from chophien.domain.orders import SECRET_BYTES, SERIALS_A_STEP, OrderCodes, name_order


@dataclass(slots=True)
class Names:
    """Serial numbers that this process has taken and not used; those left at its end are gaps."""

    key: bytes
    _serials: deque[int] = field(default_factory=deque)

    def count_missing(self, count: int) -> int:
        """Steps of the sequence that have to be taken before so many orders can be named."""
        return max(-(-(count - len(self._serials)) // SERIALS_A_STEP), 0)

    def add(self, steps: Iterable[int]) -> None:
        """Take over what the sequence gave, `SERIALS_A_STEP` serials a step."""
        for first in steps:
            self._serials.extend(range(first, first + SERIALS_A_STEP))

    def name(self, count: int) -> list[OrderCodes]:
        """Names of so many orders; expects that there are serials for them."""
        secrets = os.urandom(SECRET_BYTES * count)
        return [
            name_order(
                self._serials.popleft(),
                key=self.key,
                secret=secrets[at : at + SECRET_BYTES],
            )
            for at in range(0, SECRET_BYTES * count, SECRET_BYTES)
        ]


def make_ids(count: int) -> list[str]:
    """Ids that begin with the time, in ascending order."""
    return [str(uuid_utils.uuid7()) for _ in range(count)]
