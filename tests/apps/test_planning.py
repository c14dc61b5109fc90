"""Setting promotions up and ending them: what the law forbids is refused, with the way out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.factories import OPENING, make_festival, make_sku, make_stall, make_user

from chophien.apps.catalog.services import record_list_price
from chophien.apps.inventory.models import Stock
from chophien.apps.promotions.documents import RuleError
from chophien.apps.promotions.ending import NoReasonError, end_promotion, take_down
from chophien.apps.promotions.handouts import (
    BATCH_PEOPLE,
    continue_handout,
    find_people,
    start_handout,
)
from chophien.apps.promotions.law_watch import list_days_used, list_forbidden
from chophien.apps.promotions.models import (
    Coupon,
    Offer,
    OfferedPrice,
    Presale,
    RefusedPrice,
    Takedown,
    WalletCoupon,
)
from chophien.apps.promotions.overview import (
    State,
    Wanted,
    find_promotion,
    list_keys,
    load_promotions,
)
from chophien.apps.promotions.planning import (
    CouponPlan,
    Faulty,
    PresalePlan,
    PricePlan,
    RulePlan,
    TooFewUnits,
    Unlawful,
    plan_coupon,
    plan_cross_store,
    plan_offer,
    plan_presale,
    plan_price,
)
from chophien.domain.law import BelowFloor, CapBroken, DaysUsedUp, GoodsBanned, NotCheaper

DAY = timedelta(days=1)


@pytest.fixture
def now():
    """Where the database's own clock counts: the history of prices is guarded by it."""
    return datetime.now(tz=UTC)  # noqa: TID251


@pytest.fixture
def sku(festival):
    sku = make_sku(make_stall(), price_minor=150_000, units=10)
    record_list_price(sku, by_id=None, at=OPENING - 60 * DAY)
    return sku


@pytest.fixture
def ordinary(db):
    return make_festival(
        slug="phien-thuong", programme_type="ordinary", discount_cap_bps=5_000,
    )  # fmt: skip


def price_plan(sku, **fields) -> PricePlan:
    values = {
        "sku_id": sku.id,
        "kind": "sale",
        "unit_minor": 100_000,
        "starts_at": OPENING,
        "ends_at": OPENING + DAY,
    }
    return PricePlan(**(values | fields))


def presale_plan(sku, festival, **fields) -> PresalePlan:
    values = {
        "sku_id": sku.id,
        "festival_id": festival.id,
        "unit_minor": 120_000,
        "deposit_minor": 20_000,
        "credit_minor": 40_000,
        "starts_at": OPENING,
        "ends_at": OPENING + DAY,
        "balance_starts_at": OPENING + 2 * DAY,
        "balance_ends_at": OPENING + 3 * DAY,
        "allotment": 4,
    }
    return PresalePlan(**(values | fields))


def ask(plan: PricePlan):
    return plan_price(plan, by_id=None, at=OPENING)


def refuse(plan: PricePlan):
    outcome = ask(plan)
    assert isinstance(outcome, Unlawful), outcome
    return outcome.breach


def free_units(sku) -> int:
    return Stock.objects.get(sku=sku).free


@pytest.mark.parametrize("cap_festival", [None, "ordinary"])
def test_price_below_half_is_refused_with_the_nearest_and_that_one_goes(
    sku, ordinary, cap_festival
):
    plan = price_plan(sku, unit_minor=74_999, festival_id=ordinary.id if cap_festival else None)

    assert refuse(plan) == CapBroken(nearest_minor=75_000)
    assert isinstance(ask(replace(plan, unit_minor=75_000)), OfferedPrice)
    assert [(each.breach, each.nearest_minor) for each in RefusedPrice.objects.all()] == [
        ("CapBroken", 75_000)
    ]


def test_concentrated_programme_and_fresh_produce_have_no_cap(sku, festival):
    assert isinstance(ask(price_plan(sku, unit_minor=1, festival_id=festival.id)), OfferedPrice)
    mango = make_sku(sku.product.stall, name="Xoài cát", is_fresh=True)
    assert isinstance(ask(price_plan(mango, unit_minor=1)), OfferedPrice)


def test_cap_of_a_programme_ends_with_it(sku, festival):
    plan = price_plan(sku, unit_minor=1, festival_id=festival.id, ends_at=festival.ends_at + DAY)

    assert ask(plan) == Faulty(faults=("ends: must not be after the festival ends",))
    early = replace(plan, starts_at=festival.starts_at - DAY, ends_at=OPENING)
    assert ask(early) == Faulty(faults=("starts: must not be before the festival starts",))
    assert not OfferedPrice.objects.exists()


