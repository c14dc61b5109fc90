"""Orders written in the chat (*chốt đơn*): `A1 2 xanh 0901234567` in any order and case.

A comment is an order when it names a code of the show and nothing speaks against it: no question
and no refusal. Words that are no part of an order make it chatter, unless there is a phone number
or a word that orders (*chốt*, *lấy*, *đặt*). What is found is a draft that its writer confirms, so
a doubtful comment may be read as none, and never costs anybody anything.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chophien.domain.chat.contacts import find_phones
from chophien.domain.chat.text import clean_text
from chophien.domain.comment_words import (
    ASKING,
    ASKING_PAIRS,
    FILLING,
    MULTIPLES,
    NUMBERS,
    ORDERING,
    REFUSING,
    UNITS,
)
from chophien.domain.contact import fold
from chophien.domain.limits import CHAT_TEXT_CHARS_MAX, COMMENT_LINES_MAX, COMMENT_QUANTITY_MAX

CODE = re.compile(r"(?P<letters>[A-Z]{1,4})(?P<number>[1-9]\d{0,2})")

_QUESTION_SIGNS = ("?", "？")

_MEASURE = re.compile(r"(?<![\w.,])(\d+(?:[.,]\d+)?)\s?(kg|g|gr|gram|ml|lit|l|cm|m)(?![^\W_])")
_PRICE = re.compile(
    r"(?<!\w)\d{1,3}(?:[.,]\d{3})+(?:\s?(?:d|đ|vnd|₫))?(?!\w)|(?<!\w)\d+(?:[.,]\d+)?\s?"
    r"(?:k|ka|ng|nghin|ngan|tr|trieu|d|đ|vnd|₫|%|cu|h|gio|phut|p|nguoi|sao|ngay|thang)(?![^\W_])"
)
_TIMES = re.compile(r"(?<!\w)(?:x|\*|×|sl|so luong|qty)\s?[:=]?\s?(\d{1,3})(?!\d)")
_TIMES_AFTER = re.compile(r"(?<!\w)(\d{1,3})\s?[x×*](?![^\W_])")
_GLUED = re.compile(r"(?<![a-z\d])([a-z]{1,4}\d{1,3})\s?[x*×]\s?(\d{1,3})(?!\d)")
_QUANTITY_DIGITS_MAX = 3
_MAYBE_CODE = re.compile(r"[A-Za-z][\s.\-]{0,2}\d")
_ITS_MARK = "¤"
_HAN = "\u4e00-\u9fff"
_TOKEN = re.compile(rf"{_ITS_MARK}?\d+(?![^\W_])|[{_HAN}]|[^\W_{_HAN}]+")
_GLUED_BEFORE = re.compile(r"(?<![a-z\d])(\d{1,2})([a-z]{1,4}\d{1,3})(?![a-z\d])")
_SPACED_CODE = re.compile(r"(?<![^\W_])([a-z]{1,4})[\s.\-]{1,2}0*([1-9]\d{0,2})(?![\d])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to buy what a code stands for; `words` are those of its unit, in all languages."""

    sku_id: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """So many units of one sku, by the code that was written."""

    code: str
    sku_id: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentOrder:
    """What a comment orders; no lines when it orders nothing. `phone` is in the national form."""

    lines: tuple[Ordered, ...] = ()
    phone: str = ""


Codes = Mapping[str, Sequence[Variant]]
"""By code, as `parse_code` writes it; the first variant is meant when no word tells."""


class CodeError(ValueError):
    """Not a code that viewers could write: one to four letters and a number."""


def parse_code(text: str) -> str:
    """A code as it is kept: `a01` → `A1`.

    Raises:
        CodeError: it has another form.
    """
    compact = re.sub(r"[\s.\-]", "", fold(unicodedata.normalize("NFKC", text)).upper())
    found = re.fullmatch(r"([A-Z]{1,4})0*([1-9]\d{0,2})", compact)
    if found is None:
        raise CodeError(text[:20])
    return found[1] + found[2]


def parse_comment(text: str, codes: Codes) -> CommentOrder:
    """Read what a comment orders.

    The same code twice with the same variant counts once; with two quantities the last holds.

    >>> honey = {"A1": [Variant(sku_id=7, words="hũ xanh"), Variant(sku_id=8, words="hũ đỏ")]}
    >>> parse_comment("0901 234 567 lấy A1 đỏ x2 nhé", honey)
    CommentOrder(lines=(Ordered(code='A1', sku_id=8, quantity=2),), phone='0901234567')
    """
    if len(text) > CHAT_TEXT_CHARS_MAX or not codes:
        return CommentOrder()
    cleaned = unicodedata.normalize("NFKC", clean_text(text))
    if not _MAYBE_CODE.search(cleaned):
        return CommentOrder()
    phones = find_phones(cleaned)
    for phone in reversed(phones):
        cleaned = f"{cleaned[: phone.start]} ; {cleaned[phone.end :]}"
    comment = _read(cleaned, codes)
    if not comment.codes or _speaks_against(comment, has_phone=bool(phones)):
        return CommentOrder()
    lines = _order(comment, codes)
    return CommentOrder(lines=lines, phone=phones[0].number if phones and lines else "")


