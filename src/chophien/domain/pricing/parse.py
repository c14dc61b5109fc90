"""From a document to a `CartRequest`, or to the list of all that is wrong with it."""

from chophien.domain.money import BPS_WHOLE
from chophien.domain.pricing.reading import Faults, Fields
from chophien.domain.pricing.request import (
    ALWAYS,
    EVERYTHING,
    Bundle,
    Buyer,
    CartRequest,
    Coupon,
    CrossStore,
    Festival,
    FixedOff,
    Issuer,
    Line,
    NthUnit,
    Offer,
    OfferedPrice,
    PercentOff,
    Presale,
    PresaleStage,
    PriceKind,
    RepeatedOff,
    Scope,
    ShippingRule,
    SpendSave,
    Window,
)

COUPONS_PER_ISSUER_MAX = 2  # the exact choice stays quick up to two platform coupons, two packets


class BadRequestError(ValueError):
    """The document is no request; `faults` names every reason by its path, as they were met."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def parse_request(document: object) -> CartRequest:
    """Read a request as `json.loads` gives it.

    Absent and `null` keys mean the same. Numbers are whole and fit 64 bits; `true` is no number.

    Raises:
        BadRequestError: anything is missing, unknown, out of range, or of the wrong type.
    """
    faults = Faults()
    fields = Fields(document, "", faults, _REQUEST_KEYS)
    request = CartRequest(
        at=fields.time("now"),
        festival=_read_festival(fields, faults),
        buyer=_read_buyer(fields, faults),
        lines=fields.each("lines", _read_line) if fields.require("lines") else (),
        offers=fields.each("offers", _read_offer),
        cross_store=fields.each("cross_store", _read_programme),
        coupons=fields.each("coupons", _read_coupon),
        shipping=_read_shipping(fields, faults),
    )
    fields.forbid_empty("lines", list)
    for key in ("lines", "offers", "cross_store", "coupons"):
        _note_repeated_ids(fields, key)
    if faults.noted:
        raise BadRequestError(tuple(faults.noted))
    return request


_REQUEST_KEYS = frozenset(
    {"now", "festival", "buyer", "lines", "offers", "cross_store", "coupons", "shipping"}
)
_FESTIVAL_KEYS = frozenset(
    {"currency", "discount_cap_bps", "max_platform_coupons", "max_red_packets"}
)
_BUYER_KEYS = frozenset({"id", "member_of"})
_LINE_KEYS = frozenset(
    {
        "id", "sku", "seller", "qty", "list_price", "reference_price", "floor_price",
        "discount_cap_bps", "tags", "room", "group", "prices", "presale",
    }
)  # fmt: skip
_PRESALE_STAGES = {stage.value: stage for stage in PresaleStage}
_ISSUERS = {issuer.value: issuer for issuer in Issuer}
_PRESALE_KEYS = frozenset({"stage", "deposit", "credit"})
_SCOPE_KEYS = frozenset({"sellers", "skus", "rooms", "tags", "exclude_tags"})
_SHIPPING_KEYS = frozenset({"fee", "free_from"})
_WINDOW_KEYS = frozenset({"starts", "ends"})
_RULE_KEYS = _WINDOW_KEYS | {"id", "scope"}
_OFFER_KEYS = _RULE_KEYS | {"seller", "kind"}
_PROGRAMME_KEYS = _RULE_KEYS | {"every", "off", "max_times"}
_DISCOUNT_KEYS = frozenset({"threshold", "off", "percent_bps", "max_off"})
_COUPON_KEYS = _RULE_KEYS | _DISCOUNT_KEYS | {"issuer", "seller"}

_PRICE_KEYS = _WINDOW_KEYS | {"id", "kind", "unit", "exclusive"}
_PRICE_KEYS_BY_KIND = {
    PriceKind.SALE: _PRICE_KEYS,
    PriceKind.PRESALE: _PRICE_KEYS,
    PriceKind.MEMBER: _PRICE_KEYS,
    PriceKind.TIER: _PRICE_KEYS | {"min_qty"},
    PriceKind.ROOM: _PRICE_KEYS | {"room"},
    PriceKind.GROUP: _PRICE_KEYS | {"group"},
    PriceKind.FLASH: _PRICE_KEYS | {"left", "per_buyer_left"},
}
_ALL_PRICE_KEYS = frozenset().union(*_PRICE_KEYS_BY_KIND.values())
_PRICE_KINDS = {kind.value: kind for kind in _PRICE_KEYS_BY_KIND}
_UNUSED_PRICE_KEYS = {kind: _ALL_PRICE_KEYS - keys for kind, keys in _PRICE_KEYS_BY_KIND.items()}
_OFFER_KEYS_BY_KIND = {
    "spend_save": _OFFER_KEYS | _DISCOUNT_KEYS | {"repeat", "max_times"},
    "nth_unit": _OFFER_KEYS | {"n", "percent_bps"},
    "bundle": _OFFER_KEYS | {"skus", "price"},
}
_ALL_OFFER_KEYS = frozenset().union(*_OFFER_KEYS_BY_KIND.values())
_OFFER_KINDS = {kind: kind for kind in _OFFER_KEYS_BY_KIND}
_UNUSED_OFFER_KEYS = {kind: _ALL_OFFER_KEYS - keys for kind, keys in _OFFER_KEYS_BY_KIND.items()}


def _note_repeated_ids(fields: Fields, key: str) -> None:
    """Note every item of a list whose id an earlier item has."""
    items = fields.part(key)
    if not isinstance(items, list) or len(items) <= 1:
        return
    seen: set[str] = set()
    for index, item in enumerate(items):
        own_id = item.get("id") if isinstance(item, dict) else None
        if not isinstance(own_id, str):
            continue
        if own_id in seen:
            fields.note(f"{key}[{index}].id", "is there twice")
        seen.add(own_id)


def _read_festival(request: Fields, faults: Faults) -> Festival:
    if not request.require("festival"):
        return Festival(currency="")
    fields = Fields(request.part("festival"), "festival", faults, _FESTIVAL_KEYS)
    return Festival(
        currency=fields.text("currency"),
        discount_cap_bps=fields.whole_or("discount_cap_bps", BPS_WHOLE, BPS_WHOLE),
        platform_coupons_max=fields.whole_or("max_platform_coupons", 1, COUPONS_PER_ISSUER_MAX),
        red_packets_max=fields.whole_or("max_red_packets", 1, COUPONS_PER_ISSUER_MAX),
    )


def _read_buyer(request: Fields, faults: Faults) -> Buyer:
    if not request.has("buyer"):
        return Buyer()
    fields = Fields(request.part("buyer"), "buyer", faults, _BUYER_KEYS)
    return Buyer(
        id=fields.text_or_none("id"), member_of=fields.texts_or_none("member_of") or frozenset()
    )


def _read_line(document: object, path: str, faults: Faults) -> Line:
    fields = Fields(document, path, faults, _LINE_KEYS)
    line = Line(
        id=fields.text("id"),
        sku=fields.text("sku"),
        seller=fields.text("seller"),
        qty=fields.whole("qty", 1),
        list_price_minor=fields.whole("list_price"),
        reference_price_minor=fields.whole("reference_price"),
        floor_price_minor=fields.whole_or("floor_price", 0),
        discount_cap_bps=fields.whole_or_none("discount_cap_bps", 0, BPS_WHOLE),
        tags=fields.texts_or_none("tags") or frozenset(),
        room=fields.text_or_none("room"),
        group=fields.text_or_none("group"),
        prices=fields.each("prices", _read_price),
        presale=_read_presale(fields, faults),
    )
    _note_repeated_ids(fields, "prices")
    return line


def _read_presale(line: Fields, faults: Faults) -> Presale | None:
    """Read a line's presale, and hold its deposit against its credit and the list price."""
    if not line.has("presale"):
        return None
    fields = Fields(line.part("presale"), line.at("presale"), faults, _PRESALE_KEYS)
    presale = Presale(
        stage=fields.one_of("stage", _PRESALE_STAGES) or PresaleStage.DEPOSIT,
        deposit_minor=fields.whole("deposit"),
        credit_minor=fields.whole("credit"),
    )
    deposit, credit, listed = fields.part("deposit"), fields.part("credit"), line.part("list_price")
    if type(deposit) is int and type(credit) is int and credit < deposit:
        fields.note("credit", "must be at least the deposit")
    if type(deposit) is int and type(listed) is int and deposit > listed:
        fields.note("deposit", "must be at most the list price")
    return presale