def test_raising_the_list_price_during_a_promotion_does_not_raise_the_reference(sku):
    ask(price_plan(sku, ends_at=OPENING + 2 * DAY))
    record = sku
    record.list_price_minor = 300_000
    record.save()
    record_list_price(record, by_id=None, at=OPENING + timedelta(hours=1))

    breach = plan_price(
        price_plan(sku, unit_minor=74_999, starts_at=OPENING + timedelta(hours=2)),
        by_id=None, at=OPENING + timedelta(hours=2),
    )  # fmt: skip

    assert breach == Unlawful(breach=CapBroken(nearest_minor=75_000))


def test_floor_ban_and_price_that_is_none_are_refused(sku, festival):
    sku.floor_price_minor = 110_000
    sku.save()
    wine = make_sku(sku.product.stall, name="Rượu cần", promotion_ban="alcohol")

    assert refuse(price_plan(sku)) == BelowFloor(nearest_minor=110_000)
    assert refuse(price_plan(sku, unit_minor=150_000)) == NotCheaper(reference_minor=150_000)
    breach = refuse(price_plan(wine, festival_id=festival.id))
    assert isinstance(breach, GoodsBanned)


def test_121st_day_is_refused_outside_concentrated_programmes_only(sku, festival):
    ask(price_plan(sku, starts_at=OPENING - 99 * DAY, ends_at=OPENING - DAY))
    longer = price_plan(sku, ends_at=OPENING + 40 * DAY)

    breach = refuse(longer)

    assert isinstance(breach, DaysUsedUp)
    assert breach.nearest_ends_at is not None
    assert isinstance(ask(replace(longer, ends_at=breach.nearest_ends_at)), OfferedPrice)
    assert isinstance(
        refuse(replace(longer, ends_at=breach.nearest_ends_at + timedelta(minutes=1))), DaysUsedUp
    )
    assert isinstance(ask(replace(longer, festival_id=festival.id)), OfferedPrice)


def test_organiser_sees_who_is_near_the_limit_of_days(sku):
    ask(price_plan(sku, starts_at=OPENING - 99 * DAY, ends_at=OPENING))

    assert [used.days for used in list_days_used(2026, days_min=90, count_max=10)] == [100]
    assert list_days_used(2026, days_min=101, count_max=10) == []


def test_organiser_sees_prices_that_the_law_forbids_by_now(sku):
    make_price = OfferedPrice.objects.create
    make_price(sku=sku, kind="sale", unit_minor=70_000, starts_at=OPENING, ends_at=OPENING + DAY)
    ask(price_plan(sku, unit_minor=80_000))

    assert [each.breach for each in list_forbidden(OPENING)] == [CapBroken(nearest_minor=75_000)]


def test_flash_price_takes_its_units_out_of_free_sale_and_gives_them_back(sku):
    plan = price_plan(sku, kind="flash", allotment=6, per_buyer_max=2)

    assert isinstance(ask(plan), OfferedPrice)
    assert free_units(sku) == 4
    assert ask(plan) == TooFewUnits(free=4)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"kind": "gift"}, "kind"),
        ({"unit_minor": 0}, "unit"),
        ({"ends_at": OPENING}, "ends"),
        ({"kind": "flash"}, "allotment"),
        ({"allotment": 3}, "allotment"),
        ({"per_buyer_max": 1}, "per_buyer"),
        ({"kind": "tier", "min_qty": 1}, "min_qty"),
        ({"kind": "tier"}, "min_qty"),
        ({"min_qty": 3}, "min_qty"),
        ({"kind": "room"}, "room"),
        ({"room": 1}, "room"),
    ],
)
def test_fault_of_a_price_is_named_by_its_key(sku, fields, fault):
    outcome = ask(price_plan(sku, **fields))

    assert isinstance(outcome, Faulty)
    assert {each.split(":")[0] for each in outcome.faults} == {fault}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"deposit_minor": 0}, "deposit"),
        ({"credit_minor": 19_999}, "credit"),
        ({"credit_minor": 120_001}, "credit"),
        ({"balance_starts_at": OPENING}, "balance_starts"),
        ({"balance_ends_at": OPENING + 2 * DAY}, "balance_ends"),
        ({"balance_ends_at": OPENING + 800 * DAY}, "balance_ends"),
        ({"allotment": 0}, "allotment"),
    ],
)
def test_fault_of_a_presale_is_named_by_its_key(sku, festival, fields, fault):
    outcome = plan_presale(presale_plan(sku, festival, **fields), by_id=None, at=OPENING)

    assert isinstance(outcome, Faulty)
    assert {each.split(":")[0] for each in outcome.faults} == {fault}


