"""Arms in silk sleeves with brocade cuffs: at rest, pointing to the goods, greeting.

Frame: as the body's; arms are described for her left (the viewer's right) and mirrored.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from math import atan2, degrees, hypot

import skia

from chophien.streamer.face.body import SHOULDER
from chophien.streamer.face.brocade import paint_band
from chophien.streamer.face.hands import OPEN, POINTING, RESTING, Hand, HandShape
from chophien.streamer.face.ink import fade, linear, mix, pen, ribbon, smooth
from chophien.streamer.face.layer import paint_image
from chophien.streamer.face.motion import Motion
from chophien.streamer.face.palette import Palette

Point = tuple[float, float]

_LINEAR = skia.SamplingOptions(skia.FilterMode.kLinear)
_SEAM = [(44, 604), (78, 656), (112, 708), (141, 757)]
_UPPER_BOX = skia.Rect.MakeLTRB(36, 588, 220, 888)
_FORE_BOX = skia.Rect.MakeLTRB(-48, 732, 220, 888)
"""Boxes that hold the two parts of a resting arm, shadows included."""
_BENT_DEGREES = 75.0  # beyond this the hand is folded over its own sleeve
_CUFF = skia.Rect.MakeXYWH(-34, -32, 68, 30)
_LIGHT = (-0.62, -0.78)  # where the light comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPose:
    """Joints of an arm, and the hand at its end."""

    elbow: Point
    wrist: Point
    hand_degrees: float
    """Turn of the hand: 0 hangs down, 90 points to the middle of the body."""
    hand: HandShape
    size: float = 1.0


_RESTING = ArmPose(elbow=(180, 846), wrist=(74, 790), hand_degrees=84, hand=RESTING, size=0.92)
_POINTING = ArmPose(elbow=(206, 820), wrist=(238, 684), hand_degrees=-8, hand=POINTING)
_GREETING = ArmPose(elbow=(202, 830), wrist=(228, 672), hand_degrees=186, hand=OPEN, size=1.04)


DrawArm = Callable[[skia.Canvas, ArmPose, int], None]


class Arms:
    """Both arms; `scale` is that of the canvas, for the woven cuffs."""

    def __init__(self, palette: Palette, scale: float) -> None:
        self._hand = Hand(palette, scale)
        self._cuff = paint_image(
            _CUFF, lambda canvas: paint_band(canvas, palette, _CUFF), scale * 2
        )
        self._colors = [
            palette.dress_light,
            palette.dress,
            mix(palette.dress, palette.dress_shade, 0.6),
            mix(palette.dress_shade, palette.dress_deep, 0.6),
        ]
        self._fold = pen(fade(palette.dress_deep, 0.42), 4.0, blur=1.6)
        self._yokes = tuple(
            linear((60, 610), (150, 740), [color, fade(color, 0.0)])
            for color in (palette.dress_light, palette.dress)
        )
        self._shadows = [
            pen(fade(palette.dress_deep, alpha), width) for width, alpha in ((16, 0.14), (7, 0.18))
        ]
        self._seam = pen(fade(palette.dress_deep, 0.55), 1.8)
        self._cuff_shade = linear(
            (-34, 0), (34, 0), [fade(palette.hair_deep, 0.0), fade(palette.hair_deep, 0.45)]
        )
        self._resting_upper = self._paint_resting(self._draw_upper, _UPPER_BOX, scale)
        self._resting_fore = self._paint_resting(self._draw_forearm, _FORE_BOX, scale)

    def place(self, motion: Motion) -> tuple[ArmPose, ArmPose]:
        """Return where her left and her right arm are in this frame."""
        left = _toward(_RESTING, _GREETING, motion.greeting, bow=44)
        right = _toward(_RESTING, _POINTING, motion.pointing, bow=50)
        bob = motion.pointing * motion.beat * 7
        return (
            _moved(left, motion.wave_degrees, 0.0, motion.sleeve_wave_degrees * 0.7),
            _moved(right, 0.0, bob, motion.pointing * motion.sleeve_sway * 2),
        )

    def draw_upper(self, canvas: skia.Canvas, arms: tuple[ArmPose, ArmPose]) -> None:
        """Draw both sleeves from the collar to the elbow; hair falls over them."""
        self._draw_both(canvas, arms, self._draw_upper, self._resting_upper)

    def draw_fore(self, canvas: skia.Canvas, arms: tuple[ArmPose, ArmPose]) -> None:
        """Draw both forearms with their hands, the right over the left."""
        self._draw_both(canvas, arms, self._draw_forearm, self._resting_fore)

    def _draw_both(
        self,
        canvas: skia.Canvas,
        arms: tuple[ArmPose, ArmPose],
        draw: DrawArm,
        resting: tuple[skia.Image, skia.Image, skia.Rect],
    ) -> None:
        *images, box = resting
        for side, arm, image in zip((1, -1), arms, images, strict=True):
            if arm == _RESTING:
                canvas.drawImageRect(image, _mirrored_box(box, side), _LINEAR)
            else:
                _draw_mirrored(canvas, side, arm, draw)

    def _paint_resting(
        self, draw: DrawArm, box: skia.Rect, scale: float
    ) -> tuple[skia.Image, skia.Image, skia.Rect]:
        left, right = (
            paint_image(
                _mirrored_box(box, side),
                partial(_draw_mirrored, side=side, arm=_RESTING, draw=draw),
                scale,
            )
            for side in (1, -1)
        )
        return left, right, box

    def _draw_upper(self, canvas: skia.Canvas, arm: ArmPose, side: int) -> None:
        elbow = arm.elbow
        limb = ribbon([SHOULDER, _mid(SHOULDER, elbow, 0.5, 2), elbow], [40, 58, 52])
        _shade(canvas, limb, self._shadows)
        sleeve = _upper_sleeve(elbow)
        self._fill(canvas, sleeve, (SHOULDER, elbow, 34.0), side)
        canvas.drawPath(sleeve, self._yokes[side > 0])
        canvas.drawPath(smooth(_SEAM), self._seam)

    def _draw_forearm(self, canvas: skia.Canvas, arm: ArmPose, side: int) -> None:
        elbow, wrist = arm.elbow, arm.wrist
        self._draw_elbow(canvas, elbow, wrist)
        fore = [elbow, _mid(elbow, wrist, 0.5, 4), wrist]
        _shade(canvas, ribbon(fore, [50, 50, 44]), self._shadows)
        along = degrees(atan2(wrist[1] - elbow[1], wrist[0] - elbow[0])) - 90
        bent = abs((along - arm.hand_degrees + 180) % 360 - 180) > _BENT_DEGREES
        if not bent:
            self._draw_hand(canvas, arm)
        self._fill(canvas, ribbon(fore, [54, 53, 46]), (elbow, wrist, 28.0), side)
        canvas.save()
        canvas.translate(*wrist)
        canvas.rotate(along)
        canvas.translate(0, 12)
        self._draw_cuff(canvas)
        canvas.restore()
        if bent:
            self._draw_hand(canvas, arm)

    def _draw_hand(self, canvas: skia.Canvas, arm: ArmPose) -> None:
        canvas.save()
        canvas.translate(*arm.wrist)
        canvas.rotate(arm.hand_degrees)
        canvas.scale(arm.size, arm.size)
        self._hand.draw(canvas, arm.hand)
        canvas.restore()

    def _fill(
        self, canvas: skia.Canvas, outline: skia.Path, across: tuple[Point, Point, float], side: int
    ) -> None:
        """Fill a piece of sleeve, shaded across the line from one joint to the other."""
        (ax, ay), (bx, by), half = across
        length = hypot(bx - ax, by - ay) or 1.0
        nx, ny = (by - ay) / length, (ax - bx) / length
        if nx * _LIGHT[0] * side + ny * _LIGHT[1] < 0:
            nx, ny = -nx, -ny
        mx, my = (ax + bx) / 2, (ay + by) / 2
        shade = linear(
            (mx + nx * half, my + ny * half),
            (mx - nx * half, my - ny * half),
            self._colors,
            [0.0, 0.3, 0.62, 1.0],
        )
        canvas.drawPath(outline, shade)

    def _draw_elbow(self, canvas: skia.Canvas, elbow: Point, wrist: Point) -> None:
        toward = -1 if wrist[0] < elbow[0] else 1
        for index, reach in enumerate((30, 22)):
            x, y = elbow[0] + toward * (24 - 9 * index), elbow[1] - 40 + 13 * index
            fold = smooth([(x, y), (x - toward * reach * 0.5, y + 7), (x - toward * reach, y + 6)])
            canvas.drawPath(fold, self._fold)

    def _draw_cuff(self, canvas: skia.Canvas) -> None:
        outline = smooth(
            [(-25, -30), (0, -27), (25, -30), (27, -4), (0, 1), (-27, -4)], closed=True
        )
        canvas.save()
        canvas.clipPath(outline, doAntiAlias=True)
        canvas.drawImageRect(self._cuff, _CUFF, skia.SamplingOptions(skia.FilterMode.kLinear))
        canvas.drawRect(_CUFF, self._cuff_shade)
        canvas.restore()


def _mirrored_box(box: skia.Rect, side: int) -> skia.Rect:
    if side > 0:
        return box
    return skia.Rect.MakeLTRB(-box.right(), box.top(), -box.left(), box.bottom())


def _draw_mirrored(canvas: skia.Canvas, side: int, arm: ArmPose, draw: DrawArm) -> None:
    canvas.save()
    canvas.scale(side, 1)
    draw(canvas, arm, side)
    canvas.restore()


def _shade(canvas: skia.Canvas, limb: skia.Path, pens: list[skia.Paint]) -> None:
    """Lay a soft shadow around a limb: a few wide faint strokes cost less than a blur."""
    canvas.save()
    canvas.translate(0, 4)
    for stroke in pens:
        canvas.drawPath(limb, stroke)
    canvas.restore()


def _upper_sleeve(elbow: Point) -> skia.Path:
    """Outline the sleeve from the slanted seam of the dress to the elbow."""
    dx, dy = elbow[0] - SHOULDER[0], elbow[1] - SHOULDER[1]
    length = hypot(dx, dy)
    dx, dy = dx / length, dy / length
    nx, ny = dy, -dx
    mx, my = _mid(SHOULDER, elbow, 0.5, 0)
    outer = [
        (SHOULDER[0] + nx * 30 + dx * 14, SHOULDER[1] + ny * 30 + dy * 14),
        (mx + nx * 31, my + ny * 31),
        (elbow[0] + nx * 27, elbow[1] + ny * 27),
    ]
    inner = [
        (elbow[0] - nx * 27, elbow[1] - ny * 27),
        (mx - nx * 27 + dx * 34, my - ny * 27 + dy * 34),
    ]
    under = (elbow[0] + dx * 25, elbow[1] + dy * 25)
    return smooth(
        [(44, 596), (96, 609), (140, 628), *outer, under, *inner, *reversed(_SEAM)], closed=True
    )


def _toward(rest: ArmPose, gesture: ArmPose, share: float, *, bow: float) -> ArmPose:
    """Swing from rest to a gesture; the wrist goes outwards on its way, by `bow` pixels."""
    if share >= 1:
        return gesture
    swing = 4 * share * (1 - share) * bow
    elbow = _mid(rest.elbow, gesture.elbow, share, 0)
    x, y = _mid(rest.wrist, gesture.wrist, share, 0)
    return ArmPose(
        elbow=elbow,
        wrist=(x + swing, y + swing * 0.4),
        hand_degrees=rest.hand_degrees + (gesture.hand_degrees - rest.hand_degrees) * share,
        hand=rest.hand.toward(gesture.hand, share),
        size=rest.size + (gesture.size - rest.size) * share,
    )


def _moved(arm: ArmPose, turn: float, lift: float, elbow_out: float) -> ArmPose:
    return replace(
        arm,
        elbow=(arm.elbow[0] + elbow_out, arm.elbow[1] + lift * 0.5),
        wrist=(arm.wrist[0] + turn * 0.5, arm.wrist[1] + lift),
        hand_degrees=arm.hand_degrees + turn,
    )


def _mid(first: Point, second: Point, share: float, out: float) -> Point:
    return (
        first[0] + (second[0] - first[0]) * share + out,
        first[1] + (second[1] - first[1]) * share,
    )
