"""Goods and prices by file, and tables that go out and come back."""

import io
from datetime import UTC, date, datetime

import pytest
from tests.apps.exchange_files import (
    ENDS,
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
from tests.factories import OPENING, make_sku, make_stall, make_user

from chophien.apps.catalog.models import ListPriceChange, Product, Sku
from chophien.apps.catalog.selectors import search_goods
from chophien.apps.catalog.services import index_product
from chophien.apps.exchange.exporting import write_csv, write_workbook
from chophien.apps.exchange.live_rows import list_live_rows
from chophien.apps.exchange.models import Import
from chophien.apps.exchange.services import (
    find_orphans,
    resume,
    stop,
    throw_away_old,
    work_on,
)
from chophien.apps.festivals.models import Festival
from chophien.apps.inventory.models import Stock
from chophien.apps.promotions.models import OfferedPrice
from chophien.domain.tables.columns import TableKind

GOODS = [
    "Mã sản phẩm", "Mã hàng", "Tên tiếng Việt", "Hình", "Tỉnh (trước 2025)", "Đơn vị tiếng Việt",
    "Giá niêm yết", "Tổng số đã nhập", "Trạng thái", "Nhãn",
]  # fmt: skip
HONEY = [
    "mat-ong", "mat-ong-500", "Mật ong rừng", "honey-jar", "Đắk Lắk", "hũ 500 g", "199.000", 40,
    "đang bán", "mat-ong; rung",
]  # fmt: skip
HONEY_SMALL = ["mat-ong", "mat-ong-200", "", "", "", "hũ 200 g", "89.000", 10, "", ""]


def take(kind, stall, form, language):
    rows = list_live_rows(kind, stall_id=stall.id)
    if form == "csv":
        return "".join(write_csv(kind, rows, language)).encode()
    return b"".join(write_workbook(kind, rows, language))


def test_new_goods_come_in_with_price_history_stock_and_search_words(festival):
    stall = make_stall()

    run = read(write_file(GOODS, HONEY, HONEY_SMALL), kind="goods", stall=stall)
    assert (list_faults(run), count(run)) == ([], (2, 0, 0, 0))
    apply(run)

    product = Product.objects.get(slug="mat-ong")
    assert (product.stall_id, product.name_vi, product.state) == (
        stall.id,
        "Mật ong rừng",
        "published",
    )
    assert (product.former_province.slug, product.tags) == ("dak-lak", ["mat-ong", "rung"])
    large, small = product.skus.all()
    assert [(large.code, large.position), (small.code, small.position)] == [
        ("mat-ong-500", 0), ("mat-ong-200", 1),
    ]  # fmt: skip
    assert Stock.objects.get(sku=small).free == 10
    assert ListPriceChange.objects.get(sku=large).list_price_minor == 199_000
    assert list(search_goods("mat ong dak lak")) == [product]
    before = Product.objects.get(id=product.id).search
    index_product(product)
    assert Product.objects.get(id=product.id).search == before


def test_the_same_goods_again_change_nothing(festival):
    stall = make_stall()
    content = write_file(GOODS, HONEY, HONEY_SMALL)
    apply(read(content, kind="goods", stall=stall))

    again = read(content, kind="goods", stall=stall)

    assert count(again) == (0, 0, 2, 0)


def test_units_brought_are_counted_in_all_so_that_sales_between_do_not_matter(festival):
    stall = make_stall()
    apply(read(write_file(GOODS, HONEY), kind="goods", stall=stall))
    Stock.objects.update(free=25, sold=15)

    apply(read(write_file(GOODS, [*HONEY[:7], 60, *HONEY[8:]]), kind="goods", stall=stall))
    short = read(write_file(GOODS, [*HONEY[:7], 14, *HONEY[8:]]), kind="goods", stall=stall)

    stock = Stock.objects.get()
    assert (stock.on_hand, stock.free, stock.sold) == (60, 45, 15)
    assert list_faults(short) == [(2, "on_hand", "too_small", "15")]


def test_goods_of_others_are_not_touched(festival):
    theirs = make_sku(make_stall("gian-hai"))
    mine = make_stall()
    rows = [
        [theirs.product.slug, "moi", *HONEY[2:]],
        ["moi", theirs.code, *HONEY[2:]],
    ]

    run = read(write_file(GOODS, *rows), kind="goods", stall=mine)

    assert list_faults(run) == [(2, "product", "not_yours", ""), (3, "sku", "not_yours", "")]


@pytest.mark.parametrize(
    ("label", "fields", "column", "cell"),
    [
        ("goods that the organiser took down", {"state": "withdrawn"}, "Trạng thái", "đang bán"),
        (
            "another kind of banned goods",
            {"promotion_ban": "alcohol"},
            "Cấm khuyến mãi",
            "thuốc lá",
        ),
    ],
)
def test_a_seller_does_not_undo_what_the_organiser_did(festival, label, fields, column, cell):
    stall = make_stall()
    sku = make_sku(stall)
    Product.objects.filter(id=sku.product_id).update(**fields)
    content = write_file(["product", "sku", column], [sku.product.slug, sku.code, cell])

    refused = read(content, kind="goods", stall=stall)
    allowed = read(content, kind="goods")

    assert [fault[2] for fault in list_faults(refused)] == ["organiser_only"], label
    assert count(allowed) == (0, 1, 0, 0)


def test_rows_of_one_product_that_contradict_each_other_are_refused(festival):
    other = [*HONEY_SMALL[:2], "Mật ong hoa", *HONEY_SMALL[3:]]

    run = read(write_file(GOODS, HONEY, other), kind="goods", stall=make_stall())

    assert list_faults(run) == [(3, "name_vi", "differs_from_row", "2")]


def test_prices_change_where_a_cell_says_so_and_are_remembered(festival):
    stall = make_stall()
    honey, tea = make_sku(stall, price_minor=150_000), make_sku(stall, price_minor=90_000)
    heading = ["商品编码", "标价", "底价", "成本价"]

    run = read(
        write_file(
            heading,
            [honey.code, "160,000", "", 80_000],
            [tea.code, 90_000, "", ""],
            ["x", 1, "", ""],
        ),
        kind="prices",
        stall=stall,
    )

    assert (count(run), list_faults(run)) == ((0, 1, 1, 1), [(4, "sku", "unknown", "")])
    apply(run, leaves_faulty=True)
    honey.refresh_from_db()
    assert (honey.list_price_minor, honey.floor_price_minor, honey.cost_price_minor) == (
        160_000, 0, 80_000,
    )  # fmt: skip
    change = ListPriceChange.objects.get()
    assert (change.sku_id, change.list_price_minor, change.changed_at) == (
        honey.id,
        160_000,
        OPENING,
    )


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_every_table_that_goes_out_comes_back_the_same(festival, form, language):
    Festival.objects.update(ends_at=datetime(2042, 1, 1, tzinfo=UTC))  # on when the rows hold
    stall = make_stall()
    heading = [*GOODS, "Hàng tươi sống", "Số sao OCOP", "OCOP hết hạn", "Giới thiệu tiếng Việt"]
    apply(
        read(
            write_file(
                heading,
                [*HONEY, "không", 4, "31/12/2030", '=Ngọt, "thơm"\nvà mới'],
                [*HONEY_SMALL, "", "", "", ""],
            ),
            kind="goods",
            stall=stall,
        )
    )
    honey = Sku.objects.get(code="mat-ong-500")
    heading = [
        *SALE_HEADING,
        "allotment",
        "threshold",
        "off",
        "percent",
        "count",
        "festival",
        "tags",
    ]
    rows = [
        [*sale("-A", honey, 120_000), "", "", "", "", "", "", ""],
        ["B", "flash", honey.code, 110_000, STARTS, ENDS, 5, "", "", "", "", festival.slug, ""],
        ["C", "spend_save", "", "", "", "", "", 300_000, 30_000, "", "", "", "mat-ong"],
        ["D", "coupon", honey.code, "", "", ENDS, "", "", "", 12.5, 10, festival.slug, ""],
    ]
    apply(read(write_file(heading, *rows), stall=stall))
    OfferedPrice.objects.create(
        sku=honey,
        kind="sale",
        unit_minor=130_000,
        starts_at=OPENING,
        ends_at=OPENING.replace(year=2027),
    )

    counts = {
        kind: count(
            read(take(kind, stall, form, language), kind=kind, stall=stall, name=f"bang.{form}")
        )
        for kind in TableKind
    }

    assert counts == {
        TableKind.GOODS: (0, 0, 2, 0),
        TableKind.PRICES: (0, 0, 2, 0),
        TableKind.PROMOTIONS: (0, 0, 5, 0),
    }
    assert Product.objects.get().ocop_expires_on == date(2030, 12, 31)


@pytest.mark.parametrize(
    ("label", "separator", "encoding"),
    [
        ("plain", ",", "utf-8"),
        ("with a byte order mark", ";", "utf-8-sig"),
        ("tabs, as a spreadsheet saves Unicode text", "\t", "utf-16"),
        ("without a mark", ",", "utf-16-le"),
    ],
)
def test_files_of_every_spreadsheet_are_read(festival, label, separator, encoding):
    honey = make_sku(make_stall())
    content = write_file(
        ["Mã khuyến mãi", "Loại", "Mã hàng", "Giá bán", "Bắt đầu", "Kết thúc"],
        ["Mùa Tết", "Giảm giá", honey.code, "120.000 ₫", "12/11/2040 08:00", ENDS],
        separator=separator,
        encoding=encoding,
    )

    run = read(content)

    assert (list_faults(run), count(run)) == ([], (1, 0, 0, 0)), label


def test_stopped_while_reading_it_goes_on_behind_the_last_batch(festival, monkeypatch):
    monkeypatch.setattr("chophien.apps.exchange.staging.BATCH_ROWS", 3)
    honey = make_sku(make_stall())
    rows = [sale(f"R{number}", honey, 120_000 + number) for number in range(10)]
    run_id = bring(write_file(SALE_HEADING, *rows))
    kept = []

    def stop_after_two(*args, **fields):
        kept.append(real(*args, **fields))
        if len(kept) == 2:
            stop(run_id=run_id)
        return kept[-1]

    from chophien.apps.exchange import staging

    real = staging._keep
    monkeypatch.setattr(staging, "_keep", stop_after_two)
    assert work_on(run_id, read_clock=lambda: OPENING) == "stopped"
    assert Import.objects.get(id=run_id).rows_read == 7
    assert resume(run_id=run_id, at=OPENING)

    assert work_on(run_id, read_clock=lambda: OPENING) == "checked"
    assert kept == [True, True, False, True, True]
    assert count(Import.objects.get(id=run_id)) == (10, 0, 0, 0)


def test_a_run_whose_worker_is_silent_is_found_once(festival):
    honey = make_sku(make_stall())
    run_id = bring(write_file(SALE_HEADING, sale("A", honey, 120_000)))
    later = OPENING.replace(minute=1)

    assert find_orphans(at=OPENING) == []
    assert find_orphans(at=later) == [run_id]
    assert find_orphans(at=later) == []


def test_files_are_thrown_away_when_they_were_kept_long_enough(festival):
    honey = make_sku(make_stall())
    run = read(write_file(SALE_HEADING, sale("A", honey, 120_000)))
    Import.objects.update(beat_at=OPENING)

    assert throw_away_old(at=OPENING.replace(month=12)) == 0
    assert throw_away_old(at=OPENING.replace(month=12, day=31)) == 1

    run.refresh_from_db()
    assert (run.state, run.problem, run.parts.count()) == ("failed", "too_old", 0)


def test_a_file_beyond_the_bound_leaves_nothing(festival, monkeypatch):
    from chophien.apps.exchange.services import TooLarge, Upload, begin_import

    monkeypatch.setattr("chophien.apps.exchange.services.IMPORT_BYTES_MAX", 10)
    user = make_user()

    outcome = begin_import(
        Upload(
            kind="goods",
            file_name="a.csv",
            chunks=[b"12345678", b"90ab"],
            stall_id=None,
            by_id=user.id,
        ),
        at=OPENING,
    )

    assert outcome == TooLarge(bytes_max=10)
    assert not Import.objects.exists()


def test_a_workbook_of_nothing_but_zeros_is_no_workbook(festival):
    run = read(io.BytesIO(b"PK\x03\x04" + bytes(100)).getvalue(), name="bang.xlsx")

    assert (run.state, run.problem) == ("failed", "workbook")
