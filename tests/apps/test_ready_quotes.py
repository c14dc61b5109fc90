"""What the hot lane sells is priced by the cart's own rules, and never outlives them."""

from datetime import timedelta

import pytest
from tests.factories import (
    OPENING,
    make_festival,
    make_offer,
    make_price,
    make_sku,
    make_stall,
)

from chophien.apps.catalog.models import Product, Sku
from chophien.apps.orders.models import ReadyQuote
from chophien.apps.orders.ready import NotForLane, prepare_flash_quotes, prepare_quote
from chophien.apps.promotions.models import CrossStore, OfferedPrice
from chophien.apps.sellers.models import Stall
from chophien.domain.pricing.quote import price_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def festival():
    return make_festival()


@pytest.fixture
def flash(festival):
    honey = make_sku(make_stall(), units=50)
    return make_price(honey, unit_minor=90_000, allotment=20, per_buyer_max=2)


def test_ready_quote_says_what_the_cart_would(festival, flash):
    ready = prepare_quote(sku_id=flash.sku_id, quantity=2, at=OPENING)

    assert (ready.unit_minor, ready.goods_minor, ready.shipping_minor) == (90_000, 180_000, 25_000)
    assert (ready.due_minor, ready.price_id, ready.price_kind) == (205_000, flash.id, "flash")
    assert price_document(ready.priced.request) == ready.priced.quote


def test_same_question_gets_the_same_row(festival, flash):
    first = prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING)
    again = prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING + timedelta(seconds=5))

    assert again.id == first.id


def test_it_ends_when_the_next_thing_is_planned_to_change(festival, flash):
    later = OPENING + timedelta(hours=3)
    make_offer(flash.sku.product.stall, {"off_bps": 500}, starts_at=later)

    ready = prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING)

    assert ready.ends_at == later


def test_stall_offer_is_in_it(festival, flash):
    offer = make_offer(flash.sku.product.stall, {"threshold": 50_000, "off": 10_000})

    ready = prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING)

    assert ready.goods_minor == 80_000
    assert ready.uses == {f"o{offer.id}": 10_000}


@pytest.mark.parametrize("quantity", [0, 6, 999])
def test_quantity_of_no_single_press_is_for_the_cart(festival, flash, quantity):
    assert isinstance(prepare_quote(sku_id=flash.sku_id, quantity=quantity, at=OPENING), NotForLane)


def test_list_price_is_for_the_cart(festival):
    honey = make_sku(make_stall())

    assert isinstance(prepare_quote(sku_id=honey.id, quantity=1, at=OPENING), NotForLane)


def test_discount_with_a_budget_is_for_the_cart(festival, flash):
    make_offer(
        flash.sku.product.stall,
        {"threshold": 50_000, "off": 10_000},
        budget_minor=100_000,
    )

    assert prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING) == NotForLane(
        reason="a discount with a budget"
    )


def change_list_price(flash):
    Sku.objects.filter(id=flash.sku_id).update(list_price_minor=151_000)


def withdraw(flash):
    Product.objects.filter(skus=flash.sku_id).update(state="withdrawn")


def raise_shipping(flash):
    Stall.objects.filter(products__skus=flash.sku_id).update(shipping_fee_minor=30_000)


def end_price(flash):
    OfferedPrice.objects.filter(id=flash.id).update(closed_at=OPENING)


def offer_more(flash):
    make_offer(flash.sku.product.stall, {"threshold": 50_000, "off": 10_000})


def add_price(flash):
    make_price(flash.sku, unit_minor=80_000)


@pytest.mark.parametrize(
    "change", [change_list_price, withdraw, raise_shipping, end_price, offer_more, add_price]
)
def test_what_it_was_priced_from_retires_it(festival, flash, change):
    ready = prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING)

    change(flash)

    assert ReadyQuote.objects.get(id=ready.id).retired_at is not None


def test_cross_store_programme_retires_what_its_festival_sells(festival, flash):
    ready = prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING)

    CrossStore.objects.create(
        festival=festival, rule={"every": 200_000, "off": 30_000}, made_at=OPENING
    )

    assert ReadyQuote.objects.get(id=ready.id).retired_at is not None


def test_what_others_do_retires_nothing(festival, flash):
    ready = prepare_quote(sku_id=flash.sku_id, quantity=1, at=OPENING)
    other = make_sku(make_stall("gian-hai"))

    make_price(other, unit_minor=80_000)
    OfferedPrice.objects.filter(id=flash.id).update(taken=3)
    Stall.objects.filter(slug="gian-hai").update(shipping_fee_minor=1)

    assert ReadyQuote.objects.get(id=ready.id).retired_at is None


def test_worker_makes_flash_prices_ready_before_they_begin(festival, flash):
    early = OPENING - timedelta(hours=1, minutes=20)

    assert prepare_flash_quotes(at=early) == 2
    assert prepare_flash_quotes(at=early) == 0
    assert set(ReadyQuote.objects.values_list("quantity", "starts_at")) == {
        (1, flash.starts_at),
        (2, flash.starts_at),
    }


def test_worker_makes_ready_again_what_a_change_retired(festival, flash):
    prepare_flash_quotes(at=OPENING)
    raise_shipping(flash)

    assert prepare_flash_quotes(at=OPENING) == 2
    assert set(ReadyQuote.objects.filter(retired_at=None).values_list("quantity", "due_minor")) == {
        (1, 120_000),
        (2, 210_000),
    }
