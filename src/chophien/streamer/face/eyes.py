"""Eyes and brows: almond lids over a shaded ball, a warm dark iris, lashes, a soft crease."""

import skia

from chophien.streamer.face.expression import Expression
from chophien.streamer.face.ink import (
    Points,
    curve,
    fade,
    ink,
    linear,
    mix,
    pen,
    polygon,
    radial,
    ribbon,
)
from chophien.streamer.face.layer import paint_image
from chophien.streamer.face.palette import Palette

INNER, OUTER = -27.0, 28.0
_IRIS = 15.2
_IRIS_BOUNDS = skia.Rect.MakeLTRB(-17, -17, 17, 17)
_EYE_DETAIL = 2.4  # texels per pixel of the iris
_LINEAR = skia.SamplingOptions(skia.FilterMode.kLinear)
_LASH_WIDTHS = (0.7, 1.7, 2.8, 3.9, 4.9, 5.6, 5.5, 4.2, 0.6)


class Eye:
    """One eye around the middle of the ball, its outer corner to the right (mirror the other)."""

    def __init__(self, palette: Palette, scale: float) -> None:
        self._white = radial(
            (-1, 3),
            32,
            [palette.eye_white, palette.eye_white, mix(palette.eye_white, palette.skin_deep, 0.45)],
            [0, 0.55, 1],
        )
        self._iris = paint_image(
            _IRIS_BOUNDS, lambda canvas: _paint_iris(canvas, palette), scale * _EYE_DETAIL
        )
        self._lid_shadows = [pen(fade(palette.hair_deep, alpha), 7.0) for alpha in (0.22, 0.16)]
        self._lash = ink(palette.lash)
        self._lower = pen(fade(palette.lash, 0.42), 1.4)
        self._crease = pen(fade(palette.skin_deep, 0.72), 1.7)
        self._lid = linear(
            (0, -22), (0, 6), [fade(palette.skin_deep, 0.0), fade(palette.skin_deep, 0.38)]
        )
        self._corner = ink(fade(palette.blush, 0.5), blur=1.0)

    def draw(
        self,
        canvas: skia.Canvas,
        *,
        opening: float,
        squint: float,
        gaze: tuple[float, float],
        light: float,
    ) -> None:
        """Draw the eye; `opening` 1 is at rest, `light` is -1 where the frame is mirrored."""
        opening = max(opening, 0.0)
        upper = _upper_lid(opening, squint)
        lower = _lower_lid(opening, squint)
        almond = polygon([*upper, *reversed(lower)])
        if opening > 0.06:  # noqa: PLR2004 - below this the lids touch
            self._draw_ball(canvas, almond, upper, gaze, light)
        self._draw_lids(canvas, upper, lower, opening)

    def _draw_ball(
        self,
        canvas: skia.Canvas,
        almond: skia.Path,
        upper: Points,
        gaze: tuple[float, float],
        light: float,
    ) -> None:
        canvas.save()
        canvas.clipPath(almond, doAntiAlias=True)
        canvas.drawPaint(self._white)
        canvas.drawCircle(INNER + 3, 5, 2.8, self._corner)
        canvas.save()
        canvas.translate(gaze[0] * 8.5, gaze[1] * 4.5 - 1.2)
        canvas.scale(light, 1)
        canvas.drawImageRect(self._iris, _IRIS_BOUNDS, _LINEAR)
        canvas.restore()
        for drop, shadow in zip((1.5, 4.0), self._lid_shadows, strict=True):
            canvas.save()
            canvas.translate(0, drop)
            canvas.drawPath(polygon(upper, closed=False), shadow)
            canvas.restore()
        canvas.restore()

    def _draw_lids(self, canvas: skia.Canvas, upper: Points, lower: Points, opening: float) -> None:
        crease = curve(
            [
                (INNER + 1, -3 - 4 * opening),
                (-16, -17 - 7 * opening),
                (12, -19 - 7 * opening),
                (OUTER + 5, -7 - 2.5 * opening),
            ],
            13,
        )
        if opening < 0.9:  # noqa: PLR2004 - a lowered lid takes some shade
            lid = polygon([*crease, *reversed(upper)])
            canvas.drawPath(lid, self._lid)
        canvas.drawPath(polygon(crease, closed=False), self._crease)
        canvas.drawPath(polygon(lower[5:], closed=False), self._lower)
        spine = [
            *upper[:19:3],
            (OUTER + 0.5, upper[-1][1] - 3.2 * opening - 0.6),
            (OUTER + 8.0, upper[-1][1] - 5.4 * opening - 2.0),
        ]
        canvas.drawPath(ribbon(spine, _LASH_WIDTHS), self._lash)


