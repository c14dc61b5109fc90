"""A part drawn once with all its softness, then bent on a mesh in every frame."""

from collections.abc import Callable, Sequence

import numpy as np
import skia
from numpy.typing import NDArray

Grid = NDArray[np.float64]
"""Mesh points, shape (count, 2): x and y in the part's own frame."""

_OVERSAMPLING = 2.0
# Nearest-texel lookup in a texture of twice the size costs a third of bilinear lookup and
# looks the same once the texture is softened by this many texels.
_SOFTENING = 0.55


class Layer:
    """A picture on a grid whose lines lie at `xs` and `ys`; empty cells are never drawn.

    A cell costs by the row of pixels as well as by the pixel, so few wide cells are best.
    """

    def __init__(
        self,
        lines: tuple[Sequence[float], Sequence[float]],
        art: Callable[[skia.Canvas], None],
        scale: float,
    ) -> None:
        xs, ys = np.array(lines[0], dtype=float), np.array(lines[1], dtype=float)
        self._scale = scale * _OVERSAMPLING
        bounds = skia.Rect.MakeLTRB(xs[0], ys[0], xs[-1], ys[-1])
        image = paint_image(bounds, art, self._scale, softening=_SOFTENING)
        self._paint = skia.Paint(
            Shader=image.makeShader(
                skia.TileMode.kClamp,
                skia.TileMode.kClamp,
                skia.SamplingOptions(skia.FilterMode.kNearest),
            )
        )
        self.grid: Grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        columns = (xs - xs[0]) * self._scale
        rows = (ys - ys[0]) * self._scale
        self._texels = _points(np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2))
        self._indices = _filled_cells(image, columns.astype(int), rows.astype(int))

    def draw(self, canvas: skia.Canvas, points: Grid) -> None:
        """Draw with the grid's points moved to `points` (same shape and order as `grid`)."""
        mesh = skia.Vertices(
            skia.Vertices.kTriangles_VertexMode, _points(points), self._texels, None, self._indices
        )
        canvas.drawVertices(mesh, self._paint, skia.BlendMode.kDst)


def paint_image(
    bounds: skia.Rect,
    art: Callable[[skia.Canvas], None],
    scale: float,
    *,
    softening: float = 0.0,
) -> skia.Image:
    """Draw `art`, in its own coordinates, into an image of `bounds` at `scale`."""
    width, height = round(bounds.width() * scale), round(bounds.height() * scale)
    surface = _surface(width, height)
    with surface as canvas:
        canvas.scale(width / bounds.width(), height / bounds.height())
        canvas.translate(-bounds.left(), -bounds.top())
        art(canvas)
    image = surface.makeImageSnapshot()
    if not softening:
        return image
    softened = _surface(width, height)
    with softened as canvas:
        blur = skia.ImageFilters.Blur(softening, softening)
        canvas.drawImage(image, 0, 0, skia.SamplingOptions(), skia.Paint(ImageFilter=blur))
    return softened.makeImageSnapshot()


def _surface(width: int, height: int) -> skia.Surface:
    # BGRA is skia's own order here: images in it are drawn ten times as fast as in RGBA.
    info = skia.ImageInfo.Make(
        max(width, 1), max(height, 1), skia.kBGRA_8888_ColorType, skia.kPremul_AlphaType
    )
    return skia.Surface.MakeRaster(info)


def _points(grid: Grid) -> list[skia.Point]:
    return [skia.Point(x, y) for x, y in grid.tolist()]


def _filled_cells(
    image: skia.Image, columns: NDArray[np.int_], rows: NDArray[np.int_]
) -> list[int]:
    alpha = image.toarray()[:, :, 3]
    width = len(columns)
    indices: list[int] = []
    for row in range(len(rows) - 1):
        for column in range(width - 1):
            cell = alpha[rows[row] : rows[row + 1], columns[column] : columns[column + 1]]
            if not cell.any():
                continue
            corner = row * width + column
            below = corner + width
            indices += [corner, corner + 1, below, corner + 1, below + 1, below]
    return indices
