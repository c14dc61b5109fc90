"""Which messages of a tick reach everybody when more are said than anyone can read."""

from collections.abc import Sequence


def choose_kept(are_first: Sequence[bool], *, count_max: int) -> list[int]:
    """The indexes of the messages that are kept, in the order in which they were said.

    All are kept while they fit. Beyond, those that go first (the host's, moderators', orders)
    have the places, the oldest before the newest; what they leave is shared among the others
    evenly over the tick, so that nobody gains by saying more at its beginning or its end.

    Example: of six, the third goes first; three fit.

    >>> choose_kept([False, False, True, False, False, False], count_max=3)
    [0, 2, 4]
    """
    assert count_max >= 1, "a tick carries at least one message"
    if len(are_first) <= count_max:
        return list(range(len(are_first)))
    first = [index for index, is_first in enumerate(are_first) if is_first][:count_max]
    others = [index for index, is_first in enumerate(are_first) if not is_first]
    places = count_max - len(first)
    if not places:
        return first
    sample = [others[place * len(others) // places] for place in range(min(places, len(others)))]
    return sorted({*first, *sample})
