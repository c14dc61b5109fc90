import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.vietqr import Transfer, VietQRError, encode_transfer, parse_transfer

# The example of NAPAS IBFT v1.5.2 that duyquoc1508/napas-qr publishes.
VECTOR = (
    "00020101021238530010A0000007270123000697041601092245284790208QRIBFTTA"
    "53037045405100005802VN62340107NPS68690819TRANSFER TO SOMEONE6304AC13"
)
TRANSFER = Transfer(
    bank_bin="970416",
    account="224528479",
    amount_minor=10_000,
    reference="NPS6869",
    purpose="TRANSFER TO SOMEONE",
)

digits = st.text(string.digits, min_size=1, max_size=19)
plain = st.characters(min_codepoint=32, max_codepoint=126)
transfers = st.builds(
    Transfer,
    bank_bin=st.text(string.digits, min_size=6, max_size=6),
    account=digits,
    amount_minor=st.integers(1, 10**13 - 1),
    reference=st.text(plain, min_size=1, max_size=25),
    purpose=st.text(plain, max_size=50),
)


def seal(body: str) -> str:
    """Close a payload with its checksum, computed another way than the code under test does."""
    crc = 0xFFFF
    for byte in (body + "6304").encode():
        crc = ((crc >> 8) | (crc << 8)) & 0xFFFF
        crc ^= byte
        crc ^= (crc & 0xFF) >> 4
        crc ^= (crc << 12) & 0xFFFF
        crc ^= ((crc & 0xFF) << 5) & 0xFFFF
    return f"{body}6304{crc:04X}"


def test_published_example_is_written_exactly():
    assert encode_transfer(TRANSFER) == VECTOR


def test_published_example_is_read():
    assert parse_transfer(VECTOR) == TRANSFER


@given(transfers)
def test_what_is_written_is_read_back(transfer):
    assert parse_transfer(encode_transfer(transfer)) == transfer


@given(transfers)
def test_checksum_agrees_with_another_way_to_compute_it(transfer):
    payload = encode_transfer(transfer)

    assert seal(payload[:-8]) == payload


def test_any_one_damaged_character_is_refused():
    for index, char in enumerate(VECTOR):
        for other in set(string.digits + string.ascii_letters + " ") - {char}:
            damaged = VECTOR[:index] + other + VECTOR[index + 1 :]
            with pytest.raises(VietQRError):
                parse_transfer(damaged)


def test_any_one_lost_character_is_refused():
    for index in range(len(VECTOR)):
        with pytest.raises(VietQRError):
            parse_transfer(VECTOR[:index] + VECTOR[index + 1 :])


ACCOUNT = "38530010A0000007270123000697041601092245284790208QRIBFTTA"
EXTRA = "62110107NPS6869"
WITHOUT_BANK = "38430010A00000072701130109224528479" + "0208QRIBFTTA"
WHOLE = f"000201010212{ACCOUNT}53037045405100005802VN{EXTRA}"


@pytest.mark.parametrize(
    ("label", "payload", "reason"),
    [
        ("empty", "", "the checksum is missing"),
        ("a web address", "https://fair.example/order", "the checksum is missing"),
        ("letters that are not ASCII", VECTOR.replace("SOMEONE", "SOMEÔNE"), "is missing"),
        ("checksum of another text", VECTOR[:-4] + "0000", "does not fit: the code is damaged"),
        ("nothing but a checksum", seal(""), "not a QR payment of version 01"),
        ("another version", seal(WHOLE.replace("000201", "000202")), "of version 01"),
        ("checksum inside a value", seal(WHOLE + "9908"), "of version 01"),
        ("no account", seal(WHOLE.replace(ACCOUNT, "")), "not a transfer to a Vietnamese bank"),
        ("a card", seal(WHOLE.replace("QRIBFTTA", "QRIBFTTC")), "not a transfer to a Vietnamese"),
        ("another network", seal(WHOLE.replace("A000000727", "A000000003")), "not a transfer"),
        ("in dollars", seal(WHOLE.replace("5303704", "5303840")), "not in đồng"),
        ("no amount", seal(WHOLE.replace("540510000", "")), "the amount is missing"),
        ("an empty amount", seal(WHOLE.replace("540510000", "5400")), "the amount is missing"),
        ("amount 0", seal(WHOLE.replace("540510000", "54010")), "not a whole number of đồng"),
        ("a part of a đồng", seal(WHOLE.replace("10000", "100.5")), "not a whole number"),
        ("a signed amount", seal(WHOLE.replace("10000", "+1000")), "not a whole number"),
        ("no reference", seal(WHOLE.replace(EXTRA, "")), "the reference is missing"),
        ("amount twice", seal(WHOLE + "540520000"), "field 54 comes twice"),
        ("a value cut short", seal(WHOLE + "9999"), "field 99 is cut short"),
        ("a length that is no number", seal(WHOLE + "99XX"), "broken at character"),
        ("no bank", seal(WHOLE.replace(ACCOUNT, WITHOUT_BANK)), "the bank is missing"),
    ],
)
def test_malformed_payload_is_refused_with_the_place(label, payload, reason):
    with pytest.raises(VietQRError, match=re.escape(reason)):
        parse_transfer(payload)


def test_a_whole_payload_of_that_table_is_read():
    """Negative control of the table above: undamaged, its payload is a payment."""
    assert parse_transfer(seal(WHOLE)).amount_minor == 10_000


def test_purpose_may_be_left_out():
    assert parse_transfer(seal(WHOLE)).purpose == ""
    assert "08" not in EXTRA


@pytest.mark.parametrize(
    ("label", "changed", "reason"),
    [
        ("amount 0", {"amount_minor": 0}, "amount_minor: must be 1 to 9999999999999"),
        ("amount below 0", {"amount_minor": -1}, "amount_minor: must be 1 to"),
        ("fourteen digits", {"amount_minor": 10**13}, "amount_minor: must be 1 to"),
        ("no bank", {"bank_bin": ""}, "bank_bin: needs 1 to 6 characters"),
        ("no account", {"account": ""}, "account: needs 1 to 19 characters"),
        ("account too long", {"account": "1" * 20}, "account: needs 1 to 19 characters"),
        ("no reference", {"reference": ""}, "reference: needs 1 to 25 characters"),
        ("reference too long", {"reference": "A" * 26}, "reference: needs 1 to 25 characters"),
        ("purpose too long", {"purpose": "A" * 51}, "purpose: needs 1 to 50 characters"),
        ("diacritics", {"purpose": "MẬT ONG"}, "purpose: only plain letters, digits and signs"),
        ("a line's end", {"reference": "AB\n"}, "reference: only plain letters"),
    ],
)
def test_transfer_that_no_bank_could_read_is_not_written(label, changed, reason):
    values = {"bank_bin": "970416", "account": "1", "amount_minor": 1, "reference": "CP"}

    with pytest.raises(ValueError, match=re.escape(reason)):
        encode_transfer(Transfer(**(values | changed)))
