"""Where a real bank, or a service that watches its account, tells of credits.

Signed: `X-Chophien-Signature` is the hex HMAC-SHA256 of `<X-Chophien-Timestamp>.<body>` with
`CHOPHIEN_BANK_WEBHOOK_SECRET`; the timestamp is in Unix seconds. Told twice, a credit counts once.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Annotated

import msgspec
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from chophien.apps.festivals import clock
from chophien.apps.ledger.services import receive_credit
from chophien.apps.payments.services import BankNotice
from chophien.domain.limits import WEBHOOK_AGE_S_MAX, WEBHOOK_BYTES_MAX

# Widths of the columns; PostgreSQL's text takes no NUL.
_WITHOUT_NUL = r"\A[^\x00]*\Z"
_Transaction = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=_WITHOUT_NUL)]
_BankBin = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{6}\Z")]
_Account = Annotated[str, msgspec.Meta(min_length=1, max_length=19, pattern=_WITHOUT_NUL)]
_Reference = Annotated[str, msgspec.Meta(pattern=_WITHOUT_NUL)]
_Amount = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
_LENGTH_DIGITS_MAX = 9


class CreditNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body, as JSON. `amount` is a whole number of đồng."""

    transaction: _Transaction
    bank_bin: _BankBin
    account: _Account
    amount: _Amount
    reference: _Reference


def sign(*, body: bytes, timestamp: str, secret: str) -> str:
    """The signature that a notice must carry."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@csrf_exempt
@require_POST
def receive_credit_notice(request: HttpRequest) -> JsonResponse:
    """Take one signed notice; 200 with what became of it.

    401 unsigned or old, 400 malformed, 411 without a length, 413 too large: then nothing happens.
    """
    refused = is_announced(request)
    if refused is not None:
        return refused
    if not is_signed(request, secret=settings.BANK_WEBHOOK_SECRET, at=clock.read_real()):
        return refuse(401, "not_signed", "the signature or its time does not fit")
    try:
        notice = msgspec.json.decode(request.body, type=CreditNotice)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return refuse(400, "malformed", str(fault))
    settlement = receive_credit(
        notice=BankNotice(
            bank_transaction=notice.transaction,
            bank_bin=notice.bank_bin,
            bank_account=notice.account,
            amount_minor=notice.amount,
            reference=notice.reference,
        ),
        at=clock.now(),
    )
    return JsonResponse({"outcome": settlement.outcome.value, "is_new": settlement.is_new})


def is_announced(request: HttpRequest) -> JsonResponse | None:
    """Refuse a body without a length, or of more than `WEBHOOK_BYTES_MAX`; `None` is fine."""
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdecimal()):
        return refuse(411, "length_required", "the body's length must be given")
    # Django reads no more than what is announced here.
    if len(length) > _LENGTH_DIGITS_MAX or int(length) > WEBHOOK_BYTES_MAX:
        return refuse(413, "too_large", "the body is larger than any notice")
    return None


def is_signed(request: HttpRequest, *, secret: str, at: datetime) -> bool:
    """Whether a request carries the signature of `secret`, of these minutes; no secret fits none."""
    timestamp = request.headers.get("X-Chophien-Timestamp", "")
    given = request.headers.get("X-Chophien-Signature", "")
    if not (secret and timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):  # noqa: PLR2004 - seconds have ten digits for centuries
        return False
    if abs(at.timestamp() - int(timestamp)) > WEBHOOK_AGE_S_MAX:
        return False
    expected = sign(body=request.body, timestamp=timestamp, secret=secret)
    return hmac.compare_digest(expected.encode(), given.encode())


def refuse(status: int, code: str, sentence: str) -> JsonResponse:
    return JsonResponse({"error": {"code": code, "message": sentence}}, status=status)
