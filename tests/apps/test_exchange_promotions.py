"""Promotions by file: what is read, what is refused, what comes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from tests.apps.exchange_files import (
    ENDS,
    LATER,
    SALE_HEADING,
    STARTS,
    apply,
    bring,
    count,
    list_faults,
    read,
    sale,
    write_file,
)
from tests.factories import OPENING, make_festival, make_price, make_sku, make_stall

from chophien.apps.catalog.models import ListPriceChange
from chophien.apps.exchange.checking import judge
from chophien.apps.exchange.models import Import
from chophien.apps.exchange.staging import read_on
from chophien.apps.inventory.models import Stock
from chophien.apps.promotions.documents import offer_document
from chophien.apps.promotions.models import Coupon, Offer, OfferedPrice
from chophien.apps.promotions.planning import PricePlan, plan_price
from chophien.domain.law import (
    Ban,
    BelowFloor,
    CapBroken,
    Goods,
    GoodsBanned,
    NotCheaper,
    Programme,
    judge_price,
    lowest_lawful_price,
)

FLASH_HEADING = [*SALE_HEADING, "allotment", "per_buyer"]


def flash(code, sku, unit, allotment, per_buyer=""):
    return [code, "flash", sku.code, unit, STARTS, ENDS, allotment, per_buyer]


def test_a_file_of_prices_is_previewed_and_then_applied(festival):
    stall = make_stall()
    honey, tea = make_sku(stall), make_sku(stall)

    run = read(write_file(SALE_HEADING, sale("A", honey, "120.000"), sale("B", tea, "99,000 đ")))

    assert (run.state, count(run), list_faults(run)) == ("checked", (2, 0, 0, 0), [])
    assert OfferedPrice.objects.count() == 0
    done = apply(run)
    assert done.state == "done"
    prices = OfferedPrice.objects.order_by("id").values_list("code", "sku", "unit_minor", "kind")
    assert list(prices) == [("A", honey.id, 120_000, "sale"), ("B", tea.id, 99_000, "sale")]
    price = OfferedPrice.objects.get(code="A")
    assert price.starts_at == datetime(2040, 11, 12, 1, 0, tzinfo=UTC)
    assert price.made_by_id == run.made_by_id


def test_the_same_file_again_changes_nothing(festival):
    honey = make_sku(make_stall())
    content = write_file(SALE_HEADING, sale("A", honey, 120_000))
    apply(read(content))

    again = read(content)

    assert count(again) == (0, 0, 1, 0)
    assert OfferedPrice.objects.count() == 1


def test_a_row_found_by_its_code_changes_the_price(festival):
    honey = make_sku(make_stall())
    apply(read(write_file(SALE_HEADING, sale("A", honey, 120_000))))

    run = read(write_file(SALE_HEADING, sale("A", honey, 110_000)))

    assert count(run) == (0, 1, 0, 0)
    assert run.samples["changed"][0]["changes"] == [["unit", "120000", "110000"]]
    apply(run)
    assert OfferedPrice.objects.get().unit_minor == 110_000


def test_a_price_that_has_started_is_never_rewritten(festival):
    honey = make_sku(make_stall())
    apply(read(write_file(SALE_HEADING, sale("A", honey, 120_000))))
    at = datetime(2040, 11, 13, tzinfo=UTC)

    run = read(write_file(SALE_HEADING, sale("A", honey, 110_000)), at=at)
    same = read(write_file(SALE_HEADING, sale("A", honey, 120_000)), at=at)

    assert list_faults(run) == [(2, "code", "started", "")]
    assert count(same) == (0, 0, 1, 0)


def test_every_fault_is_named_by_row_and_column(festival):
    stall, other = make_stall(), make_stall("gian-hai")
    honey, beer = make_sku(stall), make_sku(stall, promotion_ban="alcohol")
    theirs = make_sku(other)
    heading = [*SALE_HEADING, "min_qty", "off"]

    run = read(
        write_file(
            heading,
            [*sale("A", honey, "rẻ"), "", ""],
            [*sale("", honey, 120_000), "", ""],
            ["C", "sale", "nobody", 120_000, STARTS, ENDS, "", ""],
            [*sale("D", theirs, 120_000), "", ""],
            [*sale("E", beer, 120_000), "", ""],
            [*sale("F", honey, 74_999), "", ""],
            [*sale("G", honey, 150_000), "", ""],
            [*sale("H", honey, 120_000, starts=ENDS, ends=STARTS), "", ""],
            [*sale("I", honey, 120_000, starts="2026-11-01"), "", ""],
            [*sale("J", honey, 120_000), 3, 5_000],
            [*sale("K", honey, 120_000), "", ""],
            [*sale("K", honey, 110_000), "", ""],
            ["L", "lô", honey.code, 1, STARTS, ENDS, "", ""],
            ["M", "tier", honey.code, 120_000, STARTS, ENDS, "", ""],
        ),
        stall=stall,
    )

    assert [fault[:3] for fault in list_faults(run)] == [
        (2, "unit", "not_money"),
        (3, "code", "missing"),
        (4, "skus", "unknown"),
        (5, "skus", "unknown"),
        (6, "unit", "banned"),
        (7, "unit", "cap_broken"),
        (8, "unit", "not_cheaper"),
        (9, "ends", "ends_first"),
        (10, "starts", "in_the_past"),
        (11, "min_qty", "other_kind"),
        (11, "off", "other_kind"),
        (13, "code", "row_twice"),
        (14, "kind", "not_choice"),
        (15, "min_qty", "needed_for_kind"),
    ]
    assert (7, "unit", "cap_broken", "75000") in list_faults(run)
    assert count(run) == (1, 0, 0, 13)


@pytest.mark.parametrize(
    ("case", "starts", "ends", "reasons"),
    [
        ("within the festival", STARTS, ENDS, []),
        ("longer than the festival", STARTS, "2042-01-01 07:01", ["outside_festival"]),
    ],
)
def test_cap_of_a_festival_is_lent_to_prices_within_it_only(db, case, starts, ends, reasons):
    festival = make_long_festival()
    honey = make_sku(make_stall(), price_minor=150_000)
    row = [*sale("A", honey, 30_000, starts=starts, ends=ends), festival.slug]

    run = read(write_file([*SALE_HEADING, "festival"], row), stall=honey.product.stall)

    assert [fault[2] for fault in list_faults(run)] == reasons, case


def test_good_rows_go_in_without_the_faulty_ones_only_when_told(festival):
    honey = make_sku(make_stall())
    run = read(write_file(SALE_HEADING, sale("A", honey, 120_000), sale("B", honey, 1)))

    with pytest.raises(AssertionError, match="faults in the way"):
        apply(run)
    apply(run, leaves_faulty=True)

    assert [price.code for price in OfferedPrice.objects.all()] == ["A"]


def test_flash_prices_take_their_units_out_of_free_sale(festival):
    honey = make_sku(make_stall(), units=10)

    run = read(write_file(FLASH_HEADING, flash("A", honey, 100_000, 6, 2)))
    apply(run)

    stock = Stock.objects.get(sku=honey)
    assert (stock.on_hand, stock.free, stock.set_aside) == (10, 4, 6)
    again = read(write_file(FLASH_HEADING, flash("A", honey, 100_000, 9, 2)))
    assert count(again) == (0, 1, 0, 0)
    apply(again)
    assert Stock.objects.get(sku=honey).free == 1


def test_rows_that_together_want_more_units_than_are_free_are_refused_in_order(festival):
    honey = make_sku(make_stall(), units=10)

    run = read(
        write_file(FLASH_HEADING, flash("A", honey, 100_000, 6), flash("B", honey, 90_000, 5))
    )

    assert list_faults(run) == [(3, "allotment", "too_few_units", "4")]


def test_days_of_discount_are_counted_as_one_by_one(festival):
    honey = make_sku(make_stall())
    rows = [
        sale(
            f"T{month}",
            honey,
            120_000,
            starts=f"2027-{month:02}-01",
            ends=f"2027-{month + 1:02}-01",
        )
        for month in range(1, 6)
    ]

    run = read(write_file(SALE_HEADING, *rows))

    assert list_faults(run) == [(6, "ends", "days_used_up", "")]
    for month in range(1, 5):
        plan = PricePlan(
            sku_id=honey.id, kind="sale", unit_minor=120_000,
            starts_at=datetime(2027, month, 1, tzinfo=UTC) - timedelta(hours=7),
            ends_at=datetime(2027, month + 1, 1, tzinfo=UTC) - timedelta(hours=7),
        )  # fmt: skip
        assert isinstance(plan_price(plan, by_id=None, at=OPENING), OfferedPrice)
    last = read(write_file(SALE_HEADING, rows[4]))
    assert list_faults(last) == [(2, "ends", "days_used_up", "")]


def make_long_festival():
    """One that is still on when the rows of these tests hold."""
    return make_festival(slug="phien-dai", ends_at=datetime(2042, 1, 1, tzinfo=UTC))


def test_a_concentrated_programme_lifts_cap_and_days(db):
    festival = make_long_festival()
    honey = make_sku(make_stall())

    run = read(
        write_file(
            [*SALE_HEADING, "festival"],
            [*sale("A", honey, 1_000, ends="2041-10-01"), festival.slug],
            [*sale("B", honey, 1_000), "khong-co"],
        )
    )

    assert list_faults(run) == [(3, "festival", "unknown", "")]


def test_a_price_under_way_is_measured_against_what_was_before_it(festival):
    honey = make_sku(make_stall(), price_minor=150_000)
    make_price(honey, unit_minor=100_000)

    run = read(write_file(SALE_HEADING, sale("A", honey, 75_000), sale("B", honey, 74_000)))

    assert list_faults(run) == [(3, "unit", "cap_broken", "75000")]


def test_the_price_just_before_is_the_one_that_pages_read(festival):
    honey = make_sku(make_stall(), price_minor=170_000)
    days = [OPENING - timedelta(days=number) for number in range(40)]
    for ago, minor in ((39, 100_000), (20, 140_000), (6, 170_000)):
        ListPriceChange.objects.create(sku=honey, list_price_minor=minor, changed_at=days[ago])
    for ago, last in ((30, 3), (10, 9), (2, 30), (None, 1)):
        OfferedPrice.objects.create(
            sku=honey, kind="sale", unit_minor=90_000, ends_at=OPENING + timedelta(days=last),
            starts_at=None if ago is None else days[ago],
        )  # fmt: skip
    begins = [OPENING + timedelta(days=number, hours=1) for number in (0, 1, 2, 4, 8, 10, 29, 31)]
    rows = [
        sale(f"R{at.day}-{at.month}", honey, 99_000, starts=at.isoformat(), ends="2030-01-01")
        for at in begins
    ]
    run = Import.objects.get(id=bring(write_file([*SALE_HEADING], *rows)))
    read_on(run.pk)

    judge(run, at=OPENING)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reference_minor, reference_price(sku_id, starts_at)"
            " FROM exchange_judged ORDER BY row_number"
        )
        found = cursor.fetchall()
    assert [ours for ours, _ in found] == [theirs for _, theirs in found]
    assert {ours for ours, _ in found} == {100_000, 140_000, 170_000}


def test_offers_and_coupons_come_in_as_rules(festival):
    stall = make_stall()
    honey = make_sku(stall)
    heading = [
        "Mã khuyến mãi", "Loại", "Mã hàng", "Đơn từ", "Giảm tiền", "Giảm %", "Giảm tối đa", "Lặp lại",
        "Giá combo", "Ngân sách", "Số phiếu", "Lễ hội", "Bắt đầu", "Kết thúc",
    ]  # fmt: skip
    content = write_file(
        heading,
        [
            "S",
            "mua nhiều giảm nhiều",
            "",
            "300.000",
            "30.000",
            "",
            "",
            "có",
            "",
            "1.000.000",
            "",
            "",
            "",
            ENDS,
        ],
        ["B", "combo", f"{honey.code} x2", "", "", "", "", "", "250.000", "", "", "", STARTS, ENDS],
        ["C", "coupon", "", "", "", "10%", "20000", "", "", "", "500", festival.slug, "", ""],
    )

    run = read(content, stall=stall)

    assert (list_faults(run), count(run)) == ([], (3, 0, 0, 0))
    apply(run)
    saving, bundle = Offer.objects.order_by("id")
    assert saving.rule == {"threshold": 300_000, "off": 30_000, "repeat": True}
    assert (bundle.rule, bundle.sku_ids) == (
        {"price": 250_000, "skus": {honey.code: 2}},
        [honey.id],
    )
    assert offer_document(saving, seller=stall.slug)["threshold"] == 300_000
    coupon = Coupon.objects.get()
    assert coupon.rule == {"percent_bps": 1_000, "max_off": 20_000}
    assert (coupon.issuer, coupon.stall_id, coupon.count_max) == ("seller", stall.id, 500)
    assert count(read(content, stall=stall)) == (0, 0, 3, 0)


def test_rules_that_are_none_or_not_ones_own_are_refused(festival):
    stall, other = make_stall(), make_stall("gian-hai")
    theirs, beer = make_sku(other), make_sku(stall, promotion_ban="alcohol")
    heading = [
        "code",
        "kind",
        "skus",
        "threshold",
        "off",
        "percent",
        "n",
        "price",
        "count",
        "festival",
    ]

    run = read(
        write_file(
            heading,
            ["A", "spend_save", "", 1, 1, 10, "", "", "", ""],
            ["B", "nth_unit", theirs.code, "", "", 50, 2, "", "", ""],
            ["C", "nth_unit", beer.code, "", "", 50, 2, "", "", ""],
            ["D", "red_packet", "", "", 5_000, "", "", "", 10, festival.slug],
            ["E", "bundle", "", "", "", "", "", 5_000, "", ""],
        ),
        stall=stall,
    )

    assert [fault[:3] for fault in list_faults(run)] == [
        (2, "kind", "bad_rule"),
        (3, "skus", "unknown"),
        (4, "skus", "banned"),
        (5, "kind", "organiser_only"),
        (6, "skus", "needed_for_kind"),
    ]


def test_what_changed_since_the_preview_is_shown_before_anything_is_applied(festival):
    honey = make_sku(make_stall(), units=10)
    run = read(write_file(FLASH_HEADING, flash("A", honey, 100_000, 6)))
    Stock.objects.filter(sku=honey).update(free=2, held=8)

    shown = apply(run)

    assert (shown.state, shown.is_moved, count(shown)) == ("checked", True, (0, 0, 0, 1))
    assert OfferedPrice.objects.count() == 0


def test_a_start_left_empty_is_the_moment_of_applying(festival):
    honey = make_sku(make_stall())
    content = write_file(SALE_HEADING, sale("A", honey, 120_000, starts="", ends="2026-11-20"))

    apply(read(content), at=LATER)

    assert OfferedPrice.objects.get().starts_at == LATER
    assert count(read(content, at=LATER + timedelta(hours=2))) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("label", "content", "problem"),
    [
        ("nothing", b"\n\n", "empty"),
        ("no heading for the sku's code", b"kind,unit\nsale,1\n", "headings"),
        ("a heading nobody knows", b"code,kind,weight\nA,sale,3\n", "headings"),
        ("bytes of no encoding", b"code,kind\n\xff\xfe\xfa,sale\n", "encoding"),
        ("a quotation without end", b'code,kind\n"A,sale\n', "quotation"),
    ],
)
def test_a_file_that_is_no_table_fails_with_the_reason(festival, label, content, problem):
    run = read(content)

    assert (run.state, run.problem) == ("failed", problem), label


prices = st.tuples(
    st.integers(1, 400_000),
    st.builds(
        Goods,
        reference_minor=st.integers(1, 300_000),
        floor_minor=st.sampled_from([0, 50_000, 120_001]),
        is_fresh=st.booleans(),
        ban=st.sampled_from([None, *Ban]),
    ),
    st.sampled_from([0, 1, 3_333, 5_000, 9_999, 10_000]),
)
WORDS = {
    GoodsBanned: "banned",
    CapBroken: "cap_broken",
    BelowFloor: "below_floor",
    NotCheaper: "not_cheaper",
}


@given(case=prices)
def test_the_law_in_sql_is_the_law_of_the_domain(django_db_setup, django_db_blocker, case):
    unit, goods, cap = case
    asked = [goods.reference_minor, goods.is_fresh, cap]

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT judge_price(%s, %s, %s, %s, %s, %s), lowest_lawful_price(%s, %s, %s)",
            [unit, asked[0], goods.floor_minor, asked[1], goods.ban or "", cap, *asked],
        )
        judged, lowest = cursor.fetchone()

    programme = Programme(cap_bps=cap)
    breach = judge_price(unit, goods, programme)
    assert judged == (None if breach is None else WORDS[type(breach)])
    if goods.ban is None:
        assert lowest == lowest_lawful_price(goods, programme)


def test_two_runs_of_one_stall_are_both_kept(festival):
    honey = make_sku(make_stall())
    first = read(write_file(SALE_HEADING, sale("A", honey, 120_000)))
    second = read(write_file(SALE_HEADING, sale("A", honey, 110_000)))

    apply(first)
    shown = apply(second)

    assert (shown.state, shown.is_moved) == ("checked", True)
    assert Import.objects.count() == 2
