"""What the camera's page chooses and decides, in a real browser: formats and rates."""

import pytest
from tests.journeys.conftest import browser  # noqa: F401 - the fixture
from tests.web.test_page_clock import STATIC

pytestmark = pytest.mark.browser
CHOOSE = """
async (supported) => {
  const { listTypes } = await import("/js/camera_codecs.js");
  return listTypes((mime) => supported.some((each) => mime === each)).map(({ mime }) => mime);
}"""
LOOK = """
async (looks) => {
  const { Rates, STEPS_BPS } = await import("/js/camera_rates.js");
  const rates = new Rates();
  const said = [];
  for (const [at_s, waiting_s] of looks) {
    const what = rates.look((waiting_s * rates.bps) / 8, at_s * 1000);
    if (what) said.push([at_s, what, STEPS_BPS.indexOf(rates.bps)]);
  }
  return said;
}"""
WEBM_H264 = "video/webm;codecs=h264,opus"
MP4_AAC = "video/mp4;codecs=avc1.42E01F,mp4a.40.2"
MP4_OPUS = "video/mp4;codecs=avc1.42E01F,opus"
VP8, VP9 = "video/webm;codecs=vp8,opus", "video/webm;codecs=vp9,opus"


@pytest.fixture
def page(browser):  # noqa: F811 - the fixture
    page = browser.new_page()

    def answer(route):
        file = STATIC / route.request.url.split("/", 3)[3]
        if file.is_file():
            route.fulfill(body=file.read_text(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page.route("http://localhost/**", answer)
    page.goto("http://localhost/page")
    yield page
    page.close()


@pytest.mark.parametrize(
    ("label", "supported", "chosen"),
    [
        ("Chrome on Linux", [WEBM_H264, MP4_OPUS, VP8, VP9], [WEBM_H264, MP4_OPUS, VP8, VP9]),
        ("Chrome on Android", [VP9, VP8, MP4_AAC, WEBM_H264], [WEBM_H264, MP4_AAC, VP8, VP9]),
        ("Safari before 18.4", [MP4_AAC, "video/mp4"], [MP4_AAC, "video/mp4"]),
        ("Safari now", [VP8, VP9, MP4_AAC], [MP4_AAC, VP8, VP9]),
        ("Firefox", ["video/webm", VP8], [VP8, "video/webm"]),
        ("none", [], []),
    ],
)
def test_format_is_the_best_that_the_browser_has(page, label, supported, chosen):
    assert page.evaluate(CHOOSE, supported) == chosen, label


def test_this_browser_records_h264_in_webm(page):
    types = page.evaluate("import('/js/camera_codecs.js').then((m) => m.listTypes())")

    assert types[0]["mime"] == WEBM_H264


@pytest.mark.parametrize(
    ("label", "looks", "said"),
    [
        ("a good line", [(s, 0.1) for s in range(300)], []),
        ("a hiccup", [(0, 0.1), (1, 1.4), (2, 0.2)], []),
        ("a thin line", [(0, 2), (1, 2), (5, 2)], [[0, "lower", 1], [5, "lower", 2]]),
        ("the lowest", [(5 * s, 2) for s in range(9)], [[0, "lower", 1], [5, "lower", 2], [10, "lower", 3]]),
        ("better again", [(0, 2), *[(s, 0) for s in range(1, 40)]], [[0, "lower", 1], [21, "higher", 0]]),
        ("hopeless", [(0, 9)], [[0, "anew", 1]]),
    ],
)  # fmt: skip
def test_rate_follows_the_line(page, label, looks, said):
    assert page.evaluate(LOOK, looks) == said, label


def test_rate_that_failed_again_is_tried_later_and_later(page):
    looks = [(0, 2), *[(s, 0) for s in range(1, 30)], (30, 2), *[(s, 0) for s in range(31, 140)]]

    said = page.evaluate(LOOK, looks)

    assert said[:3] == [[0, "lower", 1], [21, "higher", 0], [30, "lower", 1]]
    assert said[3][0] >= 90
