"""The body: neck, áo dài with its brocade collar, and how it breathes.

Frame: x from the middle of her body, y as in the layout.
"""

import skia

from chophien.streamer.face.brocade import paint_band
from chophien.streamer.face.ink import fade, ink, linear, mirrored, mix, pen, smooth
from chophien.streamer.face.palette import Palette

BOUNDS = skia.Rect.MakeLTRB(-160, 450, 160, 1144)
SHOULDER = (146.0, 668.0)
"""Where her left arm (the viewer's right) hangs; the other is its mirror image."""

_TORSO = [
    (0, 604),
    (46, 584),
    (96, 606),
    (138, 627),
    (160, 650),
    (164, 690),
    (152, 730),
    (139, 762),
    (131, 806),
    (114, 856),
    (103, 902),
    (109, 958),
    (121, 1030),
    (130, 1110),
    (136, 1200),
    (140, 1300),
    (0, 1300),
]
_HIPS = [(0, 900), (98, 924), (122, 980), (138, 1060), (148, 1150), (152, 1300), (0, 1300)]
_NECK = [(0, 440), (37, 446), (37, 500), (40, 540), (44, 570), (46, 600), (30, 620), (0, 630)]
_COLLAR = [
    (-43, 542),
    (-26, 556),
    (0, 562),
    (26, 556),
    (43, 542),
    (50, 556),
    (56, 586),
    (40, 606),
    (0, 619),
    (-40, 606),
    (-56, 586),
    (-50, 556),
]


def paint(canvas: skia.Canvas, palette: Palette) -> None:
    """Draw neck and dress; arms and head come over it."""
    _paint_neck(canvas, palette)
    hips = smooth(mirrored(_HIPS), closed=True)
    canvas.drawPath(
        hips,
        linear(
            (-150, 0), (170, 0), [palette.trousers, mix(palette.trousers, palette.skin_deep, 0.6)]
        ),
    )
    torso = smooth(mirrored(_TORSO), closed=True)
    colors = [
        palette.dress,
        palette.dress_light,
        palette.dress,
        palette.dress_shade,
        mix(palette.dress_shade, palette.dress_deep, 0.4),
    ]
    canvas.drawPath(torso, linear((-180, 620), (190, 700), colors, [0, 0.26, 0.52, 0.82, 1]))
    canvas.save()
    canvas.clipPath(torso, doAntiAlias=True)
    _paint_form(canvas, palette)
    _paint_folds(canvas, palette)
    _paint_seams(canvas, palette)
    _paint_embroidery(canvas, palette)
    _paint_rim(canvas, palette)
    canvas.restore()
    _paint_collar(canvas, palette)


def _paint_neck(canvas: skia.Canvas, palette: Palette) -> None:
    neck = smooth(mirrored(_NECK), closed=True)
    canvas.drawPath(
        neck,
        linear(
            (-40, 0),
            (44, 0),
            [
                palette.skin,
                palette.skin,
                palette.skin_shade,
                mix(palette.skin_shade, palette.skin_deep, 0.5),
            ],
            [0, 0.4, 0.78, 1],
        ),
    )
    canvas.save()
    canvas.clipPath(neck, doAntiAlias=True)
    canvas.drawOval(
        skia.Rect.MakeXYWH(-66, 434, 140, 96), ink(fade(palette.skin_deep, 0.78), blur=9)
    )
    canvas.drawPath(
        smooth([(26, 500), (15, 540), (5, 572)]), pen(fade(palette.skin_deep, 0.24), 8, blur=4)
    )
    canvas.drawPath(
        smooth([(-27, 505), (-18, 540), (-6, 572)]), pen(fade(palette.skin_deep, 0.14), 7, blur=4)
    )
    canvas.restore()


def _paint_form(canvas: skia.Canvas, palette: Palette) -> None:
    deep = palette.dress_deep
    for side, strength in ((-1, 0.30), (1, 0.46)):
        canvas.save()
        canvas.scale(side, 1)
        canvas.drawPath(
            smooth(
                [
                    (172, 690),
                    (146, 740),
                    (136, 800),
                    (118, 856),
                    (106, 904),
                    (118, 960),
                    (150, 1060),
                ]
            ),
            pen(fade(deep, strength), 40, blur=18),
        )
        canvas.drawPath(
            smooth([(22, 796), (58, 808), (98, 798), (132, 766)]),
            pen(fade(deep, strength * 0.72), 15, blur=11),
        )
        canvas.drawOval(
            skia.Rect.MakeXYWH(30, 690, 66, 80),
            ink(fade(palette.dress_light, 0.62 if side < 0 else 0.34), blur=20),
        )
        canvas.restore()
    canvas.drawPath(smooth([(0, 690), (2, 760), (0, 800)]), pen(fade(deep, 0.16), 26, blur=12))
    canvas.drawOval(
        skia.Rect.MakeXYWH(-70, 920, 120, 160), ink(fade(palette.dress_light, 0.30), blur=34)
    )
    canvas.drawPath(smooth([(-150, 600), (0, 632), (150, 600)]), pen(fade(deep, 0.30), 34, blur=14))