def _read_price(document: object, path: str, faults: Faults) -> OfferedPrice:
    fields = Fields(document, path, faults, _ALL_PRICE_KEYS)
    kind = fields.one_of("kind", _PRICE_KINDS)
    if kind is not None:
        fields.forbid_each(_UNUSED_PRICE_KEYS[kind], f"not used by {kind} prices")
    return OfferedPrice(
        id=fields.text("id"),
        kind=kind or PriceKind.SALE,
        unit_minor=fields.whole("unit"),
        window=_read_window(fields),
        room=fields.text("room") if kind is PriceKind.ROOM else None,
        group=fields.text("group") if kind is PriceKind.GROUP else None,
        min_qty=fields.whole("min_qty", 1) if kind is PriceKind.TIER else None,
        left=fields.whole_or_none("left"),
        per_buyer_left=fields.whole_or_none("per_buyer_left"),
        is_exclusive=fields.flag("exclusive"),
    )


def _read_window(fields: Fields) -> Window:
    if not fields.has_any(_WINDOW_KEYS):
        return ALWAYS
    return Window(starts_at=fields.time_or_none("starts"), ends_at=fields.time_or_none("ends"))


def _read_scope(rule: Fields, faults: Faults) -> Scope:
    scope = rule.part("scope")
    if scope is None or scope == {}:
        return EVERYTHING
    fields = Fields(scope, rule.at("scope"), faults, _SCOPE_KEYS)
    return Scope(
        sellers=fields.texts_or_none("sellers"),
        skus=fields.texts_or_none("skus"),
        rooms=fields.texts_or_none("rooms"),
        tags=fields.texts_or_none("tags"),
        exclude_tags=fields.texts_or_none("exclude_tags"),
    )


