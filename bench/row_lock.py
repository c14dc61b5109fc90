"""The lane's rival: the same door, checks and rows, but each order is a transaction of its own."""

from chophien.config.lane import Alone
from chophien.hotlane.intake import batcher

# Its best here: fewer connections leave the disk idle, more only queue for the row.
CONNECTIONS = 16


def make_row_lock() -> Alone:
    """The lane with batches of one."""
    vars(batcher).update(LANE_BATCH_MAX=1, LINGER_S=0, CONNECTIONS=CONNECTIONS)
    return Alone()


application = make_row_lock()
