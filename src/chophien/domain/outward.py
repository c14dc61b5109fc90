"""Where a show may be sent to: addresses of RTMP servers out in the world, never inside.

Somebody who sets up a destination chooses an address that our own machine then connects to. So
only RTMP, only usual ports, and at the moment of connecting only addresses that the whole
internet can reach: nothing of this machine, of its network, or of a cloud's own services.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network

PORTS = {"rtmp": 1935, "rtmps": 443}
PORTS_ALLOWED = frozenset({80, 443, 1935, 1936})
ADDRESS_CHARS_MAX = 300
KEY_CHARS_MAX = 500
HINT_CHARS = 4
# A key shorter than this is shown by no letter at all.
HINTED_CHARS_MIN = 12
_NAT64 = IPv6Network("64:ff9b::/96")
_PRINTABLE = re.compile(r"[!-~]+")
_HOST = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?")


class AddressFault(StrEnum):
    """What is wrong with an address or a key."""

    NOT_AN_ADDRESS = "not_an_address"
    NOT_RTMP = "not_rtmp"
    NOT_SECURE = "not_secure"
    HAS_NO_APP = "has_no_app"
    PORT = "port"
    INSIDE = "inside"
    KEY = "key"


class BadAddressError(ValueError):
    """An address or a key that nothing is sent to."""

    def __init__(self, fault: AddressFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server and what it calls its *application*; the stream key is no part of it."""

    is_secure: bool
    host: str
    port: int
    app: str

    @property
    def url(self) -> str:
        """As it is kept, shown, and told to the server."""
        scheme = "rtmps" if self.is_secure else "rtmp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{host}{port}/{self.app}"


def parse_address(text: str, *, is_secure_only: bool = False) -> Address:
    """Read an address as people paste it; where it leads is seen when it is connected to.

    Raises:
        BadAddressError: what is wrong with it.
    """
    text = text.strip()
    if len(text) > ADDRESS_CHARS_MAX or not _PRINTABLE.fullmatch(text):
        raise BadAddressError(AddressFault.NOT_AN_ADDRESS)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as fault:
        raise BadAddressError(AddressFault.NOT_AN_ADDRESS) from fault
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    if scheme not in PORTS:
        raise BadAddressError(AddressFault.NOT_RTMP)
    if is_secure_only and scheme != "rtmps":
        raise BadAddressError(AddressFault.NOT_SECURE)
    if "@" in parts.netloc or parts.fragment or not _is_host(host):
        raise BadAddressError(AddressFault.NOT_AN_ADDRESS)
    app = parts.path.strip("/") + (f"?{parts.query}" if parts.query else "")
    if not app:
        raise BadAddressError(AddressFault.HAS_NO_APP)
    return Address(
        is_secure=scheme == "rtmps",
        host=host,
        port=PORTS[scheme] if port is None else port,
        app=app,
    )


def _is_host(host: str) -> bool:
    """A name or a number; other ways to write a number are left to `check_ip`."""
    return bool(_HOST.fullmatch(host)) or find_ip(host) is not None


def find_ip(host: str) -> IpAddress | None:
    """The address that a host's name is itself, if it is one."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def check_key(key: str) -> str:
    """A stream key as it was pasted, without spaces around it.

    Raises:
        BadAddressError: it is empty, too long, or has letters that no key has.
    """
    key = key.strip()
    if len(key) > KEY_CHARS_MAX or not _PRINTABLE.fullmatch(key):
        raise BadAddressError(AddressFault.KEY)
    return key


def hint_key(key: str) -> str:
    """The end of a key, by which its owner knows it again."""
    return key[-HINT_CHARS:] if len(key) >= HINTED_CHARS_MIN else ""


def parse_allowed(text: str) -> tuple[IpNetwork, ...]:
    """Networks that may be sent to although they are inside: `10.1.0.0/16,127.0.0.1`.

    Raises:
        ValueError: not networks with commas between.
    """
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def check_ip(address: IpAddress, port: int, *, allowed: tuple[IpNetwork, ...]) -> None:
    """Check where a connection would really lead, after the name was looked up.

    Raises:
        BadAddressError: inside, or a port that RTMP servers do not have.
    """
    if any(address in network for network in allowed):
        return
    if port not in PORTS_ALLOWED:
        raise BadAddressError(AddressFault.PORT)
    if not is_public(address):
        raise BadAddressError(AddressFault.INSIDE)


def is_public(address: IpAddress) -> bool:
    """Whether the whole internet can reach it, also where one address is wrapped in another."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo is not None or address.scope_id is not None:
            return False
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast
