"""`make shots`: the pictures of README and docs, taken from the running program."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from tests.journeys.conftest import CHROMIUM, CHROMIUM_OPTIONS
from tests.journeys.fair import RunningFair, run_fair
from tests.journeys.test_buying_journey import choose_from_two_stalls, fill_address

OUT = Path("docs/pictures")
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="cp-"))
    folder.chmod(0o755)
    try:
        with run_fair(folder, video=(720, 1280)) as fair, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
            take_all(fair, chromium)
            chromium.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take_all(fair: RunningFair, chromium: Browser) -> None:
    desk = chromium.new_context(viewport=DESK, locale="vi-VN").new_page()
    phone = chromium.new_context(viewport=PHONE, locale="vi-VN", has_touch=True).new_page()
    send_a_crowd(fair)
    desk.goto(f"{fair.url}/screen/")
    desk.wait_for_timeout(3_000)
    desk.screenshot(path=OUT / "screen.png")
    desk.goto(fair.url)
    desk.wait_for_timeout(4_000)
    desk.screenshot(path=OUT / "home.png")
    desk.goto(f"{fair.url}{find_room(desk)}")
    desk.wait_for_timeout(9_000)
    desk.screenshot(path=OUT / "room.png")
    take_checkout(fair, phone)
    take_cart(fair, chromium)


def take_cart(fair: RunningFair, chromium: Browser) -> None:
    """A person's cart over two stalls, one of its prices explained."""
    page = chromium.new_context(viewport=DESK, locale="vi-VN").new_page()
    page.goto(f"{fair.url}/accounts/login/")
    page.fill("[name=login]", "buyer")
    page.fill("[name=password]", fair.get_password("buyer"))
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/me/**")
    for slug in ("ca-phe-buon-ma-thuot", "mat-ong-gia-lai"):
        page.goto(f"{fair.url}/goods/{slug}/")
        page.fill("form.buy [name=quantity]", "2")
        page.locator("form.buy button.button--line").click()
        page.wait_for_load_state()
    page.goto(f"{fair.url}/cart/")
    page.locator("section.part details summary").first.click()
    page.wait_for_timeout(1_000)
    page.screenshot(path=OUT / "cart.png", full_page=True)


def find_room(page: Page) -> str:
    found = re.search(r'href="(/live/\d+/)"', page.content())
    assert found is not None, "something is on air"
    return found.group(1)


def take_checkout(fair: RunningFair, phone: Page) -> None:
    for slug in choose_from_two_stalls(fair):
        phone.goto(f"{fair.url}/goods/{slug}/")
        phone.locator("form.buy button.button--line").click()
        phone.wait_for_load_state()
    phone.goto(f"{fair.url}/checkout/")
    fill_address(phone)
    phone.locator("button.till__go").click()
    phone.wait_for_url("**/orders/**")
    phone.locator("section.part").first.evaluate("part => part.scrollIntoView()")
    phone.wait_for_timeout(1_000)
    phone.screenshot(path=OUT / "checkout.png")


def send_a_crowd(fair: RunningFair) -> None:
    chophien = Path(sys.executable).with_name("chophien")
    command = [str(chophien), "crowd", "--buyers", "40", "--seconds", "60", "--url", fair.url]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
