"""What she says, word by word: two lines at a time, the current word in turmeric."""

import skia

from chophien.streamer.face.ink import ink
from chophien.streamer.stage.lettering import Lettering, composed
from chophien.streamer.stage.sprite import Sprite
from chophien.streamer.stage.view import CaptionView

_LEFT, _WIDTH, _BOTTOM = 28.0, 580.0, 936.0
_PAD_X, _PAD_Y, _LINE = 22.0, 14.0, 45.0
_LINES_SHOWN = 2
_PLATE, _PAPER, _AHEAD, _TURMERIC = 0xC20D1230, 0xFFFFFFFF, 0xB8F3EAD8, 0xFFFFC93C


class Captions:
    """Lays a sentence out once, and paints again only when the word changes."""

    def __init__(self, lettering: Lettering, scale: float) -> None:
        self._lettering = lettering
        self._font = lettering.font(600, 33)
        self._scale = scale
        self._text: str | None = None
        self._lines: list[tuple[int, int]] = []
        self._shown: CaptionView | None = None
        self._sprite: Sprite | None = None

    def draw(self, canvas: skia.Canvas, caption: CaptionView | None) -> None:
        """Draw a caption on a canvas without scale; nothing for `None` or for no words."""
        if caption is None:
            return
        if caption != self._shown:
            self._shown = caption
            self._sprite = self._paint_sprite(caption)
        if self._sprite is not None:
            self._sprite.draw(canvas)

    def _paint_sprite(self, caption: CaptionView) -> Sprite | None:
        if caption.text != self._text:
            self._text = caption.text
            self._lines = self._lettering.wrapped(caption.text, self._font, _WIDTH - 2 * _PAD_X)
        if not self._lines:
            return None
        page = self._page(caption.starts_chars)
        top = _BOTTOM - 2 * _PAD_Y - _LINE * len(page)
        box = skia.Rect.MakeLTRB(_LEFT, top, _LEFT + _WIDTH, _BOTTOM)
        return Sprite(box, lambda canvas: self._paint(canvas, caption, page, box), self._scale)

    def _page(self, at_chars: int) -> list[tuple[int, int]]:
        """Return the lines shown while the word at `at_chars` is spoken."""
        current = 0
        for index, (start, _) in enumerate(self._lines):
            if start <= at_chars:
                current = index
        first = current - current % _LINES_SHOWN
        return self._lines[first : first + _LINES_SHOWN]

    def _paint(
        self,
        canvas: skia.Canvas,
        caption: CaptionView,
        page: list[tuple[int, int]],
        box: skia.Rect,
    ) -> None:
        wide = max(self._measure(caption.text[start:end]) for start, end in page)
        plate = skia.Rect.MakeLTRB(
            box.left(), box.top(), min(box.left() + wide + 2 * _PAD_X, box.right()), box.bottom()
        )
        canvas.drawRoundRect(plate, 20, 20, ink(_PLATE))
        for index, line in enumerate(page):
            baseline = box.top() + _PAD_Y + _LINE * index + 34
            self._paint_line(canvas, caption, line, (box.left() + _PAD_X, baseline))

    def _paint_line(
        self,
        canvas: skia.Canvas,
        caption: CaptionView,
        line: tuple[int, int],
        place: tuple[float, float],
    ) -> None:
        start, end = line
        word = (
            min(max(caption.starts_chars, start), end),
            min(max(caption.ends_chars, start), end),
        )
        pieces = ((start, word[0], _PAPER), (*word, _TURMERIC), (word[1], end, _AHEAD))
        for first, last, color in pieces:
            if first < last:
                x = place[0] + self._measure(caption.text[start:first])
                text = composed(caption.text[first:last])
                canvas.drawString(text, x, place[1], self._font, ink(color))
        if word[0] < word[1]:
            x = place[0] + self._measure(caption.text[start : word[0]])
            wide = self._measure(caption.text[word[0] : word[1]])
            canvas.drawRoundRect(
                skia.Rect.MakeXYWH(x, place[1] + 8, wide, 3.5), 2, 2, ink(_TURMERIC)
            )

    def _measure(self, text: str) -> float:
        return float(self._font.measureText(composed(text)))
