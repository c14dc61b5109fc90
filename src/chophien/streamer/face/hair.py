"""The hair: a fall behind, a cap with two curtains, a lock over the shoulder, a lotus."""

from math import sin

import numpy as np
import skia

from chophien.streamer.face import lotus
from chophien.streamer.face.ink import (
    Points,
    fade,
    ink,
    linear,
    mix,
    pen,
    radial,
    ribbon,
    scatter,
    smooth,
)
from chophien.streamer.face.layer import Grid
from chophien.streamer.face.palette import Palette

BACK_BOUNDS = skia.Rect.MakeLTRB(-156, -40, 142, 312)
"""Box of the fall behind; it hangs, and only moves as a whole."""
FRONT_LINES = (
    (-150, -100, -88, -50, -16, 40, 80, 96, 132),
    (-172, -112, -86, -50, 0, 60, 120, 192),
)
LOCK_LINES = ((68, 112, 160), (16, 70, 130, 190, 250, 310, 370, 432))
"""Mesh lines, around the point between the eyes, as the head."""

_BACK = [
    (-20, -84),
    (60, -84),
    (92, -70),
    (106, -30),
    (118, 30),
    (128, 90),
    (135, 154),
    (134, 214),
    (112, 262),
    (70, 290),
    (-70, 300),
    (-116, 308),
    (-146, 262),
    (-151, 200),
    (-144, 130),
    (-130, 66),
    (-114, 10),
    (-104, -34),
    (-88, -70),
]
_CAP = [
    (-16, -113),
    (-19, -150),
    (-8, -160),
    (34, -164),
    (78, -146),
    (108, -108),
    (122, -56),
    (125, 0),
    (123, 60),
    (120, 116),
    (113, 160),
    (107, 178),
    (106, 130),
    (104, 80),
    (100, 38),
    (95, -4),
    (84, -42),
    (62, -74),
    (28, -98),
]
_SWEEP = [
    (-14, -112),
    (-14, -152),
    (-34, -162),
    (-70, -150),
    (-102, -116),
    (-119, -66),
    (-124, -8),
    (-124, 56),
    (-122, 116),
    (-117, 160),
    (-110, 184),
    (-108, 130),
    (-105, 80),
    (-101, 40),
    (-96, 0),
    (-84, -40),
    (-62, -74),
    (-36, -100),
]
_LOCK = [
    (107, 30),
    (118, 34),
    (126, 90),
    (130, 150),
    (140, 214),
    (148, 274),
    (141, 330),
    (121, 376),
    (98, 408),
    (80, 420),
    (92, 376),
    (90, 322),
    (82, 268),
    (85, 206),
    (96, 140),
    (105, 80),
]


_LOOSE = (
    ([(-98, 30), (-101, 70), (-96, 110), (-97, 150), (-104, 182)], [1, 4.5, 4.5, 3, 0.5]),
    ([(99, 30), (102, 66), (98, 104), (99, 140)], [1, 3.6, 3, 0.5]),
)
"""Strands before the ears: spine and widths."""


def swayed(points: Grid, sway: float, start_y: float, reach: float) -> Grid:
    """Let the hair below `start_y` hang aside: `sway` pixels at `reach` further down."""
    down = np.clip((points[:, 1] - start_y) / reach, 0.0, 1.3)
    moved = points.copy()
    moved[:, 0] += sway * down**1.6
    moved[:, 1] -= abs(sway) * 0.08 * down
    return moved


def paint_back(canvas: skia.Canvas, palette: Palette) -> None:
    """Draw the long hair that falls behind neck and shoulders."""
    mass = smooth(_BACK, closed=True)
    canvas.drawPath(
        mass,
        linear(
            (0, -160), (0, 400), [palette.hair_deep, palette.hair_deep, palette.hair], [0, 0.45, 1]
        ),
    )
    canvas.save()
    canvas.clipPath(mass, doAntiAlias=True)
    for side, count in ((-1, 26), (1, 20)):
        for index in range(count):
            x = side * (62 + 78 * scatter(index, 1.0 + side))
            root = (x * 0.86, 20 + 60 * scatter(index, 2.0))
            bend = 10 * sin(index * 1.7)
            end = (x * (0.98 + 0.05 * scatter(index, 7.0)) + bend, 268 + 76 * scatter(index, 3.0))
            spine = [root, (x + side * 4, 120), (x + side * 5 - bend * 0.5, 210), end]
            light = scatter(index, 4.0)
            color = mix(palette.hair, palette.hair_light, 0.55 * light)
            width = 4 + 6 * scatter(index, 5.0)
            canvas.drawPath(
                ribbon(spine, [1.0, width, width * 0.8, 0.8]), ink(fade(color, 0.5), blur=0.9)
            )
    canvas.drawPath(smooth(_BACK[-8:-1]), pen(fade(palette.rim, 0.6), 5, blur=2.2))
    canvas.drawPath(smooth(_BACK[2:9]), pen(fade(palette.rim, 0.9), 6, blur=2.4))
    canvas.restore()
    # Never seen behind face and chest: cut out, so that no time is spent on it.
    for hidden in (skia.Rect.MakeLTRB(-72, -60, 72, 60), skia.Rect.MakeLTRB(-92, 262, 92, 330)):
        canvas.drawRect(hidden, skia.Paint(BlendMode=skia.BlendMode.kClear))


