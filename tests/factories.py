"""The smallest fair in which a thing can happen. Every argument that a test does not care for
has a plain value."""

import uuid
from datetime import UTC, datetime, timedelta

from chophien.apps.accounts.models import User
from chophien.apps.catalog.models import Product, Sku
from chophien.apps.catalog.services import index_product
from chophien.apps.festivals.models import Festival, FormerProvince, Province
from chophien.apps.inventory.services import receive_units, set_units_aside
from chophien.apps.live.models import Room
from chophien.apps.live.services import open_room
from chophien.apps.orders.models import Cart
from chophien.apps.orders.quoting import quote_lines
from chophien.apps.orders.selectors import view_cart
from chophien.apps.orders.services import (
    Address,
    Checkout,
    CheckoutOutcome,
    place_order,
    set_line,
)
from chophien.apps.payments.models import Payment
from chophien.apps.payments.services import BankNotice, ask_for_payment
from chophien.apps.programme.models import Host
from chophien.apps.programme.services import ShowPlan, plan_show
from chophien.apps.promotions.buyers import Buyer
from chophien.apps.promotions.models import Coupon, Offer, OfferedPrice, WalletCoupon
from chophien.apps.promotions.wallets import Got, put_in_wallet
from chophien.apps.sellers.models import Stall
from chophien.apps.vetting.models import HostIdentity, StallPaper
from chophien.apps.vetting.rules import RulesDraft, accept_rules, publish_rules
from chophien.apps.vetting.selectors import find_rules

OPENING = datetime(2026, 11, 11, 1, 0, tzinfo=UTC)
SECRET = bytes(range(15))


def make_festival(**fields: object) -> Festival:
    defaults: dict[str, object] = {
        "slug": "phien-thu",
        "name_vi": "Phiên thử",
        "organiser_name": "Ban tổ chức",
        "programme_type": "concentrated",
        "discount_cap_bps": 10_000,
        "starts_at": OPENING - timedelta(days=1),
        "ends_at": OPENING + timedelta(days=400),
    }
    return Festival.objects.create(**(defaults | fields))


def make_stall(slug: str = "gian-mot", *, province: str = "gia-lai", **fields: object) -> Stall:
    defaults: dict[str, object] = {
        "name_vi": slug.replace("-", " ").title(),
        "kind": "household",
        "state": "admitted",
        "former_province": FormerProvince.objects.get(slug=province),
        "bank_bin": "970436",
        "bank_account": f"10{sum(slug.encode()):08d}",
        "bank_holder": "NGUYEN THI HOA",
        "shipping_fee_minor": 25_000,
        "free_from_minor": 300_000,
    }
    stall = Stall.objects.create(slug=slug, **(defaults | fields))
    for kind in ("registration", "food_safety", "alcohol_licence"):
        make_paper(stall, kind)
    return stall


def make_paper(stall: Stall, kind: str, **fields: object) -> StallPaper:
    """A paper that the organiser has accepted, and that does not run out."""
    defaults: dict[str, object] = {
        "number": "01-2026", "issuer": "UBND", "state": "verified",
        "asked_at": OPENING, "checked_at": OPENING,
    }  # fmt: skip
    return StallPaper.objects.create(stall=stall, kind=kind, **(defaults | fields))


def make_host(slug: str = "lan", *, person: User, is_verified: bool = True) -> Host:
    """A human host who may go on air: identity verified, the rules accepted."""
    host = Host.objects.create(slug=slug, name=slug.title(), person=person)
    if is_verified:
        verify_host(host)
    return host


def verify_host(host: Host) -> None:
    """What a person needs to go on air; an AI host needs none of it."""
    HostIdentity.objects.create(
        host=host, kind="citizen_card", number_tail="0123", name=host.name, way="in_person",
        state="verified", asked_at=OPENING, checked_at=OPENING,
        valid_until=(OPENING + timedelta(days=300)).date(),
    )  # fmt: skip
    rules = find_rules(OPENING) or publish_rules(
        RulesDraft(text_vi="Nói thật về hàng."), by_id=None, at=OPENING - timedelta(days=1)
    )
    assert host.person_id is not None, "a person accepts the rules"
    accept_rules(host_id=host.id, rules_id=rules.id, by_id=host.person_id, at=OPENING)


def make_sku(
    stall: Stall,
    *,
    name: str = "Mật ong Gia Lai",
    price_minor: int = 150_000,
    units: int = 10,
    **fields: object,
) -> Sku:
    """A published product of one sku with `units` in stock (0 leaves it without)."""
    slug = f"{stall.slug}-{uuid.uuid4().hex[:8]}"
    product = Product.objects.create(
        slug=slug,
        stall=stall,
        former_province=stall.former_province,
        name_vi=name,
        picture="honey-jar",
        state="published",
        **fields,
    )
    index_product(product)
    sku = Sku.objects.create(
        product=product,
        code=slug,
        unit_vi="hũ 500 g",
        list_price_minor=price_minor,
    )
    if units:
        receive_units(sku_id=sku.id, stall_id=stall.id, quantity=units)
    return sku


