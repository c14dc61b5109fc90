"""Names of an order, derived from one secret seed so that the rules stay free of randomness."""

import hashlib
from dataclasses import dataclass

# Without letters and digits that are mistaken for one another when read out on the phone.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SEED_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCodes:
    number: str
    """`CP` and eight letters: what a person reads out."""
    token: str
    """Thirty-two letters, 160 bits: whoever has the link may see the order."""


def derive_order_codes(seed: bytes) -> OrderCodes:
    """Names for one order.

    Args:
        seed: 32 bytes from a cryptographic source; the same seed gives the same names.
    """
    return OrderCodes(
        number="CP" + _derive(seed, "number", 8), token=_derive(seed, "token", 32).lower()
    )


def derive_reference(seed: bytes, stall_id: int) -> str:
    """What a bank transfer to one stall carries: `CP` and ten letters, 50 bits."""
    return "CP" + _derive(seed, f"reference {stall_id}", 10)


def _derive(seed: bytes, purpose: str, chars: int) -> str:
    if len(seed) != SEED_BYTES:
        raise ValueError(f"seed: needs {SEED_BYTES} bytes")
    digest = hashlib.blake2b(purpose.encode(), key=seed).digest()
    return "".join(_ALPHABET[byte % 32] for byte in digest[:chars])
