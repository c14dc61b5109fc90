from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import chophien.streamer
from chophien.streamer.face.pose import Pose
from chophien.streamer.face.puppet import Puppet
from chophien.streamer.stage.lettering import FontMissingError, Lettering
from chophien.streamer.stage.stage import Stage
from chophien.streamer.stage.view import CaptionView, CardView, StageView

FONTS = Path(next(iter(chophien.streamer.__path__))) / "fonts"
SIZES = [(180, 320), (480, 854), (720, 1280)]
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<rect width="10" height="10" fill="#00ffff"/></svg>'
)
CARD = CardView(
    picture="honey",
    name="Mật ong hoa cà phê",
    origin="Gia Lai · Hợp tác xã Ia Mơ Nông",
    price="95.000 ₫",
    was="126.000 ₫",
    badge="−25 %",
    stock="Còn 48",
    sold_out=False,
)
VIEW = StageView(
    title="Chợ phiên Mùa Vàng",
    ai_mark="AI · Người dẫn ảo",
    demo_mark="Dữ liệu minh hoạ",
    card=None,
    caption=None,
)
TEXT = "Mật ong hoa cà phê chỉ còn chín mươi lăm nghìn đồng một hũ, bà con ơi!"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "honey.svg").write_text(DRAWING, encoding="utf-8")
    (folder / "tea.svg").write_text(DRAWING.replace("#00ffff", "#00ff00"), encoding="utf-8")
    return folder


def make_stage(pictures: Path, size: tuple[int, int] = (180, 320)) -> Stage:
    width, height = size
    return Stage(
        width=width,
        height=height,
        face=Puppet(),
        pictures=pictures,
        fonts=FONTS,
        language="vi",
    )


def speaking(word: str) -> StageView:
    start = TEXT.index(word)
    caption = CaptionView(text=TEXT, starts_chars=start, ends_chars=start + len(word))
    return replace(VIEW, caption=caption)


def near(frame: NDArray[np.uint8], color: tuple[int, int, int]) -> NDArray[np.bool_]:
    return np.abs(frame[:, :, :3].astype(int) - color).max(axis=2) < 40


