"""Values as PostgreSQL is to read them, whichever connection sends them."""

from psycopg.types.numeric import Int8


def widen(value: object) -> object:
    """Whole numbers as `bigint`: psycopg chooses by size, and each choice would be another plan."""
    if type(value) is int:
        return Int8(value)
    if type(value) is list:
        return [Int8(each) if type(each) is int else each for each in value]
    return value
