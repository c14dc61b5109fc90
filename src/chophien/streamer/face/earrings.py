"""Gold drops at the ears, that swing after the head."""

import skia

from chophien.streamer.face.ink import fade, ink, linear, pen, smooth
from chophien.streamer.face.palette import Palette


class Earrings:
    """One earring around the lobe of its ear."""

    def __init__(self, palette: Palette) -> None:
        self._drop = smooth([(0, 10), (4.2, 21), (0, 28), (-4.2, 21)], closed=True)
        self._gold = linear((-4, 10), (4, 28), [0xFFFFF1C0, palette.gold, 0xFF9A6312])
        self._wire = pen(palette.gold, 1.5)
        self._stud = ink(palette.gold)
        self._shine = ink(fade(0xFFFFFFFF, 0.85))

    def draw(self, canvas: skia.Canvas, sway: float) -> None:
        """Draw the earring; `sway` is how far the hair's tips lag, in pixels."""
        canvas.rotate(-1.3 * sway)
        canvas.drawLine(0, 0, 0, 12, self._wire)
        canvas.drawPath(self._drop, self._gold)
        canvas.drawCircle(0, 0, 2.6, self._stud)
        canvas.drawCircle(-1.3, 19, 1.2, self._shine)
