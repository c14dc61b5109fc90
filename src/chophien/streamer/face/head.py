"""The head: skin, nose, cheeks, ears; and how a flat face turns in depth."""

import numpy as np
import skia

from chophien.streamer.face.ink import fade, ink, linear, mirrored, pen, radial, smooth
from chophien.streamer.face.layer import Grid
from chophien.streamer.face.palette import Palette

LINES = (
    (-116, -88, -52, -22, 0, 22, 52, 88, 116),
    (-116, -66, -20, 22, 50, 74, 100, 126, 164),
)
"""Mesh lines of the skin of the head, around the point between the eyes."""
_BOUNDS = skia.Rect.MakeLTRB(-130, -140, 130, 170)
EYE_X, MOUTH_Y = 47.0, 99.0
CHEEK_X, CHEEK_Y = 62.0, 50.0
EAR_X, EAR_Y = 99.0, 40.0
_OUTLINE = [
    (0, -132),
    (52, -122),
    (88, -78),
    (98, -20),
    (98, 14),
    (93, 46),
    (82, 82),
    (62, 114),
    (39, 137),
    (18, 150),
    (0, 153),
]


def depth(points: Grid) -> Grid:
    """Return how far each point of the face stands out, 0 at the rim .. 1 at the nose's root."""
    x, y = points[:, 0] / 112.0, (points[:, 1] - 14) / 168.0
    bulge = np.sqrt(np.clip(1 - x * x - y * y, 0.0, 1.0))
    nose = 0.42 * np.exp(-((points[:, 0] / 17.0) ** 2) - ((points[:, 1] - 52) / 26.0) ** 2)
    return bulge + nose


def turned(points: Grid, yaw: float, pitch: float) -> Grid:
    """Turn points of the face: what stands out moves most."""
    out = depth(points)
    moved = points.copy()
    moved[:, 0] += yaw * 17.0 * out
    moved[:, 1] += pitch * 13.0 * out
    return moved


def jaw_dropped(points: Grid, drop: float) -> Grid:
    """Lower the chin by `drop` pixels, less towards the cheeks and the nose."""
    share = np.clip((points[:, 1] - 84) / 58.0, 0.0, 1.0)
    moved = points.copy()
    moved[:, 1] += drop * share * np.exp(-((points[:, 0] / 78.0) ** 2))
    return moved


def paint(canvas: skia.Canvas, palette: Palette) -> None:
    """Draw the skin of the head, without eyes, brows and mouth."""
    for side in (-1, 1):
        canvas.save()
        canvas.scale(side, 1)
        _paint_ear(canvas, palette)
        canvas.restore()
    outline = smooth(mirrored(_OUTLINE), closed=True)
    canvas.drawPath(
        outline,
        linear(
            (-60, -130), (50, 165), [palette.skin_light, palette.skin, palette.skin], [0, 0.6, 1]
        ),
    )
    canvas.save()
    canvas.clipPath(outline, doAntiAlias=True)
    _paint_shade(canvas, palette)
    _paint_cheeks(canvas, palette)
    _paint_sockets(canvas, palette)
    _paint_nose(canvas, palette)
    canvas.drawPath(outline, pen(fade(palette.skin_deep, 0.5), 3.0, blur=1.4))
    canvas.restore()


def _paint_ear(canvas: skia.Canvas, palette: Palette) -> None:
    ear = smooth(
        [(92, -22), (106, -28), (113, -10), (109, 16), (102, 40), (94, 42), (90, 20)], closed=True
    )
    canvas.drawPath(ear, linear((92, -20), (114, 40), [palette.skin, palette.skin_shade]))
    canvas.drawPath(
        smooth([(99, -14), (107, -10), (105, 8), (98, 24)]),
        pen(fade(palette.skin_deep, 0.5), 3, blur=1.2),
    )


