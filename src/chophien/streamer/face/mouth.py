"""The mouth: two lips around a gap with teeth and tongue, all from one `MouthShape`."""

import skia

from chophien.streamer.face.expression import MouthShape
from chophien.streamer.face.ink import Points, fade, ink, linear, mix, pen, smooth
from chophien.streamer.face.palette import Palette

_HALF_WIDTH = 32.0
_ACROSS = (-1.0, -0.9, -0.62, -0.27, 0.0, 0.27, 0.62, 0.9, 1.0)
"""Where the lip curves are set, as shares of the half width."""
_SEEN_OPEN = 0.9  # a gap below this many pixels is a closed mouth


class Mouth:
    """Drawn around the point where the lips meet, at rest."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._upper_colors = [palette.lip_light, palette.lip, palette.lip_deep]
        self._cavity_ink = linear(
            (0, -8),
            (0, 30),
            [palette.pupil, palette.mouth, mix(palette.mouth, palette.lip_deep, 0.5)],
        )
        self._teeth_shade = linear(
            (0, -12), (0, 8), [fade(palette.mouth, 0.6), fade(palette.mouth, 0.0)]
        )
        self._lower_colors = [
            mix(palette.lip, palette.lip_deep, 0.55),
            palette.lip,
            palette.lip_light,
            palette.lip,
        ]
        self._line = pen(fade(palette.lip_deep, 0.9), 1.6)
        self._corner = ink(fade(palette.skin_deep, 0.42), blur=1.8)
        self._under = ink(fade(palette.skin_deep, 0.30), blur=4.0)

    def draw(self, canvas: skia.Canvas, shape: MouthShape, smile: float) -> None:
        """Draw the mouth with its middle at the origin."""
        outline = _Outline(shape, smile)
        canvas.drawOval(skia.Rect.MakeXYWH(-17, outline.lower_edge + 3.5, 34, 6.5), self._under)
        if outline.gap > _SEEN_OPEN:
            self._draw_inside(canvas, outline, shape)
        self._draw_lips(canvas, outline, shape)

    def _draw_inside(self, canvas: skia.Canvas, outline: "_Outline", shape: MouthShape) -> None:
        palette = self._palette
        gap = smooth([*outline.upper_inner, *reversed(outline.lower_inner[1:-1])], closed=True)
        canvas.save()
        canvas.clipPath(gap, doAntiAlias=True)
        canvas.drawPaint(self._cavity_ink)
        top, bottom = outline.top, outline.bottom
        width = outline.half * 0.86
        tongue_top = bottom - (4 + 11 * shape.tongue) - 0.22 * outline.gap
        tongue = skia.Rect.MakeLTRB(-width * 0.72, tongue_top, width * 0.72, bottom + 22)
        canvas.drawOval(tongue, ink(palette.tongue))
        canvas.drawOval(
            skia.Rect.MakeXYWH(-width * 0.4, tongue_top + 2.5, width * 0.8, 5),
            ink(fade(palette.lip_light, 0.45)),
        )
        if shape.clench > 0:
            rise = 3.0 + (outline.gap * 0.62) * shape.clench
            canvas.drawRoundRect(
                skia.Rect.MakeLTRB(-width * 0.8, bottom - rise, width * 0.8, bottom + 9),
                5,
                5,
                ink(mix(palette.mouth, palette.teeth, 0.86)),
            )
        if shape.teeth > 0:
            self._draw_teeth(canvas, top, width, shape)
        if shape.tongue_out > 0:
            reach = outline.gap * (0.2 + 0.55 * shape.tongue_out)
            canvas.drawRoundRect(
                skia.Rect.MakeLTRB(-13, bottom - reach, 13, bottom + 8),
                9,
                7,
                ink(mix(palette.tongue, palette.lip_light, 0.3)),
            )
        canvas.restore()

    def _draw_teeth(self, canvas: skia.Canvas, top: float, width: float, shape: MouthShape) -> None:
        palette = self._palette
        height = 4.0 + 7.0 * min(shape.teeth, 1.0)
        row = smooth(
            [
                (-width, top - 6),
                (width, top - 6),
                (width * 0.86, top + height * 0.62),
                (width * 0.4, top + height),
                (0, top + height * 1.04),
                (-width * 0.4, top + height),
                (-width * 0.86, top + height * 0.62),
            ],
            closed=True,
        )
        canvas.drawPath(row, ink(palette.teeth))
        seam = pen(fade(palette.skin_deep, 0.16), 0.9)
        for share in (-0.5, -0.24, 0.0, 0.24, 0.5):
            canvas.drawLine(width * share, top - 4, width * share * 0.97, top + height * 0.9, seam)
        canvas.translate(0, top)
        canvas.drawPaint(self._teeth_shade)
        canvas.translate(0, -top)

    def _draw_lips(self, canvas: skia.Canvas, outline: "_Outline", shape: MouthShape) -> None:
        palette = self._palette
        for side in (-1, 1):
            canvas.drawCircle(side * (outline.half + 1.6), outline.corner - 1.0, 2.6, self._corner)
        upper = smooth([*outline.upper_outer, *reversed(outline.upper_inner[1:-1])], closed=True)
        lower = smooth([*outline.lower_inner, *reversed(outline.lower_outer[1:-1])], closed=True)
        shade = linear(
            (0, outline.bottom), (0, outline.lower_edge), self._lower_colors, [0, 0.2, 0.55, 1]
        )
        canvas.drawPath(lower, shade)
        canvas.drawPath(
            upper,
            linear((0, outline.top - 11), (0, outline.top + 4), self._upper_colors, [0, 0.55, 1]),
        )
        if outline.gap <= _SEEN_OPEN:
            canvas.drawPath(smooth(outline.upper_inner), self._line)
        middle = (outline.bottom + outline.lower_edge) / 2
        gloss = 0.5 + 0.2 * shape.pout
        canvas.drawOval(
            skia.Rect.MakeXYWH(-10, middle - 2.2, 14, 3.6), ink(fade(0xFFFFFFFF, gloss), blur=1.2)
        )
        canvas.drawOval(
            skia.Rect.MakeXYWH(-8.5, outline.upper_outer[3][1] + 1.5, 5.5, 2.2),
            ink(fade(palette.petal_light, 0.5), blur=0.8),
        )


class _Outline:
    """The four lip curves of a shape, left corner to right corner."""

    def __init__(self, shape: MouthShape, smile: float) -> None:
        relaxed = 1 - 0.6 * shape.pout
        self.half = max(_HALF_WIDTH + shape.wide + 8.0 * smile * relaxed, 12.5)
        self.gap = max(shape.open, 0.0)
        self.top = -0.34 * self.gap + 1.0 * smile * relaxed
        self.bottom = self.top + self.gap
        middle = (self.top + self.bottom) / 2
        self.corner = (-2.0 - 8.5 * smile) * relaxed + middle * (0.2 + 0.8 * shape.pout)
        thin = 1 - 0.42 * shape.press
        full = 1 + 0.22 * shape.pout
        upper = 11.0 * thin * full - 1.6 * smile * relaxed
        lower = (12.5 * thin * full - 1.2 * smile * relaxed) * (1 - 0.45 * shape.tuck)
        sag = 1.4 * (1 - shape.press) * relaxed
        bulge = 1.34 + 0.75 * shape.pout + 0.007 * self.gap
        self.upper_inner = self._arc(self.top + sag, bulge)
        self.lower_inner = self._arc(self.bottom + sag, bulge)
        self.lower_edge = self.bottom + lower
        self.lower_outer = self._arc(self.lower_edge, bulge + 0.25, beyond=1.0)
        self.upper_outer = self._bow(upper, bulge, shape.pout)

    def _arc(self, middle_y: float, bulge: float, beyond: float = 0.0) -> Points:
        """Curve from corner to corner; `bulge` 1 is a triangle, 2 an ellipse."""
        half = self.half + beyond
        return [
            (half * across, middle_y + (self.corner - middle_y) * (1 - _rise(abs(across), bulge)))
            for across in _ACROSS
        ]

    def _bow(self, height: float, bulge: float, pout: float) -> Points:
        """Curve of the upper lip's edge, with two peaks and a dip."""
        edge = self._arc(self.top - height, bulge + 0.1, beyond=1.0)
        dip = height * 0.24 * (1 - 0.5 * pout)
        return [
            (x, y + dip * max(1 - abs(across) / 0.27, 0.0))
            for (x, y), across in zip(edge, _ACROSS, strict=True)
        ]


def _rise(across: float, bulge: float) -> float:
    return float((1 - across**bulge) ** (1 / bulge)) if across < 1 else 0.0
