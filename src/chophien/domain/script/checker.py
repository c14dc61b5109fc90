"""The last gate before the voice: no figure and no claim that the facts do not back."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from chophien.domain.script.beats import FIGURE_SLOTS, LABEL_SLOTS, Slot
from chophien.domain.script.sentences import Sentence


class Fault(StrEnum):
    """Why words may not be spoken."""

    FIGURE = "figure"
    MONEY = "money"
    SUPERLATIVE = "superlative"
    HEALTH_CLAIM = "health_claim"
    PROMISE = "promise"
    UNBACKED_CLAIM = "unbacked_claim"
    NOT_BUYABLE = "not_buyable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One reason against a sentence."""

    fault: Fault
    words: str
    """The offending words, canonical: small letters, tone marks in one spelling."""


def _phrases(*phrases: str) -> re.Pattern[str]:
    """Match any of the phrases as whole words; longer ones first."""
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)")


_COUNT = (
    "(?:không|một|hai|ba|bốn|tư|năm|lăm|sáu|bảy|bẩy|tám|chín|mười|mươi|mốt|"
    "trăm|nghìn|ngàn|triệu|tỷ|tỉ|chục|rưỡi|vài|mấy|nửa)"
)
_SCALE = "(?:mười|mươi|trăm|nghìn|ngàn|triệu|tỷ|tỉ|chục|rưỡi)"
_COUNTED = (
    "(?:đồng|đô|đô la|tệ|xu|phần trăm|sao|ngày|giờ|tiếng|phút|giây|tháng|"
    "cân|ký|kí|ki lô|lạng|gam|gram|lít|suất|phần|lần|giá|tiền)"
)
_FIGURE = _phrases(
    rf"{_COUNT} {_SCALE}",
    rf"{_SCALE} {_COUNT}",
    rf"{_COUNT} {_COUNTED}",
    "(?<!đại )(?<!muôn )(?:nghìn|ngàn)",
    "gấp (?:đôi|ba|nhiều)",
)
_DIGIT = re.compile(r"\d+")
_MONEY_SIGN = re.compile(r"[₫$€£¥%‰]|(?<!\w)(?:vnđ|vnd|usd|cny|phần trăm|triệu đồng|tỷ đồng)(?!\w)")
_LABEL_MONEY = re.compile(
    r"[₫$€£¥%‰]|(?<!\w)(?:vnđ|vnd|usd|cny|phần trăm)(?!\w)"
    r"|\d\s?(?:k|đ|đồng|nghìn|ngàn|triệu|tỷ|tr)(?!\w)|\d\.\d{3}"
)
_SUPERLATIVE = _phrases(
    "(?<!thống )(?<!đồng )(?<!hợp )nhất",
    "số một",
    "hàng đầu",
    "đứng đầu",
    "vô địch",
    "vô đối",
    "có một không hai",
    "không đâu bằng",
    "không đâu có",
    "độc quyền",
    "tuyệt đối",
    "tuyệt đỉnh",
    "đỉnh cao",
    "hoàn hảo",
    "siêu phẩm",
    "siêu rẻ",
    "rẻ hơn",
    "ngon hơn",
    "tốt hơn",
    "hơn hẳn",
    "trăm phần trăm",
    "vĩnh viễn",
)
_HEALTH = _phrases(
    "(?:chữa|trị|ngừa|phòng|phòng ngừa|điều trị|đặc trị|chủ trị|chữa trị|hỗ trợ điều trị)"
    " (?:bệnh|ho|mụn|viêm|cảm|đau|khỏi|dứt|ung thư|mất ngủ|tiểu đường|chứng|các)",
    "điều trị",
    "đặc trị",
    "khỏi bệnh",
    "thần dược",
    "bài thuốc",
    "vị thuốc",
    "thuốc",
    "ung thư",
    "tiểu đường",
    "huyết áp",
    "mỡ máu",
    "tim mạch",
    "dạ dày",
    "xương khớp",
    "bổ thận",
    "bổ máu",
    "bổ gan",
    "mát gan",
    "giải độc",
    "thải độc",
    "thanh lọc",
    "giảm cân",
    "giảm béo",
    "tăng đề kháng",
    "sức đề kháng",
    "đề kháng",
    "miễn dịch",
    "kháng viêm",
    "kháng khuẩn",
    "chống lão hóa",
    "trẻ hóa",
    "đẹp da",
    "an thần",
    "ngủ ngon",
    "sinh lý",
    "sống thọ",
    "trường thọ",
    "chữa lành",
    "tốt cho (?:sức khỏe|tim|gan|da|mắt|não|xương|tiêu hóa|bà bầu|trẻ|người bệnh|sức)",
    "có lợi cho sức khỏe",
    "bồi bổ",
    "bổ dưỡng",
)
_PROMISE = _phrases(
    "cam kết",
    "bảo đảm",
    "đảm bảo",
    "chắc chắn",
    "bảo hành",
    "hoàn tiền",
    "đổi trả",
    "chính hãng",
    "chứng nhận",
    "đạt chuẩn",
    "kiểm định",
    "an toàn tuyệt đối",
    "quà tặng",
    "tặng kèm",
    "tặng thêm",
    "mua một tặng một",
    "rút thăm",
    "trúng thưởng",
)
# Words that are true only when the fact beside them stands in the same sentence.
_BACKED: tuple[tuple[re.Pattern[str], frozenset[Slot]], ...] = (
    (
        _phrases(
            "giảm",
            "bớt",
            "khuyến mãi",
            "khuyến mại",
            "ưu đãi",
            "sale",
            "voucher",
            "mã giảm",
            "giá sốc",
            "hời",
            "tiết kiệm",
        ),
        frozenset({Slot.WAS, Slot.OFF}),
    ),
    (_phrases("giá gốc", "giá cũ", "giá trước"), frozenset({Slot.WAS})),
    (_phrases("rẻ", "giá tốt", "giá mềm"), frozenset({Slot.WAS, Slot.OFF})),
    (
        _phrases("miễn phí", "freeship", "free ship", "không mất phí", "không tốn phí"),
        frozenset({Slot.FREE_FROM}),
    ),
    (
        _phrases("hết hàng", "cháy hàng", "bán hết", "hết sạch", "không còn hàng"),
        frozenset({Slot.SOLD_OUT}),
    ),
    (
        _phrases("sắp hết", "chỉ còn", "còn lại", "số lượng có hạn", "cuối cùng", "còn đúng"),
        frozenset({Slot.STOCK}),
    ),
    (
        _phrases("kết thúc lúc", "hết hạn", "đến hết", "sắp đóng", "hết giờ", "hạn chót"),
        frozenset({Slot.ENDS_AT}),
    ),
    (_phrases("ocop", "ô cóp", "xếp hạng"), frozenset({Slot.STARS})),
)
_BUYING = _phrases(
    "mua",
    "đặt hàng",
    "đặt ngay",
    "đặt liền",
    "chốt",
    "vào giỏ",
    "bỏ giỏ",
    "giỏ hàng",
    "thanh toán",
    "lên đơn",
    "còn hàng",
    "sẵn hàng",
    "đang có hàng",
)
_STRICT = (
    (Fault.FIGURE, _DIGIT),
    (Fault.FIGURE, _FIGURE),
    (Fault.MONEY, _MONEY_SIGN),
    (Fault.SUPERLATIVE, _SUPERLATIVE),
    (Fault.HEALTH_CLAIM, _HEALTH),
    (Fault.PROMISE, _PROMISE),
)
_LABEL = (
    (Fault.MONEY, _LABEL_MONEY),
    (Fault.SUPERLATIVE, _SUPERLATIVE),
    (Fault.HEALTH_CLAIM, _HEALTH),
    (Fault.PROMISE, _PROMISE),
    *((Fault.UNBACKED_CLAIM, pattern) for pattern, _ in _BACKED),
)
# Stands for a fact in the text under test: no letter, so no phrase reaches across it.
_HOLE = "￼"
_TONE_PLACES = (
    ("oà", "òa"), ("oá", "óa"), ("oả", "ỏa"), ("oã", "õa"), ("oạ", "ọa"),
    ("oè", "òe"), ("oé", "óe"), ("oẻ", "ỏe"), ("oẽ", "õe"), ("oẹ", "ọe"),
    ("uỳ", "ùy"), ("uý", "úy"), ("uỷ", "ủy"), ("uỹ", "ũy"), ("uỵ", "ụy"),
)  # fmt: skip


