"""Secrets of others that have to be used again, kept so that the database alone tells nobody.

AES-GCM with a key derived from the installation's secret. What is sealed is bound to a purpose of
its own (a stream key to its address): moved to another row, it does not open.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chophien.wire.signing import derive_key

NONCE_BYTES = 12
_PURPOSE = b"chophien.sealed.1"


class SealError(ValueError):
    """Sealed with another secret or for another purpose, or changed since."""


def seal(text: str, *, secret: str, bound_to: str, nonce: bytes) -> bytes:
    """Seal a text; `nonce` is `NONCE_BYTES` of chance, never used before."""
    assert len(nonce) == NONCE_BYTES, "a nonce has its length"
    cipher = AESGCM(derive_key(secret, _PURPOSE))
    return nonce + cipher.encrypt(nonce, text.encode(), bound_to.encode())


def unseal(sealed: bytes, *, secret: str, bound_to: str) -> str:
    """Open what `seal` gave.

    Raises:
        SealError: it does not open.
    """
    cipher = AESGCM(derive_key(secret, _PURPOSE))
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        return cipher.decrypt(nonce, body, bound_to.encode()).decode()
    except (InvalidTag, ValueError) as fault:
        raise SealError("does not open") from fault
