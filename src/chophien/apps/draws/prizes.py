"""What can be won: kept back while a draw is under way, given to who wins, else given back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q

from chophien.apps.catalog.models import Sku
from chophien.apps.catalog.selectors import is_on_sale
from chophien.apps.draws.models import Draw, GiftOffer, Win
from chophien.apps.inventory.services import let_units_go, set_units_aside
from chophien.apps.live.models import Room
from chophien.apps.live.selectors import list_droppable
from chophien.apps.programme.models import Segment, Show
from chophien.apps.promotions.wallets import reserve, unreserve
from chophien.apps.vetting.selectors import list_goods_faults
from chophien.domain.limits import LINE_QUANTITY_MAX

# What was not drawn goes back to free sale when the show has been over for this long.
OFFER_REST_TIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prize:
    """What each winner gets: a coupon, a unit that a stall gave, or what the words say."""

    text: str
    coupon_id: int | None = None
    offer_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    offer: GiftOffer


@dataclass(frozen=True, slots=True, kw_only=True)
class NotToGive:
    """The goods are not in the show, not on sale, or it is over; nothing was set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFewFree:
    """Fewer units are free; nothing was set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAlready:
    """The same goods are given to this show already: end that first."""


@transaction.atomic
def offer_gifts(
    *, sku_id: int, show_id: int, count: int, by_id: int, at: datetime
) -> Offered | NotToGive | TooFewFree | GivenAlready:
    """Set units of a stall's goods aside for the draws and gifts of one show.

    Whoever calls has made sure that `by_id` runs the stall.
    """
    assert 1 <= count <= LINE_QUANTITY_MAX, "some units are given"
    sku = Sku.objects.select_related("product__stall").get(id=sku_id)
    show = Show.objects.get(id=show_id)
    is_shown = Segment.objects.filter(show_id=show_id, sku_id=sku_id).exists()
    is_lawful = not sku.product.promotion_ban and not list_goods_faults([sku_id], at)
    if not is_shown or not is_on_sale(sku) or not is_lawful or at >= show.ends_at:
        return NotToGive()
    if not set_units_aside(sku_id=sku_id, quantity=count):
        return TooFewFree()
    try:
        with transaction.atomic():
            offer = GiftOffer.objects.create(
                sku=sku, show=show, count=count, left=count, made_by_id=by_id, made_at=at
            )
    except IntegrityError:
        let_units_go(sku_id=sku_id, quantity=count)
        return GivenAlready()
    return Offered(offer=offer)


@transaction.atomic
def end_offer(*, offer_id: int, at: datetime) -> bool:
    """Take back what is in no draw yet; `False` when it was ended before."""
    offer = GiftOffer.objects.select_for_update().filter(id=offer_id, ended_at=None).first()
    if offer is None:
        return False
    let_units_go(sku_id=offer.sku_id, quantity=offer.left)
    GiftOffer.objects.filter(id=offer_id).update(left=0, ended_at=at)
    return True


def end_due_offers(*, at: datetime) -> int:
    """Give back what shows that are over did not draw, once nothing of it can come back."""
    busy = Draw.objects.filter(offer=OuterRef("id"), drawn_at=None, called_off_at=None)
    waiting = Win.objects.filter(draw__offer=OuterRef("id"), state="told")
    due = GiftOffer.objects.filter(
        ~Exists(busy), ~Exists(waiting), ended_at=None,
        show__ends_at__lte=at - OFFER_REST_TIME,
    )  # fmt: skip
    return sum(end_offer(offer_id=offer_id, at=at) for offer_id in due.values_list("id", flat=True))


def is_winnable(prize: Prize, room: Room, *, closes_at: datetime) -> bool:
    """Whether a coupon or gift is for this room, and still good when the draw closes."""
    if prize.coupon_id is not None:
        lasting = Q(ends_at__isnull=True) | Q(ends_at__gt=closes_at)
        return list_droppable(room, closes_at).filter(lasting, id=prize.coupon_id).exists()
    if prize.offer_id is not None:
        return GiftOffer.objects.filter(
            id=prize.offer_id, show_id=room.show_id, ended_at=None
        ).exists()
    return bool(prize.text)


def keep_back(prize: Prize, count: int) -> bool:
    """Keep so many back for winners, in one conditional statement; `False` when too few are left."""
    if prize.coupon_id is not None:
        return reserve(coupon_id=prize.coupon_id, count=count)
    if prize.offer_id is not None:
        left = GiftOffer.objects.filter(id=prize.offer_id, ended_at=None, left__gte=count)
        return bool(left.update(left=F("left") - count))
    return True


def give_back(draw: Draw, count: int) -> None:
    """What nobody won or claimed is there again: in the coupon's count, or in the stall's offer.

    An offer that was ended meanwhile lets the units go to free sale. Needs a transaction.
    """
    if not count:
        return
    if draw.coupon_id is not None:
        unreserve(coupon_id=draw.coupon_id, count=count)
    if draw.offer_id is not None:
        offer = GiftOffer.objects.select_for_update().get(id=draw.offer_id)
        if offer.ended_at is None:
            GiftOffer.objects.filter(id=offer.pk).update(left=F("left") + count)
        else:
            let_units_go(sku_id=offer.sku_id, quantity=count)
