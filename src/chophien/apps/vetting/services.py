"""Identities and papers: handed in by hosts and sellers, checked by the organiser."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from chophien.apps.catalog.models import Product
from chophien.apps.vetting.models import Check, HostIdentity, StallPaper
from chophien.domain.law import LOCAL
from chophien.domain.limits import (
    IDENTITY_KEPT,
    IDENTITY_TIME,
    PAPERS_MAX,
    REFUSED_IDENTITY_KEPT,
    SHORT_TEXT_CHARS_MAX,
)
from chophien.domain.vetting import OF_ONE_PRODUCT, Paper

FORGOTTEN = "—"
_TAIL = re.compile(r"[0-9A-Z]{4}")
_NAME = re.compile(r"[^\W\d_][^\n<>]{1,79}")


class VettingError(ValueError):
    """What was handed in, or decided, cannot be; the message is a code for the page's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityClaim:
    """What a host says of the document; the whole number is never asked."""

    kind: str
    number_tail: str
    name: str
    way: str
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperClaim:
    """What a seller says of a paper."""

    kind: str
    number: str
    issuer: str
    valid_until: date | None
    product_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody of the organiser decided; a reason is needed to refuse."""

    is_good: bool
    by_id: int
    reason: str = ""


def hand_in_identity(
    *, host_id: int, claim: IdentityClaim, by_id: int, at: datetime
) -> HostIdentity:
    """Ask the organiser to look at a document; what waits already is replaced.

    Raises:
        VettingError: `kind`, `number_tail`, `name`, `way` or `valid_until` cannot be right.
    """
    name, tail = " ".join(claim.name.split()), claim.number_tail.strip().upper()
    if claim.kind not in HostIdentity.Kind.values or claim.way not in HostIdentity.Way.values:
        raise VettingError("kind")
    if not _TAIL.fullmatch(tail):
        raise VettingError("number_tail")
    if not _NAME.fullmatch(name):
        raise VettingError("name")
    if claim.valid_until is not None and claim.valid_until < _local_day(at):
        raise VettingError("valid_until")
    with transaction.atomic():
        HostIdentity.objects.filter(host_id=host_id, state=Check.ASKED).delete()
        try:
            return HostIdentity.objects.create(
                host_id=host_id,
                kind=claim.kind,
                number_tail=tail,
                name=name,
                way=claim.way,
                valid_until=claim.valid_until,
                asked_at=at,
                asked_by_id=by_id,
            )
        except IntegrityError as fault:
            raise VettingError("twice") from fault


def decide_identity(*, identity_id: int, decision: Decision, at: datetime) -> bool:
    """Verify or refuse; `False` when somebody else has decided, or it was replaced.

    What is verified counts for `IDENTITY_TIME` at most, less where the document ends before.

    Raises:
        VettingError: `reason`, refused without one; `own`, of oneself.
    """
    _require_reason(decision)
    with transaction.atomic():
        identity = (
            HostIdentity.objects.select_for_update()
            .filter(id=identity_id, state=Check.ASKED)
            .first()
        )
        if identity is None:
            return False
        if identity.asked_by_id == decision.by_id:
            raise VettingError("own")
        latest = _local_day(at + IDENTITY_TIME)
        ends = latest if identity.valid_until is None else min(latest, identity.valid_until)
        _decide(identity, decision, at)
        identity.valid_until = ends
        identity.save()
        return True


def withdraw_identity(*, identity_id: int, reason: str, by_id: int, at: datetime) -> bool:
    """Take back what was verified, since it proved wrong; shows of the host are hindered at once.

    Raises:
        VettingError: `reason`, none was given.
    """
    if not reason.strip():
        raise VettingError("reason")
    return bool(
        HostIdentity.objects.filter(id=identity_id, state=Check.VERIFIED).update(
            state=Check.REFUSED, reason=_cut(reason), checked_by_id=by_id, checked_at=at
        )
    )


def hand_in_paper(*, stall_id: int, claim: PaperClaim, by_id: int, at: datetime) -> StallPaper:
    """Put a paper on the organiser's desk.

    Raises:
        VettingError: `kind`, `number`, `issuer`, `valid_until`, `product` (missing, or another
            stall's), or `many`.
    """
    if claim.kind not in StallPaper.Kind.values:
        raise VettingError("kind")
    for field, text, most in (("number", claim.number, 60), ("issuer", claim.issuer, 120)):
        if not 1 <= len(text.strip()) <= most:
            raise VettingError(field)
    if claim.valid_until is not None and claim.valid_until < _local_day(at):
        raise VettingError("valid_until")
    product_id = claim.product_id if Paper(claim.kind) in OF_ONE_PRODUCT else None
    if Paper(claim.kind) in OF_ONE_PRODUCT and not _is_goods_of(product_id, stall_id):
        raise VettingError("product")
    if StallPaper.objects.filter(stall_id=stall_id).count() >= PAPERS_MAX:
        raise VettingError("many")
    return StallPaper.objects.create(
        stall_id=stall_id,
        product_id=product_id,
        kind=claim.kind,
        number=claim.number.strip(),
        issuer=claim.issuer.strip(),
        valid_until=claim.valid_until,
        asked_at=at,
        asked_by_id=by_id,
    )


def decide_paper(*, paper_id: int, decision: Decision, at: datetime) -> bool:
    """Accept or refuse a paper; `False` when somebody else has decided.

    A paper that was accepted can be refused later, since it proved false.

    Raises:
        VettingError: `reason`, refused without one; `own`, of oneself.
    """
    _require_reason(decision)
    with transaction.atomic():
        paper = StallPaper.objects.select_for_update().filter(id=paper_id).first()
        if paper is None or paper.state == Check.REFUSED:
            return False
        if decision.is_good and paper.state == Check.VERIFIED:
            return False
        if paper.asked_by_id == decision.by_id:
            raise VettingError("own")
        _decide(paper, decision, at)
        paper.save()
        return True


def take_back_paper(*, paper_id: int, stall_id: int) -> bool:
    """A seller takes back what nobody has looked at yet."""
    found = StallPaper.objects.filter(id=paper_id, stall_id=stall_id, state=Check.ASKED)
    return bool(found.delete()[0])


def forget_identities(*, at: datetime) -> int:
    """Forget names and digits that are not needed any more; that and when was checked stays.

    Refused ones after `REFUSED_IDENTITY_KEPT`, others when `IDENTITY_KEPT` has passed since they
    ran out: for so long shows are kept, and who was on air must be known.
    """
    known = HostIdentity.objects.filter(forgotten_at__isnull=True)
    refused = known.filter(state=Check.REFUSED, checked_at__lt=at - REFUSED_IDENTITY_KEPT)
    ended = known.filter(state=Check.VERIFIED, valid_until__lt=_local_day(at - IDENTITY_KEPT))
    return sum(
        rows.update(name=FORGOTTEN, number_tail="", forgotten_at=at) for rows in (refused, ended)
    )


def _decide(asked: HostIdentity | StallPaper, decision: Decision, at: datetime) -> None:
    asked.state = Check.VERIFIED if decision.is_good else Check.REFUSED
    asked.reason = _cut(decision.reason)
    asked.checked_at = at
    asked.checked_by_id = decision.by_id


def _require_reason(decision: Decision) -> None:
    if not decision.is_good and not decision.reason.strip():
        raise VettingError("reason")


def _is_goods_of(product_id: int | None, stall_id: int) -> bool:
    return (
        product_id is not None and Product.objects.filter(id=product_id, stall_id=stall_id).exists()
    )


def _cut(text: str) -> str:
    return text.strip()[:SHORT_TEXT_CHARS_MAX]


def _local_day(at: datetime) -> date:
    return at.astimezone(LOCAL).date()
