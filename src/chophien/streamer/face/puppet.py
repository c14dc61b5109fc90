"""The presenter, put together: layers bent in depth, features drawn over them."""

import numpy as np
import skia
from typing_extensions import override

from chophien.streamer.face import body, hair, head
from chophien.streamer.face.arms import Arms
from chophien.streamer.face.earrings import Earrings
from chophien.streamer.face.expression import Expression, MouthShape, express, speak
from chophien.streamer.face.eyes import Brow, Eye
from chophien.streamer.face.ink import fade, radial
from chophien.streamer.face.layer import Grid, Layer, paint_image
from chophien.streamer.face.motion import Motion, move
from chophien.streamer.face.mouth import Mouth
from chophien.streamer.face.palette import AO_DAI, Palette
from chophien.streamer.face.pose import Face, Pose

_LINEAR = skia.SamplingOptions(skia.FilterMode.kLinear)
_MIDDLE_X = 360.0
_HEAD_Y = 372.0
_PIVOT = np.array([0.0, 196.0])  # the head turns about the nape, seen from between the eyes
_EYE_SIZE = 1.17
_BLUSH = 31.0  # radius of the warmth on a cheek
_FIGURE_SIZE, _FIGURE_STANDS_Y = 1.1, 760.0
_WAIST_Y = 900.0
_SPAN = 16.0  # over which a feature's foreshortening is measured
_AROUND = np.array([[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]]) * _SPAN / 2
_CHEST_RISES = 2.3  # pixels, between breathing out and in, at the shoulders


class Puppet(Face):
    """An illustrated young woman in a áo dài; the same pose always gives the same picture."""

    def __init__(self, palette: Palette = AO_DAI) -> None:
        self._palette = palette
        self._figures: dict[float, _Figure] = {}

    @override
    def draw(self, canvas: skia.Canvas, pose: Pose) -> None:
        scale = round(abs(canvas.getTotalMatrix().getScaleX()) * _FIGURE_SIZE, 4)
        figure = self._figures.get(scale)
        if figure is None:
            figure = self._figures[scale] = _Figure(self._palette, scale)
        figure.draw(canvas, pose)


class _Figure:
    """All layers, painted once for one scale of the canvas."""

    def __init__(self, palette: Palette, scale: float) -> None:
        self._back = paint_image(
            hair.BACK_BOUNDS, lambda canvas: hair.paint_back(canvas, palette), scale
        )
        self._body = paint_image(body.BOUNDS, lambda canvas: body.paint(canvas, palette), scale)
        self._skin = Layer(head.LINES, lambda canvas: head.paint(canvas, palette), scale)
        self._lock = Layer(hair.LOCK_LINES, lambda canvas: hair.paint_lock(canvas, palette), scale)
        self._front = Layer(
            hair.FRONT_LINES, lambda canvas: hair.paint_front(canvas, palette), scale
        )
        self._arms = Arms(palette, scale)
        self._eye, self._brow, self._mouth = Eye(palette, scale), Brow(palette), Mouth(palette)
        glow = [fade(palette.blush, 0.34), fade(palette.blush, 0.14), fade(palette.blush, 0.0)]
        self._blush = radial((0, 0), _BLUSH, glow, [0, 0.5, 1])
        self._earrings = Earrings(palette)

    def draw(self, canvas: skia.Canvas, pose: Pose) -> None:
        """Draw the whole figure, back to front."""
        motion, feeling, mouth = move(pose), express(pose), speak(pose)
        canvas.save()
        canvas.translate(_MIDDLE_X + motion.shift_x * 0.5, _FIGURE_STANDS_Y)
        canvas.scale(_FIGURE_SIZE, _FIGURE_SIZE)
        canvas.translate(0, -_FIGURE_STANDS_Y)
        lift = -3.2 * motion.breath
        place = _Place(motion, lift)
        x, y = place.hair_back()
        canvas.drawImageRect(self._back, hair.BACK_BOUNDS.makeOffset(x, y), _LINEAR)
        arms = self._arms.place(motion)
        self._draw_body(canvas, motion)
        canvas.save()
        canvas.translate(motion.sleeve_sway, -_CHEST_RISES * motion.breath)
        self._arms.draw_upper(canvas, arms)
        canvas.restore()
        self._skin.draw(canvas, place.skin(self._skin.grid, mouth))
        self._draw_features(canvas, place, (motion, feeling, mouth))
        for side in (-1, 1):
            canvas.save()
            place.enter(canvas, side * head.EAR_X, head.EAR_Y)
            self._earrings.draw(canvas, motion.hair_sway)
            canvas.restore()
        self._lock.draw(canvas, place.lock(self._lock.grid))
        self._front.draw(canvas, place.hair_front(self._front.grid))
        canvas.translate(motion.sleeve_sway, -_CHEST_RISES * motion.breath)
        self._arms.draw_fore(canvas, arms)
        canvas.restore()

    def _draw_body(self, canvas: skia.Canvas, motion: Motion) -> None:
        canvas.save()
        # The chest rises and widens a little about the waist; below it nothing moves.
        canvas.translate(0, _WAIST_Y)
        canvas.scale(1 + 0.006 * motion.breath, 1 + 0.010 * motion.breath)
        canvas.translate(0, -_WAIST_Y)
        canvas.drawImageRect(self._body, body.BOUNDS, _LINEAR)
        canvas.restore()

    def _draw_features(
        self,
        canvas: skia.Canvas,
        place: "_Place",
        state: tuple[Motion, Expression, MouthShape],
    ) -> None:
        motion, feeling, mouth = state
        self._blush.setAlphaf(min(feeling.blush, 1.0))
        opening = (1 + 0.35 * feeling.wide) * motion.lids
        for side in (-1, 1):
            canvas.save()
            place.enter(canvas, side * head.CHEEK_X, head.CHEEK_Y - 3 * feeling.squint)
            canvas.scale(1.3, 0.85)
            canvas.drawCircle(0, 0, _BLUSH, self._blush)
            canvas.restore()
            canvas.save()
            place.enter(canvas, side * head.EYE_X, 0)
            canvas.scale(side * _EYE_SIZE, _EYE_SIZE)
            self._eye.draw(
                canvas,
                opening=opening,
                squint=feeling.squint,
                gaze=(
                    (motion.gaze_x - motion.yaw * 0.5) * side,
                    motion.gaze_y - motion.pitch * 0.3,
                ),
                light=side,
            )
            self._brow.draw(canvas, feeling)
            canvas.restore()
        canvas.save()
        place.enter(canvas, 0, head.MOUTH_Y)
        self._mouth.draw(canvas, mouth, feeling.smile)
        canvas.restore()


