"""Draws that anyone can check: the seed's hash is published first, the seed itself afterwards.

Seeds, entries and hashes are texts, so a check needs no program of ours:
`printf %s "$seed" | sha256sum` gives the hash that was published.
"""

from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

SEED_BYTES = 32


def commit(seed: str) -> str:
    """The hash to publish before a draw: SHA-256 of the seed's text, 64 small hex digits."""
    return sha256(seed.encode()).hexdigest()


def is_committed(seed: str, seed_hash: str) -> bool:
    """Whether a revealed seed is the one that was promised."""
    return compare_digest(commit(seed), seed_hash)


def rank(seed: str, entry: str) -> str:
    """What an entry is ordered by: SHA-256 of seed and entry, one written after the other."""
    return sha256(f"{seed}{entry}".encode()).hexdigest()


def shuffle(seed: str, entries: Iterable[str]) -> list[str]:
    """All entries in drawn order: by rank, equal ranks by entry; the order given does not matter.

    >>> shuffle("seed", ["a", "b", "c"]) == shuffle("seed", ["c", "b", "a"])
    True
    """
    return sorted(entries, key=lambda entry: (rank(seed, entry), entry))


def digest_entries(entries: Iterable[str]) -> str:
    """The fingerprint of who took part: SHA-256 of the sorted entries, each ended by a newline."""
    return sha256("".join(f"{entry}\n" for entry in sorted(entries)).encode()).hexdigest()
