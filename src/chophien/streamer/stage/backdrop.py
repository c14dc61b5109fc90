"""The fair by evening: what lies behind her, and the table before her. Painted once."""

from collections.abc import Callable
from math import cos, pi, sin

import skia

from chophien.streamer.face.brocade import paint_band
from chophien.streamer.face.ink import fade, ink, linear, mix, pen, radial, scatter, smooth
from chophien.streamer.face.palette import Palette

WIDTH, HEIGHT = 720.0, 1280.0
TABLE_Y = 1172.0
_ALL = skia.Rect.MakeWH(WIDTH, HEIGHT + 8)  # even heights may need a row more than 9:16

_NIGHT, _DUSK, _HAZE, _EMBER = 0xFF0F1433, 0xFF252A63, 0xFF5B3A66, 0xFFB8663F
_WARM, _CREAM, _ROSE, _INDIGO = 0xFFFFB65C, 0xFFFBEBCB, 0xFFB02A52, 0xFF1D2552
_LANTERNS = (
    (92.0, 236.0, 50.0, 0xFFE0453F),
    (30.0, 392.0, 34.0, 0xFFF0A52C),
    (168.0, 372.0, 26.0, 0xFFE8718D),
    (634.0, 214.0, 54.0, 0xFFF2A11F),
    (560.0, 356.0, 27.0, 0xFFE0453F),
    (692.0, 402.0, 38.0, 0xFFD94E73),
)
"""Centre, half width and silk of each near lantern."""
GLOWS = tuple((x, y + 4, size * 2.9) for x, y, size, _ in _LANTERNS)
"""Centre and radius of the light about each lantern, which flickers."""


def paint_behind(canvas: skia.Canvas, palette: Palette) -> None:
    """Draw dusk, hills, stalls, lanterns and lights out of focus."""
    canvas.drawRect(
        _ALL,
        linear(
            (0, 0),
            (0, HEIGHT),
            [_NIGHT, _DUSK, _HAZE, _EMBER, 0xFF3A2036],
            [0, 0.26, 0.46, 0.60, 1],
        ),
    )
    _out_of_focus(canvas, 7.0, _paint_hills)
    _out_of_focus(canvas, 4.5, _paint_stalls)
    canvas.drawRect(
        _ALL,
        radial(
            (360, 500),
            470,
            [fade(_WARM, 0.62), fade(0xFFE8804A, 0.30), fade(_EMBER, 0.0)],
            [0, 0.45, 1],
        ),
    )
    _out_of_focus(canvas, 1.6, _paint_bokeh)
    _paint_strings(canvas)
    for x, y, size, silk in _LANTERNS:
        _paint_lantern(canvas, palette, (x, y, size), silk)
    canvas.drawRect(
        _ALL, radial((360, 560), 800, [0x00000000, 0x00000000, fade(_NIGHT, 0.78)], [0, 0.55, 1])
    )
    canvas.drawRect(_ALL, linear((0, 0), (0, 190), [fade(_NIGHT, 0.72), fade(_NIGHT, 0.0)]))


def _out_of_focus(
    canvas: skia.Canvas, softness: float, paint: Callable[[skia.Canvas], None]
) -> None:
    layer = skia.Paint(ImageFilter=skia.ImageFilters.Blur(softness, softness))
    canvas.saveLayer(_ALL, layer)
    paint(canvas)
    canvas.restore()


def _paint_hills(canvas: skia.Canvas) -> None:
    far = smooth(
        [
            (-40, 560),
            (70, 470),
            (170, 520),
            (270, 430),
            (380, 520),
            (500, 440),
            (620, 520),
            (760, 450),
            (760, 900),
            (-40, 900),
        ]
    )
    canvas.drawPath(far, linear((0, 430), (0, 760), [0xFF4A3A75, 0xFF8A4E63]))
    near = smooth(
        [
            (-40, 640),
            (90, 580),
            (230, 640),
            (400, 600),
            (560, 650),
            (760, 570),
            (760, 1000),
            (-40, 1000),
        ]
    )
    canvas.drawPath(near, linear((0, 580), (0, 860), [0xFF33295C, 0xFF5C3350]))


def _paint_stalls(canvas: skia.Canvas) -> None:
    for left, right, top, colors, lean in (
        (-60.0, 232.0, 470.0, (_ROSE, _CREAM), 26.0),
        (500.0, 790.0, 486.0, (_INDIGO, 0xFFE9A92A), -26.0),
    ):
        inside = skia.Rect.MakeLTRB(left + 10, top + 60, right - 10, 1230)
        canvas.drawRect(
            inside,
            linear((0, top + 60), (0, 1230), [0xFFB86A32, 0xFF7A3F2C, 0xFF2E1A2A], [0, 0.4, 1]),
        )
        lamp_x = (max(left, 0) + min(right, WIDTH)) / 2
        canvas.drawRect(
            inside, radial((lamp_x, top + 130), 200, [fade(0xFFFFE0A0, 0.95), fade(_WARM, 0.0)])
        )
        _paint_shelves(canvas, (left, right), top)
        _paint_awning(canvas, (left, right), top, colors, lean)
        for x in (left + 14, right - 14):
            canvas.drawRect(skia.Rect.MakeXYWH(x - 6, top + 40, 12, 800), ink(0xFF3A2027))