def paint_front(canvas: skia.Canvas, palette: Palette) -> None:
    """Draw what lies on and before the head: cap, curtains, loose strands, the lotus."""
    _curtain(canvas, palette, _SWEEP, side=-1)
    _curtain(canvas, palette, _CAP, side=1)
    canvas.drawPath(
        smooth([(-15, -112), (-17, -132), (-15, -152)]),
        pen(fade(palette.skin_deep, 0.45), 1.8, blur=0.8),
    )
    for spine, widths in _LOOSE:
        canvas.drawPath(ribbon(spine, widths), ink(palette.hair))
    lotus.paint(canvas, palette, (-110, -62), 0.92)


def _curtain(canvas: skia.Canvas, palette: Palette, outline: Points, *, side: int) -> None:
    mass = smooth(outline, closed=True)
    canvas.drawPath(
        mass,
        linear((0, -165), (0, 110), [palette.hair, palette.hair_deep, palette.hair], [0, 0.55, 1]),
    )
    canvas.save()
    canvas.clipPath(mass, doAntiAlias=True)
    for index in range(46):
        share = (index + 0.5) / 46
        spine = _strand(side, share)
        light = scatter(index, 1.0 + side)
        dark = index % 3 == 0
        color = palette.hair_deep if dark else mix(palette.hair, palette.hair_light, 0.75 * light)
        width = 1.6 + 3.6 * scatter(index, 3.0)
        widths = [1.0, width, width * 1.15, width, width, 0.8]
        canvas.drawPath(ribbon(spine, widths), ink(fade(color, 0.62 if dark else 0.42), blur=0.7))
    _sheen(canvas, palette, side)
    inner = smooth([*outline[-8:], outline[0]])
    canvas.drawPath(inner, pen(fade(palette.hair_deep, 0.75), 9, blur=4))
    canvas.restore()
    edge = smooth(outline[2:11])
    strength = 0.85 if side > 0 else 0.45
    canvas.save()
    canvas.clipPath(mass, doAntiAlias=True)
    canvas.drawPath(edge, pen(fade(palette.rim, strength), 5.5, blur=2.6))
    canvas.restore()


def _strand(side: int, share: float) -> list[tuple[float, float]]:
    """One hair from the parting to the side; `share` 0 lies at the face, 1 at the crown."""
    root = (-15 + side * 1.0, -112 - 46 * share)
    out = 64 + 36 * share
    return [
        root,
        (root[0] + side * out * 0.45, -106 - 54 * share),
        (side * (74 + 32 * share), -62 - 48 * share),
        (side * (97 + 26 * share), 10 - 18 * share),
        (side * (106 + 17 * share), 96),
        (side * (109 + 8 * share), 182),
    ]


def _sheen(canvas: skia.Canvas, palette: Palette, side: int) -> None:
    """A ring of light over the crown, broken into strands."""
    for index in range(30):
        share = (index + 0.5) / 30
        spine = _strand(side, share)
        cut = [_along(spine, 1.05 + 0.2 * scatter(index, 5.0) + step * 0.22) for step in range(5)]
        width = 1.4 + 2.6 * scatter(index, 9.0)
        alpha = (0.20 + 0.38 * scatter(index, 4.0)) * (1.0 if side < 0 else 0.8)
        color = mix(palette.hair_light, palette.rim, 0.35)
        canvas.drawPath(
            ribbon(cut, [0.4, width, width * 1.3, width, 0.4]), ink(fade(color, alpha), blur=1.3)
        )


def _along(spine: Points, position: float) -> tuple[float, float]:
    index = min(int(position), len(spine) - 2)
    share = position - index
    (ax, ay), (bx, by) = spine[index], spine[index + 1]
    return ax + (bx - ax) * share, ay + (by - ay) * share


def paint_lock(canvas: skia.Canvas, palette: Palette) -> None:
    """Draw the lock that falls over the shoulder."""
    mass = smooth(_LOCK, closed=True)
    canvas.drawPath(mass, ink(fade(palette.hair_deep, 0.40), blur=6))
    canvas.drawPath(mass, linear((80, 0), (150, 60), [palette.hair_deep, palette.hair]))
    canvas.save()
    canvas.clipPath(mass, doAntiAlias=True)
    for index in range(30):
        share = (index + 0.5) / 30
        spine = _lock_strand(share)
        light = scatter(index, 2.5)
        dark = index % 3 == 1
        color = palette.hair_deep if dark else mix(palette.hair, palette.hair_light, 0.9 * light)
        width = 2.0 + 3.4 * scatter(index, 6.0)
        widths = [0.8, width, width, width * 1.1, width * 0.8, 0.6]
        canvas.drawPath(ribbon(spine, widths), ink(fade(color, 0.6 if dark else 0.42), blur=0.8))
    glow = radial((128, 200), 70, [fade(palette.hair_light, 0.5), fade(palette.hair_light, 0.0)])
    canvas.drawPaint(glow)
    edge = smooth(_LOCK[1:8])
    canvas.drawPath(edge, pen(fade(palette.rim, 0.95), 5.0, blur=2.4))
    canvas.restore()


def _lock_strand(share: float) -> list[tuple[float, float]]:
    left = [(107, 34), (104, 90), (88, 180), (82, 260), (93, 340), (82, 418)]
    right = [(117, 36), (127, 96), (136, 176), (148, 262), (141, 336), (102, 408)]
    return [
        (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
        for a, b in zip(left, right, strict=True)
    ]
