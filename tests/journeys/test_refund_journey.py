"""Someone sends one of three back: the sum is seen first, the stall sends it, the books follow."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import PHONE
from tests.journeys.fair import RunningFair
from tests.journeys.test_buying_journey import fill_address, read_total

pytestmark = pytest.mark.browser


@pytest.fixture
def seller(fair: RunningFair, browser: Browser) -> Iterator[Page]:
    """The demonstration's seller, at another phone."""
    context = browser.new_context(viewport=PHONE, locale="vi-VN")
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(f"{fair.url}/accounts/login/?next=/stall/refunds/")
    page.fill("[name=login]", "seller")
    page.fill("[name=password]", fair.get_password("seller"))
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/stall/refunds/")
    yield page
    context.close()


def choose_of_seller(fair: RunningFair) -> str:
    rows = fair.query(
        """
        SELECT p.slug FROM catalog_product p
        JOIN catalog_sku k ON k.product_id = p.id JOIN inventory_stock s ON s.sku_id = k.id
        JOIN sellers_stall_members m ON m.stall_id = p.stall_id
        JOIN accounts_user u ON u.id = m.user_id
        WHERE u.username = 'seller' AND s.free > 20 AND p.state = 'published'
        ORDER BY p.id LIMIT 1
        """
    )
    return str(rows[0][0])


def buy_three(fair: RunningFair, page: Page) -> str:
    """Order three of one thing and pay in the test bank; the order's address."""
    page.goto(f"{fair.url}/goods/{choose_of_seller(fair)}/")
    page.locator("form.buy [name=quantity]").fill("3")
    page.locator("form.buy button[value='/checkout/']").click()
    fill_address(page)
    page.locator("button.till__go").click()
    page.wait_for_url("**/orders/**")
    order_url = page.url
    page.goto(order_url.replace("/orders/", "/test-bank/"))
    page.locator("form[method=post] button.button--wide").click()
    page.wait_for_url("**/orders/**")
    return order_url


def test_one_of_three_comes_back_to_the_dong(fair: RunningFair, page: Page, seller: Page) -> None:
    before = read_total(page, fair)
    order_url = buy_three(fair, page)
    token = order_url.rstrip("/").split("/")[-1]
    [(due_minor, paid_minor)] = fair.query(
        """
        SELECT o.due_minor, sum(l.paid_minor)::bigint FROM orders_order o
        JOIN orders_stallorder s ON s.order_id = o.id
        JOIN orders_orderline l ON l.stall_order_id = s.id
        WHERE o.token = %s GROUP BY o.id
        """,
        token,
    )
    worth = paid_minor // 3
    assert read_total(page, fair) == before + due_minor

    page.locator("a[href*='/back/']").click()
    page.select_option("main select", "1")
    page.locator("main form button").click()
    expect(page.locator(".sums__due.money")).to_contain_text(f"{worth:,}".replace(",", "."))
    page.locator("main form button.button").first.click()
    expect(page.locator(".refund--requested")).to_be_visible()

    seller.goto(f"{fair.url}/stall/refunds/")
    seller.locator("[name=whole]").check()
    seller.locator("button[value=accept]").click()
    seller.locator("[name=transaction]").fill("FT-2026-1")
    seller.locator("form[action$='/sent/'] button").click()
    expect(seller.locator("table")).to_contain_text("FT-2026-1")

    page.goto(order_url)
    expect(page.locator(".refund--sent")).to_contain_text(re.compile("FT-2026-1"))
    assert read_total(page, fair) == before + due_minor - worth
    [(received,)] = fair.query(
        "SELECT sum(e.amount_minor)::bigint FROM ledger_entry e JOIN ledger_posting p "
        "ON p.id = e.posting_id JOIN orders_stallorder s ON s.id = p.stall_order "
        "JOIN orders_order o ON o.id = s.order_id WHERE e.account = 'received' AND o.token = %s",
        token,
    )
    assert received == due_minor - worth
