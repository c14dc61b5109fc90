"""From the caption as people read it (`95.000 ₫`) to the words a voice says, kept in line."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chophien.domain.speech.numbers import say_decimal, say_digits, say_number

CURRENCIES = {
    "₫": ("đồng", ""),
    "đ": ("đồng", ""),
    "đồng": ("đồng", ""),
    "vnd": ("đồng", ""),
    "vnđ": ("đồng", ""),
    "$": ("đô la", "xu"),
    "us$": ("đô la", "xu"),
    "usd": ("đô la", "xu"),
    "¥": ("nhân dân tệ", "xu"),
    "cn¥": ("nhân dân tệ", "xu"),
    "cny": ("nhân dân tệ", "xu"),
}
MEASURES = {
    "kg": "ki lô gam",
    "g": "gam",
    "gr": "gam",
    "gam": "gam",
    "mg": "mi li gam",
    "ml": "mi li lít",
    "l": "lít",
    "lít": "lít",
    "cm": "xen ti mét",
    "mm": "mi li mét",
    "m": "mét",
    "m²": "mét vuông",
    "km": "ki lô mét",
}
# Words that the voice would misread: letters of a code, and words of other languages.
SAID_AS = {
    "ocop": "ô cóp",
    "ai": "ây ai",
    "qr": "kiu a",
    "vietqr": "việt kiu a",
    "st": "ét tê",
    "cod": "xi ô đi",
    "livestream": "lai chim",
    "online": "on lai",
    "shop": "sóp",
    "combo": "com bô",
    "video": "vi đê ô",
}
MONTHS_BY_NAME = {4: "tư"}
# "ai" in small letters is the word for "who"; these are codes only in capitals.
ONLY_IN_CAPITALS = {"ai", "st", "qr", "cod"}
PAUSES = {"–": ",", "—": ",", "(": ",", ")": ",", "·": ",", "-": ",", "…": "."}
SIGNS = {"&": "và", "+": "cộng", "×": "nhân", "=": "bằng", "★": "sao"}
STOPS = ".,!?;:"

_NUMBER = r"(?:\d{1,3}(?:\.\d{3})+|\d+)"
_CURRENCY = r"(?:₫|đồng|đ|VND|VNĐ|US\$|\$|USD|CN¥|¥|CNY)"
_MEASURE = r"(?:kg|gam|gr|g|mg|ml|lít|l|cm|mm|km|m²|m)"
_FIGURES = re.compile(
    rf"""
    (?P<phone>\b0\d{{2,3}}(?:[ .]?\d{{3}}){{2,3}}\b)
  | (?P<date>\b(?P<day>\d{{1,2}})/(?P<month>\d{{1,2}})(?:/(?P<year>\d{{4}}))?(?![\d/]))
  | (?P<clock>\b(?P<hour>\d{{1,2}})(?::|[hH](?=\d))(?P<minute>\d{{2}})\b)
  | (?P<hours>\b(?P<full_hour>\d{{1,2}})[hH]\b)
  | (?P<range>(?P<low>{_NUMBER})\s?[–-]\s?(?P<high>{_NUMBER})(?!\d))
  | (?P<money>(?P<amount>{_NUMBER})(?:,(?P<cents>\d{{2}}))?\s?(?P<currency>{_CURRENCY})(?!\w))
  | (?P<led_money>(?P<led_by>US\$|\$|CN¥|¥)\s?(?P<led_amount>{_NUMBER})(?:,(?P<led_cents>\d{{2}}))?)
  | (?P<percent>(?P<share>{_NUMBER})(?:,(?P<share_decimals>\d+))?\s?%)
  | (?P<measure>(?P<size>{_NUMBER})(?:,(?P<size_decimals>\d+))?\s?(?P<measured_in>{_MEASURE})(?!\w))
  | (?P<festival>\b(?P<first>\d{{1,2}})\.(?P<second>\d{{1,2}})(?![\d.]))
  | (?P<decimal>(?P<whole>{_NUMBER}),(?P<decimals>\d+))
  | (?P<number>{_NUMBER})
  | (?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)
  | (?P<sign>\S)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenWord:
    """A piece of the caption and what is said for it.

    `[starts_chars, ends_chars)` is its place in the caption, `said_at_chars` the place of its
    first letter in the spoken text.
    """

    said: str
    said_at_chars: int
    starts_chars: int
    ends_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenText:
    """A caption, the words to say for it, and which belongs to which (ascending in both)."""

    caption: str
    text: str
    words: tuple[SpokenWord, ...]

    def word_at(self, said_chars: int) -> SpokenWord | None:
        """Find the caption's word for a place in the spoken text, `None` before the first."""
        found = None
        for word in self.words:
            if word.said_at_chars > said_chars:
                break
            found = word
        return found


