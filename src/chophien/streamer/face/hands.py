"""Hands that change from rest to gesture finger by finger.

Frame of a hand: wrist at the origin, fingers towards +y, thumb on the -x side.
"""

from dataclasses import dataclass
from functools import partial
from typing import Self

import skia

from chophien.streamer.face.ink import Points, fade, ink, linear, mix, pen, ribbon, smooth
from chophien.streamer.face.layer import paint_image
from chophien.streamer.face.palette import Palette

Finger = tuple[tuple[float, float], ...]

_WIDTHS = (
    (17.5, 15.5, 13.5, 9.0),
    (16.5, 15.5, 14.0, 9.5),
    (17.0, 15.8, 14.2, 9.5),
    (16.0, 15.0, 13.4, 9.0),
    (14.5, 13.0, 11.5, 8.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandShape:
    """Four joints for each of thumb, index, middle, ring and little finger; and the palm."""

    fingers: tuple[Finger, Finger, Finger, Finger, Finger]
    palm: Finger
    nails: float
    """1 where the back of the hand is seen, 0 where the palm is."""

    def toward(self, other: Self, share: float) -> Self:
        """Return the shape `share` of the way to `other`."""
        return type(self)(
            fingers=(
                _between(self.fingers[0], other.fingers[0], share),
                _between(self.fingers[1], other.fingers[1], share),
                _between(self.fingers[2], other.fingers[2], share),
                _between(self.fingers[3], other.fingers[3], share),
                _between(self.fingers[4], other.fingers[4], share),
            ),
            palm=_between(self.palm, other.palm, share),
            nails=self.nails + (other.nails - self.nails) * share,
        )


def _between(first: Finger, second: Finger, share: float) -> Finger:
    return tuple(
        (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
        for a, b in zip(first, second, strict=True)
    )


_PALM: Finger = (
    (-17, -6),
    (-24, 16),
    (-29, 40),
    (-27, 58),
    (-8, 65),
    (9, 63),
    (25, 54),
    (25, 34),
    (18, -6),
)

RESTING = HandShape(
    fingers=(
        ((-20, 14), (-29, 30), (-30, 46), (-26, 60)),
        ((-19, 52), (-20, 74), (-18, 92), (-14, 106)),
        ((-6, 58), (-6, 82), (-4, 101), (-1, 114)),
        ((7, 56), (8, 79), (8, 97), (9, 109)),
        ((18, 48), (20, 68), (20, 83), (19, 94)),
    ),
    palm=_PALM,
    nails=1.0,
)
OPEN = HandShape(
    fingers=(
        ((18, 14), (38, 28), (50, 44), (55, 60)),
        ((20, 54), (26, 80), (30, 99), (33, 114)),
        ((6, 60), (8, 88), (9, 108), (10, 125)),
        ((-8, 58), (-11, 84), (-13, 103), (-15, 118)),
        ((-20, 50), (-29, 70), (-34, 84), (-38, 96)),
    ),
    palm=tuple((-x, y) for x, y in _PALM),
    nails=0.0,
)
POINTING = HandShape(
    fingers=(
        ((-19, 14), (-29, 32), (-27, 50), (-16, 60)),
        ((-18, 52), (-21, 78), (-22, 98), (-22, 116)),
        ((-4, 56), (-5, 76), (-9, 80), (-10, 66)),
        ((9, 54), (9, 73), (4, 77), (2, 64)),
        ((20, 47), (20, 64), (15, 68), (13, 57)),
    ),
    palm=_PALM,
    nails=1.0,
)


_BOUNDS = skia.Rect.MakeLTRB(-66, -14, 66, 138)
_DETAIL = 2.0  # texels per pixel: the hand is turned, and looked up without filtering


class Hand:
    """Draws a hand shape; the caller has moved and turned the canvas to the wrist."""

    def __init__(self, palette: Palette, scale: float) -> None:
        self._edge = pen(mix(palette.skin_deep, palette.lip_deep, 0.25), 2.2)
        self._skin = linear(
            (-34, 0),
            (34, 40),
            [palette.skin_light, palette.skin, mix(palette.skin, palette.skin_shade, 0.7)],
            [0, 0.55, 1],
        )
        self._nail = ink(mix(palette.lip_light, palette.petal, 0.35))
        self._shine = ink(fade(0xFFFFFFFF, 0.55))
        self._crease = pen(fade(palette.skin_deep, 0.45), 1.6)

        self._held = {
            name: paint_image(
                _BOUNDS, partial(self._paint, shape=shape), scale * _DETAIL, softening=0.6
            )
            for name, shape in (("open", OPEN), ("pointing", POINTING))
        }

    def draw(self, canvas: skia.Canvas, shape: HandShape) -> None:
        """Draw a hand; one that holds a gesture comes from an image, painted once."""
        held = "open" if shape is OPEN else "pointing" if shape is POINTING else None
        if held is None:
            self._paint(canvas, shape)
        else:
            canvas.drawImageRect(self._held[held], _BOUNDS, skia.SamplingOptions())

    def _paint(self, canvas: skia.Canvas, shape: HandShape) -> None:
        palm = smooth(shape.palm, closed=True)
        canvas.drawPath(palm, self._edge)
        bands = [ribbon(f, w) for f, w in zip(shape.fingers, _WIDTHS, strict=True)]
        for index in (4, 3, 2, 1):
            canvas.drawPath(bands[index], self._edge)
            canvas.drawPath(bands[index], self._skin)
        canvas.drawPath(palm, self._skin)
        canvas.drawPath(bands[0], self._edge)
        canvas.drawPath(bands[0], self._skin)
        root = shape.fingers[0][0]
        canvas.drawCircle(root[0] * 0.8, root[1] + 3, 9.5, self._skin)
        for finger in shape.fingers:
            self._finish_finger(canvas, finger, shape.nails)
        if shape.nails < 0.5:  # noqa: PLR2004 - the palm faces the viewer
            side = 1 if shape.palm[0][0] > 0 else -1
            canvas.drawPath(
                smooth([(side * 16, 40), (side * 2, 40), (side * -14, 50)]), self._crease
            )
            canvas.drawPath(smooth([(side * 16, 34), (side * 6, 20), (side * 6, 4)]), self._crease)

    def _finish_finger(self, canvas: skia.Canvas, finger: Points, nails: float) -> None:
        (ax, ay), (bx, by) = finger[2], finger[3]
        if nails > 0.5 and by > ay:  # noqa: PLR2004 - the back faces the viewer, not curled
            canvas.save()
            canvas.translate(bx, by)
            canvas.rotate(-57.3 * (bx - ax) / max(by - ay, 4.0))
            canvas.drawOval(skia.Rect.MakeXYWH(-3.9, -6.5, 7.8, 11.5), self._nail)
            canvas.drawOval(skia.Rect.MakeXYWH(-2.4, -4.5, 2.2, 5.5), self._shine)
            canvas.restore()
