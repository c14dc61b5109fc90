"""A bank's signed notices, as any program of the world could send them."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from tests.factories import OPENING, make_festival, make_order, make_sku, make_stall

from chophien.api import bank
from chophien.apps.inventory.models import Stock
from chophien.apps.ledger.selectors import sum_ledger
from chophien.apps.orders.models import StallOrder
from chophien.apps.payments.models import BankCredit
from chophien.domain.limits import WEBHOOK_AGE_S_MAX, WEBHOOK_BYTES_MAX

PATH = "/api/bank/credits"
NOW = OPENING + timedelta(minutes=1)
SECRET = "a secret of the bank and the fair"


@pytest.fixture(autouse=True)
def bank_settings(monkeypatch, settings):
    monkeypatch.setattr(bank.clock, "read_real", lambda: NOW)
    settings.BANK_WEBHOOK_SECRET = SECRET


@pytest.fixture
def payment(db):
    honey = make_sku(make_stall(), price_minor=150_000, units=10)
    (payment,) = make_order(make_festival(), (honey, 2))
    return payment


@pytest.fixture
def notice(payment) -> dict[str, object]:
    return {
        "transaction": "FT26315000001",
        "bank_bin": payment.bank_bin,
        "account": payment.bank_account,
        "amount": payment.amount_minor,
        "reference": payment.reference,
    }


def post(body, *, at=NOW, secret=SECRET, **headers):
    """Post what a bank would: signed at this instant, unless headers say otherwise."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    timestamp = str(int(at.timestamp()))
    signature = bank.sign(body=body, timestamp=timestamp, secret=secret)
    signed = {"X-Chophien-Timestamp": timestamp, "X-Chophien-Signature": signature}
    kept = {name: value for name, value in (signed | headers).items() if value is not None}
    client = Client(raise_request_exception=True)
    return client.post(PATH, body, content_type="application/json", headers=kept)


def assert_nothing_happened(payment):
    assert BankCredit.objects.count() == 0
    assert StallOrder.objects.get().state == "placed"
    stock = Stock.objects.get()
    assert (stock.free, stock.held, stock.sold) == (8, 2, 0)
    assert sum_ledger(payment.stall_order.order.festival_id) == 0


def test_signed_notice_pays(notice, payment):
    response = post(notice)

    assert response.status_code == 200
    assert response.json() == {"outcome": "paid", "is_new": True}
    assert StallOrder.objects.get().state == "paid"
    assert StallOrder.objects.get().paid_at == NOW
    assert sum_ledger(payment.stall_order.order.festival_id) == payment.amount_minor
    assert Stock.objects.get().sold == 2


def test_notice_told_again_counts_once(notice, payment):
    post(notice)

    response = post(notice, at=NOW + timedelta(seconds=5))

    assert response.status_code == 200
    assert response.json() == {"outcome": "paid", "is_new": False}
    assert BankCredit.objects.count() == 1
    assert sum_ledger(payment.stall_order.order.festival_id) == payment.amount_minor


@pytest.mark.parametrize(
    ("label", "changed", "outcome"),
    [
        ("less than asked", {"amount": 1}, "wrong_amount"),
        ("the largest number that is kept", {"amount": 2**63 - 1}, "wrong_amount"),
        ("no such reference", {"reference": "CPNOSUCHONE9"}, "unknown_reference"),
        ("no reference at all", {"reference": ""}, "unknown_reference"),
        ("a long text of the payer", {"reference": "chuyển tiền " * 40}, "unknown_reference"),
        ("a text of two lines", {"reference": "tien\nmat ong"}, "unknown_reference"),
        ("another account", {"account": "1"}, "wrong_account"),
    ],
)
def test_credit_that_settles_nothing_is_taken_note_of(notice, label, changed, outcome):
    response = post(notice | changed)

    assert response.status_code == 200
    assert response.json() == {"outcome": outcome, "is_new": True}
    assert StallOrder.objects.get().state == "placed"
    assert BankCredit.objects.get().outcome == outcome


@pytest.mark.parametrize(
    ("label", "headers"),
    [
        ("no signature", {"X-Chophien-Signature": None}),
        ("no timestamp", {"X-Chophien-Timestamp": None}),
        ("neither", {"X-Chophien-Signature": None, "X-Chophien-Timestamp": None}),
        ("an empty signature", {"X-Chophien-Signature": ""}),
        ("another signature", {"X-Chophien-Signature": "0" * 64}),
        (
            "a signature that is no hex",
            {"X-Chophien-Signature": "chữ ký".encode().decode("latin-1")},
        ),
        ("another timestamp", {"X-Chophien-Timestamp": str(int(NOW.timestamp()) + 1)}),
        ("a timestamp that is no number", {"X-Chophien-Timestamp": "now"}),
        ("a timestamp with a sign", {"X-Chophien-Timestamp": "-1"}),
        ("a timestamp without end", {"X-Chophien-Timestamp": "9" * 5_000}),
    ],
)
def test_notice_without_the_right_signature_is_refused(notice, payment, label, headers):
    response = post(notice, **headers)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_signed"
    assert_nothing_happened(payment)


def test_unsigned_notice_would_pay_without_the_check(notice, monkeypatch):
    """Negative control of the one before."""
    monkeypatch.setattr(bank, "is_signed", lambda request, *, secret, at: True)

    response = post(notice, **{"X-Chophien-Signature": None})

    assert response.json() == {"outcome": "paid", "is_new": True}


def test_signature_of_another_secret_is_refused(notice, payment):
    response = post(notice, secret="a guess")

    assert response.status_code == 401
    assert_nothing_happened(payment)