def to_spoken(caption: str) -> SpokenText:
    """Turn a caption into words for a Vietnamese voice: no digit is left in them.

    Examples:
        >>> to_spoken("Giá 95.000 ₫ thôi!").text
        'Giá chín mươi lăm nghìn đồng thôi!'
    """
    text = ""
    words: list[SpokenWord] = []
    for said, starts, ends in _pieces(caption):
        if said in STOPS:
            text = f"{text.rstrip(STOPS)}{said}" if text else text
            continue
        text = f"{text} {said}" if text else said
        words.append(
            SpokenWord(
                said=said,
                said_at_chars=len(text) - len(said),
                starts_chars=starts,
                ends_chars=ends,
            )
        )
    return SpokenText(caption=caption, text=text, words=tuple(words))


def _pieces(caption: str) -> Iterator[tuple[str, int, int]]:
    previous = ""
    for match in _FIGURES.finditer(caption):
        kind = next(name for name in _SAY if match[name] is not None)
        said = _SAY[kind](match, previous)
        previous = match[0].casefold()
        if said:
            yield said, match.start(), match.end()


def _to_int(figure: str) -> int:
    return int(figure.replace(".", ""))


def _month(month: int) -> str:
    return MONTHS_BY_NAME.get(month) or say_number(month)


def _say_money(match: re.Match[str], _previous: str) -> str:
    return _money(match["amount"], match["cents"], match["currency"])


def _say_led_money(match: re.Match[str], _previous: str) -> str:
    return _money(match["led_amount"], match["led_cents"], match["led_by"])


def _money(amount: str, cents: str | None, currency: str) -> str:
    unit, cent = CURRENCIES[currency.casefold()]
    said = f"{say_number(_to_int(amount))} {unit}"
    small = int(cents or 0)
    return f"{said} {say_number(small)} {cent}".rstrip() if small else said


def _say_share(match: re.Match[str], _previous: str) -> str:
    share = say_decimal(_to_int(match["share"]), match["share_decimals"] or "")
    return f"{share} phần trăm"


def _say_measure(match: re.Match[str], _previous: str) -> str:
    size = say_decimal(_to_int(match["size"]), match["size_decimals"] or "")
    return f"{size} {MEASURES[match['measured_in']]}"


def _say_clock(match: re.Match[str], _previous: str) -> str:
    hour, minute = int(match["hour"]), int(match["minute"])
    said = f"{say_number(hour)} giờ"
    return f"{said} {say_number(minute)} phút" if minute else said


def _say_date(match: re.Match[str], previous: str) -> str:
    said = f"{say_number(int(match['day']))} tháng {_month(int(match['month']))}"
    if match["year"]:
        said = f"{said} năm {say_number(int(match['year']))}"
    return said if previous in ("ngày", "mùng", "hôm") else f"ngày {said}"


def _say_range(match: re.Match[str], _previous: str) -> str:
    return f"{say_number(_to_int(match['low']))} đến {say_number(_to_int(match['high']))}"


def _say_festival(match: re.Match[str], _previous: str) -> str:
    return f"{say_number(int(match['first']))} {say_number(int(match['second']))}"


def _say_number_group(match: re.Match[str], previous: str) -> str:
    if previous == "tháng":
        return _month(int(match["number"]))
    return say_number(_to_int(match["number"]))


def _say_decimal_group(match: re.Match[str], _previous: str) -> str:
    return say_decimal(_to_int(match["whole"]), match["decimals"])


def _say_phone(match: re.Match[str], _previous: str) -> str:
    return say_digits("".join(filter(str.isdecimal, match["phone"])))


def _say_hours(match: re.Match[str], _previous: str) -> str:
    return f"{say_number(int(match['full_hour']))} giờ"


def _say_word(match: re.Match[str], _previous: str) -> str:
    word = match["word"]
    known = word.casefold()
    if known in ONLY_IN_CAPITALS and not word.isupper():
        return word
    return SAID_AS.get(known, word)


def _say_sign(match: re.Match[str], _previous: str) -> str:
    sign = match["sign"]
    if sign in STOPS:
        return sign
    return SIGNS.get(sign) or PAUSES.get(sign, "")


# In the order in which the pattern tries them.
_SAY: dict[str, Callable[[re.Match[str], str], str]] = {
    "phone": _say_phone,
    "date": _say_date,
    "clock": _say_clock,
    "hours": _say_hours,
    "range": _say_range,
    "money": _say_money,
    "led_money": _say_led_money,
    "percent": _say_share,
    "measure": _say_measure,
    "festival": _say_festival,
    "decimal": _say_decimal_group,
    "number": _say_number_group,
    "word": _say_word,
    "sign": _say_sign,
}
