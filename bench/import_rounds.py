"""The rounds of `make bench-exchange`, on a database that stands."""

import csv
import json
import resource
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from chophien.apps.catalog.models import Sku
from chophien.apps.exchange.models import Import
from chophien.apps.exchange.services import (
    Begun,
    Upload,
    begin_import,
    start_applying,
    work_on,
)
from chophien.apps.promotions.models import OfferedPrice
from chophien.apps.promotions.planning import PricePlan, plan_price

ROWS_FOR_EACH_SKU = 20
NAIVE_ROWS = 1_500
WINDOW_DAYS = 5
FIRST_DAY = 30
PRICE = 200_000
MB = 1_000_000


def collect(home: Path, *, rows: int, rounds: int) -> dict[str, float]:
    call_command("migrate", verbosity=0, interactive=False)
    sku_count = -(-rows // ROWS_FOR_EACH_SKU)
    make_skus(sku_count)
    file = home / "promotions.csv"
    write_rows(file, rows)
    figures: dict[str, float] = {
        "rows": rows,
        "skus": sku_count,
        "file_mb": round(file.stat().st_size / MB, 1),
        "rounds": rounds,
        "naive_rows": NAIVE_ROWS,
        "naive_rows_per_s": round(run_naive()),
    }
    found = [run_import(file, rows) for _ in range(rounds)]
    for key in found[0]:
        values = [each[key] for each in found]
        if key == "rss_mb_max":
            figures[key] = max(values)
            continue
        is_rate = key.endswith("_per_s")
        figures[key] = max(values) if is_rate else min(values)
        figures[f"{key}_median"] = round(statistics.median(values), 2)
    return figures


def make_skus(count: int) -> None:
    """A stall with so many products of one sku each, with stock and price history."""

    statements = (
        """
        INSERT INTO accounts_user (id, username, password, is_superuser, is_staff, is_active,
            first_name, last_name, email, date_joined, phone, display_name)
        VALUES (1, 'bench', '', false, false, true, '', '', '', now(), '', '')
        """,
        """
        INSERT INTO sellers_stall (id, slug, name_vi, name_en, name_zh, story_vi, story_en,
            story_zh, kind, state, former_province_id, bank_bin, bank_account, bank_holder,
            shipping_fee_minor)
        SELECT 1, 'bench', 'Bench', '', '', '', '', '', 'company', 'admitted', min(id), '970436',
            '1', 'BENCH', 0 FROM festivals_formerprovince
        """,
        """
        INSERT INTO catalog_product (slug, stall_id, former_province_id, name_vi, name_en, name_zh,
            story_vi, story_en, story_zh, picture, tags, is_fresh, promotion_ban, state)
        SELECT 'hang-' || n, 1, (SELECT min(id) FROM festivals_formerprovince), 'Hàng ' || n, '',
            '', '', '', '', 'honey-jar', '{}', false, '', 'published'
        FROM generate_series(1, %(count)s) AS n
        """,
        """
        INSERT INTO catalog_sku (product_id, code, position, unit_vi, unit_en, unit_zh,
            list_price_minor, floor_price_minor)
        SELECT id, slug, 0, 'hũ', '', '', %(price)s, 50000 FROM catalog_product
        """,
        """
        INSERT INTO catalog_listpricechange (sku_id, list_price_minor, changed_at)
        SELECT id, list_price_minor, now() - interval '90 days' FROM catalog_sku
        """,
        """
        INSERT INTO inventory_stock (sku_id, stall_id, on_hand, free, set_aside, held, sold)
        SELECT id, 1, 100, 100, 0, 0, 0 FROM catalog_sku
        """,
        "ANALYZE",
    )
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, {"count": count, "price": PRICE})


def read_clock() -> datetime:
    return datetime.now(tz=UTC)  # noqa: TID251 - a benchmark has the clock that there is


