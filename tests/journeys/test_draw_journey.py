"""A viewer takes part in a draw, wins, proves that it was fair, and gets the parcel."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.fair import RunningFair
from tests.journeys.test_buying_journey import fill_address
from tests.journeys.test_presale_journey import sign_up

pytestmark = pytest.mark.browser

# The list is frozen a second after its closing and drawn a second later, by a worker.
DRAWN_MS_MAX = 120_000
DRAW_MINUTES = "1"


def log_in(fair: RunningFair, browser: Browser, username: str) -> Page:
    page = browser.new_context(locale="vi-VN").new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{fair.url}/accounts/login/")
    page.fill("[name=login]", username)
    page.fill("[name=password]", fair.get_password(username))
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda address: "login" not in address)
    return page


@pytest.fixture
def desk(fair: RunningFair, browser: Browser) -> Page:
    """The organiser's browser."""
    return log_in(fair, browser, "organiser")


@pytest.fixture
def stall(fair: RunningFair, browser: Browser) -> Page:
    """The seller's browser."""
    return log_in(fair, browser, "seller")


@pytest.fixture
def shown(fair: RunningFair) -> tuple[int, int]:
    """The show on air with goods of the seller in its run-of-show; its number, and the sku's."""
    with psycopg.connect(fair.local.cluster.url) as connection:
        row = connection.execute(
            """
            WITH goods AS (
                SELECT k.id FROM catalog_sku k
                JOIN catalog_product p ON p.id = k.product_id
                JOIN inventory_stock i ON i.sku_id = k.id
                JOIN sellers_stall_members m ON m.stall_id = p.stall_id
                JOIN accounts_user u ON u.id = m.user_id
                WHERE u.username = 'seller' AND i.free > 5 AND p.state = 'published'
                  AND p.promotion_ban = ''
                ORDER BY k.id LIMIT 1
            ), show AS (
                SELECT id FROM programme_show
                WHERE starts_at <= now() AND ends_at > now() ORDER BY id LIMIT 1
            ), added AS (
                INSERT INTO programme_segment (show_id, sku_id, position, talking_points)
                SELECT show.id, goods.id, 900, '' FROM show, goods
                ON CONFLICT DO NOTHING
            )
            SELECT show.id, goods.id FROM show, goods
            """
        ).fetchone()
    assert row is not None, "a show is on, and the seller has goods"
    return row


def start_draw(desk: Page, fair: RunningFair, show_id: int) -> None:
    desk.goto(f"{fair.url}/studio/{show_id}/draws/")
    form = desk.locator("form[action$='/draws/start/']")
    form.locator("input[value^=goods-]").first.check()
    form.locator("[name=draw-minutes]").select_option(DRAW_MINUTES)
    form.locator("button[type=submit]").click()
    expect(desk.locator("[data-draw-state=open]")).to_be_visible()


def verify(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    chophien = Path(sys.executable).with_name("chophien")
    return subprocess.run(
        [str(chophien), "verify-draw", str(path), *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def save(page: Page, press: str, path: Path) -> Path:
    """Press what downloads something, and keep it."""
    with page.expect_download() as download:
        page.locator(press).first.click()
    download.value.save_as(path)
    return path


def test_viewer_wins_proves_the_draw_and_gets_the_parcel(
    fair: RunningFair, page: Page, desk: Page, stall: Page, shown: tuple[int, int], tmp_path: Path
) -> None:
    show_id, sku_id = shown
    stall.goto(f"{fair.url}/stall/gifts/")
    stall.select_option("[name=goods]", value=f"{sku_id}-{show_id}")
    stall.fill("[name=count]", "2")
    stall.locator("form.panel button[type=submit]").click()
    expect(stall.locator("tbody tr").first).to_contain_text("2")
    [(sold,)] = fair.query("SELECT sold FROM inventory_stock WHERE sku_id = %s", sku_id)
    sign_up(fair, page, "nguoi-trung-thuong")
    page.goto(f"{fair.url}/live/{show_id}/")

    start_draw(desk, fair, show_id)
    page.locator(".draw--open form button[type=submit]").click()
    expect(page.locator("[data-in]")).to_be_visible()
    receipt = json.loads(save(page, "[data-keep-receipt]", tmp_path / "receipt.json").read_text())
    expect(page.locator(".draw__won")).to_be_visible(timeout=DRAWN_MS_MAX)

    # The proof holds, also against what this device noted while the draw was on.
    page.goto(f"{fair.url}/live/{show_id}/draws/")
    proof = save(page, "a[download]", tmp_path / "proof.json")
    noted = ("--promise", receipt["promise"], "--number", receipt["number"])
    held = verify(proof, *noted)
    assert held.returncode == 0, held.stdout + held.stderr
    assert f"Your receipt {receipt['receipt']} is number 1" in held.stdout
    document = json.loads(proof.read_text())
    proof.write_text(json.dumps(document | {"seed": "0" * 64}))
    assert verify(proof).returncode == 1
    page.locator("[data-check]").first.click()
    expect(page.locator("[data-verdict=right_mine]")).to_be_visible(timeout=60_000)

    # The winner is told and says where it shall go; the unit goes once, by an order of nothing.
    page.goto(f"{fair.url}/me/notices/")
    page.locator(".told a.button").first.click()
    fill_address(page)
    page.locator("form button.button--wide").click()
    expect(page.locator(".win__lead")).to_be_visible()
    [(sold_now,)] = fair.query("SELECT sold FROM inventory_stock WHERE sku_id = %s", sku_id)
    assert sold_now == sold + 1
    stall.goto(f"{fair.url}/stall/")
    parcel = stall.locator(
        ".order-card", has=stall.locator(".mark--flash", has_text="trúng thưởng")
    )
    expect(parcel).to_contain_text("12 Hùng Vương")
    expect(parcel).to_contain_text("0 ₫")