def find_objections(sentence: Sentence, *, buyable: bool) -> tuple[Objection, ...]:
    """List what speaks against a sentence; empty means that it may be spoken.

    A figure may stand only in a slot that this program fills from integers. Names and units come
    from sellers and may hold a size, but no offer and no claim. Everything else, a seller's story
    included, may hold neither. `buyable` is false for goods that are sold out or withdrawn: then
    no word may invite to buy them.
    """
    masked = canonical(_mask(sentence))
    found = _search(masked, _STRICT)
    for pattern, backing in _BACKED:
        if not sentence.slots & backing:
            found += _search(masked, ((Fault.UNBACKED_CLAIM, pattern),))
    if not buyable:
        found += _search(masked, ((Fault.NOT_BUYABLE, _BUYING),))
    for place in sentence.filled:
        if place.slot in LABEL_SLOTS:
            label = canonical(sentence.text[place.starts_chars : place.ends_chars])
            found += _search(label, _LABEL)
    return tuple(found)


def canonical(text: str) -> str:
    """Fold what looks or sounds alike: width, case, invisible signs, old and new tone places."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")
    for newer, older in _TONE_PLACES:
        visible = re.sub(rf"(?<!q){newer}(?!\w)", older, visible)
    return " ".join(visible.split())


def _mask(sentence: Sentence) -> str:
    text = ""
    copied_to = 0
    for place in sentence.filled:
        text += sentence.text[copied_to : place.starts_chars]
        words = sentence.text[place.starts_chars : place.ends_chars]
        trusted = place.slot in FIGURE_SLOTS or place.slot in LABEL_SLOTS
        text += _HOLE if trusted else words
        copied_to = place.ends_chars
    return text + sentence.text[copied_to:]


def _search(text: str, rules: tuple[tuple[Fault, re.Pattern[str]], ...]) -> list[Objection]:
    return [
        Objection(fault=fault, words=match[0])
        for fault, pattern in rules
        for match in pattern.finditer(text)
    ]
