"""Thổ cẩm: the highland weave that trims her dress, and the stage's only ornament."""

import skia

from chophien.streamer.face.ink import fade, ink, polygon
from chophien.streamer.face.palette import Palette

_TILE = 24.0


def paint_band(canvas: skia.Canvas, palette: Palette, band: skia.Rect) -> None:
    """Weave a band along x: borders, saw teeth, and diamonds between them."""
    canvas.save()
    canvas.clipRect(band, doAntiAlias=True)
    canvas.drawRect(band, ink(palette.cloth))
    unit = band.height() / 24
    canvas.translate(band.left(), band.top())
    canvas.scale(unit, unit)
    length = band.width() / unit
    _paint_borders(canvas, palette, length)
    count = int(length / _TILE) + 2
    start = length / 2 - _TILE * (count // 2)
    for index in range(count):
        canvas.save()
        canvas.translate(start + index * _TILE, 12)
        _paint_diamond(canvas, palette, odd=index % 2 == 1)
        canvas.restore()
    _paint_threads(canvas, length)
    canvas.restore()


def _paint_borders(canvas: skia.Canvas, palette: Palette, length: float) -> None:
    for top, height, color in (
        (0, 1.8, palette.thread_gold),
        (2.4, 0.9, palette.thread_rose),
        (20.7, 0.9, palette.thread_rose),
        (22.2, 1.8, palette.thread_gold),
    ):
        canvas.drawRect(skia.Rect.MakeXYWH(0, top, length, height), ink(color))
    teeth = skia.Path()
    wide = _TILE / 4
    x = -wide / 2 + (length / 2) % wide
    while x < length + wide:
        for base, tip in ((3.6, 6.4), (20.4, 17.6)):
            teeth.addPath(polygon([(x, base), (x + wide, base), (x + wide / 2, tip)]))
        x += wide
    canvas.drawPath(teeth, ink(palette.thread_green))


def _paint_diamond(canvas: skia.Canvas, palette: Palette, *, odd: bool) -> None:
    first = palette.thread_gold if odd else palette.thread_rose
    second = palette.thread_rose if odd else palette.thread_gold
    for reach, color in (
        (7.4, first),
        (5.2, palette.cloth),
        (4.0, second),
        (1.7, palette.thread_pale),
    ):
        wide = reach * 1.28
        diamond = polygon([(0, -reach), (wide, 0), (0, reach), (-wide, 0)])
        canvas.drawPath(diamond, ink(color))
    for side in (-1, 1):
        for y in (-4.6, 4.6):
            canvas.drawRect(
                skia.Rect.MakeXYWH(side * 12 - 1.1, y - 1.1, 2.2, 2.2), ink(palette.thread_pale)
            )
        canvas.drawRect(
            skia.Rect.MakeXYWH(side * 12 - 1.1, -1.1, 2.2, 2.2), ink(palette.thread_green)
        )


def _paint_threads(canvas: skia.Canvas, length: float) -> None:
    weft = ink(fade(0xFF000000, 0.13))
    y = 0.0
    while y < _TILE:
        canvas.drawRect(skia.Rect.MakeXYWH(0, y, length, 0.45), weft)
        y += 1.2
