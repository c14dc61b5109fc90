"""Someone waits for the opening of a flash price, presses once, and has the order."""

import itertools
import re
from dataclasses import dataclass

import psycopg
import pytest
from playwright.sync_api import Page, Route, expect
from tests.journeys.fair import RunningFair
from tests.journeys.test_buying_journey import fill_address
from tests.journeys.test_presale_journey import sign_up

pytestmark = pytest.mark.browser

NUMBERS = itertools.count(1)
# Goods that nothing cheapens, of which half the price is lawful, and no programme with a budget.
FIND_QUIET = """
SELECT k.id, p.slug, p.stall_id FROM catalog_sku k
JOIN catalog_product p ON p.id = k.product_id JOIN inventory_stock s ON s.sku_id = k.id
WHERE s.free > 20 AND k.list_price_minor BETWEEN 50000 AND 80000 AND p.promotion_ban = ''
  AND (SELECT count(*) FROM catalog_sku o WHERE o.product_id = p.id) = 1
  AND NOT EXISTS (SELECT FROM promotions_offeredprice o WHERE o.sku_id = k.id)
  AND NOT EXISTS (SELECT FROM promotions_presale o WHERE o.sku_id = k.id)
  AND NOT EXISTS (SELECT FROM promotions_offer o WHERE o.stall_id = p.stall_id)
ORDER BY k.id LIMIT 1
"""
SET_ASIDE = """
UPDATE inventory_stock SET free = free - %(units)s, set_aside = set_aside + %(units)s
WHERE sku_id = %(sku)s
"""
OFFER = """
INSERT INTO promotions_offeredprice (sku_id, festival_id, code, kind, unit_minor, allotment, taken,
    per_buyer_max, starts_at, ends_at, is_exclusive)
SELECT %(sku)s, f.id, '', 'flash', 40000, %(units)s, 0, 2,
    now() + %(begins_s)s * interval '1 second', now() + interval '1 hour', false
FROM festivals_festival f ORDER BY f.id LIMIT 1
"""
ORDERS = """
SELECT o.token, o.idempotency_key::text, l.quantity, o.due_minor FROM orders_order o
JOIN orders_stallorder p ON p.order_id = o.id JOIN orders_orderline l ON l.stall_order_id = p.id
WHERE l.sku_id = %s
"""

