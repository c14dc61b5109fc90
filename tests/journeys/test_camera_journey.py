"""A host goes on air with her phone; her line is cut for ten seconds, and the show goes on."""

import io
import re
import time

import av
import pytest
from playwright.sync_api import sync_playwright
from tests.journeys.conftest import CHROMIUM, CHROMIUM_OPTIONS, PHONE, can_drive
from tests.journeys.cut_line import CutLine

CUT_S = 10
LIVE = "[data-camera][data-state=live]"
FAKE_CAMERA = [
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
SHOW = """
SELECT show.id, room.id FROM programme_show show
JOIN programme_host host ON host.id = show.host_id JOIN live_room room ON room.show_id = show.id
JOIN accounts_user person ON person.id = host.person_id
WHERE person.username = 'creator' AND show.starts_at <= now() AND show.ends_at > now()
ORDER BY show.id LIMIT 1
"""


@pytest.fixture
def line(fair):
    cut = CutLine(fair.local.media_port)
    yield cut
    cut.close()


@pytest.fixture
def phone(fair, line):
    """A phone whose camera is made up, and whose way to the media server is the line."""
    if CHROMIUM is None or not can_drive():
        pytest.skip("browser journeys need: apt-get install chromium libatomic1")
    rule = f"MAP localhost:{fair.local.media_port} 127.0.0.1:{line.port}"
    with sync_playwright() as playwright:
        options = [each for each in CHROMIUM_OPTIONS if "autoplay" not in each]
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*options, *FAKE_CAMERA, f"--host-resolver-rules={rule}"]
        )
        context = chromium.new_context(viewport=PHONE, locale="vi-VN", has_touch=True)
        context.set_default_timeout(30_000)
        faults = []
        context.on("weberror", lambda error: faults.append(str(error.error)))
        yield context.new_page()
        chromium.close()
    assert faults == []


def log_in(page, fair):
    page.goto(f"{fair.url}/accounts/login/?next=/studio/")
    page.fill("[name=login]", "creator")
    page.fill("[name=password]", fair.get_password("creator"))
    page.click("main button[type=submit]")
    page.wait_for_url("**/studio/")


def read_state(fair, show_id):
    found = fair.query("SELECT state, epochs FROM broadcast_onair WHERE show_id = %s", show_id)
    return found[0] if found else ("", 0)


def wait_for_state(fair, show_id, state, seconds=15):
    deadline = time.monotonic() + seconds
    while read_state(fair, show_id)[0] != state:
        assert time.monotonic() < deadline, f"not {state}: {read_state(fair, show_id)}"
        time.sleep(0.2)


def read_playlist(fair, room_id):
    return (fair.local.hls_root / str(room_id) / "main" / "live.m3u8").read_text()


def count_pictures(fair, room_id):
    """Pictures that can be decoded of each epoch in the window, after its size."""
    folder = fair.local.hls_root / str(room_id) / "main"
    epochs = {}
    init = None
    for line in read_playlist(fair, room_id).splitlines():
        if found := re.match(r'#EXT-X-MAP:URI="(.+)"', line):
            init = found[1]
            epochs[init] = (folder / init).read_bytes()
        elif line.startswith("seg-"):
            epochs[init] += (folder / line).read_bytes()
    counts = []
    for data in epochs.values():
        with av.open(io.BytesIO(data)) as video:
            counts.append(sum(1 for _ in video.decode(video=0)))
    return counts


@pytest.mark.slow
@pytest.mark.timeout(500)
def test_host_goes_live_is_cut_off_for_ten_seconds_and_the_show_goes_on(fair, phone, line):
    ((show_id, room_id),) = fair.query(SHOW)
    log_in(phone, fair)
    phone.goto(f"{fair.url}/studio/{show_id}/live/")
    phone.wait_for_selector("[data-camera][data-state=ready]")
    phone.click("[data-go]")
    phone.wait_for_selector(LIVE)
    wait_for_state(fair, show_id, "live")
    assert phone.locator("[data-codec-name]").inner_text().startswith("H.264")
    time.sleep(3)

    line.cut()
    phone.wait_for_selector("[data-camera][data-state=away]")
    wait_for_state(fair, show_id, "slate")
    before = read_playlist(fair, room_id)
    time.sleep(CUT_S - 3)
    assert read_playlist(fair, room_id) != before, "viewers see the slate go on"
    assert "Sẽ trở lại ngay" in phone.locator("[data-say]").inner_text()

    line.mend()
    phone.wait_for_selector(LIVE)
    wait_for_state(fair, show_id, "live")
    assert read_state(fair, show_id)[1] == 3, "camera, slate, camera"
    time.sleep(3)
    playlist = read_playlist(fair, room_id)
    assert playlist.count("#EXT-X-DISCONTINUITY\n") >= 2
    counts = count_pictures(fair, room_id)
    assert len(counts) >= 2
    assert min(counts) > 10

    phone.click("[data-pause]")
    wait_for_state(fair, show_id, "slate")
    phone.click("[data-pause]")
    phone.wait_for_selector(LIVE)
    phone.click("[data-stop]")
    phone.click("[data-undo]")
    phone.wait_for_selector(LIVE)
    phone.click("[data-stop]")
    phone.wait_for_selector("[data-camera][data-state=ended]")
    wait_for_state(fair, show_id, "ended")
    assert phone.locator("[data-fault]").is_hidden()


def test_camera_of_a_show_that_was_stopped_says_why(fair, phone):
    ((show_id, _),) = fair.query(SHOW)
    log_in(phone, fair)
    phone.goto(f"{fair.url}/studio/{show_id}/live/")
    phone.wait_for_selector("[data-camera][data-state=ready]")
    fair.query("UPDATE programme_show SET cancelled_at = now() WHERE id = %s RETURNING id", show_id)

    try:
        phone.click("[data-go]")
        phone.wait_for_selector("[data-camera][data-state=failed]")
        assert phone.locator("[data-fault]").is_visible()
        phone.wait_for_selector("#hindrances li")
    finally:
        fair.query(
            "UPDATE programme_show SET cancelled_at = NULL WHERE id = %s RETURNING id", show_id
        )