@dataclass(slots=True)
class _Item:
    """A code or a number in the comment, in its order."""

    code: str = ""
    quantity: int = 0
    is_clear: bool = False
    """A number that can be nothing but a quantity: `x2`, `2 cái`."""


@dataclass(slots=True)
class _Comment:
    items: list[_Item]
    words: set[str]
    """What is left beside codes and quantities, folded."""
    chosen: dict[str, int]
    """The sku by code that the words of a variant chose."""
    text: str
    is_question: bool
    has_oddity: bool
    """Prices and numbers that are no quantity."""
    is_for_each: bool

    @property
    def codes(self) -> list[str]:
        return [item.code for item in self.items if item.code]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    text: str
    has_unknown_measure: bool


def _read(cleaned: str, codes: Codes) -> _Comment:
    plain = _plain(cleaned)
    known = _find_codes(plain, codes)
    chosen, rest = _choose_variants(known, codes, plain)
    measured = _take_measures(_glue(rest, codes), chosen, codes, known)
    rest, price_count = _PRICE.subn(" ", measured.text)
    items, words, has_odd_number = _list_items(rest, codes)
    return _Comment(
        items=items,
        words=words,
        chosen=chosen,
        text=" ".join(re.findall(r"\w+", rest)),
        is_question=any(sign in cleaned for sign in _QUESTION_SIGNS),
        has_oddity=bool(price_count) or has_odd_number or measured.has_unknown_measure,
        is_for_each="moi" in words or "each" in words,
    )


def _plain(text: str) -> str:
    """Small letters without diacritics, signs kept: `folded` keeps none."""
    pieces = re.split(r"([^\w]|_)", text)
    return "".join(fold(piece) if piece[:1].isalnum() else piece for piece in pieces)


def _glue(plain: str, codes: Codes) -> str:
    """Write codes as they are kept: `a 1`, `A-01` and `2a1` as `a1` with its number apart."""

    def spaced(found: re.Match[str]) -> str:
        code = found[1] + found[2]
        is_known = code.upper() in codes
        return f" {code} " if is_known else found[0]

    def before(found: re.Match[str]) -> str:
        return f"{found[1]} {found[2]}" if _to_code(found[2]) in codes else found[0]

    plain = _GLUED.sub(lambda found: f"{found[1]} x{found[2]} ", plain)
    plain = _GLUED_BEFORE.sub(before, plain)
    return _SPACED_CODE.sub(spaced, plain)


def _to_code(word: str) -> str:
    found = re.fullmatch(r"([a-z]{1,4})0*([1-9]\d{0,2})", word)
    return found[1].upper() + found[2] if found else ""


def _find_codes(plain: str, codes: Codes) -> list[str]:
    found = [_to_code(word) for word in _TOKEN.findall(_glue(plain, codes))]
    return [code for code in dict.fromkeys(found) if code in codes]


def _choose_variants(known: Sequence[str], codes: Codes, plain: str) -> tuple[dict[str, int], str]:
    """The skus that words of their units choose, and the comment without those words."""
    chosen: dict[str, int] = {}
    present = _list_words(plain)
    used: set[str] = set()
    for code in known:
        telling = _list_telling_words(codes[code])
        scores = {sku_id: len(words & present) for sku_id, words in telling.items()}
        best = max(scores.values(), default=0)
        winners = [sku_id for sku_id, score in scores.items() if score == best]
        if best and len(winners) == 1:
            chosen[code] = winners[0]
        for variant in codes[code]:
            used |= _list_words(_plain(variant.words)) - UNITS
    rest = re.sub(r"[^\W\d_]+", lambda found: " " if found[0] in used else found[0], plain)
    return chosen, rest


def _list_words(plain: str) -> set[str]:
    """Words without digits, and measures as `500g`."""
    measures = {number.replace(",", ".") + _norm(unit) for number, unit in _MEASURE.findall(plain)}
    return measures | set(re.findall(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])", plain))


def _list_telling_words(variants: Sequence[Variant]) -> dict[int, set[str]]:
    """For each sku the words that not all of its siblings have."""
    words = {each.sku_id: _list_words(_plain(each.words)) for each in variants}
    shared = set.intersection(*words.values()) if len(words) > 1 else set()
    return {sku_id: own - shared for sku_id, own in words.items()}


