"""One fair and one browser for all journeys; they run one after another."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.journeys.fair import RunningFair, run_fair

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_OPTIONS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=user-gesture-required",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}


def can_drive() -> bool:
    """Whether the program that drives the browser starts: its wheel needs a system library."""
    playwright = Path(sys.executable).with_name("playwright")
    return (
        subprocess.run([str(playwright), "--version"], capture_output=True, check=False).returncode
        == 0
    )


def keep_on_air(fair: RunningFair) -> None:
    """Make the show that is on last through all journeys, also when they run at five to nine."""
    with psycopg.connect(fair.local.cluster.url) as connection:
        connection.execute(
            "UPDATE programme_show SET starts_at = starts_at + interval '1 day', "
            "ends_at = ends_at + interval '1 day' WHERE starts_at > now()"
        )
        connection.execute(
            "UPDATE programme_show SET ends_at = now() + interval '2 hours' "
            "WHERE starts_at <= now() AND ends_at > now()"
        )


@pytest.fixture(scope="session")
def fair() -> Iterator[RunningFair]:
    # Short: the path of the database's socket has little room.
    folder = Path(tempfile.mkdtemp(prefix="cp-"))
    folder.chmod(0o755)
    try:
        with run_fair(folder, video=(720, 1280)) as running:
            keep_on_air(running)
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not longer than a module: while it lives, no asynchronous test could run in this thread.
    if CHROMIUM is None or not can_drive():
        pytest.skip("browser journeys need: apt-get install chromium libatomic1")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone in Vietnam; a script error on any page fails the test."""
    context = browser.new_context(viewport=PHONE, locale="vi-VN", has_touch=True)
    context.set_default_timeout(20_000)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))
    yield context.new_page()
    context.close()
    assert faults == []
