import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.orders import SEED_BYTES, derive_order_codes, derive_reference

seeds = st.binary(min_size=SEED_BYTES, max_size=SEED_BYTES)
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@given(seeds, st.integers(1, 2**63))
def test_names_have_their_shape(seed, stall_id):
    codes = derive_order_codes(seed)

    assert re.fullmatch(f"CP[{ALPHABET}]{{8}}", codes.number)
    assert re.fullmatch(f"[{ALPHABET.lower()}]{{32}}", codes.token)
    assert re.fullmatch(f"CP[{ALPHABET}]{{10}}", derive_reference(seed, stall_id))


def test_every_letter_is_used_and_none_that_is_mistaken_for_another():
    tokens = "".join(derive_order_codes(bytes([number] * 32)).token for number in range(100))

    assert set(tokens) == set(ALPHABET.lower())
    assert not set("01IO") & set(ALPHABET)


def test_same_seed_gives_the_same_names():
    """Kept names: orders placed by an older version must stay findable."""
    seed = bytes(range(32))

    codes = derive_order_codes(seed)

    assert codes.number == "CP6Y9LBB4S"
    assert codes.token == "8qv9f7m748c3qn48u79gqsyxuurgnmbq"
    assert derive_reference(seed, 7) == "CPWU86BA9UPW"


def test_seeds_that_differ_in_one_bit_give_other_names():
    one, other = bytes(32), bytes(31) + b"\x01"

    assert derive_order_codes(one).number != derive_order_codes(other).number
    assert derive_order_codes(one).token != derive_order_codes(other).token
    assert derive_reference(one, 7) != derive_reference(other, 7)


def test_ten_thousand_orders_share_no_name():
    codes = [derive_order_codes(number.to_bytes(32, "big")) for number in range(10_000)]

    assert len({code.number for code in codes}) == 10_000
    assert len({code.token for code in codes}) == 10_000


def test_stalls_of_one_order_have_references_of_their_own():
    references = {derive_reference(bytes(32), stall_id) for stall_id in range(1, 1_001)}

    assert len(references) == 1_000


def test_number_which_is_read_out_tells_nothing_of_the_token():
    codes = derive_order_codes(bytes(32))

    assert codes.number.removeprefix("CP").lower() not in codes.token


@pytest.mark.parametrize("length", [0, 31, 33])
def test_seed_of_another_length_is_refused(length):
    with pytest.raises(ValueError, match="seed: needs 32 bytes"):
        derive_order_codes(bytes(length))
    with pytest.raises(ValueError, match="seed: needs 32 bytes"):
        derive_reference(bytes(length), 7)