def test_signature_of_another_body_is_refused(notice, payment):
    other = json.dumps(notice | {"amount": 1}).encode()
    timestamp = str(int(NOW.timestamp()))
    signature = bank.sign(body=other, timestamp=timestamp, secret=SECRET)

    response = post(notice, **{"X-Chophien-Signature": signature})

    assert response.status_code == 401
    assert_nothing_happened(payment)


def test_without_a_secret_every_notice_is_refused(notice, payment, settings):
    settings.BANK_WEBHOOK_SECRET = ""

    response = post(notice, secret="")

    assert response.status_code == 401
    assert_nothing_happened(payment)


@pytest.mark.parametrize("seconds", [WEBHOOK_AGE_S_MAX, -WEBHOOK_AGE_S_MAX])
def test_signature_is_good_for_five_minutes_either_way(notice, seconds):
    """Negative control of the next: within its time the same notice is taken."""
    response = post(notice, at=NOW - timedelta(seconds=seconds))

    assert response.status_code == 200


@pytest.mark.parametrize("seconds", [WEBHOOK_AGE_S_MAX + 1, -WEBHOOK_AGE_S_MAX - 1, 10**8])
def test_signature_of_another_time_is_refused(notice, payment, seconds):
    response = post(notice, at=NOW - timedelta(seconds=seconds))

    assert response.status_code == 401
    assert_nothing_happened(payment)


@pytest.mark.parametrize(
    ("label", "changed"),
    [
        ("amount 0", {"amount": 0}),
        ("amount below 0", {"amount": -300_000}),
        ("amount with decimals", {"amount": 300_000.5}),
        ("amount as float", {"amount": 300_000.0}),
        ("amount as text", {"amount": "300000"}),
        ("amount that is a truth", {"amount": True}),
        ("amount that is nothing", {"amount": None}),
        ("amount larger than the column", {"amount": 2**63}),
        ("amount of forty digits", {"amount": 10**40}),
        ("empty transaction", {"transaction": ""}),
        ("transaction of 65 letters", {"transaction": "F" * 65}),
        ("a zero byte in the transaction", {"transaction": "FT\u0000"}),
        ("half a letter", {"transaction": "FT\ud800"}),
        ("bank of 7 digits", {"bank_bin": "9704366"}),
        ("bank that is no number", {"bank_bin": "97O436"}),
        ("no account", {"account": ""}),
        ("account of 20 letters", {"account": "1" * 20}),
        ("a zero byte in the account", {"account": "1\u0000"}),
        ("a zero byte in the reference", {"reference": "CP\u0000"}),
        ("a field too many", {"currency": "VND"}),
    ],
)
def test_field_that_cannot_be_is_refused(notice, payment, label, changed):
    response = post(notice | changed)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "malformed"
    assert response.json()["error"]["message"]
    assert_nothing_happened(payment)


@pytest.mark.parametrize("name", ["transaction", "bank_bin", "account", "amount", "reference"])
def test_missing_field_is_refused_by_name(notice, payment, name):
    del notice[name]

    response = post(notice)

    assert response.status_code == 400
    assert f"`{name}`" in response.json()["error"]["message"]
    assert_nothing_happened(payment)


@pytest.mark.parametrize(
    ("label", "body"),
    [
        ("empty", b""),
        ("no JSON", b"amount=300000"),
        ("cut short", b'{"transaction":"FT1"'),
        ("a list", b"[]"),
        ("no UTF-8", b'{"transaction":"\xff"}'),
        ("brackets without end", b"[" * 10_000),
        ("brackets without end in a field", b'{"transaction":' + b"[" * 10_000),
    ],
)
def test_body_that_is_no_notice_is_refused(payment, label, body):
    response = post(body, **{"Content-Length": str(len(body))})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "malformed"
    assert_nothing_happened(payment)


def test_body_of_the_largest_size_is_read(notice):
    body = json.dumps(notice).encode().ljust(WEBHOOK_BYTES_MAX)

    assert post(body).status_code == 200


def test_body_that_is_larger_is_refused_before_it_is_read(notice, payment):
    body = json.dumps(notice).encode().ljust(WEBHOOK_BYTES_MAX + 1)

    response = post(body)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_large"
    assert_nothing_happened(payment)


@pytest.mark.parametrize("length", ["", "-1", "1_0", "ten", "٣", "0x10"])
def test_body_without_a_length_is_refused(notice, payment, length):
    response = post(notice, **{"Content-Length": length})

    assert response.status_code == 411
    assert response.json()["error"]["code"] == "length_required"
    assert_nothing_happened(payment)


def test_body_is_read_only_as_far_as_its_length_says(notice, payment):
    """A length that lies: the rest is not read, so the signature does not fit."""
    response = post(json.dumps(notice).encode() + b" " * 10**6, **{"Content-Length": "20"})

    assert response.status_code == 401
    assert_nothing_happened(payment)


def test_length_of_five_thousand_digits_is_refused(notice, payment):
    response = post(notice, **{"Content-Length": "9" * 5_000})

    assert response.status_code == 413
    assert_nothing_happened(payment)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_post_is_answered(payment, method):
    response = getattr(Client(), method)(PATH)

    assert response.status_code == 405
    assert_nothing_happened(payment)


def test_signature_is_the_one_that_the_reference_describes():
    """HMAC-SHA256 of `<timestamp>.<body>`; the value was computed with openssl."""
    signature = bank.sign(body=b'{"amount":1}', timestamp="1700000000", secret="secret")

    assert signature == "7b2617f55172441f331e1c5f19037cd674e949e013ecafcf54f587b9ac575c6e"


def test_clock_of_these_tests_stands_still():
    assert bank.clock.now() == NOW