def _read_offer(document: object, path: str, faults: Faults) -> Offer | None:
    fields = Fields(document, path, faults, _ALL_OFFER_KEYS)
    kind = fields.one_of("kind", _OFFER_KINDS)
    if kind is not None:
        fields.forbid_each(_UNUSED_OFFER_KEYS[kind], f"not used by {kind} offers")
    own_id, seller = fields.text("id"), fields.text("seller")
    scope, window = _read_scope(fields, faults), _read_window(fields)
    match kind:
        case "spend_save":
            return SpendSave(
                id=own_id,
                seller=seller,
                discount=_read_repeatable(fields),
                threshold_minor=fields.whole_or_none("threshold", 1),
                scope=scope,
                window=window,
            )
        case "nth_unit":
            return NthUnit(
                id=own_id,
                seller=seller,
                n=fields.whole("n", 1),
                percent_bps=fields.whole("percent_bps", 0, BPS_WHOLE),
                scope=scope,
                window=window,
            )
        case "bundle":
            return Bundle(
                id=own_id,
                seller=seller,
                units_by_sku=_read_units(fields),
                price_minor=fields.whole("price"),
                scope=scope,
                window=window,
            )
        case _:
            return None


def _read_units(bundle: Fields) -> dict[str, int]:
    if not bundle.require("skus"):
        return {}
    bundle.forbid_empty("skus", dict)
    return {
        sku: bundle.check_whole(units, f"skus.{sku}", 1) for sku, units in bundle.each_named("skus")
    }


def _read_repeatable(fields: Fields) -> FixedOff | PercentOff | RepeatedOff:
    """Read the discount of a spend-and-save offer, which alone may repeat."""
    repeats = fields.flag("repeat")
    times_max = fields.whole_or_none("max_times")
    if not repeats:
        fields.forbid("max_times", "goes with repeat")
        return _read_discount(fields)
    if fields.has("percent_bps"):
        fields.note("repeat", "goes with off, not with percent_bps")
    if not fields.has("threshold"):
        fields.note("repeat", "needs a threshold")
    discount = _read_discount(fields)
    every = fields.part("threshold")
    if not isinstance(discount, FixedOff) or type(every) is not int or every < 1:
        return discount
    return RepeatedOff(off_minor=discount.off_minor, every_minor=every, times_max=times_max)


def _read_discount(fields: Fields) -> FixedOff | PercentOff:
    """Read either `off`, or `percent_bps` with its `max_off`."""
    if fields.has("off") and fields.has("percent_bps"):
        fields.note("percent_bps", "must not stand together with off")
    elif fields.has("percent_bps"):
        return PercentOff(
            percent_bps=fields.whole("percent_bps", 0, BPS_WHOLE),
            max_off_minor=fields.whole_or_none("max_off"),
        )
    elif not fields.has("off"):
        fields.note_missing("off", "off or percent_bps is needed")
    fields.forbid("max_off", "goes with percent_bps")
    return FixedOff(off_minor=fields.whole_or_none("off") or 0)


def _read_programme(document: object, path: str, faults: Faults) -> CrossStore:
    fields = Fields(document, path, faults, _PROGRAMME_KEYS)
    return CrossStore(
        id=fields.text("id"),
        discount=RepeatedOff(
            off_minor=fields.whole("off"),
            every_minor=fields.whole("every", 1),
            times_max=fields.whole_or_none("max_times"),
        ),
        scope=_read_scope(fields, faults),
        window=_read_window(fields),
    )


def _read_coupon(document: object, path: str, faults: Faults) -> Coupon:
    fields = Fields(document, path, faults, _COUPON_KEYS)
    issuer = fields.one_of("issuer", _ISSUERS)
    if issuer is Issuer.SELLER:
        fields.require("seller")
    elif issuer is not None:
        fields.forbid("seller", "only a seller's coupon has one")
    return Coupon(
        id=fields.text("id"),
        issuer=issuer or Issuer.PLATFORM,
        seller=fields.text_or_none("seller"),
        discount=_read_discount(fields),
        threshold_minor=fields.whole_or_none("threshold", 1),
        scope=_read_scope(fields, faults),
        window=_read_window(fields),
    )


def _read_shipping(request: Fields, faults: Faults) -> dict[str, ShippingRule]:
    rules = {}
    for seller, document in request.each_named("shipping"):
        if document is None:
            continue
        fields = Fields(document, request.at(f"shipping.{seller}"), faults, _SHIPPING_KEYS)
        rules[seller] = ShippingRule(
            fee_minor=fields.whole("fee"), free_from_minor=fields.whole_or_none("free_from")
        )
    return rules