def _paint_folds(canvas: skia.Canvas, palette: Palette) -> None:
    deep, light = palette.dress_deep, palette.dress_light
    folds = (
        ([(146, 752), (112, 772), (78, 776)], 5, 0.42),
        ([(144, 766), (120, 792), (92, 806)], 4, 0.34),
        ([(-146, 752), (-114, 770), (-84, 774)], 5, 0.28),
        ([(108, 900), (60, 912), (14, 908)], 5, 0.34),
        ([(-108, 896), (-66, 910), (-22, 906)], 5, 0.26),
        ([(104, 878), (66, 884), (40, 880)], 4, 0.26),
        ([(-40, 940), (-52, 1050), (-60, 1290)], 9, 0.26),
        ([(44, 940), (62, 1060), (74, 1290)], 10, 0.32),
        ([(2, 960), (6, 1080), (4, 1290)], 8, 0.18),
        ([(-92, 950), (-112, 1080), (-122, 1290)], 9, 0.28),
        ([(98, 950), (116, 1080), (126, 1290)], 10, 0.36),
    )
    for spine, width, strength in folds:
        canvas.drawPath(smooth(spine), pen(fade(deep, strength), width, blur=width * 0.55))
        beside = smooth([(x - width * 0.9, y - 2) for x, y in spine])
        canvas.drawPath(beside, pen(fade(light, strength * 0.9), width * 0.6, blur=width * 0.45))


def _paint_seams(canvas: skia.Canvas, palette: Palette) -> None:
    for side in (-1, 1):
        spine = [(side * 44, 604), (side * 82, 660), (side * 118, 714), (side * 150, 752)]
        canvas.drawPath(smooth(spine), pen(fade(palette.dress_deep, 0.5), 3.2, blur=1.2))
        canvas.drawPath(
            smooth([(x - 1, y - 1) for x, y in spine]), pen(fade(palette.dress_light, 0.6), 1.4)
        )
    for x, y in ((40, 618), (68, 660), (98, 708)):
        canvas.drawCircle(x + 1, y + 2, 5.4, ink(fade(palette.dress_deep, 0.6), blur=1.6))
        canvas.drawCircle(x, y, 4.6, ink(palette.cloth))
        canvas.drawCircle(x - 1.2, y - 1.4, 1.5, ink(fade(0xFFFFFFFF, 0.7)))


def _paint_embroidery(canvas: skia.Canvas, palette: Palette) -> None:
    """A spray of flowers from the shoulder down the front."""
    stem = pen(fade(palette.cloth, 0.62), 1.9)
    canvas.drawPath(smooth([(-128, 664), (-96, 690), (-82, 730), (-52, 756), (-40, 800)]), stem)
    canvas.drawPath(smooth([(-96, 690), (-70, 696), (-52, 716)]), stem)
    canvas.drawPath(smooth([(-82, 730), (-104, 752), (-104, 780)]), stem)
    leaves = (
        (-112, 676, 70),
        (-88, 712, 10),
        (-66, 746, 100),
        (-46, 778, 20),
        (-62, 702, 140),
        (-98, 764, 190),
        (-44, 790, 210),
    )
    for x, y, angle in leaves:
        canvas.save()
        canvas.translate(x, y)
        canvas.rotate(angle)
        leaf = smooth([(0, 0), (6, -5), (15, 0), (6, 5)], closed=True)
        canvas.drawPath(leaf, ink(fade(palette.thread_green, 0.85)))
        canvas.restore()
    for x, y, size in (
        (-124, 660, 11),
        (-50, 722, 12),
        (-84, 694, 8),
        (-104, 788, 10),
        (-38, 808, 9),
        (-74, 744, 6),
    ):
        canvas.save()
        canvas.translate(x, y)
        for petal in range(5):
            canvas.save()
            canvas.rotate(petal * 72 + x)
            canvas.drawOval(
                skia.Rect.MakeXYWH(-size * 0.34, -size, size * 0.68, size * 0.95),
                ink(palette.thread_pale),
            )
            canvas.drawOval(
                skia.Rect.MakeXYWH(-size * 0.2, -size * 0.62, size * 0.4, size * 0.6),
                ink(palette.thread_rose),
            )
            canvas.restore()
        canvas.drawCircle(0, 0, size * 0.2, ink(palette.gold))
        canvas.restore()


def _paint_rim(canvas: skia.Canvas, palette: Palette) -> None:
    edge = smooth([(60, 588), (100, 606), (144, 627), (169, 652), (176, 690)])
    canvas.drawPath(edge, pen(fade(palette.rim, 0.95), 5, blur=2.4))
    edge = smooth([(-60, 588), (-100, 606), (-144, 627), (-169, 652), (-176, 690)])
    canvas.drawPath(edge, pen(fade(palette.skin_light, 0.7), 5, blur=2.6))


def _paint_collar(canvas: skia.Canvas, palette: Palette) -> None:
    collar = smooth(_COLLAR, closed=True)
    canvas.drawPath(collar, ink(fade(palette.dress_deep, 0.7), blur=4))
    canvas.save()
    canvas.clipPath(collar, doAntiAlias=True)
    # The weave is bent to the collar's curve by drawing it in narrow upright slices.
    for slice_x in range(-60, 60, 2):
        sag = 21 * (1 - (slice_x / 54) ** 2)
        canvas.save()
        canvas.clipRect(skia.Rect.MakeXYWH(slice_x, 500, 2.2, 140))
        canvas.translate(0, 540 + sag)
        paint_band(canvas, palette, skia.Rect.MakeXYWH(-72, 0, 144, 54))
        canvas.restore()
    canvas.drawPath(
        smooth([(0, 560), (2, 590), (0, 625)]), pen(fade(palette.hair_deep, 0.55), 2.0, blur=0.7)
    )
    canvas.drawRect(
        BOUNDS,
        linear((4, 0), (60, 0), [fade(palette.hair_deep, 0.0), fade(palette.hair_deep, 0.55)]),
    )
    canvas.drawRect(
        BOUNDS,
        linear((-22, 0), (-60, 0), [fade(palette.hair_deep, 0.0), fade(palette.hair_deep, 0.35)]),
    )
    canvas.drawPath(smooth(_COLLAR[:5]), pen(palette.thread_gold, 5.0))
    canvas.restore()