def _paint_iris(canvas: skia.Canvas, palette: Palette) -> None:
    canvas.drawCircle(
        0,
        0,
        _IRIS,
        linear(
            (0, -_IRIS),
            (0, _IRIS),
            [palette.pupil, palette.iris, palette.iris_light],
            [0.05, 0.5, 1],
        ),
    )
    for index in range(28):
        canvas.save()
        canvas.rotate(index * 360 / 28)
        color = palette.iris_light if index % 2 else palette.pupil
        canvas.drawLine(0, 6, 0, _IRIS - 2, pen(fade(color, 0.22), 1.0, blur=0.4))
        canvas.restore()
    canvas.drawCircle(
        0, 0, _IRIS, radial((0, 8), 10, [fade(palette.rim, 0.75), fade(palette.rim, 0.0)])
    )
    canvas.drawCircle(0, 0, _IRIS - 0.9, pen(fade(palette.pupil, 0.9), 2.0, blur=0.5))
    canvas.drawCircle(0, 0, 6.6, ink(palette.pupil, blur=0.5))
    canvas.drawCircle(-4.8, -5.2, 4.4, ink(0xFFFFFFFF))
    canvas.drawCircle(5.4, 5.8, 2.3, ink(0xAAFFF1DC))


def _upper_lid(opening: float, squint: float) -> list[tuple[float, float]]:
    low = _lower_controls(squint)
    high = [(-19.0, -14.5), (4.0, -24.0), (23.0, -16.5)]
    share = opening * (1 - 0.12 * squint)
    middle = [
        (lx + (hx - lx) * share, ly * 0.8 + 4 + (hy - ly * 0.8 - 4) * share)
        for (hx, hy), (lx, ly) in zip(high, low, strict=True)
    ]
    return curve([(INNER, 6.0), *middle, (OUTER, -2.0 + 4.0 * (1 - opening))], 22)


def _lower_lid(opening: float, squint: float) -> list[tuple[float, float]]:
    return curve([(INNER, 6.0), *_lower_controls(squint), (OUTER, -2.0 + 4.0 * (1 - opening))], 22)


def _lower_controls(squint: float) -> list[tuple[float, float]]:
    lift = 9.0 * squint
    return [(-15.0, 17.5 - lift * 0.8), (6.0, 21.0 - lift * 1.5), (22.0, 11.5 - lift)]


class Brow:
    """One brow above the same origin as its eye, its tail to the right."""

    def __init__(self, palette: Palette) -> None:
        self._soft = linear(
            (-34, 0),
            (36, 0),
            [
                fade(palette.brow, 0.0),
                fade(palette.brow, 0.62),
                fade(palette.brow, 0.92),
                fade(palette.brow, 0.8),
            ],
            [0.02, 0.2, 0.55, 1],
        )

    def draw(self, canvas: skia.Canvas, expression: Expression) -> None:
        """Draw the brow as the feeling lifts and bends it."""
        lift = -7.0 * expression.brow_lift
        arch = -5.0 * expression.brow_arch
        spine = curve(
            [
                (-30, -36 + lift),
                (-9, -44 + lift + arch * 0.5),
                (15, -47 + lift + arch * 1.2),
                (36, -33 + lift * 0.8 + arch * 0.2),
            ],
            11,
        )
        widths = [5.2, 6.4, 7.0, 7.2, 7.0, 6.4, 5.6, 4.7, 3.6, 2.4, 1.0]
        canvas.drawPath(ribbon(spine, widths), self._soft)