def make_price(
    sku: Sku,
    *,
    unit_minor: int,
    allotment: int | None = None,
    per_buyer_max: int | None = None,
) -> OfferedPrice:
    """A sale price, or a flash price whose allotment is taken out of free sale."""
    if allotment:
        assert set_units_aside(sku_id=sku.id, quantity=allotment), "too few units to set aside"
    return OfferedPrice.objects.create(
        sku=sku,
        kind="sale" if allotment is None else "flash",
        unit_minor=unit_minor,
        allotment=allotment,
        per_buyer_max=per_buyer_max,
        starts_at=OPENING - timedelta(hours=1),
        ends_at=OPENING + timedelta(days=300),
    )


def make_cart(*chosen: tuple[Sku, int], user: User | None = None) -> Cart:
    cart = Cart.objects.create(created_at=OPENING, user=user)
    for sku, quantity in chosen:
        set_line(cart=cart, sku_id=sku.id, quantity=quantity)
    return cart


def make_address() -> Address:
    return Address(
        recipient="Trần Thị Bưởi",
        phone="0901234567",
        province_id=Province.objects.get(slug="gia-lai").id,
        ward="Phường Pleiku",
        street="12 Hùng Vương",
    )


def check_out(
    cart: Cart,
    festival: Festival,
    *,
    at: datetime = OPENING,
    key: uuid.UUID | None = None,
    seen_due_minor: int | None = None,
) -> CheckoutOutcome:
    """Press the button with the sum as it is now, unless the test says what was seen."""
    if seen_due_minor is None:
        buyer = Buyer(id=str(cart.id), user_id=cart.user_id, phone=make_address().phone)
        priced = quote_lines(
            view_cart(cart, at).lines, festival=festival, buyer=buyer, at=at,
            held_ids=cart.picked_coupons,
        )  # fmt: skip
        seen_due_minor = priced.quote["due_now"]
    checkout = Checkout(
        idempotency_key=key or uuid.uuid4(),
        seen_due_minor=seen_due_minor,
        address=make_address(),
        user_id=cart.user_id,
        secret=SECRET,
    )
    return place_order(cart=cart, festival=festival, checkout=checkout, at=at)


def make_order(festival: Festival, *chosen: tuple[Sku, int]) -> list[Payment]:
    """An order placed at the opening; its payments, by stall."""
    outcome = check_out(make_cart(*chosen), festival)
    return ask_for_payment(order=outcome.order)


def make_notice(payment: Payment, *, transaction: str = "FT1", **fields: object) -> BankNotice:
    """The credit that pays a payment exactly, unless a field says otherwise."""
    values: dict[str, object] = {
        "bank_transaction": transaction,
        "bank_bin": payment.bank_bin,
        "bank_account": payment.bank_account,
        "amount_minor": payment.amount_minor,
        "reference": payment.reference,
    }
    return BankNotice(**(values | fields))


def make_room(festival: Festival, *skus: Sku, host: Host | None = None) -> Room:
    """A room on air at the opening, the first sku pinned."""
    host = host or Host.objects.create(slug="mai", name="Mai", is_ai=True)
    show = plan_show(
        ShowPlan(
            festival_id=festival.id,
            host_id=host.id,
            theme="thu",
            titles=("Phiên thử", "Trial show", "试播"),
            pitches=("", "", ""),
            starts_at=OPENING - timedelta(hours=1),
            ends_at=OPENING + timedelta(days=300),
            sku_ids=[sku.id for sku in skus],
        )
    )
    return open_room(show_id=show.id, pinned_sku_id=skus[0].id if skus else None)


def make_user(username: str = "hoa", **fields: object) -> User:
    return User.objects.create_user(username=username, password="mot-mat-khau-dai", **fields)


def make_offer(
    stall: Stall, rule: dict[str, object], *, kind: str = "spend_save", **fields: object
) -> Offer:
    """An offer of a stall over all of its goods, in force from the opening on."""
    return Offer.objects.create(
        stall=stall, kind=kind, rule=rule, made_at=OPENING, **({"starts_at": OPENING} | fields)
    )


def make_coupon(festival: Festival, rule: dict[str, object], **fields: object) -> Coupon:
    """A coupon of the festival that anyone may claim, many times over."""
    defaults: dict[str, object] = {
        "issuer": "platform", "way": "claim", "count_max": 100, "made_at": OPENING,
    }  # fmt: skip
    return Coupon.objects.create(festival=festival, rule=rule, **(defaults | fields))


def give_coupon(coupon: Coupon, user: User) -> WalletCoupon:
    """One coupon of the kind in a person's wallet."""
    outcome = put_in_wallet(coupon=coupon, user_id=user.id, at=OPENING)
    assert isinstance(outcome, Got), outcome
    return outcome.held
