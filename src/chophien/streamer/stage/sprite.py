"""A painted part of the overlay, kept as an image until what it shows changes."""

from collections.abc import Callable

import skia

from chophien.streamer.face.layer import paint_image


class Sprite:
    """An image of a box of the layout, at the size of the output."""

    def __init__(self, box: skia.Rect, paint: Callable[[skia.Canvas], None], scale: float) -> None:
        self._image = paint_image(box, paint, scale)
        self._left, self._top = round(box.left() * scale), round(box.top() * scale)
        self._scale = scale

    def draw(
        self, canvas: skia.Canvas, *, shift: tuple[float, float] = (0.0, 0.0), alpha: float = 1.0
    ) -> None:
        """Draw on a canvas without scale, moved by `shift` pixels of the layout.

        Positions are whole pixels, so that text stays as sharp as it was painted.
        """
        if alpha <= 0:
            return
        canvas.drawImage(
            self._image,
            self._left + round(shift[0] * self._scale),
            self._top + round(shift[1] * self._scale),
            skia.SamplingOptions(),
            skia.Paint(Alphaf=min(alpha, 1.0)),
        )