def test_what_a_deposit_counts_for_is_part_of_the_discount(sku, ordinary):
    plan = presale_plan(sku, ordinary, unit_minor=94_999)

    outcome = plan_presale(plan, by_id=None, at=OPENING)

    assert outcome == Unlawful(breach=CapBroken(nearest_minor=75_000))
    lawful = plan_presale(replace(plan, unit_minor=95_000), by_id=None, at=OPENING)
    assert isinstance(lawful, Presale)
    assert free_units(sku) == 6


def test_offer_reaches_its_own_stall_and_no_banned_goods(sku):
    stall = sku.product.stall
    wine = make_sku(stall, name="Rượu cần", promotion_ban="alcohol")
    other = make_sku(make_stall("gian-khac"))

    def plan(*codes):
        rule = {"n": 2, "percent_bps": 5_000, "scope": {"skus": list(codes)}}
        return plan_offer(
            RulePlan(rule=rule, kind="nth_unit", sku_codes=codes),
            stall_id=stall.id, by_id=None, at=OPENING,
        )  # fmt: skip

    assert isinstance(plan(sku.code), Offer)
    assert isinstance(plan(sku.code, wine.code), Unlawful)
    assert plan(other.code) == Faulty(faults=(f"skus: {other.code} is none of this stall's",))


@pytest.mark.parametrize("rule", [{}, {"off": -1}, {"off": 1, "percent_bps": 1}, {"off": 1.5}])
def test_rule_that_the_engine_would_refuse_is_never_stored(festival, rule):
    plan = CouponPlan(
        festival_id=festival.id, issuer="platform", way="claim", rule=rule, count_max=1
    )

    with pytest.raises(RuleError):
        plan_coupon(plan, by_id=None, at=OPENING)
    with pytest.raises(RuleError):
        plan_cross_store(RulePlan(rule=rule), festival_id=festival.id, by_id=None, at=OPENING)


def make_coupon(festival, **fields) -> Coupon:
    values = {
        "festival_id": festival.id,
        "issuer": "red_packet",
        "way": "gift",
        "rule": {"off": 5_000},
        "count_max": 1_000,
    }
    coupon = plan_coupon(CouponPlan(**(values | fields)), by_id=None, at=OPENING)
    assert isinstance(coupon, Coupon)
    return coupon


def find(key: str, *, at=OPENING):
    found = find_promotion(key, at=at)
    assert found is not None
    return found


def test_price_that_has_not_started_leaves_no_trace_when_it_ends(sku, now):
    coming = ask(
        price_plan(sku, kind="flash", allotment=6, starts_at=now + DAY, ends_at=now + 2 * DAY)
    )

    assert end_promotion(find(f"p{coming.id}", at=now), at=now)
    assert free_units(sku) == 10
    assert not OfferedPrice.objects.exists()


def test_ending_deposits_keeps_those_paid_and_frees_the_rest(sku, festival, now):
    plan = presale_plan(
        sku, festival, starts_at=now - DAY, ends_at=now + DAY,
        balance_starts_at=now + 2 * DAY, balance_ends_at=now + 3 * DAY,
    )  # fmt: skip
    presale = plan_presale(plan, by_id=None, at=now)
    Presale.objects.filter(id=presale.id).update(taken=1)

    assert end_promotion(find(f"s{presale.id}", at=now), at=now)
    assert not end_promotion(find(f"s{presale.id}", at=now), at=now)
    presale.refresh_from_db()
    assert (presale.ends_at, presale.closed_at) == (now, now)
    assert free_units(sku) == 9


