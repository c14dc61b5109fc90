"""Coupons as the pages show them: what they give, where, until when, and what can be done."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.utils.translation import gettext as _

from chophien.apps.promotions.selectors import count_held
from chophien.apps.promotions.wallets import AllGone, ClaimOutcome, Got, HadEnough, NotNow
from chophien.web.shared.why.naming import load_names
from chophien.web.shared.why.words import Names, describe_rule, render_percent

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from django.http import HttpRequest

    from chophien.apps.catalog.models import Sku
    from chophien.apps.promotions.models import Coupon, WalletCoupon


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponCard:
    coupon: "Coupon"
    face: str
    """The amount or percentage, to be read from afar."""
    text: str
    left: int
    has_enough: bool = False
    """The reader has got as many of the kind as one person may."""
    held: "WalletCoupon | None" = None

    @property
    def is_plain(self) -> bool:
        """Whether its face says all: it asks nothing and holds for everything."""
        return set(self.coupon.rule) <= {"off", "percent_bps"}

    @property
    def is_red_packet(self) -> bool:
        return self.coupon.issuer == "red_packet"


def render_face(coupon: "Coupon", names: Names) -> str:
    """`−20.000 ₫` or `−10%`."""
    rule = coupon.rule
    off = rule.get("off")
    return "−" + (names.money(off) if off is not None else render_percent(rule["percent_bps"]))


def load_coupon_names(
    coupons: "Collection[Coupon]", *, currency: str, known: "Iterable[Sku]" = ()
) -> Names:
    return load_names([coupon.rule for coupon in coupons], currency=currency, known=known)


def build_coupon_cards(
    coupons: "Sequence[Coupon]", *, user_id: int | None, names: Names
) -> list[CouponCard]:
    """Cards in the order of the coupons; one query for a reader who is logged in."""
    counts = count_held(user_id, [coupon.id for coupon in coupons])
    return [
        CouponCard(
            coupon=coupon,
            face=render_face(coupon, names),
            text=describe_rule(coupon.rule, names),
            left=coupon.count_max - coupon.claimed,
            has_enough=counts.get(coupon.id, 0) >= coupon.per_buyer_max,
        )
        for coupon in coupons
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """What a person holds, by what can be done with it; each part in the order of its end."""

    usable: list[CouponCard]
    waiting: list[CouponCard]
    used: list[CouponCard]
    ended: list[CouponCard]


def sort_wallet(held: "Iterable[WalletCoupon]", *, names: Names, at: datetime) -> Wallet:
    """Sort coupons of a wallet; expects coupon, stall and festival to be loaded."""
    wallet = Wallet(usable=[], waiting=[], used=[], ended=[])
    for each in held:
        card = CouponCard(
            coupon=each.coupon,
            face=render_face(each.coupon, names),
            text=describe_rule(each.coupon.rule, names),
            left=0,
            held=each,
        )
        _find_place(wallet, card, at).append(card)
    far = datetime.max.replace(tzinfo=at.tzinfo)
    for cards in (wallet.usable, wallet.waiting):
        cards.sort(key=lambda card: card.coupon.ends_at or far)
    return wallet


def _find_place(wallet: Wallet, card: CouponCard, at: datetime) -> list[CouponCard]:
    coupon = card.coupon
    if card.held is not None and card.held.order is not None:
        return wallet.used
    if coupon.ends_at is not None and coupon.ends_at <= at:
        return wallet.ended
    if coupon.starts_at is not None and coupon.starts_at > at:
        return wallet.waiting
    return wallet.usable


def tell_claim(request: "HttpRequest", outcome: ClaimOutcome) -> None:
    """Say in a message what became of a claim."""
    match outcome:
        case Got():
            messages.success(
                request, _("The coupon is in your wallet. The cart uses it by itself.")
            )
        case AllGone():
            messages.warning(request, _("All coupons of this kind are gone. Others were faster."))
        case HadEnough(per_buyer_max=1):
            messages.info(
                request, _("You have had this coupon already: it is one for each person.")
            )
        case HadEnough(per_buyer_max=most):
            text = _("You have had %(most)s of this coupon, as many as one person gets.")
            messages.info(request, text % {"most": most})
        case NotNow():
            messages.warning(request, _("This coupon cannot be claimed now: its time is not open."))
