import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.money import render_money
from chophien.domain.speech.normalise import to_spoken
from chophien.domain.speech.numbers import say_number

CASES = [
    ("money", "Giá 199.000 ₫ thôi!", "Giá một trăm chín mươi chín nghìn đồng thôi!"),
    ("money without a space", "1.299.000đ", "một triệu hai trăm chín mươi chín nghìn đồng"),
    ("money by name", "5.000 đồng", "năm nghìn đồng"),
    ("dollars", "$ 5,00 và ¥ 1.299,50", "năm đô la và một nghìn hai trăm chín mươi chín nhân dân tệ năm mươi xu"),
    ("percent", "giảm 25 %, 50%", "giảm hai mươi lăm phần trăm, năm mươi phần trăm"),
    ("weight", "hũ 500 g", "hũ năm trăm gam"),
    ("decimal weight", "túi 1,5 kg.", "túi một phẩy năm ki lô gam."),
    ("volume", "chai 750 ml hay 0,5 l", "chai bảy trăm năm mươi mi li lít hay không phẩy năm lít"),
    ("full hour", "lúc 20:00", "lúc hai mươi giờ"),
    ("hour and minutes", "20:30 hôm nay", "hai mươi giờ ba mươi phút hôm nay"),
    ("hour as people write it", "9h30 và 21h", "chín giờ ba mươi phút và hai mươi mốt giờ"),
    ("day after the word day", "ngày 12/11", "ngày mười hai tháng mười một"),
    ("day alone", "từ 4/4/2026", "từ ngày bốn tháng tư năm hai nghìn không trăm hai mươi sáu"),
    ("month", "tháng 4", "tháng tư"),
    ("festival day", "Phiên 11.11 vui", "Phiên mười một mười một vui"),
    ("OCOP stars", "OCOP 4 sao", "ô cóp bốn sao"),
    ("star sign", "5★", "năm sao"),
    ("variety", "Gạo ST25", "Gạo ét tê hai mươi lăm"),
    ("range", "2–3 ngày", "hai đến ba ngày"),
    ("telephone", "gọi 0901 234 567", "gọi không chín không một hai ba bốn năm sáu bảy"),
    ("AI in capitals only", "Ai hỏi? AI đây", "Ai hỏi? ây ai đây"),
    ("brackets become pauses", "Gạo (mới) ngon", "Gạo, mới, ngon"),
    ("and", "trà & bánh", "trà và bánh"),
    ("nothing to change", "Em chào cả nhà.", "Em chào cả nhà."),
]  # fmt: skip


@pytest.mark.parametrize(("case", "caption", "words"), CASES)
def test_to_spoken_says_figures_as_people_do(case, caption, words):
    assert to_spoken(caption).text == words, case


@pytest.mark.parametrize(("case", "caption", "_words"), CASES)
def test_to_spoken_keeps_each_word_with_its_place_in_the_caption(case, caption, _words):
    spoken = to_spoken(caption)

    for word in spoken.words:
        assert spoken.text[word.said_at_chars :].startswith(word.said), case
        assert caption[word.starts_chars : word.ends_chars].strip() != "", case
    places = [(word.starts_chars, word.ends_chars) for word in spoken.words]
    assert places == sorted(places), case
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(places)), case


def test_word_at_finds_the_whole_price_for_any_of_its_words():
    spoken = to_spoken("Giá 95.000 ₫ nhé")

    word = spoken.word_at(spoken.text.index("nghìn"))

    assert word is not None
    assert spoken.caption[word.starts_chars : word.ends_chars] == "95.000 ₫"


@given(st.integers(min_value=0, max_value=10**12))
def test_every_amount_is_said_as_its_number(amount):
    assert to_spoken(render_money(amount, "VND", "vi")).text == f"{say_number(amount)} đồng"


@given(st.text(max_size=60))
def test_no_digit_is_left_for_the_voice(caption):
    said = to_spoken(caption).text

    assert not any(sign.isdecimal() and sign.isascii() for sign in said)
