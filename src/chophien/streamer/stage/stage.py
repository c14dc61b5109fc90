"""The whole picture: the fair behind, the presenter, the table before her, and the words."""

from math import sin
from pathlib import Path

import numpy as np
import skia
from numpy.typing import NDArray

from chophien.streamer.face.ink import fade, radial
from chophien.streamer.face.layer import paint_image
from chophien.streamer.face.palette import AO_DAI
from chophien.streamer.face.pose import Face, Pose
from chophien.streamer.stage import backdrop
from chophien.streamer.stage.captions import Captions
from chophien.streamer.stage.card import Cards
from chophien.streamer.stage.lettering import Lettering
from chophien.streamer.stage.marks import Marks
from chophien.streamer.stage.sprite import Sprite
from chophien.streamer.stage.view import StageView

_WIDTH, _HEIGHT = 720, 1280
_ASPECT_SLACK = 0.01  # 480×854 is the nearest even size to 9:16 and is off by less


class Stage:
    """Draws the frames of a show, one after the other.

    A frame depends on its view and its pose, and on the card of the frames before it (which
    slides away); two stages given the same frames draw the same bytes.
    """

    def __init__(
        self, *, width: int, height: int, face: Face, pictures: Path, fonts: Path, language: str
    ) -> None:
        """Prepare all that stands still, for a portrait picture of 9:16.

        Args:
            width: Pixels of the picture; the layout of 720×1280 is scaled to it.
            height: Pixels of the picture.
            face: The presenter.
            pictures: Folder of the catalogue's drawings, `<CardView.picture>.svg`.
            fonts: Folder of the stage's fonts.
            language: `vi` or `en`: the words that the stage brings itself.

        Raises:
            ValueError: the size is not 9:16.
            FontMissingError: a font cannot be opened.
        """
        if width <= 0 or abs(height * _WIDTH / (width * _HEIGHT) - 1) > _ASPECT_SLACK:
            message = f"the stage is drawn 9:16, not {width}×{height}"
            raise ValueError(message)
        self._size = (width, height)
        self._scale = width / _WIDTH
        self._face = face
        info = skia.ImageInfo.Make(width, height, skia.kBGRA_8888_ColorType, skia.kPremul_AlphaType)
        self._surface = skia.Surface.MakeRaster(info)
        self._info = info.makeColorType(skia.kRGBA_8888_ColorType)
        lettering = Lettering(fonts)
        self._marks = Marks(lettering, language, self._scale)
        self._captions = Captions(lettering, self._scale)
        self._cards = Cards(pictures, lettering, self._scale)
        self._prepare_scenery()

    def render(self, view: StageView, pose: Pose) -> NDArray[np.uint8]:
        """Draw one frame.

        Returns:
            A new array, dtype uint8, shape (height, width, 4): RGBA, opaque, rows contiguous.
        """
        canvas = self._surface.getCanvas()
        canvas.drawImage(self._behind, 0, 0, skia.SamplingOptions(), self._replace)
        self._draw_lights(canvas, pose.at_s)
        canvas.save()
        canvas.scale(self._scale, self._scale)
        self._face.draw(canvas, pose)
        canvas.restore()
        self._before.draw(canvas)
        self._captions.draw(canvas, view.caption)
        self._cards.draw(canvas, view.card, pose.at_s)
        self._marks.draw(canvas, view, pose.at_s)
        width, height = self._size
        frame = np.empty((height, width, 4), dtype=np.uint8)
        if not self._surface.readPixels(self._info, frame, width * 4, 0, 0):
            message = "skia could not copy the frame out"
            raise RuntimeError(message)
        return frame

    def _prepare_scenery(self) -> None:
        full = skia.Rect.MakeWH(_WIDTH, self._size[1] / self._scale)
        self._replace = skia.Paint(BlendMode=skia.BlendMode.kSrc)
        self._behind = paint_image(
            full, lambda canvas: backdrop.paint_behind(canvas, AO_DAI), self._scale
        )
        table = skia.Rect.MakeLTRB(0, 1024, _WIDTH, full.bottom() + 1)
        self._before = Sprite(
            table, lambda canvas: backdrop.paint_before(canvas, AO_DAI), self._scale
        )
        self._lights = [_make_light(glow, self._scale) for glow in backdrop.GLOWS]

    def _draw_lights(self, canvas: skia.Canvas, at_s: float) -> None:
        for index, light in enumerate(self._lights):
            flicker = 0.34 + 0.22 * sin(at_s * (1.1 + 0.23 * index) + index * 2.1)
            light.draw(canvas, alpha=flicker + 0.10 * sin(at_s * 4.7 + index))


def _make_light(glow: tuple[float, float, float], scale: float) -> Sprite:
    x, y, reach = glow
    light = radial((x, y), reach, [fade(0xFFFFD48A, 0.42), fade(0xFFFFB65C, 0.0)])
    box = skia.Rect.MakeLTRB(x - reach, y - reach, x + reach, y + reach)
    return Sprite(box, lambda canvas: canvas.drawPaint(light), scale)