def changed_box(
    first: NDArray[np.uint8], second: NDArray[np.uint8]
) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of what differs, in pixels of the 720 wide layout."""
    rows, columns = np.nonzero((first != second).any(axis=2))
    scale = 720 / first.shape[1]
    return (
        float(columns.min() * scale),
        float(rows.min() * scale),
        float((columns.max() + 1) * scale),
        float((rows.max() + 1) * scale),
    )


@pytest.mark.parametrize("size", SIZES)
def test_frame_is_opaque_contiguous_rgba(pictures: Path, size: tuple[int, int]) -> None:
    frame = make_stage(pictures, size).render(VIEW, Pose(at_s=1.0))

    assert frame.shape == (size[1], size[0], 4)
    assert frame.dtype == np.uint8
    assert frame.flags.c_contiguous
    assert (frame[:, :, 3] == 255).all()
    assert frame[:, :, :3].std() > 30


def test_frame_is_not_overwritten_by_the_next(pictures: Path) -> None:
    stage = make_stage(pictures)
    frame = stage.render(VIEW, Pose(at_s=1.0))
    kept = frame.copy()

    stage.render(VIEW, Pose(at_s=2.0))

    assert np.array_equal(frame, kept)


def test_same_frames_give_same_bytes(pictures: Path) -> None:
    frames = [
        (VIEW, Pose(at_s=1.0)),
        (replace(VIEW, card=CARD), Pose(at_s=1.04)),
        (replace(VIEW, card=CARD), Pose(at_s=1.2)),
    ]
    first, second = make_stage(pictures), make_stage(pictures)

    for view, pose in frames:
        assert np.array_equal(first.render(view, pose), second.render(view, pose))


def test_refuses_a_size_that_is_not_nine_by_sixteen(pictures: Path) -> None:
    with pytest.raises(ValueError, match="drawn 9:16, not 1280×720"):
        make_stage(pictures, (1280, 720))


def test_missing_font_is_an_error(pictures: Path) -> None:
    with pytest.raises(FontMissingError, match="cannot open the font"):
        Lettering(pictures)


def test_font_has_every_letter_of_vietnamese_and_the_dong() -> None:
    letters = "aăâeêioôơuưy"
    tones = [
        letter + tone for letter in letters for tone in ("", *"\u0300\u0301\u0303\u0309\u0323")
    ]
    text = "Mật ong Gia Lai · 95.000 ₫ · Đường ỡ ễ ặ −25 % … ¥ " + "".join(tones)
    lettering = Lettering(FONTS)

    for weight in (400, 600, 800):
        font = lettering.font(weight, 20)
        whole = lettering.shortened(text + text.upper() + "đĐ", font, 1e6)
        missing = [letter for letter in whole if font.unicharToGlyph(ord(letter)) == 0]
        assert missing == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("case", "view"),
    [
        ("bare", replace(VIEW, demo_mark=None, title="")),
        ("full", replace(speaking("chỉ còn"), card=CARD)),
        ("words forgotten", replace(VIEW, ai_mark="  ")),
    ],
)
def test_ai_mark_is_always_on(
    pictures: Path, size: tuple[int, int], case: str, view: StageView
) -> None:
    stage = make_stage(pictures, size)
    scale = size[0] / 720
    strip = slice(round(38 * scale), round(76 * scale))

    for pose in (Pose(at_s=0.0), Pose(at_s=3.3, greeting=1.0), Pose(at_s=9.9, pointing=1.0)):
        pill = near(stage.render(view, pose)[strip], (0xF2, 0xB4, 0x18))
        assert pill.sum() > 1200 * scale * scale, case


def test_ai_mark_shows_its_words(pictures: Path) -> None:
    stage = make_stage(pictures)

    first = stage.render(VIEW, Pose(at_s=1.0))
    other = stage.render(replace(VIEW, ai_mark="AI · Máy nói"), Pose(at_s=1.0))

    _, top, _, bottom = changed_box(first, other)
    assert top >= 28
    assert bottom <= 96


def test_current_word_is_the_one_in_turmeric(pictures: Path) -> None:
    stage = make_stage(pictures, (360, 640))
    silent = stage.render(VIEW, Pose(at_s=1.0))
    centers = []
    for word in ("Mật", "hoa", "phê"):
        frame = stage.render(speaking(word), Pose(at_s=1.0))
        bright = near(frame, (0xFF, 0xC9, 0x3C)) & (frame != silent).any(axis=2)
        centers.append(float(np.nonzero(bright[410:468])[1].mean()))

    assert centers == sorted(centers)
    assert centers[1] - centers[0] > 20
    assert centers[2] - centers[1] > 20


def test_caption_stays_off_the_face_and_out_of_the_page_controls(pictures: Path) -> None:
    stage = make_stage(pictures)
    silent = stage.render(VIEW, Pose(at_s=1.0))

    for word in ("Mật", "chín", "ơi"):
        left, top, right, bottom = changed_box(silent, stage.render(speaking(word), Pose(at_s=1.0)))
        assert (left, right) == pytest.approx((28, right), abs=4)
        assert right <= 624
        assert top >= 800
        assert bottom <= 944


def test_caption_shows_the_line_of_the_current_word(pictures: Path) -> None:
    stage = make_stage(pictures)

    early = stage.render(speaking("Mật"), Pose(at_s=1.0))
    late = stage.render(speaking("ơi"), Pose(at_s=1.0))

    assert not np.array_equal(early[200:236], late[200:236])


def test_lines_hold_every_word_and_never_split_one() -> None:
    lettering = Lettering(FONTS)
    font = lettering.font(600, 33)

    lines = lettering.wrapped(TEXT, font, 400)

    assert " ".join(TEXT[start:end] for start, end in lines) == TEXT
    assert all(font.measureText(TEXT[start:end]) <= 400 for start, end in lines)


def test_card_slides_in_stays_and_leaves(pictures: Path) -> None:
    stage = make_stage(pictures)
    shown = replace(VIEW, card=CARD)
    cyan = (0, 255, 255)
    stage.render(VIEW, Pose(at_s=1.0))

    coming = near(stage.render(shown, Pose(at_s=1.04)), cyan).sum()
    there = near(stage.render(shown, Pose(at_s=2.0)), cyan).sum()
    stage.render(VIEW, Pose(at_s=2.04))
    gone = near(stage.render(VIEW, Pose(at_s=3.0)), cyan).sum()

    assert coming < there
    assert there > 900
    assert gone == 0


def test_card_is_where_the_page_leaves_room(pictures: Path) -> None:
    bare = make_stage(pictures).render(VIEW, Pose(at_s=1.0))
    carded = make_stage(pictures).render(replace(VIEW, card=CARD), Pose(at_s=1.0))

    left, top, right, bottom = changed_box(bare, carded)

    assert left >= 12
    assert right <= 624
    assert top >= 930
    assert bottom <= 1196


def test_next_card_replaces_the_one_before(pictures: Path) -> None:
    stage = make_stage(pictures)
    stage.render(replace(VIEW, card=CARD), Pose(at_s=1.0))
    tea = replace(VIEW, card=replace(CARD, picture="tea", name="Trà Shan tuyết"))
    stage.render(tea, Pose(at_s=2.0))

    frame = stage.render(tea, Pose(at_s=3.0))

    assert near(frame, (0, 255, 0)).sum() > 900
    assert near(frame, (0, 255, 255)).sum() == 0


def test_new_price_of_the_same_goods_shows_at_once(pictures: Path) -> None:
    stage = make_stage(pictures)
    stage.render(replace(VIEW, card=CARD), Pose(at_s=1.0))
    cheaper = replace(VIEW, card=replace(CARD, price="89.000 ₫"))

    frame = stage.render(cheaper, Pose(at_s=1.04))

    settled = make_stage(pictures).render(cheaper, Pose(at_s=1.04))
    assert np.array_equal(frame, settled)


@pytest.mark.parametrize("picture", ["nowhere", "../honey", "sub/honey"])
def test_goods_without_a_drawing_still_get_a_card(pictures: Path, picture: str) -> None:
    stage = make_stage(pictures)

    frame = stage.render(replace(VIEW, card=replace(CARD, picture=picture)), Pose(at_s=1.0))

    assert near(frame, (0, 255, 255)).sum() == 0
    assert near(frame, (0xF2, 0xB4, 0x18))[266:285, 56:125].sum() > 30
