"""What a request tells of who sends it: the device by its cookie, the network by its address."""

import re
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from chophien.wire.passes import hash_device

DEVICE_COOKIE = "device"
DEVICE_BYTES = 16
"""Random bytes of a device's cookie that the fair gives: 22 letters of base64url."""
# A home gets a /56 of IPv6 by the book (RFC 6177), a phone a /64 of one. With IPv4 neighbours in
# a /24 are one operator's or one data centre's, and change places in it.
IPV4_PREFIX = 24
IPV6_PREFIX = 56
NETWORKS_REMEMBERED = 65_536
NO_NETWORK = ""
NO_DEVICE = ""
# A program may bring a name of its own: a device is no proof of anything.
_DEVICE = re.compile(r"[A-Za-z0-9_-]{16,64}")


def read_device(cookie: str) -> str:
    """The hash of a device's cookie; `NO_DEVICE` for what can be none."""
    return hash_device(cookie) if _DEVICE.fullmatch(cookie) else NO_DEVICE


def find_device_cookie(header: str) -> str:
    """The device's cookie in a `Cookie` header, empty without one; the last of several counts.

    Django takes the last, too.
    """
    found = ""
    for pair in header.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == DEVICE_COOKIE:
            found = value
    return found


def find_address(peer: str, forwarded_for: str, *, is_behind_proxy: bool) -> str:
    """The address of who asks.

    Behind a proxy it is the last of `X-Forwarded-For`: the one that our proxy added. Everything
    before it is what the client says of itself, and without a proxy all of it is.
    """
    if not is_behind_proxy:
        return peer
    last = forwarded_for.rsplit(",", 1)[-1].strip()
    return last if _is_address(last) else peer


@lru_cache(maxsize=NETWORKS_REMEMBERED)  # to read an address takes longer than all the rest
def find_network(address: str) -> str:
    """The network that an address belongs to, `NO_NETWORK` for what is no address.

    >>> find_network("203.0.113.77"), find_network("2001:db8:1:23ff::1")
    ('203.0.113.0/24', '2001:db8:1:2300::/56')
    """
    try:
        read = ip_address(address)
    except ValueError:
        return NO_NETWORK
    if isinstance(read, IPv6Address):
        if read.ipv4_mapped is None:
            return str(IPv6Network((int(read), IPV6_PREFIX), strict=False))
        read = read.ipv4_mapped
    return str(IPv4Network((int(read), IPV4_PREFIX), strict=False))


def _is_address(text: str) -> bool:
    return find_network(text) != NO_NETWORK