class _Place:
    """Where points of the head come to lie in the body's frame, this frame."""

    def __init__(self, motion: Motion, lift: float) -> None:
        self._motion = motion
        angle = np.radians(motion.roll_degrees)
        self._turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        self._offset = np.array([motion.shift_x * 0.5, _HEAD_Y + lift])

    def _settle(self, points: Grid) -> Grid:
        settled: Grid = (points - _PIVOT) @ self._turn + _PIVOT + self._offset
        return settled

    def skin(self, grid: Grid, mouth: MouthShape) -> Grid:
        """Place the face: turned in depth, chin down with the open mouth."""
        dropped = head.jaw_dropped(grid, mouth.open * 0.26)
        return self._settle(head.turned(dropped, self._motion.yaw, self._motion.pitch))

    def hair_front(self, grid: Grid) -> Grid:
        """Place cap and curtains: nearer than the skull, with tips that lag."""
        moved = hair.swayed(grid, self._motion.hair_sway * 0.35, 20.0, 150.0)
        return self._settle(
            head.turned(moved, self._motion.yaw * 0.9, self._motion.pitch * 0.8)
            + np.array([self._motion.yaw * 2.5, self._motion.pitch * 1.5])
        )

    def lock(self, grid: Grid) -> Grid:
        """Place the lock over the shoulder: its root with the head, its tip lagging."""
        down = np.clip(grid[:, 1:] / 260.0, 0.0, 1.0)
        with_head = self._settle(grid + np.array([self._motion.yaw * 6.0, 0.0]))
        still = grid + np.array([0.0, _HEAD_Y - 2.4 * self._motion.breath])
        hanging = hair.swayed(with_head * (1 - down) + still * down, 0.0, 0.0, 1.0)
        hanging[:, 0] += self._motion.hair_sway * (down[:, 0] ** 1.5)
        return hanging

    def hair_back(self) -> tuple[float, float]:
        """Place the fall behind: it hangs, and moves against the face when the head turns."""
        motion = self._motion
        hanging = self._settle(np.array([[0.0, 60.0]]))[0] - np.array([0.0, 60.0])
        return (
            float(hanging[0]) - motion.yaw * 5.0 + motion.hair_sway * 0.35,
            float(hanging[1]) - motion.pitch * 3.0,
        )

    def enter(self, canvas: skia.Canvas, x: float, y: float) -> None:
        """Move the canvas to a feature, foreshortened as the head turns."""
        yaw, pitch = self._motion.yaw, self._motion.pitch
        moved = head.turned(np.array([x, y]) + _AROUND, yaw, pitch)
        anchor = self._settle(moved[:1])[0]
        canvas.translate(float(anchor[0]), float(anchor[1]))
        canvas.rotate(self._motion.roll_degrees)
        canvas.scale(
            float(moved[2, 0] - moved[1, 0]) / _SPAN, float(moved[4, 1] - moved[3, 1]) / _SPAN
        )
