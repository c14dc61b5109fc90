"""Names of an order, derived from its serial number and a secret key of the installation.

A serial is used once, so names never collide however many there are. Serials that follow one
another share their first letters for a while: a new name goes beside the last in its index, and
the cost of an order stays flat as orders grow to millions.
"""

import hashlib
from functools import lru_cache
from typing import NamedTuple

# Without letters and digits that are mistaken for one another when read out on the phone.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LETTER_BITS = 5
_HIGH_BITS = 25
_LOW_BITS = 15
SERIALS_MAX = 1 << (_HIGH_BITS + _LOW_BITS)
# What one step of the sequence gives to whoever takes it.
SERIALS_A_STEP = 64
SECRET_BYTES = 15
KEY_BYTES = 32
PARTS_MAX = 1 << (2 * _LETTER_BITS)


class OrderCodes(NamedTuple):
    """What an order is called."""

    number: str
    """`CP` and eight letters: what a person reads out."""
    token: str
    """Thirty-eight letters, 120 bits of them secret: whoever has the link may see the order."""


def name_order(serial: int, *, key: bytes, secret: bytes) -> OrderCodes:
    """Names for one order.

    The number hides how many orders there are from who reads it, not from who computes: it is a
    permutation, no cipher. What protects an order is the secret part of its token.

    Args:
        serial: below `SERIALS_MAX`, used once.
        key: `KEY_BYTES` bytes, always the same in one installation.
        secret: `SECRET_BYTES` fresh bytes from a cryptographic source.
    """
    if not 0 <= serial < SERIALS_MAX:
        raise ValueError(f"serial: must be from 0 to {SERIALS_MAX - 1}")
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"secret: needs {SECRET_BYTES} bytes")
    high, low = serial >> _LOW_BITS, serial & ((1 << _LOW_BITS) - 1)
    prefix, shift, factor = _open_block(high, key)
    letters = prefix + _LOW_LETTERS[_permute(low, _LOW_BITS, shift, factor)]
    return OrderCodes(number="CP" + letters, token=letters.lower() + secret.hex())


def name_part(number: str, part: int) -> str:
    """What a bank transfer for one part of an order carries: its number and two letters.

    Args:
        number: of the order, as `name_order` gives it.
        part: which stall's part of the order, from 0.
    """
    if not 0 <= part < PARTS_MAX:
        raise ValueError(f"part: must be from 0 to {PARTS_MAX - 1}")
    return number + _spell(part, 2)


@lru_cache(maxsize=64)
def _open_block(high: int, key: bytes) -> tuple[str, int, int]:
    """The letters that a block of serials shares, and how the rest of each is permuted."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"key: needs {KEY_BYTES} bytes")
    shift, factor = _derive(b"blocks", key)
    prefix = _spell(_permute(high, _HIGH_BITS, shift, factor), 5)
    return prefix, *_derive(b"block %d" % high, key)


def _derive(purpose: bytes, key: bytes) -> tuple[int, int]:
    digest = hashlib.blake2b(purpose, key=key, digest_size=16).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1


def _permute(number: int, bits: int, shift: int, factor: int) -> int:
    """Another number of as many bits; no two give the same, each step can be undone."""
    mask = (1 << bits) - 1
    number = (number + shift) & mask
    number ^= number >> (bits // 2)
    number = (number * (factor & mask | 1)) & mask
    number ^= number >> (bits // 2)
    return (number * (factor >> bits & mask | 1) + (shift >> bits)) & mask


def _spell(number: int, letters: int) -> str:
    return "".join(
        _ALPHABET[number >> (_LETTER_BITS * place) & 31] for place in reversed(range(letters))
    )


# All three letters that fifteen bits make: looked up, an order costs half.
_LOW_LETTERS = tuple([_spell(number, 3) for number in range(1 << _LOW_BITS)])
