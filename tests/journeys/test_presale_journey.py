"""Someone reserves with a deposit, is reminded, pays the balance; another one does not."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import Page, expect
from tests.journeys.fair import RunningFair
from tests.journeys.test_buying_journey import fill_address

pytestmark = pytest.mark.browser

# A worker looks every five seconds.
TOLD_MS_MAX = 20_000
HOUR = timedelta(hours=1)


@pytest.fixture
def goods(fair: RunningFair) -> str:
    """Goods with a presale of five units that takes deposits now; their slug."""
    at = datetime.now(tz=UTC)  # noqa: TID251 - the fair beside goes by real time, too
    with psycopg.connect(fair.local.cluster.url) as connection:
        row = connection.execute(
            """
            SELECT k.id, p.slug FROM catalog_sku k
            JOIN catalog_product p ON p.id = k.product_id
            JOIN inventory_stock s ON s.sku_id = k.id
            WHERE s.free > 20 AND p.state = 'published' AND k.list_price_minor > 40000
              AND NOT EXISTS (SELECT FROM promotions_presale r WHERE r.sku_id = k.id)
            ORDER BY k.id DESC LIMIT 1
            """
        ).fetchone()
        assert row is not None, "the demonstration has goods enough"
        sku_id, slug = row
        connection.execute(
            "UPDATE inventory_stock SET free = free - 5, set_aside = set_aside + 5 "
            "WHERE sku_id = %s",
            [sku_id],
        )
        connection.execute(
            """
            INSERT INTO promotions_presale (sku_id, festival_id, unit_minor, deposit_minor,
                credit_minor, starts_at, ends_at, balance_starts_at, balance_ends_at, allotment,
                taken)
            SELECT %(sku)s, id, 40000, 4000, 8000, %(at)s - interval '1 hour',
                %(at)s + interval '1 hour', %(at)s + interval '2 hours',
                %(at)s + interval '9 hours', 5, 0
            FROM festivals_festival ORDER BY id LIMIT 1
            """,
            {"sku": sku_id, "at": at},
        )
    return str(slug)


def turn_windows(fair: RunningFair, slug: str, hours: int) -> None:
    """Let all windows of the presale be earlier, so that the next one is open now."""
    with psycopg.connect(fair.local.cluster.url) as connection:
        connection.execute(
            """
            UPDATE promotions_presale SET starts_at = starts_at - %(by)s,
                ends_at = ends_at - %(by)s, balance_starts_at = balance_starts_at - %(by)s,
                balance_ends_at = balance_ends_at - %(by)s
            WHERE sku_id IN (SELECT k.id FROM catalog_sku k
                JOIN catalog_product p ON p.id = k.product_id WHERE p.slug = %(slug)s)
            """,
            {"by": hours * HOUR, "slug": slug},
        )


def sign_up(fair: RunningFair, page: Page, username: str) -> None:
    page.goto(f"{fair.url}/accounts/signup/")
    page.fill("[name=username]", username)
    page.fill("[name=password1]", "mot-mat-khau-dai-2026")
    page.fill("[name=password2]", "mot-mat-khau-dai-2026")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/me/**")


def order_and_pay(page: Page) -> None:
    """From the cart through check-out and the test bank, back to the order."""
    page.locator("a.till__go").click()
    fill_address(page)
    page.locator("button.till__go").click()
    page.wait_for_url("**/orders/**")
    page.goto(page.url.replace("/orders/", "/test-bank/"))
    page.locator("form[method=post] button.button--wide").click()
    page.wait_for_url("**/orders/**")


def reserve(fair: RunningFair, page: Page, slug: str) -> None:
    page.goto(f"{fair.url}/goods/{slug}/")
    expect(page.locator(".presale__terms")).to_contain_text("328")
    page.locator(".presale__do button[type=submit]").click()
    page.wait_for_url("**/cart/")
    order_and_pay(page)
    expect(page.locator(".reserved--waiting")).to_be_visible()


def wait_until_told(fair: RunningFair, page: Page, text: str) -> None:
    for _ in range(TOLD_MS_MAX // 1_000):
        page.goto(f"{fair.url}/me/notices/")
        if page.locator(".told", has_text=text).count():
            return
        page.wait_for_timeout(1_000)
    raise AssertionError(f"nobody was told: {text}")


def list_states(fair: RunningFair, slug: str) -> list[tuple]:
    return fair.query(
        """
        SELECT r.state, s.set_aside, s.held FROM orders_reservation r
        JOIN catalog_sku k ON k.id = r.sku_id JOIN catalog_product p ON p.id = k.product_id
        JOIN inventory_stock s ON s.sku_id = k.id WHERE p.slug = %s
        """,
        slug,
    )


def test_deposit_reminder_and_balance(fair: RunningFair, page: Page, goods: str) -> None:
    sign_up(fair, page, "nguoi-dat-coc")
    reserve(fair, page, goods)

    turn_windows(fair, goods, hours=3)
    wait_until_told(fair, page, "Đã trả nốt được")
    page.locator(".told a.button").first.click()
    page.locator(".reserved--open form button").click()
    page.wait_for_url("**/cart/")
    order_and_pay(page)

    expect(page.locator("[data-part-state=paid]")).to_have_count(1)
    [(state, _, held)] = list_states(fair, goods)
    assert (state, held) == ("bought", 0)


def test_balance_that_never_comes(fair: RunningFair, page: Page, goods: str) -> None:
    sign_up(fair, page, "nguoi-bo-coc")
    reserve(fair, page, goods)

    turn_windows(fair, goods, hours=24)

    wait_until_told(fair, page, "Đã quá hạn trả nốt")
    assert list_states(fair, goods)[0][0] == "forfeited"
    [(kept,)] = fair.query(
        "SELECT sum(amount_minor)::bigint FROM ledger_entry WHERE account = 'forfeited'"
    )
    assert kept == -4_000