PIN = """
WITH on_air AS (
    SELECT show.id FROM programme_show show JOIN programme_host host ON host.id = show.host_id
    WHERE host.is_ai AND starts_at <= now() AND ends_at > now()),
talked_of AS (
    UPDATE programme_segment SET sku_id = %(sku)s
    WHERE id = (SELECT min(id) FROM programme_segment WHERE show_id = (SELECT id FROM on_air))
)
UPDATE live_room SET pinned_id = %(sku)s WHERE show_id = (SELECT id FROM on_air) RETURNING show_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """A flash price of one sku, and its page."""

    sku_id: int
    stall_id: int
    page_url: str


def plan_drop(fair: RunningFair, *, begins_s: int = -60, units: int = 5) -> Drop:
    """A flash price of 40,000 đồng, two units for each buyer."""
    with psycopg.connect(fair.local.cluster.url) as connection:
        row = connection.execute(FIND_QUIET).fetchone()
        assert row is not None, "the demonstration has goods enough"
        sku_id, slug, stall_id = row
        values = {"sku": sku_id, "units": units, "begins_s": begins_s}
        connection.execute(SET_ASIDE, values)
        connection.execute(OFFER, values)
    return Drop(sku_id=sku_id, stall_id=stall_id, page_url=f"{fair.url}/goods/{slug}/")


def come_with_an_address(fair: RunningFair, page: Page, drop: Drop) -> None:
    """Sign up, type an address from the page of the goods, and be back there."""
    sign_up(fair, page, f"nhanh-{next(NUMBERS)}")
    page.goto(drop.page_url)
    page.locator("[data-buy-now] a[href*='/me/addresses/new/']").click()
    fill_address(page)
    page.locator("main form button.button--wide").click()
    page.wait_for_url(drop.page_url)


def go_button(page: Page):
    return page.locator("[data-buy-now] [data-go]")


def said(page: Page):
    return page.locator("[data-buy-now] [data-say]")


def test_press_at_the_opening_leads_to_the_order(fair: RunningFair, page: Page) -> None:
    drop = plan_drop(fair, begins_s=14)
    come_with_an_address(fair, page, drop)
    expect(go_button(page)).to_contain_text("Mở bán lúc")
    expect(go_button(page)).to_have_attribute("aria-disabled", "true")
    go_button(page).click(force=True)
    assert fair.query(ORDERS, drop.sku_id) == []

    expect(go_button(page)).to_have_attribute("aria-disabled", "false", timeout=20_000)
    go_button(page).click()

    page.wait_for_url("**/orders/**")
    ((token, _key, quantity, due_minor),) = fair.query(ORDERS, drop.sku_id)
    assert page.url.rstrip("/").endswith(token)
    assert quantity == 1
    shown = f"{due_minor:,}".replace(",", ".")
    expect(page.locator("main")).to_contain_text(re.compile(re.escape(shown)))


def test_who_comes_too_late_is_told_that_nothing_was_ordered(fair: RunningFair, page: Page) -> None:
    drop = plan_drop(fair, units=1)
    come_with_an_address(fair, page, drop)
    expect(go_button(page)).to_have_attribute("aria-disabled", "false")
    with psycopg.connect(fair.local.cluster.url) as connection:
        connection.execute(
            "UPDATE inventory_stock SET set_aside = set_aside - 1, sold = sold + 1 "
            "WHERE sku_id = %s",
            [drop.sku_id],
        )
        connection.execute(
            "UPDATE promotions_offeredprice SET taken = 1 WHERE sku_id = %s", [drop.sku_id]
        )

    go_button(page).click()

    expect(said(page)).to_contain_text("Chưa có đơn nào được đặt")
    expect(go_button(page)).to_contain_text("Hết hàng")
    assert fair.query(ORDERS, drop.sku_id) == []


def test_other_sum_is_shown_and_ordered_only_with_another_press(
    fair: RunningFair, page: Page
) -> None:
    drop = plan_drop(fair)
    come_with_an_address(fair, page, drop)
    expect(go_button(page)).to_have_attribute("aria-disabled", "false")
    with psycopg.connect(fair.local.cluster.url) as connection:
        connection.execute(
            "UPDATE sellers_stall SET shipping_fee_minor = 31000 WHERE id = %s", [drop.stall_id]
        )
    page.wait_for_timeout(2_000)  # a worker prices it anew within a second

    go_button(page).click()
    expect(said(page)).to_contain_text("71.000")
    assert fair.query(ORDERS, drop.sku_id) == []

    go_button(page).click()
    page.wait_for_url("**/orders/**")
    assert [row[3] for row in fair.query(ORDERS, drop.sku_id)] == [71_000]


def test_page_loaded_anew_in_the_middle_asks_with_the_same_key(
    fair: RunningFair, page: Page
) -> None:
    drop = plan_drop(fair)
    come_with_an_address(fair, page, drop)
    keys = []
    is_line_down = True

    def lose_the_answer(route: Route) -> None:
        keys.append(route.request.post_data_json["key"])
        if not is_line_down:
            route.continue_()
            return
        if len(keys) == 1:
            route.fetch()  # the order is made, its answer never comes
        route.abort()

    page.route("**/lane/buy", lose_the_answer)
    go_button(page).click()
    expect(said(page)).to_contain_text("Hỏi bao nhiêu lần cũng chỉ có một đơn")

    is_line_down = False
    page.reload()

    page.wait_for_url("**/orders/**")
    ((token, key, _quantity, _due_minor),) = fair.query(ORDERS, drop.sku_id)
    assert page.url.rstrip("/").endswith(token)
    assert len(keys) >= 2
    assert set(keys) == {key}


def test_press_in_the_room_orders_while_the_video_runs_on(fair: RunningFair, page: Page) -> None:
    drop = plan_drop(fair)
    come_with_an_address(fair, page, drop)
    with psycopg.connect(fair.local.cluster.url) as connection:
        row = connection.execute(PIN, {"sku": drop.sku_id}).fetchone()
    assert row is not None, "a show is on air"
    (show_id,) = row
    # The host pins other goods in a moment: this page shall not hear of it.
    page.route_web_socket("**/hub/websocket", lambda _socket: None)
    page.goto(f"{fair.url}/live/{show_id}/")

    page.locator(".pinned__now").click()
    expect(page.locator("dialog[open] [data-go]")).to_have_attribute("aria-disabled", "false")
    assert fair.query(ORDERS, drop.sku_id) == []
    page.locator("dialog[open] [data-step='1']").click()
    expect(page.locator("dialog[open] [data-quantity]")).to_have_text("2")
    page.locator("dialog[open] [data-go]").click()

    page.wait_for_url("**/orders/**")
    assert [row[2] for row in fair.query(ORDERS, drop.sku_id)] == [2]
    assert fair.query(
        "SELECT l.show_id FROM orders_orderline l WHERE l.sku_id = %s", drop.sku_id
    ) == [(show_id,)]
