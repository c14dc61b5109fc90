"""Whole numbers that people or programs send."""

import re

_NUMBER = re.compile(r"[0-9]{1,15}")  # within PostgreSQL's bigint


def parse_number(text: str) -> int:
    """A whole number of at most fifteen digits; anything else is 0, which every rule refuses."""
    text = text.strip()
    return int(text) if _NUMBER.fullmatch(text) else 0
