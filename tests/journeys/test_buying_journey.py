"""Someone opens the fair, watches, buys from two stalls, pays, and the big screen jumps."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.fair import RunningFair

pytestmark = pytest.mark.browser

# The video's picture as 36×64 pixels of red, green and blue; null while it has none to show.
READ_FRAME = """
video => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [36, 64];
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0, 36, 64);
    const pixels = Array.from(context.getImageData(0, 0, 36, 64).data);
    const isDrawn = pixels.every((value, index) => index % 4 !== 3 || value === 255);
    return isDrawn ? pixels.filter((value, index) => index % 4 !== 3) : null;
}
"""
BLACK_MAX = 16  # of 255: darker than this on average is a black picture


def watch_the_host(page: Page) -> None:
    """The video runs: its clock moves, its frames differ and are not black."""
    video = page.locator("video")
    wait_until_played(page, 0.5)
    first_s, first = video.evaluate("video => video.currentTime"), read_frame(page)
    wait_until_played(page, first_s + 1.5)
    second = read_frame(page)
    assert sum(first) / len(first) > BLACK_MAX
    assert sum(abs(a - b) for a, b in zip(first, second, strict=True)) > 0


def read_frame(page: Page) -> list[int]:
    # A player that jumps to the live edge has no picture for a moment.
    for _ in range(100):
        pixels = page.locator("video").evaluate(READ_FRAME)
        if pixels is not None:
            return pixels
        page.wait_for_timeout(100)
    raise AssertionError("the video shows no picture")


def wait_until_played(page: Page, video_s: float) -> None:
    # Asked from outside: the page's own policy forbids the evaluation of strings inside.
    video = page.locator("video")
    for _ in range(300):
        if video.evaluate("video => video.currentTime") > video_s:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the video did not reach {video_s} s")


def choose_from_two_stalls(fair: RunningFair) -> list[str]:
    rows = fair.query(
        """
        SELECT DISTINCT ON (p.stall_id) p.slug FROM catalog_product p
        JOIN catalog_sku k ON k.product_id = p.id JOIN inventory_stock s ON s.sku_id = k.id
        WHERE s.free > 20 ORDER BY p.stall_id, p.id LIMIT 2
        """
    )
    return [slug for (slug,) in rows]


def fill_address(page: Page) -> None:
    page.fill("[name=recipient]", "Trần Thị Bưởi")
    page.fill("[name=phone]", "+84 901 234 567")
    page.select_option("[name=province]", label="Gia Lai")
    page.fill("[name=ward]", "Phường Pleiku")
    page.fill("[name=street]", "12 Hùng Vương")


def read_total(page: Page, fair: RunningFair) -> int:
    return page.request.get(f"{fair.url}/screen/figures.json").json()["total"]


def test_from_the_fair_to_the_big_screen(fair: RunningFair, page: Page) -> None:
    screen = page.context.new_page()
    screen.goto(f"{fair.url}/screen/")
    before = read_total(page, fair)

    page.goto(fair.url)
    page.locator("a[href^='/live/']").first.click()
    watch_the_host(page)
    expect(page.locator(".mark--ai").first).to_be_visible()

    for slug in choose_from_two_stalls(fair):
        page.goto(f"{fair.url}/goods/{slug}/")
        page.locator("form.buy button.button--line").click()
        page.wait_for_load_state()
    page.goto(f"{fair.url}/cart/")
    expect(page.locator("section.part")).to_have_count(2)
    page.locator("a.till__go").click()
    fill_address(page)
    page.locator("button.till__go").click()

    page.wait_for_url("**/orders/**")
    order_url = page.url
    expect(page.locator("img.pay__qr")).to_have_count(2)
    for _ in range(2):
        page.goto(order_url)
        page.locator("a[href*='payload=']").first.click()
        page.locator("form[method=post] button.button--wide").click()
        expect(page.locator(".bank__result--paid")).to_be_visible()

    page.goto(order_url)
    expect(page.locator("[data-part-state=paid]")).to_have_count(2)
    rows = fair.query(
        "SELECT due_minor FROM orders_order WHERE token = %s", order_url.rstrip("/").split("/")[-1]
    )
    (due_minor,) = rows[0]
    assert read_total(page, fair) - before == due_minor
    shown = f"{before + due_minor:,}".replace(",", ".")
    expect(screen.locator("body")).to_contain_text(re.compile(re.escape(shown)), timeout=5_000)


def test_open_order_page_sees_the_money_arrive_by_itself(fair: RunningFair, page: Page) -> None:
    slug = choose_from_two_stalls(fair)[0]
    page.goto(f"{fair.url}/goods/{slug}/")
    page.locator("form.buy button[value='/checkout/']").click()
    fill_address(page)
    page.locator("button.till__go").click()
    page.wait_for_url("**/orders/**")
    token = page.url.rstrip("/").split("/")[-1]

    phone = page.context.new_page()  # the bank's app is another window
    phone.goto(f"{fair.url}/test-bank/{token}/")
    phone.locator("form[method=post] button.button--wide").click()

    expect(page.locator("[data-part-state=paid]")).to_have_count(1, timeout=10_000)


def test_bad_address_keeps_what_was_typed_and_says_what_is_wrong(
    fair: RunningFair, page: Page
) -> None:
    slug = choose_from_two_stalls(fair)[0]
    page.goto(f"{fair.url}/goods/{slug}/")
    page.locator("form.buy button[value='/checkout/']").click()
    fill_address(page)
    page.fill("[name=phone]", "12345")

    page.locator("button.till__go").click()

    expect(page.locator("[name=phone]")).to_have_value("12345")
    expect(page.locator("[name=recipient]")).to_have_value("Trần Thị Bưởi")
    expect(page.locator(".field:has([name=phone]) .fault")).to_contain_text("0901 234 567")
