"""What a bank's credit means for the payment that it names."""

from dataclasses import dataclass
from enum import StrEnum


class PaymentState(StrEnum):
    AWAITING = "awaiting"
    PAID = "paid"
    EXPIRED = "expired"


class CreditOutcome(StrEnum):
    """What became of money that came in. Everything but `PAID` is shown to the organiser."""

    PAID = "paid"
    WRONG_AMOUNT = "wrong_amount"  # not the sum asked for: to be sent back
    UNKNOWN_REFERENCE = "unknown_reference"  # names no payment: to be looked into
    WRONG_ACCOUNT = "wrong_account"  # came to another stall's account
    PAID_TWICE = "paid_twice"  # the payment was settled by an earlier credit: to be sent back
    PAID_LATE = "paid_late"  # the hold had ended but the goods were still there: settled
    TOO_LATE = "too_late"  # the hold had ended and the goods are gone: to be sent back


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPayment:
    """What a stall asked for: this amount, on this account."""

    state: PaymentState
    amount_minor: int
    bank_bin: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Money that arrived on an account, as the bank tells it."""

    bank_bin: str
    account: str
    amount_minor: int


def judge_credit(payment: ExpectedPayment | None, credit: Credit) -> CreditOutcome:
    """Say what a credit is, before stock is asked; `PAID_LATE` then still needs its units.

    The order of the checks is the order in which a person would want to hear of them: a credit
    for a settled payment is `PAID_TWICE` whatever its amount.
    """
    if payment is None:
        return CreditOutcome.UNKNOWN_REFERENCE
    if (payment.bank_bin, payment.account) != (credit.bank_bin, credit.account):
        return CreditOutcome.WRONG_ACCOUNT
    if payment.state is PaymentState.PAID:
        return CreditOutcome.PAID_TWICE
    if payment.amount_minor != credit.amount_minor:
        return CreditOutcome.WRONG_AMOUNT
    if payment.state is PaymentState.EXPIRED:
        return CreditOutcome.PAID_LATE
    return CreditOutcome.PAID
