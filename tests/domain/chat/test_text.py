"""What strangers write, made fit to be shown; phone numbers and links in it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.chat.contacts import find_phones, has_link, mask_phones
from chophien.domain.chat.text import clean_text, count_graphemes
from chophien.domain.limits import CHAT_MARKS_MAX

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  hai   hộp \n nhé ", "hai hộp nhé"),
        ("a" + BIDI + "b", "ab"),
        ("a\x00\x07\x1bb", "ab"),
        ("a\u200b\u200c\u2060\ufeff\u00ad\u034fb", "ab"),
        ("\u3164\u115f\u2800\uffa0", ""),
        ("\u2028\u2029a\x85b", "a b"),
        ("e\u0302\u0323", "ệ"),
        ("Z" + "\u0335" * 40, "Z" + "\u0335" * CHAT_MARKS_MAX),
        ("\u0301\u0301a", "a"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\u200db", "ab"),
        ("❤\ufe0f", "❤"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\ue000\U000f0000\ud800x", "x"),
    ],
)
def test_text_is_cleaned(text, cleaned):
    assert clean_text(text) == cleaned


@given(st.text(max_size=400))
def test_cleaned_text_is_harmless_and_stays_as_it_is(text):
    cleaned = clean_text(text)

    assert clean_text(cleaned) == cleaned
    assert not set(cleaned) & set(BIDI)
    assert not any(
        unicodedata.category(sign) in {"Cc", "Co", "Cn", "Cs", "Zl", "Zp"} for sign in cleaned
    )
    run = 0
    for sign in cleaned:
        run = run + 1 if unicodedata.category(sign) in {"Mn", "Me"} else 0
        assert run <= CHAT_MARKS_MAX
    assert count_graphemes(cleaned) <= len(cleaned)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("abc", 3), ("ệ", 1), ("👨\u200d👩\u200d👧", 1), ("🇻🇳🇨🇳", 2), ("👍🏽!", 2)],
)
def test_signs_are_counted_as_readers_do(text, count):
    assert count_graphemes(text) == count


@pytest.mark.parametrize(
    ("text", "numbers", "masked"),
    [
        ("A1 0901234567", ["0901234567"], "A1 090•••••67"),
        ("0901234567 2", ["0901234567"], "090•••••67 2"),
        ("gọi 090.123.4567 nhé", ["0901234567"], "gọi 090.•••.••67 nhé"),
        ("O9O1234567", ["0901234567"], "O9O•••••67"),
        ("+84901234567", ["0901234567"], "+849••••••67"),
        ("02838221234", ["02838221234"], "028••••••34"),
        ("٠٩٠١٢٣٤٥٦٧", ["0901234567"], "٠٩٠•••••٦٧"),
        ("giá 200.000 hay 1500000", [], "giá 200.000 hay 1500000"),
        ("09012345678", [], "09012345678"),
        ("0901234567 0912345678", ["0901234567", "0912345678"], "090•••••67 091•••••78"),
    ],
)
def test_phone_numbers_are_found_and_masked(text, numbers, masked):
    phones = find_phones(text)

    assert [phone.number for phone in phones] == numbers
    assert mask_phones(text, phones) == masked
    if numbers:
        assert find_phones(masked) == []


@given(st.text(alphabet="0123456789 .-+()oOaA", max_size=60))
def test_what_is_masked_holds_no_number_any_more(text):
    cleaned = clean_text(text)

    assert find_phones(mask_phones(cleaned, find_phones(cleaned))) == []


@pytest.mark.parametrize(
    "text",
    ["https://a.b", "www.abc", "shopee.vn/x", "abc . com", "t.me/abc", "ABC.COM", "x(dot)com"],
)
def test_links_are_seen(text):
    assert has_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "ngon . co ai mua",
        "ngon.Me ơi",
        "1.500.000",
        "hay...",
        "A1.2",
        "a.b",
        "19:30",
        "(:",
        "3.5kg",
    ],
)
def test_other_dots_are_no_links(text):
    assert not has_link(text)
