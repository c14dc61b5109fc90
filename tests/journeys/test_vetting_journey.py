"""A host is kept off the air until she is verified; a show that is stopped is dark in two seconds."""

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import PHONE
from tests.journeys.fair import RunningFair
from tests.journeys.test_truth_journey import log_in

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
DARK_S_MAX = 2.0


@dataclass(frozen=True, slots=True)
class People:
    organiser: Page
    host: Page
    viewer: Page


def enter(browser: Browser, fair: RunningFair) -> People:
    """Three people, each on a phone of their own; the viewer has no account."""

    def make(username: str = "") -> Page:
        page = browser.new_context(viewport=PHONE, locale="vi-VN").new_page()
        if username:
            log_in(page, fair, username)
        return page

    return People(organiser=make("organiser"), host=make("buyer"), viewer=make())


def plan_show(page: Page, fair: RunningFair) -> int:
    """The host plans a show from this minute on; returns its id."""
    now = datetime.now(tz=LOCAL)  # noqa: TID251 - a person looks at the clock
    page.goto(f"{fair.url}/studio/shows/new/")
    page.fill("[name=title_vi]", "Phiên của chị Bưởi")
    page.fill("[name=starts_at]", f"{now - timedelta(minutes=1):%Y-%m-%dT%H:%M}")
    page.fill("[name=ends_at]", f"{now + timedelta(hours=1):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Lên lịch phiên này").click()
    page.wait_for_url(re.compile(r"/studio/\d+/"))
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def put_goods_on_air(page: Page, fair: RunningFair, show_id: int) -> None:
    page.goto(f"{fair.url}/studio/{show_id}/?q=mat+ong")
    page.get_by_role("button", name="Thêm").first.click()
    page.get_by_role("button", name=re.compile("^Tiếp theo: ")).click()
    expect(page.locator("article.now")).to_be_visible()


def test_a_host_is_verified_sells_and_is_stopped(browser: Browser, fair: RunningFair) -> None:
    people = enter(browser, fair)
    office, host, viewer = people.organiser, people.host, people.viewer
    office.goto(f"{fair.url}/office/hosts/")
    office.fill("[name=name]", "Chị Bưởi")
    office.fill("[name=username]", "buyer")
    office.get_by_role("button", name="Tạo người dẫn").click()

    show_id = plan_show(host, fair)
    expect(host.locator("[data-hindrance=host_unverified]")).to_be_visible()
    host.locator("[data-hindrance=host_unverified] a").click()
    host.fill("[name=name]", "Trần Thị Bưởi")
    host.fill("[name=number_tail]", "0417")
    host.get_by_role("button", name="Nộp", exact=True).click()
    office.goto(f"{fair.url}/office/vetting/")
    office.get_by_role("button", name="Chấp nhận").first.click()
    host.goto(f"{fair.url}/studio/papers/")
    host.get_by_role("button", name="Tôi đã đọc và chấp nhận").click()
    host.goto(f"{fair.url}/studio/{show_id}/")
    expect(host.locator("[data-hindrance]")).to_have_count(0)
    put_goods_on_air(host, fair, show_id)

    viewer.goto(f"{fair.url}/live/{show_id}/")
    expect(viewer.locator("html")).to_have_attribute("data-line", "open")
    office.goto(f"{fair.url}/office/shows/{show_id}/stops/")
    office.locator(f"#reason-show_stopped-{show_id}").fill("Nói sai công dụng")
    began = time.monotonic()
    office.get_by_role("button", name="Dừng phiên", exact=True).click(no_wait_after=True)
    expect(
        viewer.get_by_text("Ban tổ chức đã dừng phiên này.").locator("visible=true")
    ).to_be_visible(timeout=DARK_S_MAX * 1000)
    assert time.monotonic() - began < DARK_S_MAX
    expect(viewer.locator(".room")).to_have_attribute("data-state", "stopped", timeout=8_000)
    expect(host.locator("[data-hindrance=stopped]")).to_be_visible(timeout=5_000)
    kept = fair.query("SELECT evidence -> 'rooms' -> 0 ->> 'title' FROM vetting_stop")
    assert kept[-1] == ("Phiên của chị Bưởi",)