def _paint_shade(canvas: skia.Canvas, palette: Palette) -> None:
    shade = palette.skin_shade
    # The far side from the key light, the temples, the jaw, and the shadow the hair throws.
    canvas.drawRect(_BOUNDS, linear((20, -20), (112, 40), [fade(shade, 0.0), fade(shade, 0.75)]))
    canvas.drawRect(_BOUNDS, linear((-70, 0), (-108, 10), [fade(shade, 0.0), fade(shade, 0.55)]))
    canvas.drawRect(_BOUNDS, linear((0, 104), (0, 160), [fade(shade, 0.0), fade(shade, 0.62)]))
    fringe = smooth(
        [
            (-130, -150),
            (130, -150),
            (118, 70),
            (97, 50),
            (90, 2),
            (66, -46),
            (22, -84),
            (-18, -104),
            (-46, -80),
            (-76, -44),
            (-91, 4),
            (-97, 50),
            (-120, 70),
        ],
        closed=True,
    )
    canvas.drawPath(fringe, ink(fade(palette.skin_deep, 0.62), blur=9))
    canvas.drawPath(
        smooth([(-50, 132), (-20, 143), (10, 144), (44, 130)]),
        pen(fade(palette.rim, 0.35), 6, blur=5),
    )
    canvas.drawOval(skia.Rect.MakeXYWH(-48, -74, 70, 50), ink(fade(0xFFFFFFFF, 0.30), blur=16))
    canvas.drawOval(skia.Rect.MakeXYWH(-13, 128, 24, 13), ink(fade(0xFFFFFFFF, 0.26), blur=6))


def _paint_cheeks(canvas: skia.Canvas, palette: Palette) -> None:
    for x in (-61.0, 63.0):
        canvas.save()
        canvas.translate(x, 53)
        canvas.rotate(-18 if x < 0 else 18)
        canvas.scale(1.35, 0.85)
        canvas.drawCircle(
            0,
            0,
            34,
            radial(
                (0, 0),
                34,
                [fade(palette.blush, 0.26), fade(palette.blush, 0.12), fade(palette.blush, 0.0)],
                [0, 0.5, 1],
            ),
        )
        canvas.restore()
    canvas.drawOval(skia.Rect.MakeXYWH(-78, 28, 36, 15), ink(fade(0xFFFFFFFF, 0.34), blur=8))
    canvas.drawOval(skia.Rect.MakeXYWH(50, 30, 22, 11), ink(fade(0xFFFFFFFF, 0.16), blur=7))


def _paint_sockets(canvas: skia.Canvas, palette: Palette) -> None:
    for side in (-1, 1):
        canvas.save()
        canvas.scale(side, 1)
        canvas.drawOval(
            skia.Rect.MakeXYWH(16, -27, 64, 34), ink(fade(palette.skin_deep, 0.20), blur=9)
        )
        canvas.drawOval(skia.Rect.MakeXYWH(40, -19, 42, 24), ink(fade(palette.lip, 0.24), blur=8))
        canvas.drawOval(
            skia.Rect.MakeXYWH(24, 20, 46, 8), ink(fade(palette.skin_shade, 0.38), blur=5)
        )
        canvas.drawPath(
            smooth([(16, -22), (12, -4), (13, 12)]), pen(fade(palette.skin_deep, 0.16), 9, blur=6)
        )
        canvas.restore()


def _paint_nose(canvas: skia.Canvas, palette: Palette) -> None:
    deep = palette.skin_deep
    canvas.drawPath(smooth([(12, 8), (10, 32), (15, 54)]), pen(fade(deep, 0.26), 9, blur=5.5))
    canvas.drawOval(skia.Rect.MakeXYWH(-17, 57, 36, 13), ink(fade(deep, 0.36), blur=4.5))
    canvas.drawPath(smooth([(-1, -12), (-3, 18), (-3, 40)]), pen(fade(0xFFFFFFFF, 0.38), 7, blur=4))
    canvas.drawOval(skia.Rect.MakeXYWH(-10, 45, 13, 10), ink(fade(0xFFFFFFFF, 0.55), blur=3.2))
    for side in (-1, 1):
        canvas.save()
        canvas.scale(side, 1)
        canvas.drawPath(
            smooth([(3.5, 65.5), (8, 62.5), (12.5, 64), (10, 66.5), (6, 67)], closed=True),
            ink(fade(palette.mouth, 0.55), blur=1.1),
        )
        canvas.drawPath(
            smooth([(15, 50), (19.5, 57), (17, 64.5), (13, 66)]),
            pen(fade(deep, 0.30), 2.0, blur=0.9),
        )
        canvas.restore()
    canvas.drawPath(smooth([(-3.5, 74), (-2.5, 83)]), pen(fade(deep, 0.18), 3.4, blur=1.8))
    canvas.drawPath(smooth([(3.5, 74), (2.5, 83)]), pen(fade(deep, 0.24), 3.4, blur=1.8))
