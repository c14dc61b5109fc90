"""A choice among sentences that looks free, can be repeated, and does not repeat itself."""

import hashlib
from collections.abc import Collection, Sequence


def choose(options: Sequence[str], *, seed: str, recent: Sequence[str]) -> str | None:
    """Pick one option not said recently; when all were, the one said longest ago.

    The same arguments always give the same answer. `recent` is in the order of saying, latest
    last. `None` when there are no options.
    """
    if not options:
        return None
    fresh = _without(options, frozenset(recent))
    if not fresh:
        said_at = {text: index for index, text in enumerate(recent)}
        return min(options, key=lambda option: said_at[option])
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return fresh[int.from_bytes(digest) % len(fresh)]


def _without(options: Sequence[str], said: Collection[str]) -> list[str]:
    return [option for option in options if option not in said]
