"""Paints, gradients and smooth shapes in which every part of the presenter is drawn.

Colours are `0xAARRGGBB`; lengths are pixels of the 720×1280 layout.
"""

from collections.abc import Sequence
from functools import cache
from math import comb, hypot

import numpy as np
import skia
from numpy.typing import NDArray

Points = Sequence[tuple[float, float]]

_BYTE = 255


def mix(first: int, second: int, share: float) -> int:
    """Blend two colours channel by channel; `share` 0 gives the first, 1 the second."""
    blended = 0
    for shift in (24, 16, 8, 0):
        low, high = first >> shift & _BYTE, second >> shift & _BYTE
        blended |= round(low + (high - low) * share) << shift
    return blended


def fade(color: int, alpha: float) -> int:
    """Return the colour with its opacity multiplied by `alpha` (0..1)."""
    return round((color >> 24 & _BYTE) * alpha) << 24 | color & 0xFFFFFF


def ink(color: int, *, blur: float = 0.0, blend: skia.BlendMode | None = None) -> skia.Paint:
    """Make a smooth-edged filling paint; `blur` is the softness of its edge (sigma)."""
    paint = skia.Paint(AntiAlias=True, Color=color)
    if blur:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
    if blend is not None:
        paint.setBlendMode(blend)
    return paint


def pen(color: int, width: float, *, blur: float = 0.0) -> skia.Paint:
    """Make a round-ended stroking paint."""
    paint = ink(color, blur=blur)
    paint.setStyle(skia.Paint.kStroke_Style)
    paint.setStrokeWidth(width)
    paint.setStrokeCap(skia.Paint.kRound_Cap)
    paint.setStrokeJoin(skia.Paint.kRound_Join)
    return paint


def linear(
    start: tuple[float, float],
    end: tuple[float, float],
    colors: Sequence[int],
    stops: Sequence[float] | None = None,
) -> skia.Paint:
    """Make a paint that runs through the colours from `start` to `end`."""
    shader = skia.GradientShader.MakeLinear(
        [skia.Point(*start), skia.Point(*end)], list(colors), list(stops) if stops else None
    )
    return skia.Paint(AntiAlias=True, Shader=shader)


def radial(
    center: tuple[float, float],
    radius: float,
    colors: Sequence[int],
    stops: Sequence[float] | None = None,
) -> skia.Paint:
    """Make a paint that runs through the colours from the centre outwards."""
    shader = skia.GradientShader.MakeRadial(
        skia.Point(*center), radius, list(colors), list(stops) if stops else None
    )
    return skia.Paint(AntiAlias=True, Shader=shader)


def smooth(points: Points, *, closed: bool = False) -> skia.Path:
    """Lay a smooth curve (Catmull–Rom) through all points, in order."""
    if closed:
        ring = [points[-1], *points, points[0], points[1]]
    else:
        ring = [points[0], *points, points[-1]]
    path = skia.Path()
    path.moveTo(*points[0])
    pieces = zip(ring, ring[1:], ring[2:], ring[3:], strict=False)
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in pieces:
        path.cubicTo(
            bx + (cx - ax) / 6,
            by + (cy - ay) / 6,
            cx - (dx - bx) / 6,
            cy - (dy - by) / 6,
            cx,
            cy,
        )
    if closed:
        path.close()
    return path


def polygon(points: Points, *, closed: bool = True) -> skia.Path:
    """Join the points by straight lines."""
    path = skia.Path()
    path.addPoly([skia.Point(*point) for point in points], close=closed)
    return path


def ribbon(spine: Points, widths: Sequence[float]) -> skia.Path:
    """Make a closed band along `spine`, `widths[i]` wide at its point `i`, with rounded ends."""
    left, right = [], []
    last = len(spine) - 1
    for index, (x, y) in enumerate(spine):
        before, after = spine[max(index - 1, 0)], spine[min(index + 1, last)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = hypot(dx, dy) or 1.0
        half = widths[index] / 2 / length
        left.append((x - dy * half, y + dx * half))
        right.append((x + dy * half, y - dx * half))
    tip = _beyond(spine[-2], spine[-1], widths[-1] * 0.42)
    root = _beyond(spine[1], spine[0], widths[0] * 0.42)
    return smooth([*left, tip, *reversed(right), root], closed=True)


def _beyond(start: tuple[float, float], end: tuple[float, float], by: float) -> tuple[float, float]:
    length = hypot(end[0] - start[0], end[1] - start[1]) or 1.0
    return (
        end[0] + (end[0] - start[0]) / length * by,
        end[1] + (end[1] - start[1]) / length * by,
    )


def curve(points: Points, count: int) -> list[tuple[float, float]]:
    """Sample a Bézier curve of any degree at `count` evenly spaced parameters."""
    samples = _bernstein(len(points) - 1, count) @ np.array(points)
    return [(x, y) for x, y in samples.tolist()]


@cache
def _bernstein(degree: int, count: int) -> NDArray[np.float64]:
    shares = np.linspace(0.0, 1.0, count)[:, None]
    order = np.arange(degree + 1)
    choose = np.array([comb(degree, index) for index in order])
    weights: NDArray[np.float64] = choose * shares**order * (1 - shares) ** (degree - order)
    return weights


def mirrored(points: Points) -> list[tuple[float, float]]:
    """Close a half outline, given top to bottom on the right, by its mirror image."""
    return [*points, *((-x, y) for x, y in reversed(points) if x)]


def scatter(index: int, seed: float = 0.0) -> float:
    """Return a fixed number in 0..1 that looks random from one index to the next."""
    return (index * 0.6180339887 + seed * 0.7548776662 + index * index * 0.5698402910) % 1.0
