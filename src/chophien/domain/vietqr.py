"""VietQR: the text inside the QR with which any Vietnamese bank app pays an account.

Source: EMVCo merchant-presented mode; NAPAS IBFT v1.5.2 (template 38, purpose in 62).
"""

import re
from binascii import crc_hqx
from dataclasses import dataclass

_CHECKSUM_HEAD = "6304"
_NAPAS_GUID = "A000000727"
_FIELD_HEAD = re.compile(r"([0-9]{2})([0-9]{2})")
_TO_ACCOUNT = "QRIBFTTA"
_DONG = "704"  # ISO 4217 numeric
_VALUE_CHARS_MAX = 99  # two digits of length
_REFERENCE_CHARS_MAX = 25
_PURPOSE_CHARS_MAX = 50
_AMOUNT_MINOR_MAX = 10**13 - 1  # field 54 holds thirteen characters


class VietQRError(ValueError):
    """The text is not a VietQR payment; the message says where it breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One payment to one account. `amount_minor` is in đồng, which has no smaller unit."""

    bank_bin: str
    account: str
    amount_minor: int
    reference: str
    purpose: str = ""


def encode_transfer(transfer: Transfer) -> str:
    """Write the payload of a dynamic QR: one amount, one reference, checksum last.

    Raises:
        ValueError: a part is empty, too long or not printable ASCII, or the amount is below 1
            or has more than thirteen digits.
    """
    if not 1 <= transfer.amount_minor <= _AMOUNT_MINOR_MAX:
        raise ValueError(f"amount_minor: must be 1 to {_AMOUNT_MINOR_MAX}")
    _require("bank_bin", transfer.bank_bin, 6)
    _require("account", transfer.account, 19)
    _require("reference", transfer.reference, _REFERENCE_CHARS_MAX)
    beneficiary = _field("00", transfer.bank_bin) + _field("01", transfer.account)
    account = _field("00", _NAPAS_GUID) + _field("01", beneficiary) + _field("02", _TO_ACCOUNT)
    extra = _field("01", transfer.reference)
    if transfer.purpose:
        _require("purpose", transfer.purpose, _PURPOSE_CHARS_MAX)
        extra += _field("08", transfer.purpose)
    body = (
        _field("00", "01")
        + _field("01", "12")
        + _field("38", account)
        + _field("53", _DONG)
        + _field("54", str(transfer.amount_minor))
        + _field("58", "VN")
        + _field("62", extra)
        + _CHECKSUM_HEAD
    )
    return body + f"{_checksum(body):04X}"


def parse_transfer(payload: str) -> Transfer:
    """Read a payload as a bank's app does.

    Raises:
        VietQRError: it is damaged, not a VietQR, not in đồng, or has no amount or reference.
    """
    if not payload.isascii() or payload[-8:-4] != _CHECKSUM_HEAD:
        raise VietQRError("not a QR payment: the checksum is missing")
    if payload[-4:] != f"{_checksum(payload[:-4]):04X}":
        raise VietQRError("the checksum does not fit: the code is damaged")
    fields = _fields(payload)
    if fields.get("00") != "01" or "63" not in fields:
        raise VietQRError("not a QR payment of version 01")
    account = _fields(fields.get("38", ""))
    if account.get("00") != _NAPAS_GUID or account.get("02") != _TO_ACCOUNT:
        raise VietQRError("not a transfer to a Vietnamese bank account")
    if fields.get("53") != _DONG:
        raise VietQRError("not in đồng")
    beneficiary = _fields(account.get("01", ""))
    extra = _fields(fields.get("62", ""))
    return Transfer(
        bank_bin=_get(beneficiary, "00", "bank"),
        account=_get(beneficiary, "01", "account"),
        amount_minor=_parse_amount(_get(fields, "54", "amount")),
        reference=_get(extra, "01", "reference"),
        purpose=extra.get("08", ""),
    )


def _get(fields: dict[str, str], tag: str, name: str) -> str:
    value = fields.get(tag)
    if not value:
        raise VietQRError(f"the {name} is missing")
    return value


def _parse_amount(text: str) -> int:
    if not (text.isdecimal() and text.isascii()) or int(text) < 1:
        raise VietQRError("the amount is not a whole number of đồng")
    return int(text)


def _require(name: str, value: str, chars_max: int) -> None:
    if not value or len(value) > chars_max:
        raise ValueError(f"{name}: needs 1 to {chars_max} characters")
    if not (value.isascii() and value.isprintable()):
        raise ValueError(f"{name}: only plain letters, digits and signs")


def _field(tag: str, value: str) -> str:
    assert len(value) <= _VALUE_CHARS_MAX, f"field {tag} is too long"
    return f"{tag}{len(value):02d}{value}"


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    index = 0
    while index < len(text):
        head = _FIELD_HEAD.match(text, index)
        if head is None:
            raise VietQRError(f"broken at character {index}")
        tag, length = head.groups()
        value = text[index + 4 : index + 4 + int(length)]
        if len(value) != int(length):
            raise VietQRError(f"field {tag} is cut short")
        if tag in fields:
            raise VietQRError(f"field {tag} comes twice")
        fields[tag] = value
        index += 4 + int(length)
    return fields


def _checksum(text: str) -> int:
    """CRC-16/CCITT-FALSE over the text with the checksum's own tag and length."""
    return crc_hqx(text.encode("ascii"), 0xFFFF)
