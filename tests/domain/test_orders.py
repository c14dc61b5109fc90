import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.orders import (
    KEY_BYTES,
    PARTS_MAX,
    SECRET_BYTES,
    SERIALS_MAX,
    name_order,
    name_part,
)

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
KEY = bytes(range(KEY_BYTES))
SECRET = bytes(range(SECRET_BYTES))

serials = st.integers(0, SERIALS_MAX - 1)
keys = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES)
secrets = st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES)


@given(serials, keys, secrets)
def test_names_have_their_shape(serial, key, secret):
    codes = name_order(serial, key=key, secret=secret)

    assert re.fullmatch(f"CP[{ALPHABET}]{{8}}", codes.number)
    assert re.fullmatch(f"[{ALPHABET.lower()}]{{8}}[0-9a-f]{{30}}", codes.token)
    assert re.fullmatch(f"CP[{ALPHABET}]{{10}}", name_part(codes.number, serial % PARTS_MAX))


def test_same_serial_and_key_give_the_same_number():
    """Kept names: whoever changes the permutation meets numbers that are taken."""
    codes = name_order(7, key=KEY, secret=SECRET)

    assert codes.number == "CP99CUJJFQ"
    assert codes.token == "99cujjfq000102030405060708090a0b0c0d0e"


@given(keys, st.integers(0, (SERIALS_MAX >> 15) - 1))
def test_a_block_of_serials_shares_its_first_letters_and_repeats_none(key, high):
    first = high << 15
    numbers = [
        name_order(first + low, key=key, secret=SECRET).number for low in range(0, 1 << 15, 1_021)
    ]

    assert len({number[:7] for number in numbers}) == 1
    assert len(set(numbers)) == len(numbers)


def test_no_two_serials_of_many_blocks_share_a_number():
    serials = [block << 15 | low for block in range(0, 1 << 25, 1 << 12) for low in (0, 1, 32_767)]

    numbers = {name_order(serial, key=KEY, secret=SECRET).number for serial in serials}

    assert len(numbers) == len(serials)


def test_a_whole_block_is_a_permutation():
    numbers = {name_order(low, key=KEY, secret=SECRET).number for low in range(1 << 15)}

    assert len(numbers) == 1 << 15


@given(serials, secrets, secrets)
def test_secret_part_of_a_token_holds_every_bit_of_the_secret(serial, one, other):
    tokens = {name_order(serial, key=KEY, secret=secret).token for secret in (one, other)}

    assert len(tokens) == len({one, other})


def test_parts_of_an_order_have_references_of_their_own():
    references = {name_part("CP22222222", part) for part in range(PARTS_MAX)}

    assert len(references) == PARTS_MAX


def test_every_letter_is_used_and_none_that_is_mistaken_for_another():
    numbers = "".join(
        name_order(serial, key=KEY, secret=SECRET).number[2:] for serial in range(1_000)
    )

    assert set(numbers) <= set(ALPHABET)
    assert not set("01IO") & set(ALPHABET)


@pytest.mark.parametrize("serial", [-1, SERIALS_MAX])
def test_serial_that_has_no_name_is_refused(serial):
    with pytest.raises(ValueError, match="serial: must be from 0"):
        name_order(serial, key=KEY, secret=SECRET)


@pytest.mark.parametrize("length", [0, 14, 16])
def test_secret_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match="secret: needs 15 bytes"):
        name_order(1, key=KEY, secret=bytes(length))


def test_key_of_another_length_is_refused():
    with pytest.raises(ValueError, match="key: needs 32 bytes"):
        name_order(1, key=b"short", secret=SECRET)


@pytest.mark.parametrize("part", [-1, PARTS_MAX])
def test_part_that_no_order_has_is_refused(part):
    with pytest.raises(ValueError, match="part: must be from 0"):
        name_part("CP22222222", part)
