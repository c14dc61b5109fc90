"""Reading orders by comment."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from chophien.apps.comment_orders.models import DraftOrder, OrderCode
from chophien.apps.inventory.selectors import count_free
from chophien.apps.orders.models import StallOrder

_SHOWN_TO_WRITER = 5


def list_codes(room_id: int) -> dict[int, str]:
    """What viewers write for each sku of a room."""
    return dict(OrderCode.objects.filter(room_id=room_id).values_list("sku_id", "code"))


def list_open_drafts(room_id: int, *, writers: Collection[str], at: datetime) -> list[DraftOrder]:
    """What somebody ordered by comment and has not confirmed yet, the latest first."""
    drafts = DraftOrder.objects.filter(
        room_id=room_id, writer__in=writers, state=DraftOrder.State.DRAFT, expires_at__gt=at
    )
    return list(drafts.select_related("sku__product")[:_SHOWN_TO_WRITER])


def find_draft(*, draft_id: UUID | None = None, token: UUID | None = None) -> DraftOrder | None:
    """One draft, by its id or by the token of its link."""
    wanted = Q(id=draft_id) if token is None else Q(token=token)
    return (
        DraftOrder.objects.filter(wanted)
        .select_related("sku__product__stall", "room__show__host", "room__show__festival")
        .first()
    )


def list_queue(room_id: int, *, state: str = "", at: datetime) -> QuerySet[DraftOrder]:
    """All that was ordered by comment in a room, the latest first; each with `part_state`.

    `state` is `draft`, `confirmed`, `ordered`, `paid`, `expired` or `dropped`: see `judge`.
    """
    part = StallOrder.objects.filter(
        order_id=OuterRef("order_id"), lines__sku_id=OuterRef("sku_id")
    ).order_by("id")
    drafts = (
        DraftOrder.objects.filter(room_id=room_id)
        .annotate(part_state=Subquery(part.values("state")[:1]))
        .select_related("sku__product", "order")
        .order_by("-said_at", "-id")
    )
    states = DraftOrder.State
    wanted = {
        "draft": Q(state=states.DRAFT, expires_at__gt=at),
        "expired": Q(state=states.DRAFT, expires_at__lte=at) | Q(part_state="expired"),
        "confirmed": Q(state=states.CONFIRMED),
        "ordered": Q(state=states.ORDERED, part_state="placed"),
        "paid": Q(state=states.ORDERED, part_state="paid"),
        "dropped": Q(state=states.DROPPED),
    }
    return drafts.filter(wanted[state]) if state in wanted else drafts


def judge(draft: DraftOrder, at: datetime) -> str:
    """The state that people see: a draft that is over, an order that is paid or ran out."""
    if draft.state == DraftOrder.State.DRAFT:
        return "draft" if at < draft.expires_at else "expired"
    if draft.state == DraftOrder.State.ORDERED:
        part_state = getattr(draft, "part_state", None) or "placed"
        return {"placed": "ordered"}.get(part_state, part_state)
    return draft.state


def count_left(drafts: Collection[DraftOrder]) -> dict[int, int]:
    """Free units by sku of these drafts."""
    free = count_free({draft.sku_id for draft in drafts})
    return {draft.sku_id: free.get(draft.sku_id, 0) for draft in drafts}
