"""A lotus in the hair."""

from math import cos, pi, sin

import skia

from chophien.streamer.face.ink import fade, ink, linear, mix, pen, smooth
from chophien.streamer.face.palette import Palette


def paint(canvas: skia.Canvas, palette: Palette, center: tuple[float, float], size: float) -> None:
    """Draw the flower around `center`."""
    canvas.save()
    canvas.translate(*center)
    canvas.scale(size, size)
    canvas.rotate(-24)
    canvas.drawOval(
        skia.Rect.MakeXYWH(-30, -18, 62, 50), ink(fade(palette.hair_deep, 0.55), blur=5)
    )
    leaf = smooth([(0, 6), (26, 14), (40, 34), (14, 28)], closed=True)
    canvas.drawPath(leaf, linear((0, 6), (40, 34), [palette.thread_green, 0xFF24593B]))
    leaf = smooth([(-2, 6), (-26, 16), (-38, 30), (-12, 26)], closed=True)
    canvas.drawPath(leaf, linear((0, 6), (-38, 30), [palette.thread_green, 0xFF24593B]))
    for ring, (count, reach, width) in enumerate(((7, 36, 15), (6, 29, 14), (3, 21, 12))):
        for index in range(count):
            angle = (index - (count - 1) / 2) * (178 / count) * (1 - 0.16 * ring)
            canvas.save()
            canvas.translate(0, 10)
            canvas.rotate(angle)
            petal = smooth(
                [(0, 0), (width * 0.55, -reach * 0.5), (0, -reach), (-width * 0.55, -reach * 0.5)],
                closed=True,
            )
            canvas.drawPath(petal, pen(fade(palette.lip_deep, 0.30), 1.6, blur=0.8))
            canvas.drawPath(
                petal,
                linear(
                    (0, 0),
                    (0, -reach),
                    [
                        palette.petal_light,
                        mix(palette.petal_light, palette.petal, 0.55),
                        palette.petal,
                    ],
                    [0, 0.5, 1],
                ),
            )
            canvas.restore()
    for index in range(7):
        angle = pi * (0.15 + 0.7 * index / 6)
        canvas.drawCircle(7 * cos(angle), 8 - 5 * sin(angle), 1.5, ink(palette.gold))
    canvas.restore()
