"""What a buyer might do with a cart: pick other coupons, claim one, reach the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chophien.apps.catalog.selectors import list_skus
from chophien.apps.orders.quoting import quote_lines
from chophien.apps.promotions.documents import (
    BANNED_TAG,
    coupon_document,
    coupon_kind_document,
)
from chophien.apps.promotions.nearness import Wish, list_skus_near
from chophien.apps.promotions.selectors import (
    count_held,
    list_claimable,
    list_unused,
)
from chophien.domain.pricing.quote import price_document
from chophien.web.fair.till import Till
from chophien.web.shared.coupons import CouponCard, render_face
from chophien.web.shared.goods import SkuCard, build_sku_cards
from chophien.web.shared.why.naming import load_names
from chophien.web.shared.why.verdicts import Fate, Verdict, judge_coupons
from chophien.web.shared.why.words import describe_rule

if TYPE_CHECKING:
    from chophien.apps.orders.models import Cart
    from chophien.apps.orders.quoting import Quote
    from chophien.apps.orders.selectors import CartView
    from chophien.apps.promotions.models import Coupon, WalletCoupon

STEP_CARDS = 4
STEP_SKUS_MAX = 8  # looked at, for each way of looking, to find the cards
CLAIM_CARDS = 4
CLAIMABLE_MAX = 12  # coupons that are looked at to find these
WALLET_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One coupon of the wallet as the cart offers it."""

    card: CouponCard
    verdict: Verdict
    is_picked: bool
    is_best: bool
    """Whether the best combination uses it."""
    is_waiting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The wallet beside the cart. `best` is the quote of the best combination."""

    choices: tuple[Choice, ...]
    is_by_hand: bool
    best: "Quote"
    due_minor: int

    @property
    def lost_minor(self) -> int:
        """How much less the best combination costs than what was picked."""
        return self.due_minor - int(self.best["due_now"])

    @property
    def used_count(self) -> int:
        return sum(choice.verdict.fate is Fate.USED for choice in self.choices)


def build_desk(cart: "Cart", view: "CartView", till: Till, at: datetime) -> Desk | None:
    """What the buyer's coupons do in this cart; `None` for a guest or an empty wallet.

    The cart is priced a second time only where the coupons were picked by hand.
    """
    held = []
    if cart.user_id is not None:
        held = list(list_unused(cart.user_id, till.festival, at)[:WALLET_MAX])
    if not held:
        return None
    picked = None if cart.picked_coupons is None else frozenset(cart.picked_coupons)
    priced = till.priced
    best = priced
    if picked is not None:
        best = quote_lines(view.lines, festival=till.festival, buyer=till.buyer, at=at)
    best_ids = frozenset(best.held_ids)
    open_held = [each for each in held if not _is_waiting(each, at)]
    documents = [coupon_document(each, has_banned=has_banned(till)) for each in open_held]
    known = {coupon["id"] for coupon in priced.request["coupons"]}
    spent = {
        document["id"]
        for each, document in zip(open_held, documents, strict=True)
        if document["id"] not in known and (picked is None or each.id in picked)
    }
    verdicts = judge_coupons(priced.request, priced.quote, documents, spent=spent)
    names = load_names(
        [each.coupon.rule for each in held], currency=till.festival.currency,
        known=[row.line.sku for row in till.rows],
    )  # fmt: skip
    choices = [
        Choice(
            card=CouponCard(
                coupon=each.coupon, held=each, left=0,
                face=render_face(each.coupon, names),
                text=describe_rule(each.coupon.rule, names),
            ),
            verdict=verdicts.get(f"c{each.id}", Verdict(fate=Fate.NO_GOODS)),
            is_picked=each.id in (best_ids if picked is None else picked),
            is_best=each.id in best_ids,
            is_waiting=_is_waiting(each, at),
        )
        for each in held
    ]  # fmt: skip
    return Desk(
        choices=tuple(sorted(choices, key=_rank)),
        is_by_hand=picked is not None,
        best=best.quote,
        due_minor=priced.quote["due_now"],
    )


def _rank(choice: Choice) -> tuple[bool, bool, bool, int]:
    """Those that are used first, then those that could be, those that wait last."""
    fate = choice.verdict.fate
    return (
        choice.is_waiting,
        not (choice.is_picked or choice.is_best),
        fate is Fate.NO_GOODS,
        choice.verdict.missing_minor,
    )


def _is_waiting(held: "WalletCoupon", at: datetime) -> bool:
    return held.coupon.starts_at is not None and held.coupon.starts_at > at


def has_banned(till: Till) -> bool:
    """Whether the cart holds goods that rules have to leave out."""
    return any(BANNED_TAG in (line.get("tags") or ()) for line in till.priced.request["lines"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimable:
    """A coupon to claim, and how much less this cart would cost with it; 0 where it needs more."""

    card: CouponCard
    saved_minor: int
    missing_minor: int


def list_helpful(till: Till, at: datetime) -> list[Claimable]:
    """Coupons of the festival and of the cart's stalls that can be claimed and would help.

    Those that make the cart cheaper now come first, then those that need the least more; not
    those that would need more than as much again.
    """
    found = list_claimable(
        at, festival_id=till.festival.id, with_festival=True,
        stall_ids=[group.stall.id for group in till.groups],
    )[:CLAIMABLE_MAX]  # fmt: skip
    coupons = list(found)
    had = count_held(till.buyer.user_id, [coupon.id for coupon in coupons])
    wanted = [
        coupon
        for coupon in coupons
        if had.get(coupon.id, 0) < coupon.per_buyer_max
        and (coupon.starts_at is None or coupon.starts_at <= at)
    ]
    documents = [_as_claimed(coupon, till) for coupon in wanted]
    verdicts = judge_coupons(till.priced.request, till.priced.quote, documents)
    names = load_names(
        [coupon.rule for coupon in wanted], currency=till.festival.currency,
        known=[row.line.sku for row in till.rows],
    )  # fmt: skip
    near_minor = till.priced.quote["items_payable"]
    helpful = []
    for coupon, document in zip(wanted, documents, strict=True):
        verdict = verdicts[document["id"]]
        saved_minor = _count_saved(till, document) if verdict.off_minor else 0
        if saved_minor or 0 < verdict.missing_minor <= near_minor:
            card = CouponCard(
                coupon=coupon, left=coupon.count_max - coupon.claimed,
                face=render_face(coupon, names), text=describe_rule(coupon.rule, names),
            )  # fmt: skip
            helpful.append(
                Claimable(card=card, saved_minor=saved_minor, missing_minor=verdict.missing_minor)
            )
    helpful.sort(key=lambda each: (-each.saved_minor, each.missing_minor, each.card.coupon.id))
    return helpful[:CLAIM_CARDS]


def _as_claimed(coupon: "Coupon", till: Till) -> dict[str, Any]:
    """The document of a coupon not held yet: no coupon in the wallet has an id like it."""
    document = coupon_kind_document(coupon, has_banned=has_banned(till))
    return document | {"id": f"claim-{coupon.id}"}


def _count_saved(till: Till, document: Mapping[str, Any]) -> int:
    request = till.priced.request
    with_it = price_document({**request, "coupons": [*request["coupons"], document]})
    return max(int(till.priced.quote["due_now"]) - int(with_it["due_now"]), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The next step of a cross-store programme, and goods that would reach it."""

    text: str
    add_minor: int
    save_minor: int
    cards: tuple[SkuCard, ...]


