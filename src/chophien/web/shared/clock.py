"""The one place where a page reads the clock."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251 - the edge reads the clock for everything below
