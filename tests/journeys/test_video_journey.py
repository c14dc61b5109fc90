"""What viewers see: the host some moments ago, and later the show again by its chapters."""

from datetime import UTC, datetime, timedelta
from statistics import median

import numpy as np
import psycopg
from playwright.sync_api import Page

from chophien.media.encoder import ShowEncoder
from chophien.media.recorder import Recorder

# What is claimed for one machine; the journeys' own is busy with the whole fair and a browser.
LATENCY_MS_MAX = 3_000
LOOKS = 30
CHAPTER_S = 8
COLOURS = {"first": (200, 30, 30), "second": (30, 60, 200)}

STATE = """() => {
  const room = document.querySelector("[data-room]").dataset;
  const video = document.querySelector("video");
  return {
    late_ms: room.shownAt ? Date.now() - Number(room.shownAt) : null,
    place_s: video.currentTime, isPlaying: !video.paused && video.readyState > 2,
  };
}"""
COLOUR = """() => {
  const video = document.querySelector("video");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


def wait_until(page: Page, condition: str, argument: object = None) -> None:
    """As `Page.wait_for_function`, which the pages' content security policy does not let run."""
    for _ in range(150):
        if page.evaluate(condition, argument):
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"never true: {condition}")


def test_a_viewer_sees_the_host_within_three_seconds(page: Page, fair):
    page.goto(f"{fair.local.url}/")
    page.locator('a[href^="/live/"]').first.click()
    wait_until(page, "() => Boolean(document.querySelector('[data-room]')?.dataset.shownAt)")
    page.wait_for_timeout(5_000)

    looks = []
    for _ in range(LOOKS):
        page.wait_for_timeout(500)
        looks.append(page.evaluate(STATE))

    late_ms = sorted(look["late_ms"] for look in looks)
    assert all(look["isPlaying"] for look in looks)
    played_s = looks[-1]["place_s"] - looks[0]["place_s"]
    assert played_s > (LOOKS - 1) * 0.5 * 0.9, "it plays without standing still"
    assert median(late_ms) < LATENCY_MS_MAX


def test_a_show_that_is_over_is_seen_again_by_its_chapters(page: Page, fair):
    show_id = end_a_show(fair)
    film(fair.local.recordings_root / str(show_id), datetime.now(tz=UTC) - timedelta(hours=1))  # noqa: TID251
    address = f"{fair.local.url}/live/{show_id}/"
    for _ in range(20):  # the timer looks every ten seconds
        page.goto(address)
        if page.locator("[data-replay]").count():
            break
        page.wait_for_timeout(1_000)

    chapters = page.locator("[data-seek]")
    assert [each.get_attribute("data-seek") for each in chapters.all()] == ["0", str(CHAPTER_S)]
    for which, colour in zip((1, 0), (COLOURS["second"], COLOURS["first"]), strict=True):
        chapters.nth(which).click()
        wait_until(
            page,
            "at => { const video = document.querySelector('video');"
            " return video.currentTime > at + 0.5 && video.readyState > 2; }",
            which * CHAPTER_S,
        )
        shown = page.evaluate(COLOUR)
        assert max(abs(a - b) for a, b in zip(shown, colour, strict=True)) < 40, (which, shown)
        assert page.locator(".chapter.is-playing").count() == 1


def end_a_show(fair) -> int:
    """Let a show of the programme be over an hour ago, its first two goods shown one by one."""
    with psycopg.connect(fair.local.cluster.url) as connection:
        (show_id,) = connection.execute(
            "SELECT s.id FROM programme_show s JOIN live_room r ON r.show_id = s.id "
            "WHERE s.starts_at > now() + interval '3 hours' ORDER BY s.id DESC LIMIT 1"
        ).fetchone()
        connection.execute(
            "UPDATE programme_show SET starts_at = now() - interval '1 hour', "
            "ends_at = now() - interval '50 minutes' WHERE id = %s", [show_id],
        )  # fmt: skip
        connection.execute("DELETE FROM broadcast_pinnedmoment WHERE show_id = %s", [show_id])
        connection.execute(
            "INSERT INTO broadcast_pinnedmoment (show_id, sku_id, pinned_at) "
            "SELECT show_id, sku_id, now() - interval '1 hour' + (position * %s + 0.5) * interval '1 s' "
            "FROM programme_segment WHERE show_id = %s ORDER BY position LIMIT 2",
            [CHAPTER_S, show_id],
        )
    return show_id


def film(folder, starts_at: datetime) -> None:
    """A recording of two colours, one for each chapter."""
    encoder, recorder = ShowEncoder(width=180, height=320), Recorder(folder)
    recorder.begin(encoder.format, starts_at=starts_at)
    picture = np.full((320, 180, 4), 255, dtype=np.uint8)
    for index in range(2 * CHAPTER_S * 25):
        picture[:, :, :3] = COLOURS["first" if index < CHAPTER_S * 25 else "second"]
        for packet in encoder.push(picture, np.zeros(1_920, dtype=np.int16)):
            recorder.push(packet)
    for packet in encoder.finish():
        recorder.push(packet)
    recorder.finish()