def _norm(unit: str) -> str:
    return {"gr": "g", "gram": "g", "lit": "l"}.get(unit, unit)


def _take_measures(rest: str, chosen: dict[str, int], codes: Codes, known: Sequence[str]) -> _Rest:
    """Take measures out of the comment: `500 g` that is a variant's; `2 kg` are two of `1 kg`.

    In the latter case that variant is chosen.
    """
    has_unknown = False
    by_measure = {
        word: (code, variant.sku_id)
        for code in reversed(known)
        for variant in reversed(codes[code])
        for word in _list_words(_plain(variant.words))
        if word[0].isdigit()
    }

    def take(found: re.Match[str]) -> str:
        nonlocal has_unknown
        number, unit = found[1].replace(",", "."), _norm(found[2])
        if number + unit in by_measure:
            return " "
        if number.isdigit() and "1" + unit in by_measure:
            code, sku_id = by_measure["1" + unit]
            chosen.setdefault(code, sku_id)
            return f" x{number} "
        has_unknown = True
        return " "

    return _Rest(text=_MEASURE.sub(take, rest), has_unknown_measure=has_unknown)


def _list_items(rest: str, codes: Codes) -> tuple[list[_Item], set[str], bool]:
    """Codes and numbers in their order; the other words; whether a number was no quantity."""
    marked = _TIMES_AFTER.sub(rf" {_ITS_MARK}\1 ", _TIMES.sub(rf" {_ITS_MARK}\1 ", rest))
    tokens = _TOKEN.findall(marked)
    items: list[_Item] = []
    words: set[str] = set()
    is_odd = False
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else ""
        code = _to_code(token)
        if code in codes:
            items.append(_Item(code=code))
            continue
        quantity, is_clear = _read_quantity(token, following)
        if quantity == 0:
            words.add(token)
        elif 1 <= quantity <= COMMENT_QUANTITY_MAX:
            items.append(_Item(quantity=quantity, is_clear=is_clear))
        else:
            is_odd = True
    return items, words - MULTIPLES.keys(), is_odd


def _read_quantity(token: str, following: str) -> tuple[int, bool]:
    """The number that a token is, 0 for none; −1 for one that cannot be a quantity."""
    is_counted = following in UNITS
    factor = MULTIPLES.get(following, 1)
    if token.startswith(_ITS_MARK):
        return int(token[1:]) or -1, True
    if token.isdigit():
        if len(token) > _QUANTITY_DIGITS_MAX or (token.startswith("0") and len(token) > 1):
            return -1, False
        return (int(token) or -1) * factor, is_counted or factor > 1
    if token in NUMBERS and (is_counted or factor > 1):
        return NUMBERS[token] * factor, True  # elsewhere "ba" or "năm" are other words
    return 0, False


def _speaks_against(comment: _Comment, *, has_phone: bool) -> bool:
    """Whether a comment with a code is no order: a refusal, a question, chatter."""
    if comment.words & REFUSING or "k lay" in comment.text or "khong lay" in comment.text:
        return True
    if has_phone:
        return False
    is_asking = comment.is_question or bool(comment.words & ASKING)
    if is_asking or any(pair in comment.text for pair in ASKING_PAIRS):
        return True
    if comment.words & ORDERING:
        return False
    known = ORDERING | FILLING | UNITS | NUMBERS.keys()
    return comment.has_oddity or bool(comment.words - known)


def _order(comment: _Comment, codes: Codes) -> tuple[Ordered, ...]:
    lines = [
        Ordered(code=code, sku_id=comment.chosen.get(code) or codes[code][0].sku_id, quantity=many)
        for code, many in _share_out(comment).items()
    ]
    return tuple(lines[:COMMENT_LINES_MAX])


def _share_out(comment: _Comment) -> dict[str, int]:
    """The quantity of each code: the number behind it, or before it where all stand so."""
    items = comment.items
    numbers = [item.quantity for item in items if item.quantity]
    distinct = list(dict.fromkeys(comment.codes))
    if comment.is_for_each and len(numbers) == 1:
        return dict.fromkeys(distinct, numbers[0])
    if len(distinct) == 1:
        clear = [item.quantity for item in items if item.is_clear]
        return {distinct[0]: (clear or numbers or [1])[-1 if clear else 0]}
    is_before = bool(items) and bool(items[0].quantity) and not items[-1].quantity
    quantities = dict.fromkeys(distinct, 1)
    for number, code in _pair(items, is_before=is_before):
        quantities[code] = number
    return quantities


def _pair(items: Sequence[_Item], *, is_before: bool) -> list[tuple[int, str]]:
    ordered = list(reversed(items)) if is_before else list(items)
    pairs = []
    code = ""
    for item in ordered:
        if item.code:
            code = item.code
        elif code:
            pairs.append((item.quantity, code))
            code = ""
    return pairs
