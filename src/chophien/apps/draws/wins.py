"""What becomes of a win: told, claimed, or passed on to the next in the drawn order."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from chophien.apps.accounts.notices import Told, notify_all
from chophien.apps.catalog.models import Sku
from chophien.apps.draws.locks import lock_draw, lock_win
from chophien.apps.draws.models import Draw, Entrant, Win
from chophien.apps.draws.prizes import give_back
from chophien.apps.ledger.services import give_away
from chophien.apps.orders.addresses import find_address
from chophien.apps.orders.gifts import Gift
from chophien.apps.orders.models import SavedAddress
from chophien.apps.orders.services import Address
from chophien.apps.promotions.wallets import award
from chophien.domain.limits import WIN_PASSING_TIME, WIN_REMINDER_TIME, WIN_TIME
from chophien.domain.lucky import WinState, find_next


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Where a winner wants the prize; `secret` is chance from the edge, for the order's token."""

    win_id: uuid.UUID
    user_id: int
    address_id: int
    secret: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    win: Win
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYours:
    """There is no such win, or it is another person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutOfTime:
    """Its time went by: it was passed on, or is about to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAddress:
    """The person keeps no such address; nothing changed."""


ClaimOutcome = Claimed | NotYours | OutOfTime | NoAddress


def tell_winners(draw: Draw, *, at: datetime) -> None:
    """Tell the first of the drawn order; what more prizes there are goes back. Needs its lock."""
    first = list(Entrant.objects.filter(draw=draw, place__lt=draw.winners).order_by("place"))
    for entrant in first:
        _tell(draw, entrant, at=at)
    give_back(draw, draw.winners - len(first))


def _tell(draw: Draw, entrant: Entrant, *, at: datetime) -> Win:
    """Note a win and tell its owner; a coupon is in the wallet at once."""
    win = Win(draw=draw, entrant=entrant, told_at=at, deadline_at=at + WIN_TIME)
    if draw.coupon_id is not None:
        win.held = award(coupon_id=draw.coupon_id, user_id=entrant.user_id, at=at)
        win.state, win.settled_at = WinState.CLAIMED.value, at
    win.save(force_insert=True)
    kind = "won" if draw.coupon_id is None else "won_coupon"
    notify_all([_word(win, kind, key=f"win:{win.pk}")], at=at)
    return win


def _word(win: Win, kind: str, *, key: str) -> Told:
    params: dict[str, Any] = {
        "token": str(win.pk),
        "prize": win.draw.prize,
        "deadline_at": win.deadline_at.isoformat(),
    }
    return Told(user_id=win.entrant.user_id, kind=kind, key=key, params=params)


# ---------------------------------------------------------------- claiming


@transaction.atomic
def claim(asked: Claim, *, at: datetime) -> ClaimOutcome:
    """Take a prize to an address, once; sent again, it is the claim that was made.

    Goods become an order of their stall. Locks: the win, then stock.
    """
    win = lock_win(asked.win_id)
    if win is None or win.entrant.user_id != asked.user_id:
        return NotYours()
    if win.state == WinState.CLAIMED.value:
        return Claimed(win=win, is_new=False)
    if win.state != WinState.TOLD.value or at >= win.deadline_at:
        return OutOfTime()
    address = find_address(asked.user_id, asked.address_id)
    if address is None:
        return NoAddress()
    if win.draw.offer_id is not None:
        win.order = give_away(_build_gift(win, asked, address), at=at).pk
    win.address = address
    win.state, win.settled_at = WinState.CLAIMED.value, at
    win.save(update_fields=["order", "address", "state", "settled_at"])
    return Claimed(win=win, is_new=True)


def _build_gift(win: Win, asked: Claim, address: SavedAddress) -> Gift:
    offer = win.draw.offer
    assert offer is not None, "goods are won from an offer"
    show = win.draw.room.show
    return Gift(
        key=win.pk,
        festival=show.festival,
        sku=Sku.objects.select_related("product__stall").get(id=offer.sku_id),
        show_id=show.pk,
        user_id=asked.user_id,
        address=Address(
            recipient=address.recipient,
            phone=address.phone,
            province_id=address.province_id,
            ward=address.ward,
            street=address.street,
            note=address.note,
        ),
        secret=asked.secret,
    )


def mark_sent(*, win_id: uuid.UUID, draw_id: int, at: datetime) -> bool:
    """Note that a prize that no stall sends was handed over; `False` when there is none to note."""
    claimed = Win.objects.filter(
        id=win_id, draw_id=draw_id, state=WinState.CLAIMED.value, sent_at=None,
        address__isnull=False, draw__offer=None,
    )  # fmt: skip
    return bool(claimed.update(sent_at=at))


# ---------------------------------------------------------------- passing on


def pass_on_due(*, at: datetime) -> int:
    """Pass on every prize whose winner's time is over, each once; returns how many."""
    due = Win.objects.filter(state=WinState.TOLD.value, deadline_at__lte=at)
    ids = list(due.order_by("deadline_at").values_list("id", flat=True))
    return sum(pass_on(win_id=win_id, at=at) for win_id in ids)


@transaction.atomic
def pass_on(*, win_id: uuid.UUID, at: datetime) -> bool:
    """Tell the next in the drawn order, or give the prize back; `False`: claimed, or done before.

    Locks: the draw, so that no two wins pass to one person, then the win.
    """
    draw_id = Win.objects.filter(id=win_id).values_list("draw_id", flat=True).first()
    draw = None if draw_id is None else lock_draw(draw_id)
    win = lock_win(win_id)
    if draw is None or win is None or win.state != WinState.TOLD.value or at < win.deadline_at:
        return False
    entrant = _find_next(draw, at)
    win.state = (WinState.EXPIRED if entrant is None else WinState.PASSED_ON).value
    win.settled_at = at
    win.save(update_fields=["state", "settled_at"])
    notify_all([_word(win, "win_over", key=f"win-over:{win.pk}")], at=at)
    if entrant is None:
        give_back(draw, 1)
    else:
        _tell(draw, entrant, at=at)
    return True


def _find_next(draw: Draw, at: datetime) -> Entrant | None:
    """Who is next in the drawn order, while the time for passing on lasts."""
    if draw.drawn_at is None or at >= draw.drawn_at + WIN_PASSING_TIME:
        return None
    told = Win.objects.filter(draw=draw).values_list("entrant__place", flat=True)
    place = find_next({each for each in told if each is not None}, draw.entrant_count)
    return None if place is None else Entrant.objects.get(draw=draw, place=place)


def remind(*, at: datetime) -> int:
    """Tell winners who have not claimed that a day is left, once each; returns how many."""
    soon = Win.objects.filter(
        Q(deadline_at__lte=at + WIN_REMINDER_TIME, deadline_at__gt=at),
        state=WinState.TOLD.value, is_reminded=False,
    ).select_related("draw", "entrant")  # fmt: skip
    told = 0
    for win in soon:
        with transaction.atomic():
            if Win.objects.filter(id=win.pk, is_reminded=False).update(is_reminded=True):
                notify_all([_word(win, "win_reminder", key=f"win-soon:{win.pk}")], at=at)
                told += 1
    return told
