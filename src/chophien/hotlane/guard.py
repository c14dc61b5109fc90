"""The guard at the hot lane's doors, and what it reads of a request: headers, never the body."""

from dataclasses import dataclass

from chophien.domain.guards import Guard
from chophien.domain.limits import GUARD_KEYS_MAX, LANE_ALLOWANCE, QUEUE_ALLOWANCE
from chophien.hotlane.asgi import Scope
from chophien.wire.visitors import find_address, find_device_cookie, find_network, read_device

__all__ = ["Caller", "Guard", "make_lane_guard", "make_queue_guard", "read_caller"]


@dataclass(frozen=True, slots=True, kw_only=True)
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


def read_caller(scope: Scope, *, is_behind_proxy: bool) -> Caller:
    """Read device and network of an HTTP request."""
    cookies, forwarded_for = [], ""
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies.append(value.decode("latin-1"))
        elif name == b"x-forwarded-for":
            forwarded_for = value.decode("latin-1")  # of several, our proxy's is the last
    peer = scope.get("client")
    address = find_address(peer[0] if peer else "", forwarded_for, is_behind_proxy=is_behind_proxy)
    return Caller(
        device=read_device(find_device_cookie(";".join(cookies))),
        network=find_network(address),
    )