def window_of(turn: int) -> tuple[datetime, datetime]:
    """The days on which the sku's price of that turn holds; none meets another."""
    midnight = read_clock().replace(hour=17, minute=0, second=0, microsecond=0)
    starts_at = midnight + timedelta(days=FIRST_DAY + turn * (WINDOW_DAYS + 1))
    return starts_at, starts_at + timedelta(days=WINDOW_DAYS)


def write_rows(file: Path, rows: int) -> None:
    """Sale prices of every sku in twenty windows: 100 days of discount, 120 being allowed."""
    windows = [
        [f"{at + timedelta(hours=7):%Y-%m-%d %H:%M}" for at in window_of(turn)]
        for turn in range(ROWS_FOR_EACH_SKU)
    ]
    with file.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text)
        writer.writerow(["Mã khuyến mãi", "Loại", "Mã hàng", "Giá bán", "Bắt đầu", "Kết thúc"])
        for number in range(rows):
            turn, sku = divmod(number, -(-rows // ROWS_FOR_EACH_SKU))
            price = f"{110 + sku % 80}.{number % 1000:03}"
            writer.writerow(
                [f"KM-{number:07}", "giảm giá", f"hang-{sku + 1}", price, *windows[turn]]
            )


def run_naive() -> float:
    """Rows a second when each is planned as a page would."""

    sku_ids = list(Sku.objects.order_by("id").values_list("id", flat=True)[:NAIVE_ROWS])
    starts_at, ends_at = window_of(0)
    began_s = time.perf_counter()
    for number in range(NAIVE_ROWS):
        plan = PricePlan(
            sku_id=sku_ids[number % len(sku_ids)], kind="sale", unit_minor=110_000 + number % 80,
            starts_at=starts_at, ends_at=ends_at, code=f"N-{number}",
        )  # fmt: skip
        outcome = plan_price(plan, by_id=1, at=read_clock())
        assert isinstance(outcome, OfferedPrice), outcome
    rate = NAIVE_ROWS / (time.perf_counter() - began_s)
    empty()
    return rate


def run_import(file: Path, rows: int) -> dict[str, float]:
    """One round: upload, then a worker process that reads, checks and applies."""

    began_s = time.perf_counter()
    with file.open("rb") as content:
        chunks = iter(lambda: content.read(65_536), b"")
        outcome = begin_import(
            Upload(kind="promotions", file_name=file.name, chunks=chunks, stall_id=1, by_id=1),
            at=read_clock(),
        )
    upload_s = time.perf_counter() - began_s
    assert isinstance(outcome, Begun)
    command = [sys.executable, "-m", "bench.exchange", "--worker", str(outcome.run_id)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM promotions_offeredprice")
        assert cursor.fetchone() == (rows,), "every row of the file is a price"
    empty()
    seconds = upload_s + figures.pop("work_s")
    return {
        "upload_s": round(upload_s, 2),
        **figures,
        "import_s": round(seconds, 2),
        "import_rows_per_s": round(rows / seconds),
    }


def work(run_id: int) -> None:
    """The worker's part, in a process of its own; prints its figures."""

    began_s = time.perf_counter()
    assert work_on(run_id, read_clock=read_clock) == "checked"
    checked_s = time.perf_counter()
    run = Import.objects.get(id=run_id)
    assert not run.faulty_count, list(run.faults.values_list("row", "column", "reason")[:5])
    assert start_applying(run_id=run_id, by_id=1, leaves_faulty=False, at=read_clock())
    assert work_on(run_id, read_clock=read_clock) == "done"
    ended_s = time.perf_counter()
    run.refresh_from_db()
    rows = run.new_count
    figures: dict[str, Any] = {
        "work_s": ended_s - began_s,
        "read_s": run.read_ms / 1000,
        "check_s": run.check_ms / 1000,
        "apply_s": run.apply_ms / 1000,
        "read_and_check_rows_per_s": round(rows / (checked_s - began_s)),
        "apply_rows_per_s": round(rows / (ended_s - checked_s)),
        "rss_mb_max": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MB),
    }
    print(json.dumps(figures))


def empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE promotions_offeredprice, exchange_import CASCADE")
        cursor.execute("TRUNCATE exchange_staged_promotion")
