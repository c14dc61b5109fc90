"""The marks at the top: that the host is artificial, that it is live, what show this is."""

from math import sin

import skia

from chophien.streamer.face.ink import fade, ink
from chophien.streamer.stage.lettering import Lettering, composed
from chophien.streamer.stage.sprite import Sprite
from chophien.streamer.stage.view import StageView

_BOX = skia.Rect.MakeLTRB(0, 24, 720, 146)
_TOP, _TALL, _LEFT, _RIGHT = 36.0, 42.0, 28.0, 692.0
_LIVE = {"vi": "TRỰC TIẾP", "en": "LIVE"}
_ALWAYS = "AI"  # shown should a view come without its words: the law asks for the mark
_NIGHT, _PAPER, _LOTUS, _TURMERIC = 0xFF12183C, 0xFFFBF7EF, 0xFFB02A52, 0xFFF2B418


class Marks:
    """Paints the top strip again only when its words change."""

    def __init__(self, lettering: Lettering, language: str, scale: float) -> None:
        self._lettering = lettering
        self._live = _LIVE.get(language, "LIVE")
        self._scale = scale
        self._words: tuple[str, str, str | None] | None = None
        self._strip: Sprite | None = None
        self._dot = ink(0xFFFFFFFF)

    def draw(self, canvas: skia.Canvas, view: StageView, at_s: float) -> None:
        """Draw the marks of `view` on a canvas without scale."""
        words = (view.title, view.ai_mark.strip() or _ALWAYS, view.demo_mark)
        if self._strip is None or words != self._words:
            self._words = words
            self._strip = Sprite(_BOX, lambda strip: self._paint(strip, words), self._scale)
        self._strip.draw(canvas)
        canvas.save()
        canvas.scale(self._scale, self._scale)
        self._dot.setAlphaf(0.62 + 0.38 * sin(at_s * 3.4))
        canvas.drawCircle(_LEFT + 20, _TOP + _TALL / 2, 6.0, self._dot)
        canvas.restore()

    def _paint(self, canvas: skia.Canvas, words: tuple[str, str, str | None]) -> None:
        title, ai_mark, demo_mark = words
        font = self._lettering.font(800, 19)
        right = self._pill(canvas, (_LEFT, self._live), font, (_LOTUS, 0xFFFFFFFF), 36)
        right = self._pill(
            canvas,
            (right + 10, composed(ai_mark)),
            self._lettering.font(600, 21),
            (_TURMERIC, _NIGHT),
            42,
        )
        _paint_spark(canvas, right - self._width(ai_mark) - 16 - 15)
        if demo_mark:
            small = self._lettering.font(600, 18)
            text = self._lettering.shortened(demo_mark, small, _RIGHT - right - 10 - 32)
            self._pill(canvas, (right + 10, text), small, (fade(_NIGHT, 0.72), _PAPER), 16)
        self._paint_title(canvas, title)

    def _width(self, ai_mark: str) -> float:
        return float(self._lettering.font(600, 21).measureText(composed(ai_mark)))

    def _paint_title(self, canvas: skia.Canvas, title: str) -> None:
        font = self._lettering.font(600, 25)
        text = self._lettering.shortened(title, font, _RIGHT - _LEFT)
        canvas.drawString(text, _LEFT + 1, 117, font, ink(0xE6000000, blur=4))
        canvas.drawString(text, _LEFT, 115, font, ink(_PAPER))

    def _pill(
        self,
        canvas: skia.Canvas,
        place: tuple[float, str],
        font: skia.Font,
        colors: tuple[int, int],
        indent: float,
    ) -> float:
        """Draw a pill with text from a left edge, and return its right edge."""
        left, text = place
        right = left + indent + font.measureText(text) + 16
        pill = skia.Rect.MakeLTRB(left, _TOP, right, _TOP + _TALL)
        canvas.drawRoundRect(pill.makeOffset(0, 3), _TALL / 2, _TALL / 2, ink(0x66000000, blur=5))
        canvas.drawRoundRect(pill, _TALL / 2, _TALL / 2, ink(colors[0]))
        metrics = font.getMetrics()
        baseline = _TOP + _TALL / 2 - (metrics.fAscent + metrics.fDescent) / 2
        canvas.drawString(text, left + indent, baseline, font, ink(colors[1]))
        return float(right)


def _paint_spark(canvas: skia.Canvas, x: float) -> None:
    """Draw a small four-pointed star: made by a machine."""
    canvas.save()
    canvas.translate(x, _TOP + _TALL / 2)
    for size, at_x, at_y in ((9.5, -2.0, 1.5), (4.4, 7.5, -7.0)):
        star = skia.Path()
        star.moveTo(at_x, at_y - size)
        for ax, ay in ((size, 0), (0, size), (-size, 0), (0, -size)):
            star.quadTo(at_x, at_y, at_x + ax, at_y + ay)
        canvas.drawPath(star, ink(_NIGHT))
    canvas.restore()
