from itertools import product

import pytest

from chophien.domain.payments import (
    Credit,
    CreditOutcome,
    ExpectedPayment,
    PaymentState,
    judge_credit,
)

EXPECTED = {"amount_minor": 150_000, "bank_bin": "970436", "account": "1012345678"}
EXACT = Credit(**EXPECTED)

# State of the payment; does the credit's bank, account, amount fit; what it means.
TRUTH = [
    ("awaiting", True, True, True, "paid"),
    ("awaiting", True, True, False, "wrong_amount"),
    ("awaiting", True, False, True, "wrong_account"),
    ("awaiting", True, False, False, "wrong_account"),
    ("awaiting", False, True, True, "wrong_account"),
    ("awaiting", False, True, False, "wrong_account"),
    ("awaiting", False, False, True, "wrong_account"),
    ("awaiting", False, False, False, "wrong_account"),
    ("paid", True, True, True, "paid_twice"),
    ("paid", True, True, False, "paid_twice"),
    ("paid", True, False, True, "wrong_account"),
    ("paid", True, False, False, "wrong_account"),
    ("paid", False, True, True, "wrong_account"),
    ("paid", False, True, False, "wrong_account"),
    ("paid", False, False, True, "wrong_account"),
    ("paid", False, False, False, "wrong_account"),
    ("expired", True, True, True, "paid_late"),
    ("expired", True, True, False, "wrong_amount"),
    ("expired", True, False, True, "wrong_account"),
    ("expired", True, False, False, "wrong_account"),
    ("expired", False, True, True, "wrong_account"),
    ("expired", False, True, False, "wrong_account"),
    ("expired", False, False, True, "wrong_account"),
    ("expired", False, False, False, "wrong_account"),
]


@pytest.mark.parametrize(("state", "bank_fits", "account_fits", "amount_fits", "outcome"), TRUTH)
def test_credit_means(state, bank_fits, account_fits, amount_fits, outcome):
    payment = ExpectedPayment(state=PaymentState(state), **EXPECTED)
    credit = Credit(
        bank_bin="970436" if bank_fits else "970415",
        account="1012345678" if account_fits else "1012345679",
        amount_minor=150_000 if amount_fits else 150_001,
    )

    assert judge_credit(payment, credit) is CreditOutcome(outcome)


def test_table_is_complete():
    cases = [tuple(row[:4]) for row in TRUTH]

    assert sorted(cases) == sorted(product([*PaymentState], *[[False, True]] * 3))


def test_credit_that_names_no_payment():
    assert judge_credit(None, EXACT) is CreditOutcome.UNKNOWN_REFERENCE


@pytest.mark.parametrize("amount_minor", [1, 149_999, 150_001, 300_000])
def test_neither_less_nor_more_than_asked_pays(amount_minor):
    payment = ExpectedPayment(state=PaymentState.AWAITING, **EXPECTED)
    credit = Credit(bank_bin="970436", account="1012345678", amount_minor=amount_minor)

    assert judge_credit(payment, credit) is CreditOutcome.WRONG_AMOUNT


def test_too_late_is_for_stock_to_say():
    """The rule alone never answers `TOO_LATE`: it has not seen the stock."""
    outcomes = {row[4] for row in TRUTH} | {"unknown_reference"}

    assert {*CreditOutcome} - outcomes == {CreditOutcome.TOO_LATE}