def find_step(till: Till, at: datetime) -> Step | None:
    """The step worth taking next, with goods in its scope priced near what it needs."""
    step = till.priced.quote["next_step"]
    if step is None:
        return None
    rule = next(each for each in till.priced.request["cross_store"] if each["id"] == step["id"])
    scope = rule.get("scope") or {}
    stall_ids = [group.stall.id for group in till.groups]
    # What holds in a live room only has to be bought there.
    found = (
        []
        if scope.get("rooms") is not None
        else list_skus_near(
            _make_wish(scope, step["add"], till), stall_ids=stall_ids, count_max=STEP_SKUS_MAX
        )
    )
    cards = build_sku_cards(list_skus(found), festival=till.festival, at=at, reader=till.buyer)
    return Step(
        text=till.why.step_text,
        add_minor=step["add"],
        save_minor=step["save"],
        cards=tuple(_choose(cards, step["add"], stall_ids)),
    )


def _make_wish(scope: Mapping[str, Any], add_minor: int, till: Till) -> Wish:
    def read(key: str) -> tuple[str, ...] | None:
        return None if scope.get(key) is None else tuple(scope[key])

    return Wish(
        price_minor=add_minor,
        stall_slugs=read("sellers"),
        sku_codes=read("skus"),
        tags=read("tags"),
        tags_excluded=read("exclude_tags") or (),
        sku_ids_excluded=tuple(row.line.sku_id for row in till.rows),
    )


def _choose(cards: Sequence[SkuCard], add_minor: int, stall_ids: Sequence[int]) -> list[SkuCard]:
    """The cards that reach the step for least, then the dearest that come near it.

    Goods of stalls that are in the cart already stand before those of others that cost the same
    half of the step more: they need no other parcel. One card for each product.
    """
    usable = [card for card in cards if not card.is_exclusive and not card.is_sold_out]

    def rank(card: SkuCard) -> tuple[bool, int, int]:
        price_minor = card.price.unit_minor
        reaches = price_minor >= add_minor
        over_minor = price_minor - add_minor if reaches else add_minor - price_minor
        detour_minor = 0 if card.sku.product.stall_id in stall_ids else add_minor // 2
        return not reaches, over_minor + detour_minor, card.sku.id

    chosen: dict[int, SkuCard] = {}
    for card in sorted(usable, key=rank):
        chosen.setdefault(card.sku.product_id, card)
    return list(chosen.values())[:STEP_CARDS]
