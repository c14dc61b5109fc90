"""Short signed notes: what a pass or a ticket says, and who wrote it."""

import hmac
from base64 import urlsafe_b64encode
from binascii import a2b_base64
from hashlib import sha256

MAC_BYTES = 16
_STANDARD = bytes.maketrans(b"-_", b"+/")


class BadSignatureError(ValueError):
    """Not a note of this fair, or changed on its way."""


def derive_key(secret: str, purpose: bytes) -> bytes:
    """The key for one purpose, from the installation's secret: a note of one is none of another."""
    return hmac.digest(secret.encode(), purpose, sha256)


def sign(body: bytes, key: bytes) -> str:
    """Write a note for a URL or JSON: 128 bits of HMAC-SHA256, then the body."""
    return urlsafe_b64encode(hmac.digest(key, body, sha256)[:MAC_BYTES] + body).decode()


def read_signed(text: str, key: bytes) -> bytes:
    """The body of a note that this fair wrote.

    Raises:
        BadSignatureError: it did not.
    """
    try:
        # As `urlsafe_b64decode`, at a third of its time: done for every order.
        raw = a2b_base64(text.encode("ascii").translate(_STANDARD))
    except ValueError as fault:  # of base64, or of letters that are not ASCII
        raise BadSignatureError("not a note") from fault
    mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
    if not hmac.compare_digest(hmac.digest(key, body, sha256)[:MAC_BYTES], mac):
        raise BadSignatureError("not signed by this fair")
    return body
