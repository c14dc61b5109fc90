"""Everything is killed in the middle of two hundred purchases; no confirmed order is missing."""

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.journeys.fair import RunningFair, run_fair

BUYERS = 200
KILL_AFTER_ORDERS = 60
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')

LAW = """
SELECT count(*) FROM inventory_stock s
LEFT JOIN (SELECT sku_id, sum(quantity) FILTER (WHERE state = 'held') AS held,
                  sum(quantity) FILTER (WHERE state = 'committed') AS sold
           FROM inventory_hold GROUP BY sku_id) h USING (sku_id)
WHERE s.on_hand <> s.free + s.set_aside + s.held + s.sold
   OR least(s.free, s.set_aside, s.held, s.sold) < 0
   OR s.held <> coalesce(h.held, 0) OR s.sold <> coalesce(h.sold, 0)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="cp-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def find_missing(fair: RunningFair, tokens: list[str]) -> list[str]:
    """Confirmed orders that the database does not have whole."""
    rows = fair.query(
        """
        SELECT o.token FROM orders_order o
        WHERE o.token = ANY(%s)
          AND o.due_minor = (SELECT sum(p.due_minor) FROM orders_stallorder p WHERE p.order_id = o.id)
          AND NOT EXISTS (
              SELECT 1 FROM orders_stallorder p LEFT JOIN payments_payment y ON y.stall_order_id = p.id
              LEFT JOIN inventory_hold h ON h.stall_order = p.id
              WHERE p.order_id = o.id AND (y.id IS NULL OR h.id IS NULL))
        """,
        tokens,
    )
    return sorted(set(tokens) - {token for (token,) in rows})


async def buy(url: str, sku_id: int, confirmed: list[str]) -> None:
    """One purchase up to the confirmed order; whatever fails on the way is nobody's order."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        try:
            await client.get("/cart/")
            await send(client, "/cart/add/", {"sku": str(sku_id), "quantity": "1"})
            page = await client.get("/checkout/")
            form = dict(HIDDEN.findall(page.text)) | {
                "recipient": "Trần Thị Bưởi", "phone": "0901234567", "province": "1",
                "ward": "Phường Một", "street": "1 Lê Lợi", "method": "vietqr",
            }  # fmt: skip
            answer = await send(client, "/checkout/", form)
        except httpx.HTTPError:
            return
        found = re.fullmatch(r"/orders/(\w+)/", answer.headers.get("location", ""))
        if found is not None:
            confirmed.append(found.group(1))


async def send(client: httpx.AsyncClient, path: str, form: dict[str, str]) -> httpx.Response:
    token = client.cookies.get("csrftoken", "")
    return await client.post(path, data=form | {"csrfmiddlewaretoken": token})


async def rush(fair: RunningFair, sku_ids: list[int], confirmed: list[str]) -> None:
    """All buyers at once; everything is killed while most are still at it."""

    async def kill_in_the_middle() -> None:
        deadline = time.monotonic() + 60
        while len(confirmed) < KILL_AFTER_ORDERS and time.monotonic() < deadline:  # noqa: ASYNC110 - many tasks count
            await asyncio.sleep(0.005)
        fair.kill()

    async with asyncio.TaskGroup() as tasks:
        for number in range(BUYERS):
            tasks.create_task(buy(fair.url, sku_ids[number % len(sku_ids)], confirmed))
        tasks.create_task(kill_in_the_middle())


@pytest.mark.slow
def test_no_confirmed_order_is_missing_after_everything_was_killed(folder: Path) -> None:
    confirmed: list[str] = []
    with run_fair(folder, video=(72, 128)) as fair:
        rows = fair.query("SELECT sku_id FROM inventory_stock ORDER BY free DESC LIMIT 7")
        asyncio.run(rush(fair, [sku_id for (sku_id,) in rows], confirmed))
    assert KILL_AFTER_ORDERS <= len(confirmed) < BUYERS  # really in the middle

    with run_fair(folder, video=(72, 128)) as again:
        assert find_missing(again, confirmed) == []
        assert again.query(LAW) == [(0,)]
        # The negative control: an order that was never written is noticed as missing.
        assert find_missing(again, [*confirmed, "never"]) == ["never"]
