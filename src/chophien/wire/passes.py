"""The signed pass that says who buys, read without a query.

A pass is made by the pages for somebody who is logged in, holds for minutes, and is good only
together with the cookie of the device that it was made for.
"""

from hashlib import sha256

import msgspec

from chophien.wire import signing
from chophien.wire.signing import BadSignatureError, read_signed, sign

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


def derive_key(secret: str) -> bytes:
    """The key of passes, from the installation's secret."""
    return signing.derive_key(secret, _PURPOSE)


def hash_device(cookie: str) -> str:
    """What a pass knows of a device: the cookie itself stays in the browser."""
    return sha256(b"chophien.device:" + cookie.encode()).hexdigest()[:32]


def sign_pass(holder: Pass, key: bytes) -> str:
    """Write a pass for a URL or JSON; `key` as from `derive_key`."""
    body = msgspec.msgpack.encode(holder)
    return sign(body, key)


def read_pass(text: str, key: bytes, now_s: int) -> Pass:
    """Check and read a pass.

    Raises:
        BadPassError: not one, or over since `ends_at_s`.
    """
    try:
        body = read_signed(text, key)
    except BadSignatureError as fault:
        raise BadPassError(str(fault)) from fault
    holder = _decoder.decode(body)
    if now_s >= holder.ends_at_s:
        raise BadPassError("over")
    return holder
