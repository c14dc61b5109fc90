"""The signed pass that says who buys, read without a query.

A pass is made by the pages for somebody who is logged in, holds for minutes, and is good only
together with the cookie of the device that it was made for.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from hashlib import sha256

import msgspec

MAC_BYTES = 16
PASS_CHARS_MAX = 1_000
_PURPOSE = b"chophien.pass.1"


class Pass(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Who buys, where it goes, how it is paid.

    The address was seen to be the person's own when the pass was made; addresses never change.
    """

    user_id: int
    address_id: int
    buyer_keys: tuple[str, ...]
    """What limits for each buyer count by; see `promotions.buyers`."""
    method: str
    """`vietqr` or `test_bank`."""
    device: str
    """The device's cookie as `hash_device` gives it."""
    ends_at_s: int
    """Seconds since 1970, in real time."""


class BadPassError(ValueError):
    """Not a pass of this fair, changed on its way, or over."""


_decoder = msgspec.msgpack.Decoder(Pass)


def derive_key(secret: str, purpose: bytes = _PURPOSE) -> bytes:
    """The key for one purpose, from the installation's secret."""
    return hmac.digest(secret.encode(), purpose, sha256)


def hash_device(cookie: str) -> str:
    """What a pass knows of a device: the cookie itself stays in the browser."""
    return sha256(b"chophien.device:" + cookie.encode()).hexdigest()[:32]


def sign_pass(holder: Pass, key: bytes) -> str:
    """Write a pass for a URL or JSON; `key` as from `derive_key`."""
    body = msgspec.msgpack.encode(holder)
    return urlsafe_b64encode(hmac.digest(key, body, sha256)[:MAC_BYTES] + body).decode()


def read_pass(text: str, key: bytes, now_s: int) -> Pass:
    """Check and read a pass.

    Raises:
        BadPassError: not one, or over since `ends_at_s`.
    """
    try:
        raw = urlsafe_b64decode(text)
    except (Base64Error, ValueError) as fault:
        raise BadPassError("not a pass") from fault
    mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(hmac.digest(key, body, sha256)[:MAC_BYTES], mac):
        raise BadPassError("not signed by this fair")
    holder = _decoder.decode(body)
    if now_s >= holder.ends_at_s:
        raise BadPassError("over")
    return holder
