"""The guard at the hot lane's doors, and what it reads of a request: headers, never the body."""

from dataclasses import dataclass

from chophien.domain.guards import Guard
from chophien.domain.limits import GUARD_KEYS_MAX, LANE_ALLOWANCE, QUEUE_ALLOWANCE
from chophien.hotlane.requests import Request
from chophien.wire.visitors import find_address, find_device_cookie, find_network, read_device

__all__ = ["Caller", "Guard", "make_lane_guard", "make_queue_guard", "read_caller"]


@dataclass(slots=True, kw_only=True)  # not frozen: made for every order, that costs double
class Caller:
    """Who asks, as far as headers tell: both may be empty, neither is proof of anything."""

    device: str
    network: str


def make_lane_guard() -> Guard:
    """The guard of buy-now."""
    return Guard(LANE_ALLOWANCE, keys_max=GUARD_KEYS_MAX)


def make_queue_guard() -> Guard:
    """The guard of the waiting rooms' door."""
    return Guard(QUEUE_ALLOWANCE, keys_max=GUARD_KEYS_MAX)


def read_caller(request: Request, *, is_behind_proxy: bool) -> Caller:
    """Read device and network of an HTTP request."""
    forwarded_for = request.find_header("x-forwarded-for") if is_behind_proxy else None
    address = find_address(request.peer, forwarded_for or "", is_behind_proxy=is_behind_proxy)
    return Caller(
        device=read_device(find_device_cookie(";".join(request.list_headers("cookie")))),
        network=find_network(address),
    )
