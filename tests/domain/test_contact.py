import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.contact import PhoneError, fold, parse_phone


@pytest.mark.parametrize(
    ("label", "typed", "number"),
    [
        ("as it is", "0901234567", "0901234567"),
        ("spaces", " 090 123 45 67 ", "0901234567"),
        ("dots", "090.123.4567", "0901234567"),
        ("hyphens", "090-123-4567", "0901234567"),
        ("brackets", "(090) 1234567", "0901234567"),
        ("country code", "+84901234567", "0901234567"),
        ("country code, spaced", "+84 90 123 45 67", "0901234567"),
        ("country code and the zero kept", "+84 (0)90 123 4567", "0901234567"),
        ("country code by 00", "0084901234567", "0901234567"),
        ("country code without a sign", "84901234567", "0901234567"),
        ("full-width digits", "０９０１２３４５６７", "0901234567"),
        ("full-width plus", "＋８４９０１２３４５６７", "0901234567"),
        ("no-break spaces", "090\u00a0123\u202f4567", "0901234567"),
        ("prefix 03", "0321234567", "0321234567"),
        ("prefix 05", "0561234567", "0561234567"),
        ("prefix 07", "0701234567", "0701234567"),
        ("prefix 08, as a country code it would be short", "0841234567", "0841234567"),
        ("landline of Hà Nội", "024 3825 1234", "02438251234"),
        ("landline of Gia Lai", "0269 3824 123", "02693824123"),
        ("landline with country code", "+84 24 3825 1234", "02438251234"),
    ],
)
def test_phone_is_read_as_people_type_it(label, typed, number):
    assert parse_phone(typed) == number


@pytest.mark.parametrize(
    ("label", "typed"),
    [
        ("nothing", ""),
        ("only separators", " .-() "),
        ("words", "không có"),
        ("too short", "090123456"),
        ("too long", "09012345678"),
        ("no trunk zero", "901234567"),
        ("prefix 01, gone since 2018", "01234567890"),
        ("prefix 04, given to nobody", "0412345678"),
        ("another country", "+86 138 0013 8000"),
        ("the country twice", "+84+84901234567"),
        ("a letter in it", "09O1234567"),
        ("a sign in it", "0901/234567"),
        ("two numbers", "0901234567 0901234568"),
        ("Arabic digits", "٠٩٠١٢٣٤٥٦٧"),
        ("first digit plain, the rest Arabic", "09٠١٢٣٤٥٦٧"),
        ("a line of an address", "0901234567\nGia Lai"),
    ],
)
def test_anything_else_is_no_phone(label, typed):
    with pytest.raises(PhoneError, match="not a Vietnamese phone number"):
        parse_phone(typed)


@given(st.from_regex(r"0[35789][0-9]{8}", fullmatch=True))
def test_country_code_and_national_form_are_one_number(number):
    assert parse_phone(number) == parse_phone("+84" + number[1:]) == number


@given(st.text(max_size=30))
def test_phone_is_ascii_digits_or_refused(text):
    try:
        number = parse_phone(text)
    except PhoneError:
        return
    assert number.isascii()
    assert number.isdecimal()
    assert 10 <= len(number) <= 11


@pytest.mark.parametrize(
    ("label", "text", "folded"),
    [
        ("diacritics", "Mật ong Gia Lai", "mat ong gia lai"),
        ("every đ", "Đặc sản Đà Lạt đỏ", "dac san da lat do"),
        ("letters with two marks", "Ướp lạnh, nướng, rượu", "uop lanh nuong ruou"),
        ("marks written apart", "ma\u0302\u0323t ong", "mat ong"),
        ("signs become spaces", "Chè (búp) – loại 1/2", "che bup loai 1 2"),
        ("digits stay", "OCOP 4 sao", "ocop 4 sao"),
        ("Chinese stays", "林同 蜂蜜", "林同 蜂蜜"),
        ("line ends", " mật\n\tong ", "mat ong"),
        ("nothing but signs", "!? …", ""),
        ("empty", "", ""),
    ],
)
def test_text_is_folded_to_what_is_typed_in_a_hurry(label, text, folded):
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)
