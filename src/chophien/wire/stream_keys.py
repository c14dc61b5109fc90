"""Stream keys: what encoders publish with, of which the fair keeps only a hash."""

from hashlib import sha256

KEY_BYTES = 24
"""Bytes of chance in a key: 32 letters of base64url."""


def hash_key(key: str) -> str:
    """What is kept of a key. It is chance and no word, so it needs no slow hash."""
    return sha256(b"chophien.stream-key:" + key.encode()).hexdigest()
