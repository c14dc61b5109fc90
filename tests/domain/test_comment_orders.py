"""Comments that order, comments that do not, and what is read from them."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.comment_orders import (
    CodeError,
    CommentOrder,
    Ordered,
    Variant,
    parse_code,
    parse_comment,
)
from chophien.domain.contact import fold
from chophien.domain.limits import COMMENT_QUANTITY_MAX

GREEN, RED, SMALL, LARGE, KILO, TEA = 11, 12, 21, 22, 31, 41
CODES = {
    "A1": [
        Variant(sku_id=GREEN, words="hũ xanh green 绿"),
        Variant(sku_id=RED, words="hũ đỏ red 红"),
    ],
    "A2": [Variant(sku_id=SMALL, words="hộp 500 g"), Variant(sku_id=LARGE, words="hộp 1,5 kg")],
    "A3": [Variant(sku_id=KILO, words="túi 1 kg")],
    "B12": [Variant(sku_id=TEA, words="gói")],
}
PHONE = "0901234567"


def read(text: str) -> tuple[list[tuple[int, int]], str]:
    order = parse_comment(text, CODES)
    return sorted((line.sku_id, line.quantity) for line in order.lines), order.phone


ORDERS = [
    ("A1", [(GREEN, 1)], ""),
    ("a1", [(GREEN, 1)], ""),
    ("A1 2", [(GREEN, 2)], ""),
    ("2 A1", [(GREEN, 2)], ""),
    ("2a1", [(GREEN, 2)], ""),
    ("A01", [(GREEN, 1)], ""),
    ("A 1", [(GREEN, 1)], ""),
    ("a.1 x2", [(GREEN, 2)], ""),
    ("A-1", [(GREEN, 1)], ""),
    ("A1 x2", [(GREEN, 2)], ""),
    ("A1x2", [(GREEN, 2)], ""),
    ("A1*3", [(GREEN, 3)], ""),
    ("A1 X 3", [(GREEN, 3)], ""),
    ("A1 2x", [(GREEN, 2)], ""),
    ("A1 sl 4", [(GREEN, 4)], ""),
    ("A1 sl: 4", [(GREEN, 4)], ""),
    ("A1 số lượng 4", [(GREEN, 4)], ""),
    ("A1 2 cái", [(GREEN, 2)], ""),
    ("A1 hai hũ", [(GREEN, 2)], ""),
    ("A1 ba cai", [(GREEN, 3)], ""),
    ("A1 1 chục", [(GREEN, 10)], ""),
    ("B12 2 tá", [(TEA, 24)], ""),
    ("A1 đỏ", [(RED, 1)], ""),
    ("A1 do 2", [(RED, 2)], ""),
    ("đỏ A1 2", [(RED, 2)], ""),
    ("A1 ĐỎ", [(RED, 1)], ""),
    ("A1 red 2", [(RED, 2)], ""),
    ("要两个 A1", [(GREEN, 2)], ""),
    ("A1 2 xanh 0901234567", [(GREEN, 2)], PHONE),
    ("0901234567 xanh 2 A1", [(GREEN, 2)], PHONE),
    ("a1 do x3 +84 901.234.567", [(RED, 3)], PHONE),
    ("A1 090 123 4567", [(GREEN, 1)], PHONE),
    ("chốt A1", [(GREEN, 1)], ""),
    ("Chốt đơn A1 2 hũ nhé shop ơi", [(GREEN, 2)], ""),
    ("cho em 2 A1 ạ", [(GREEN, 2)], ""),
    ("lấy mình A1 đỏ với ạ", [(RED, 1)], ""),
    ("dat 3 hu a1 do", [(RED, 3)], ""),
    ("mình lấy 1 A1 1 A2", [(GREEN, 1), (SMALL, 1)], ""),
    ("A1 2 A2 3", [(GREEN, 2), (SMALL, 3)], ""),
    ("2 A1 3 A2", [(GREEN, 2), (SMALL, 3)], ""),
    ("A1 x2, A2 x1, B12", [(GREEN, 2), (SMALL, 1), (TEA, 1)], ""),
    ("A1+A2", [(GREEN, 1), (SMALL, 1)], ""),
    ("A1 A2 mỗi loại 2", [(GREEN, 2), (SMALL, 2)], ""),
    ("A2 500g x2", [(SMALL, 2)], ""),
    ("A2 1.5kg", [(LARGE, 1)], ""),
    ("A2 1,5 kg 2 hộp", [(LARGE, 2)], ""),
    ("A3 2kg", [(KILO, 2)], ""),
    ("A3 1 kg", [(KILO, 1)], ""),
    ("A3 1kg x3", [(KILO, 3)], ""),
    ("chốt A1 200.000đ 2 hũ", [(GREEN, 2)], ""),
    ("chốt A1 99k", [(GREEN, 1)], ""),
    ("A1 2 hũ, Nguyễn Lan, 12 Lê Lợi, Đà Nẵng 0901234567", [(GREEN, 2)], PHONE),
    ("A1 ship Hà Nội không shop? 0901234567", [(GREEN, 1)], PHONE),
    ("mua a1", [(GREEN, 1)], ""),
    ("order A1 2 pcs please", [(GREEN, 2)], ""),
    ("A1 A1 A1", [(GREEN, 1)], ""),
    ("A1\u200b 2", [(GREEN, 2)], ""),
    ("Ａ１ ２", [(GREEN, 2)], ""),
    ("<b>A1</b> chốt", [(GREEN, 1)], ""),
]

NO_ORDERS = [
    "", "   ", "đẹp quá", "2", PHONE, "shop ơi", "A4", "A11", "A10 2", "XA1", "A1B", "B1",
    "A1 bao nhiêu", "A1 giá bao nhiêu ạ", "gia a1 sao shop", "A1 còn không", "A1 còn hàng không shop",
    "A1?", "A1 lấy 2 được không", "A1 nhiêu tiền", "mã A1 là gì vậy", "cho hỏi A1 dùng sao",
    "A1 với A2 cái nào ngon hơn", "không lấy A1 nữa", "huỷ A1", "hủy đơn A1 giúp em", "bỏ A1",
    "đừng chốt A1", "thôi A1", "đổi A1 sang A2", "A1 đẹp quá", "mẫu A1 nhìn xinh ghê",
    "hôm qua mua ở phòng A1 toà nhà", "A1 200k", "A1 200.000đ", "A1 giá 199k rẻ ghê", "A1 lúc 20h",
    "A1 150000", "A1 50%", "vitamin B12 tốt cho sức khoẻ", "lớp 12A1 trường mình", "A1 ngon",
    "A1 hôm trước hư", "chưa nhận được A1", "A1 mấy gram", "A1 2kg", "quốc lộ 1A", "A1 5 sao",
    "how much is A1", "A1 多少钱", "A1 怎么卖", "top 1", "iphone 15 chốt", "hay quá 10 điểm",
]  # fmt: skip


@pytest.mark.parametrize(("text", "lines", "phone"), ORDERS)
def test_comment_that_orders(text, lines, phone):
    assert read(text) == (sorted(lines), phone)


@pytest.mark.parametrize("text", NO_ORDERS)
def test_comment_that_orders_nothing(text):
    assert parse_comment(text, CODES) == CommentOrder()


def test_tables_are_large_enough_to_mean_something():
    assert len(ORDERS) + len(NO_ORDERS) >= 100


def test_without_codes_nothing_is_an_order():
    assert parse_comment("chốt A1 2", {}) == CommentOrder()


@pytest.mark.parametrize("text", ["a1", "A 01", "a-1", " Ａ１ "])
def test_codes_are_kept_in_one_form(text):
    assert parse_code(text) == "A1"


@pytest.mark.parametrize("text", ["", "1", "A", "A0", "ABCDE1", "A1234", "A1B", "áo", "<b>"])
def test_what_cannot_be_written_is_no_code(text):
    with pytest.raises(CodeError):
        parse_code(text)


QUANTITIES = st.integers(min_value=1, max_value=COMMENT_QUANTITY_MAX)
PARTS = st.tuples(
    st.sampled_from(["A1", "a1", "A01"]),
    st.sampled_from(["x{}", "{} cái", "sl {}", "{} hũ"]),
    QUANTITIES,
    st.sampled_from([("xanh", GREEN), ("đỏ", RED), ("do", RED), ("", GREEN)]),
    st.sampled_from(["", "0901234567", "+84901234567", "090.123.4567"]),
    st.sampled_from(["", "chốt", "lấy cho em", "nhé shop"]),
)


@given(PARTS, st.randoms(use_true_random=False), st.booleans())
def test_order_of_the_parts_case_and_diacritics_do_not_matter(parts, dice, is_plain):
    code, form, quantity, (word, sku_id), phone, filling = parts
    pieces = [each for each in (code, form.format(quantity), word, phone, filling) if each]
    dice.shuffle(pieces)
    text = " , ".join(pieces)
    if is_plain:
        text = unicodedata.normalize("NFD", text).upper()

    order = parse_comment(text, CODES)

    assert order.lines == (Ordered(code="A1", sku_id=sku_id, quantity=quantity),)
    assert order.phone == (PHONE if phone else "")


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text):
    for line in parse_comment(text, CODES).lines:
        assert 1 <= line.quantity <= COMMENT_QUANTITY_MAX


@given(
    st.lists(
        st.sampled_from(
            [
                *[
                    "A1",
                    "A2",
                    "B12",
                    "x2",
                    "3",
                    "200k",
                    "0901234567",
                    "lấy",
                    "đỏ",
                    "không",
                    "?",
                    "500g",
                ]
            ]
        )
    )
)
def test_any_mixture_of_its_own_words_stays_in_bounds(words):
    order = parse_comment(" ".join(words), CODES)

    named = {word for word in words if word in CODES}
    assert {line.code for line in order.lines} <= named
    assert all(1 <= line.quantity <= COMMENT_QUANTITY_MAX for line in order.lines)


@given(st.text(alphabet="bcdeghiklmnopqrstuvxy ăâđêôơư0123456789.,?!", max_size=80))
def test_without_a_code_nothing_is_ordered(text):
    if not any(code.lower() in fold(text).replace(" ", "") for code in CODES):
        assert parse_comment(text, CODES) == CommentOrder()


def test_large_text_is_no_order_and_takes_no_time():
    assert parse_comment("A1 " * 400_000, CODES) == CommentOrder()


def test_planted_shuffle_changes_the_text():
    """The property above is not empty: the shuffles differ."""
    pieces = ["A1", "x2", "đỏ", PHONE]
    dice = random.Random(7)
    orders = set()
    for _ in range(50):
        dice.shuffle(pieces)
        orders.add(" ".join(pieces))
    assert len(orders) > 10
