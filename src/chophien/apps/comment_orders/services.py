"""Codes of a show's goods, and drafts: confirmed by who wrote them, or dropped.

A draft holds nothing, nor does the cart that it goes to: units are held when that is ordered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from chophien.apps.chat.services import tell_rules
from chophien.apps.comment_orders.models import DraftOrder, OrderCode
from chophien.apps.inventory.selectors import count_free
from chophien.apps.orders.models import Cart
from chophien.apps.orders.services import (
    CartFullError,
    NotOfferedError,
    set_line,
)
from chophien.apps.programme.models import Segment
from chophien.domain.comment_orders import parse_code
from chophien.statements import load
from chophien.statements.prepared import run

_CHAT = load("chat")


class CodeTakenError(ValueError):
    """Another sku of the show has this code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The units are in the cart, `free` of them can be bought now."""

    draft: DraftOrder
    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The draft was confirmed or dropped before, or nobody confirmed it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOut:
    """Fewer units than wanted are free: `free`. The draft is as it was."""

    free: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOffered:
    """The goods were taken down, or the cart takes no more; the draft is as it was."""


ConfirmOutcome = Confirmed | Over | SoldOut | NotOffered


def give_codes(room_ids: Sequence[int]) -> int:
    """Give goods of the run-of-show that have no code the next one: A1, A2 …; how many got one."""
    given = run(_CHAT["give_codes"], {"rooms": list(room_ids)})
    for room_id in sorted({row[0] for row in given}):
        tell_rules(room_id)
    return len(given)


@transaction.atomic
def set_code(*, room_id: int, sku_id: int, code: str) -> OrderCode:
    """Give a sku of the run-of-show the code that viewers write from now on.

    Raises:
        CodeError: it has another form than letters and a number.
        CodeTakenError: another sku has it.
        LookupError: the sku is not in this show.
    """
    parsed = parse_code(code)
    if not Segment.objects.filter(show__room__id=room_id, sku_id=sku_id).exists():
        raise LookupError(f"sku {sku_id} is not in the run-of-show of room {room_id}")
    try:
        with transaction.atomic():
            kept, _ = OrderCode.objects.update_or_create(
                room_id=room_id, sku_id=sku_id, defaults={"code": parsed}
            )
    except IntegrityError as fault:
        raise CodeTakenError(parsed) from fault
    tell_rules(room_id)
    return kept


@transaction.atomic
def confirm_draft(*, draft_id: UUID, cart: Cart, at: datetime) -> ConfirmOutcome:
    """Put the units of a draft into its writer's cart, in the place of what the cart had of them.

    Locks the draft, so that two taps confirm once. The line carries the show.
    """
    draft = (
        DraftOrder.objects.select_for_update(of=("self",))
        .select_related("room__show", "sku__product")
        .filter(id=draft_id)
        .first()
    )
    if draft is None or draft.state != DraftOrder.State.DRAFT or at >= draft.expires_at:
        return Over()
    free = count_free([draft.sku_id]).get(draft.sku_id, 0)
    if free < draft.quantity:
        return SoldOut(free=free)
    try:
        set_line(
            cart=cart, sku_id=draft.sku_id, quantity=draft.quantity, show_id=draft.room.show_id
        )
    except (NotOfferedError, CartFullError):
        return NotOffered()
    draft.state, draft.confirmed_at = DraftOrder.State.CONFIRMED, at
    draft.cart_id, draft.user_id = cart.id, cart.user_id
    draft.save(update_fields=["state", "confirmed_at", "cart_id", "user"])
    return Confirmed(draft=draft, free=free)


def drop_draft(*, draft_id: UUID) -> bool:
    """Its writer, or the host, does not want it; what is in a cart stays there."""
    open_states = [DraftOrder.State.DRAFT, DraftOrder.State.CONFIRMED]
    dropped = DraftOrder.objects.filter(id=draft_id, state__in=open_states)
    return bool(dropped.update(state=DraftOrder.State.DROPPED))


def note_ordered(*, cart: Cart, order_id: UUID) -> None:
    """A cart was ordered: drafts whose goods it held are ordered."""
    run(_CHAT["note_ordered"], {"order": order_id, "cart": cart.id, "user": cart.user_id})


def forget_phones(*, before: datetime) -> int:
    """Delete phone numbers of comments once they have served; how many."""
    return DraftOrder.objects.filter(said_at__lt=before).exclude(phone="").update(phone="")
