import pytest

from chophien.domain.speech.numbers import NUMBER_MAX, say_decimal, say_digits, say_number


@pytest.mark.parametrize(
    ("case", "number", "words"),
    [
        ("zero", 0, "không"),
        ("four alone is bốn", 4, "bốn"),
        ("ten", 10, "mười"),
        ("one after ten stays một", 11, "mười một"),
        ("four after ten stays bốn", 14, "mười bốn"),
        ("five after ten is lăm", 15, "mười lăm"),
        ("tens", 20, "hai mươi"),
        ("one after tens is mốt", 21, "hai mươi mốt"),
        ("four after tens is tư", 24, "hai mươi tư"),
        ("five after tens is lăm", 55, "năm mươi lăm"),
        ("hundred", 100, "một trăm"),
        ("linh before ones", 101, "một trăm linh một"),
        ("five after linh stays năm", 105, "một trăm linh năm"),
        ("ten after hundred", 110, "một trăm mười"),
        ("mốt after hundreds", 121, "một trăm hai mươi mốt"),
        ("empty hundreds are named", 1_005, "một nghìn không trăm linh năm"),
        ("empty tens of thousands", 95_000, "chín mươi lăm nghìn"),
        ("price", 199_000, "một trăm chín mươi chín nghìn"),
        ("half thousand", 95_500, "chín mươi lăm nghìn năm trăm"),
        ("million", 1_299_000, "một triệu hai trăm chín mươi chín nghìn"),
        ("empty group left out", 1_000_050, "một triệu không trăm năm mươi"),
        ("padded thousands", 1_050_000, "một triệu không trăm năm mươi nghìn"),
        ("billion", 1_000_000_000, "một tỷ"),
        ("festival's turnover", 1_160_000_000_000, "một nghìn một trăm sáu mươi tỷ"),
        ("billion and one", 1_000_000_001, "một tỷ không trăm linh một"),
    ],
)
def test_say_number_follows_the_rules_of_spelling(case, number, words):
    assert say_number(number) == words, case


@pytest.mark.parametrize("number", [-1, NUMBER_MAX + 1])
def test_say_number_refuses_what_nobody_reads_aloud(number):
    with pytest.raises(ValueError, match=f"cannot spell {number}"):
        say_number(number)


def test_say_number_gives_every_price_its_own_words():
    prices = range(0, 2_000_000, 500)

    assert len({say_number(price) for price in prices}) == len(prices)


def test_say_decimal_reads_leading_zeros_digit_by_digit():
    assert say_decimal(1, "5") == "một phẩy năm"
    assert say_decimal(2, "25") == "hai phẩy hai mươi lăm"
    assert say_decimal(0, "05") == "không phẩy không năm"
    assert say_decimal(3, "00") == "ba"


def test_say_digits_reads_one_by_one():
    assert say_digits("0905") == "không chín không năm"