def _paint_shelves(canvas: skia.Canvas, sides: tuple[float, float], top: float) -> None:
    fruits = (0xFFF08A24, 0xFFD8402F, 0xFF7FB04A, 0xFFF2C230, 0xFFB7445C, 0xFFE8D9A8)
    left, right = sides
    for row in range(4):
        y = top + 190 + row * 118
        color = fruits[row % 6]
        for pile in range(4):
            x = left + 44 + pile * (right - left - 70) / 3
            silk = fruits[(pile + row * 2) % 6] if pile % 2 else color
            for index in range(10):
                step = (0, 0, 0, 0, 1, 1, 1, 2, 2, 3)[index]
                across = (index - (1.5, 5, 7.5, 9)[step]) * 17
                center = (x + across, y - 9 - step * 14)
                canvas.drawCircle(*center, 11, ink(mix(silk, 0xFF401A20, 0.25)))
                canvas.drawCircle(center[0] - 2.5, center[1] - 3, 7, ink(mix(silk, _CREAM, 0.3)))
        canvas.drawRect(
            skia.Rect.MakeLTRB(left + 10, y, right - 10, y + 15),
            linear((0, y), (0, y + 15), [0xFFA0623A, 0xFF4E2A22]),
        )


def _paint_awning(
    canvas: skia.Canvas,
    sides: tuple[float, float],
    top: float,
    colors: tuple[int, int],
    lean: float,
) -> None:
    left, right = sides
    stripes = 8
    step = (right - left) / stripes
    for index in range(stripes):
        x = left + index * step
        color = colors[index % 2]
        stripe = skia.Path()
        stripe.moveTo(x + lean, top - 62)
        stripe.lineTo(x + step + lean, top - 62)
        stripe.lineTo(x + step, top + 44)
        stripe.quadTo(x + step / 2, top + 78, x, top + 44)
        stripe.close()
        canvas.drawPath(
            stripe,
            linear(
                (0, top - 62),
                (0, top + 66),
                [mix(color, _NIGHT, 0.42), mix(color, _WARM, 0.22), mix(color, _WARM, 0.5)],
                [0, 0.75, 1],
            ),
        )


def _paint_bokeh(canvas: skia.Canvas) -> None:
    for index in range(46):
        x = WIDTH * scatter(index, 1.0)
        y = 200 + 560 * scatter(index, 2.0)
        size = 5 + 19 * scatter(index, 3.0) ** 2
        color = (0xFFFFC46B, 0xFFFF9D5C, 0xFFFFE3A8, 0xFFFF8FAB, 0xFF9FD8B4)[index % 5]
        alpha = 0.10 + 0.26 * scatter(index, 4.0)
        canvas.drawCircle(x, y, size, ink(fade(color, alpha)))
        canvas.drawCircle(x, y, size, pen(fade(color, alpha * 0.9), 1.4))


def _paint_strings(canvas: skia.Canvas) -> None:
    cord = pen(0xB02A1A26, 2.2)
    for spine in (
        [(-20, 120), (90, 186), (250, 150), (420, 92)],
        [(740, 96), (634, 160), (520, 150), (360, 84)],
        [(-20, 330), (30, 356), (170, 340), (260, 250)],
        [(740, 352), (690, 362), (562, 326), (470, 240)],
    ):
        canvas.drawPath(smooth(spine), cord)
    for index in range(26):
        share = index / 25
        side = 1 if index % 2 else -1
        x = 360 + side * (90 + 320 * share)
        y = 128 + 52 * sin(pi * share) + 6 * side
        canvas.drawCircle(x, y, 8, ink(fade(_WARM, 0.30), blur=4))
        canvas.drawCircle(x, y, 2.8, ink(0xFFFFEBC2))


def _paint_lantern(
    canvas: skia.Canvas, palette: Palette, place: tuple[float, float, float], silk: int
) -> None:
    x, y, half = place
    tall = half * 0.92
    canvas.save()
    canvas.translate(x, y)
    canvas.drawCircle(
        0,
        4,
        half * 2.6,
        radial((0, 4), half * 2.6, [fade(mix(silk, _WARM, 0.6), 0.55), fade(silk, 0.0)]),
    )
    canvas.drawLine(0, -tall - 46, 0, -tall, pen(0xC02A1A26, 2))
    body = smooth(
        [
            (0, -tall),
            (half * 0.72, -tall * 0.78),
            (half, -tall * 0.05),
            (half * 0.66, tall * 0.76),
            (0, tall),
            (-half * 0.66, tall * 0.76),
            (-half, -tall * 0.05),
            (-half * 0.72, -tall * 0.78),
        ],
        closed=True,
    )
    canvas.drawPath(
        body,
        radial(
            (0, tall * 0.16),
            half * 1.15,
            [0xFFFFF3CF, mix(silk, 0xFFFFD98A, 0.62), silk, mix(silk, 0xFF3A0F1E, 0.45)],
            [0, 0.32, 0.74, 1],
        ),
    )
    canvas.save()
    canvas.clipPath(body, doAntiAlias=True)
    for rib in range(-3, 4):
        reach = half * sin(rib / 3.5 * pi / 2)
        line = smooth(
            [
                (0, -tall),
                (reach * 0.86, -tall * 0.6),
                (reach, 0),
                (reach * 0.8, tall * 0.62),
                (0, tall),
            ]
        )
        canvas.drawPath(line, pen(fade(mix(silk, 0xFF3A0F1E, 0.6), 0.5), 1.5))
    canvas.restore()
    for edge in (-tall, tall):
        canvas.drawRoundRect(
            skia.Rect.MakeXYWH(-half * 0.3, edge - 4, half * 0.6, 8), 3, 3, ink(palette.gold)
        )
    for index in range(-3, 4):
        sway = 3 * cos(index)
        canvas.drawLine(
            index * 1.8,
            tall + 4,
            index * 2.4 + sway * 0.4,
            tall + half * 0.86,
            pen(fade(palette.gold, 0.9), 1.4),
        )
    canvas.restore()


