"""A festival of two waves, played through with the fair's clock moved: a deposit, the first wave
over three stalls with a coupon picked and put back, the balance beside other goods, and one unit
of three sent back. Money is followed to the đồng, from the page to the big screen."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.fair import RunningFair, run_fair
from tests.journeys.test_buying_journey import fill_address

from chophien.domain.pricing.quote import price_document

pytestmark = pytest.mark.browser

DESK = {"width": 1440, "height": 900}
PRESALE, BESIDE_IT = "ao-dai-lua-tron", "khan-lua-van-phuc"  # of one stall


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[RunningFair]:
    """A fair of its own: moving the clock would move it under the other journeys."""
    folder = Path(tempfile.mkdtemp(prefix="cp-"))
    folder.chmod(0o755)
    try:
        with run_fair(folder, video=(180, 320)) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Person:
    """Somebody at the fair, logged in."""

    fair: RunningFair
    page: Page

    def go(self, path: str) -> None:
        self.page.goto(self.fair.url + path)


@pytest.fixture
def people(rehearsal: RunningFair, browser: Browser, page: Page) -> dict[str, Person]:
    pages = {"buyer": page}
    for username in ("organiser", "seller"):
        context = browser.new_context(viewport=DESK, locale="vi-VN")
        context.set_default_timeout(20_000)
        pages[username] = context.new_page()
    people = {username: Person(rehearsal, each) for username, each in pages.items()}
    for username, person in people.items():
        person.go("/accounts/login/")
        person.page.fill("[name=login]", username)
        person.page.fill("[name=password]", rehearsal.get_password(username))
        person.page.press("[name=password]", "Enter")
        person.page.wait_for_url(re.compile(r"/(office|stall|me)/"))
    return people


def choose_from_three_stalls(fair: RunningFair) -> list[tuple[str, str]]:
    """Slug and sku of one thing of each of three stalls, that of the seller's own stall first.

    None has a price near its legal floor, which would cut a step of the programme short.
    """
    return fair.query(
        """
        SELECT slug, sku FROM (
            SELECT DISTINCT ON (p.stall_id) p.slug, k.id::text AS sku, m.id IS NULL AS is_anothers
            FROM catalog_product p
            JOIN catalog_sku k ON k.product_id = p.id AND k.position = 0
            JOIN inventory_stock s ON s.sku_id = k.id
            LEFT JOIN sellers_stall_members m ON m.stall_id = p.stall_id
            WHERE s.free > 20 AND p.promotion_ban = '' AND k.list_price_minor > 100000
              AND NOT EXISTS (SELECT FROM promotions_offeredprice o WHERE o.sku_id = k.id)
            ORDER BY p.stall_id, p.id
        ) AS first_of_each ORDER BY is_anothers, slug LIMIT 3
        """
    )


def read_money(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def read_due(page: Page) -> int:
    return int(page.locator("[data-due]").first.get_attribute("data-due") or "")


def put_in_cart(buyer: Person, slug: str, quantity: int) -> None:
    buyer.go(f"/goods/{slug}/")
    buyer.page.fill("form.buy [name=quantity]", str(quantity))
    buyer.page.locator("form.buy button.button--line").click()
    buyer.page.wait_for_load_state()


def order_and_pay(buyer: Person) -> str:
    """From the cart to the paid order; its token. What is asked is what the cart said."""
    due_minor = read_due(buyer.page)
    buyer.page.locator("a.till__go").click()
    fill_address(buyer.page)
    assert read_due(buyer.page) == due_minor
    buyer.page.locator("button.till__go").click()
    buyer.page.wait_for_url("**/orders/**")
    order_url = buyer.page.url
    part_count = buyer.page.locator("img.pay__qr").count()
    asked_minor = sum(
        read_money(each) for each in buyer.page.locator(".pay__sum").all_inner_texts()
    )
    assert asked_minor == due_minor
    for _ in range(part_count):
        buyer.page.goto(order_url)
        buyer.page.locator("a[href*='payload=']").first.click()
        buyer.page.locator("form[method=post] button.button--wide").click()
        expect(buyer.page.locator(".bank__result--paid")).to_be_visible()
    buyer.page.goto(order_url)
    expect(buyer.page.locator("[data-part-state=paid]")).to_have_count(part_count)
    return order_url.rstrip("/").rsplit("/", 1)[-1]


def read_order(fair: RunningFair, token: str) -> tuple[dict, dict]:
    """The quote that was confirmed, and the request that it answers."""
    ((quote, request),) = fair.query(
        "SELECT quote, request FROM orders_pricedrequest p JOIN orders_order o ON o.priced_id = p.id "
        "WHERE token = %s",
        token,
    )
    return quote, request


def read_screen(buyer: Person) -> int:
    return int(buyer.page.request.get(f"{buyer.fair.url}/screen/figures.json").json()["total"])


def sum_received(fair: RunningFair) -> int:
    ((total,),) = fair.query(
        "SELECT sum(amount_minor) FROM ledger_entry WHERE account = 'received'"
    )
    return int(total)


def pay_deposit(buyer: Person) -> int:
    """Reserve two by deposit; what was paid."""
    buyer.go(f"/goods/{PRESALE}/")
    presale = buyer.page.locator("section.presale")
    presale.locator("[name=quantity]").fill("2")
    presale.locator("button.button").click()
    buyer.page.wait_for_url("**/cart/")
    deposit_minor = read_due(buyer.page)
    quote, _ = read_order(buyer.fair, order_and_pay(buyer))
    assert quote["deposit_due"] == quote["due_now"] == deposit_minor
    assert quote["adjustments"] == []
    buyer.go("/me/orders/")
    expect(buyer.page.locator(".reserved--waiting")).to_have_count(1)
    return deposit_minor


def buy_in_the_first_wave(buyer: Person, slugs: list[str]) -> str:
    """Three of each in one cart: the best combination, one's own choice, and back; the token."""
    for slug in slugs:
        put_in_cart(buyer, slug, 3)
    buyer.go("/cart/")
    expect(buyer.page.locator("section.part")).to_have_count(3)
    best_minor = read_due(buyer.page)

    pick = buyer.page.locator("details.pick")
    pick.locator("summary").click()
    ticked = pick.locator("[name=held]:checked")
    while ticked.count():
        ticked.first.uncheck()
    pick.locator("button[type=submit]").click()
    buyer.page.wait_for_load_state()
    without_minor = read_due(buyer.page)
    assert without_minor > best_minor
    desk = buyer.page.locator(".desk-coupons")
    told = [
        read_money(each) for each in re.findall(r"[\d.]+ ₫", desk.locator("p").first.inner_text())
    ]
    assert told == [without_minor, best_minor, without_minor - best_minor]

    desk.locator("button[name=mode][value=best]").click()
    buyer.page.wait_for_load_state()
    assert read_due(buyer.page) == best_minor
    return order_and_pay(buyer)


