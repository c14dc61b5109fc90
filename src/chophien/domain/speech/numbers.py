"""Whole numbers as Vietnamese words (northern usage: nghìn, linh)."""

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
AFTER_MANY_TENS = {**dict(enumerate(DIGITS)), 1: "mốt", 4: "tư", 5: "lăm"}
AFTER_TEN = {**dict(enumerate(DIGITS)), 5: "lăm"}
AFTER_HUNDREDS = {**dict(enumerate(DIGITS)), 4: "tư"}
BILLION = 10**9
# Above this nobody reads a figure aloud; a larger one is a mistake of the caller.
NUMBER_MAX = 10**18 - 1


def say_number(number: int) -> str:
    """Spell a whole number, groups of three, empty groups left out.

    Examples:
        >>> say_number(1_005)
        'một nghìn không trăm linh năm'
        >>> say_number(21), say_number(24), say_number(15)
        ('hai mươi mốt', 'hai mươi tư', 'mười lăm')

    Raises:
        ValueError: negative, or above `NUMBER_MAX`.
    """
    if not 0 <= number <= NUMBER_MAX:
        raise ValueError(f"cannot spell {number}: it is not within 0..{NUMBER_MAX}")
    if number < BILLION:
        return _below_billion(number, padded=False)
    billions, rest = divmod(number, BILLION)
    words = f"{_below_billion(billions, padded=False)} tỷ"
    return f"{words} {_below_billion(rest, padded=True)}" if rest else words


def say_digits(digits: str) -> str:
    """Spell digit by digit, as telephone numbers and decimals are read."""
    return " ".join(DIGITS[int(digit)] for digit in digits)


def say_decimal(whole: int, decimals: str) -> str:
    """Spell `1,5` as "một phẩy năm"; decimals without a leading zero are read as a number."""
    significant = decimals.rstrip("0")
    if not significant:
        return say_number(whole)
    tail = say_digits(significant) if significant[0] == "0" else say_number(int(significant))
    return f"{say_number(whole)} phẩy {tail}"


def _below_billion(number: int, *, padded: bool) -> str:
    if number == 0:
        return DIGITS[0]
    words: list[str] = []
    for scale, name in ((10**6, "triệu"), (10**3, "nghìn"), (1, "")):
        group = number // scale % 1000
        if group:
            words.append(_below_thousand(group, padded=padded or bool(words)))
            words.append(name)
    return " ".join(word for word in words if word)


def _below_thousand(number: int, *, padded: bool) -> str:
    """Spell 1..999; `padded` names the empty hundreds too: "không trăm linh năm"."""
    hundreds, rest = divmod(number, 100)
    if not hundreds and not padded:
        return _below_hundred(rest)
    words = f"{DIGITS[hundreds]} trăm"
    if not rest:
        return words
    if rest in AFTER_HUNDREDS:
        return f"{words} linh {AFTER_HUNDREDS[rest]}"
    return f"{words} {_below_hundred(rest)}"


def _below_hundred(number: int) -> str:
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    if tens == 1:
        return f"mười {AFTER_TEN[ones]}" if ones else "mười"
    ten = f"{DIGITS[tens]} mươi"
    return f"{ten} {AFTER_MANY_TENS[ones]}" if ones else ten