def paint_before(canvas: skia.Canvas, palette: Palette) -> None:
    """Draw the table with its brocade runner, and a basket of fruit at its end."""
    canvas.drawRect(
        skia.Rect.MakeLTRB(0, 1040, WIDTH, TABLE_Y),
        linear((0, 1040), (0, TABLE_Y), [fade(_NIGHT, 0.0), fade(_NIGHT, 0.45)]),
    )
    _paint_basket(canvas, palette)
    wood = skia.Rect.MakeLTRB(0, TABLE_Y, WIDTH, TABLE_Y + 22)
    canvas.drawRect(
        wood,
        linear((0, TABLE_Y), (0, TABLE_Y + 22), [0xFFD99A5B, 0xFF8A4F2C, 0xFF4A271D], [0, 0.3, 1]),
    )
    cloth = skia.Rect.MakeLTRB(0, TABLE_Y + 22, WIDTH, _ALL.bottom())
    canvas.drawRect(cloth, ink(_INDIGO))
    paint_band(canvas, palette, skia.Rect.MakeXYWH(0, TABLE_Y + 28, WIDTH, 56))
    canvas.drawRect(
        cloth,
        linear((0, TABLE_Y + 22), (0, HEIGHT), [0x66000000, 0x00000000, 0x99080A1C], [0, 0.25, 1]),
    )
    for index in range(9):
        x = index * 90 + 30
        canvas.drawRect(
            cloth, linear((x - 26, 0), (x + 26, 0), [0x00000000, 0x2A000000, 0x00000000])
        )
    canvas.drawRect(cloth, radial((360, TABLE_Y), 420, [0x44FFB65C, 0x00FFB65C]))


def _paint_basket(canvas: skia.Canvas, palette: Palette) -> None:
    canvas.drawOval(
        skia.Rect.MakeLTRB(520, TABLE_Y - 16, 716, TABLE_Y + 14), ink(0x88000000, blur=8)
    )
    fruits = (
        (560, 1104, 25),
        (604, 1092, 27),
        (652, 1098, 26),
        (688, 1112, 22),
        (580, 1076, 24),
        (628, 1062, 26),
        (670, 1080, 23),
    )
    for index, (x, y, size) in enumerate(fruits):
        color = (0xFFF08A24, 0xFFE0452F, 0xFFF2B62C)[index % 3]
        canvas.drawCircle(
            x,
            y,
            size,
            radial(
                (x - size * 0.35, y - size * 0.4),
                size * 1.5,
                [mix(color, 0xFFFFFFFF, 0.5), color, mix(color, 0xFF401018, 0.6)],
                [0, 0.45, 1],
            ),
        )
        leaf = smooth(
            [(x, y - size), (x + 9, y - size - 9), (x + 19, y - size - 6), (x + 9, y - size + 1)],
            closed=True,
        )
        canvas.drawPath(leaf, ink(palette.thread_green))
    body = smooth(
        [(530, 1110), (622, 1124), (712, 1110), (698, 1166), (676, 1178), (566, 1178), (544, 1166)],
        closed=True,
    )
    canvas.drawPath(
        body, linear((530, 0), (712, 0), [0xFFC98D4A, 0xFFE9BE74, 0xFF8C5528], [0, 0.4, 1])
    )
    canvas.save()
    canvas.clipPath(body, doAntiAlias=True)
    for row in range(5):
        for column in range(20):
            left = 526 + column * 10 + 5 * (row % 2)
            top = 1114 + row * 13 + 6 * sin((column - 10) / 20 * pi)
            canvas.drawLine(left, top, left + 8, top, pen(0x77512C14, 3.2))
    canvas.drawRect(
        skia.Rect.MakeLTRB(520, 1100, 720, 1180),
        linear((0, 1110), (0, 1180), [0x00000000, 0x77000000]),
    )
    canvas.restore()
    canvas.drawPath(smooth([(530, 1110), (622, 1124), (712, 1110)]), pen(0xFFE9BE74, 7))
    canvas.drawPath(smooth([(530, 1108), (622, 1122), (712, 1108)]), pen(0xFFF7DDA4, 2))