def check_first_wave(fair: RunningFair, token: str) -> None:
    """Steps over all stalls, a coupon among the discounts, and a quote that comes out again."""
    quote, request = read_order(fair, token)
    assert price_document(request) == quote
    off = {each["stage"]: each["off"] for each in quote["adjustments"]}
    before = quote["items_before"] - off.get("seller_offer", 0)
    assert off["cross_store"] == min(before // 200_000, 5) * 20_000
    (shared,) = (each for each in quote["adjustments"] if each["stage"] == "cross_store")
    assert len(shared["lines"]) == 3
    assert off["coupon"] > 0


def move_clock(organiser: Person, instant: str) -> None:
    organiser.go("/office/festivals/")
    organiser.page.fill("[name=to]", instant)
    organiser.page.locator(".clockbox button:not([name])").click()
    organiser.page.wait_for_load_state()
    expect(organiser.page.locator(".clockbox .mark--flash")).to_be_visible()


def pay_balance(buyer: Person, deposit_minor: int) -> None:
    """The notice leads to the balance; other goods of the stall join it in one payment."""
    notice = buyer.page.locator("main a[href*='orders']")
    for _ in range(40):
        buyer.go("/me/notices/")
        if notice.count() >= 2:  # the deposit was told of before
            break
        buyer.page.wait_for_timeout(500)
    put_in_cart(buyer, BESIDE_IT, 1)
    buyer.go("/me/orders/")
    buyer.page.locator(".reserved--open button").click()
    buyer.page.wait_for_url("**/cart/")
    expect(buyer.page.locator("section.part")).to_have_count(1)

    token = order_and_pay(buyer)

    quote, request = read_order(buyer.fair, token)
    assert price_document(request) == quote
    assert quote["deposit_set_off"] == deposit_minor
    assert quote["due_now"] == quote["items_payable"] + quote["shipping_total"] - deposit_minor
    assert buyer.fair.query("SELECT state FROM orders_reservation") == [("bought",)]


def send_one_of_three_back(buyer: Person, seller: Person, token: str, sku: str) -> int:
    """One of three: the page says its worth, the stall takes it back and sends the money."""
    quote, _ = read_order(buyer.fair, token)
    (line,) = (each for each in quote["lines"] if each["id"] == sku)
    worth_minor = line["payable"] // 3
    ((part_id,),) = buyer.fair.query(
        "SELECT s.id::text FROM orders_stallorder s JOIN orders_order o ON o.id = s.order_id "
        "JOIN orders_orderline l ON l.stall_order_id = s.id "
        "WHERE o.token = %s AND l.sku_id = %s LIMIT 1", token, int(sku),
    )  # fmt: skip
    buyer.go(f"/orders/{token}/back/{part_id}/")
    buyer.page.select_option(f"[name=line-{sku}]", "1")
    buyer.page.locator(".refund-form button[type=submit]").click()
    assert read_money(buyer.page.locator("dd.sums__due").inner_text()) == worth_minor
    buyer.page.locator(".refund-form button:not([name])").click()
    expect(buyer.page.locator(".refund--requested")).to_be_visible()

    seller.go("/stall/refunds/")
    seller.page.locator("button[value=accept]").click()
    seller.page.locator("[name=transaction]").fill("FT-HOAN-1")
    seller.page.locator("form[action$='/sent/'] button").click()
    expect(seller.page.locator("table")).to_contain_text("FT-HOAN-1")

    buyer.go(f"/orders/{token}/")
    expect(buyer.page.locator(".refund--sent")).to_have_count(1)
    return worth_minor


def test_two_waves_from_the_deposit_to_the_refund(
    rehearsal: RunningFair, people: dict[str, Person]
) -> None:
    buyer = people["buyer"]
    deposit_minor = pay_deposit(buyer)
    chosen = choose_from_three_stalls(rehearsal)
    first_wave = buy_in_the_first_wave(buyer, [slug for slug, _ in chosen])
    check_first_wave(rehearsal, first_wave)

    ((opens,),) = rehearsal.query(
        "SELECT to_char((balance_starts_at + interval '1 minute') AT TIME ZONE 'Asia/Ho_Chi_Minh', "
        "'YYYY-MM-DD\"T\"HH24:MI') FROM promotions_presale r JOIN catalog_sku k ON k.id = r.sku_id "
        "JOIN catalog_product p ON p.id = k.product_id WHERE p.slug = %s", PRESALE,
    )  # fmt: skip
    move_clock(people["organiser"], opens)
    pay_balance(buyer, deposit_minor)

    before_minor = read_screen(buyer)
    worth_minor = send_one_of_three_back(buyer, people["seller"], first_wave, chosen[0][1])
    assert read_screen(buyer) == before_minor - worth_minor == sum_received(rehearsal)