def test_takedown_needs_a_reason_and_keeps_it(festival):
    coupon = make_coupon(festival)
    with pytest.raises(NoReasonError):
        take_down(find(f"c{coupon.id}"), reason="  ", by_id=None, at=OPENING)
    assert find(f"c{coupon.id}").state is State.RUNNING

    assert take_down(find(f"c{coupon.id}"), reason="Sai thể lệ", by_id=None, at=OPENING)

    ended = find(f"c{coupon.id}", at=OPENING)
    assert ended.is_over
    assert ended.takedown is not None
    assert ended.takedown.reason == "Sai thể lệ"
    assert not take_down(ended, reason="Lần nữa", by_id=None, at=OPENING)
    assert Takedown.objects.count() == 1


def test_list_holds_every_kind_and_filters(sku, festival):
    stall = sku.product.stall
    price = ask(price_plan(sku))
    presale = plan_presale(presale_plan(sku, festival), by_id=None, at=OPENING)
    offer = plan_offer(
        RulePlan(rule={"off": 1, "threshold": 2}), stall_id=stall.id, by_id=None, at=OPENING
    )
    programme = plan_cross_store(
        RulePlan(rule={"every": 2, "off": 1}), festival_id=festival.id, by_id=None, at=OPENING
    )
    gift = make_coupon(festival, starts_at=OPENING + DAY)
    own = make_coupon(festival, issuer="seller", stall_id=stall.id)

    def keys(at=OPENING, **wanted):
        found = load_promotions(list_keys(Wanted(**wanted), at=at), at=at)
        return {each.key for each in found}

    mine = {f"p{price.id}", f"s{presale.id}", f"o{offer.id}", f"c{own.id}"}
    everything = mine | {f"x{programme.id}", f"c{gift.id}"}
    assert keys() == everything
    assert {sort for sort in ("starts", "kind", "stall", "x") if keys(sort=sort) != everything} == (
        set()
    )
    assert keys(stall_ids=(stall.id,)) == mine
    assert keys(kind="red_packet") == {f"c{gift.id}"}
    assert keys(kind="presale") == {f"s{presale.id}"}
    assert keys(state=State.COMING) == {f"c{gift.id}"}
    assert keys(state=State.OVER) == set()
    assert keys(at=OPENING + 2 * DAY, state=State.OVER) == {f"p{price.id}"}
    assert keys(at=OPENING + 2 * DAY, state=State.RUNNING) == everything - {f"p{price.id}"}


def test_stranger_finds_no_promotion_of_a_stall(sku):
    offer = plan_offer(
        RulePlan(rule={"off": 1}), stall_id=sku.product.stall_id, by_id=None, at=OPENING
    )
    key = f"o{offer.id}"

    assert find_promotion(key, at=OPENING, stall_ids=[sku.product.stall_id + 1]) is None
    assert find_promotion(key, at=OPENING, stall_ids=[sku.product.stall_id]) is not None


@pytest.mark.parametrize("key", ["", "p", "q1", "p-1", "p1x", "p" + "9" * 30, "p²"])
def test_what_is_no_key_finds_nothing(db, key):
    assert find_promotion(key, at=OPENING) is None


def test_handout_gives_everybody_one_however_often_the_worker_starts(festival):
    coupon = make_coupon(festival, per_buyer_max=5)
    people = [make_user(f"khach-{number}").id for number in range(3)]
    handout = start_handout(coupon_id=coupon.id, user_ids=people, by_id=None, at=OPENING)

    for _ in range(3):
        assert not continue_handout(handout_id=handout.id, at=OPENING)

    handout.refresh_from_db()
    assert (handout.done, handout.given, handout.finished_at) == (3, 3, OPENING)
    assert sorted(WalletCoupon.objects.values_list("user_id", flat=True)) == sorted(people)


def test_handout_goes_in_batches_and_stops_at_the_last_coupon(festival, django_user_model):
    django_user_model.objects.bulk_create(
        django_user_model(username=f"khach-{number}") for number in range(BATCH_PEOPLE + 1)
    )
    people = list(django_user_model.objects.values_list("id", flat=True))
    coupon = make_coupon(festival, count_max=7)
    handout = start_handout(coupon_id=coupon.id, user_ids=people, by_id=None, at=OPENING)

    assert continue_handout(handout_id=handout.id, at=OPENING)
    assert not continue_handout(handout_id=handout.id, at=OPENING)
    handout.refresh_from_db()
    assert (handout.done, handout.given) == (BATCH_PEOPLE + 1, 7)


def test_people_are_found_by_name_and_unknown_names_are_told(db):
    hoa = make_user("hoa")

    assert find_people([" hoa ", "HOA", "ai-do", ""]) == ([hoa.id], ["ai-do"])
