"""Renderers that draw almost nothing."""

import numpy as np
from numpy.typing import NDArray

from chophien.streamer.face.pose import Pose
from chophien.streamer.pipeline import Renderer
from chophien.streamer.stage.view import StageView


class PlainRenderer(Renderer):
    """Fills the picture with one grey that follows the mouth; keeps what it was asked to show."""

    def __init__(self, *, width: int, height: int) -> None:
        self._picture = np.full((height, width, 4), 255, dtype=np.uint8)
        self.shown: list[tuple[StageView, Pose]] = []

    def render(self, view: StageView, pose: Pose) -> NDArray[np.uint8]:
        self.shown.append((view, pose))
        self._picture[:, :, :3] = 40 + round(200 * min(1.0, sum(pose.visemes.values())))
        return self._picture
