"""The product card: what is on air, where from, for how much, and how many are left."""

from pathlib import Path

import skia

from chophien.streamer.face.brocade import paint_band
from chophien.streamer.face.ink import fade, ink, linear, pen
from chophien.streamer.face.palette import AO_DAI
from chophien.streamer.stage.lettering import Lettering, composed
from chophien.streamer.stage.sprite import Sprite
from chophien.streamer.stage.view import CardView

_BOX = skia.Rect.MakeLTRB(16, 940, 564, 1188)
_PANEL = skia.Rect.MakeLTRB(28, 952, 552, 1172)
_PICTURE = skia.Rect.MakeLTRB(42, 966, 212, 1158)
_TEXT_X, _TEXT_RIGHT = 230.0, 532.0
_NIGHT, _PAPER, _DIM = 0xF0141A40, 0xFFFBF7EF, 0xFFB9B4CC
_TURMERIC, _LOTUS, _BETEL = 0xFFF2B418, 0xFFB02A52, 0xFF7FD1A0
_PRICE_SIZES = ((38.0, 21.0), (34.0, 19.0), (30.0, 17.0), (25.0, 15.0))
"""Sizes of the price and of the price before it, largest first."""
_PRICE_Y, _GAP = 1114.0, 14.0
_WARNING_HEIGHT = 34.0
WARNING_SIZE, WARNING_WIDTH = 17.0, 158.0
"""Of the words of a warning: what is wider would be shortened."""
_LEAVE_S, _ENTER_S, _SLIDE = 0.22, 0.42, 60.0


class Cards:
    """Shows one card at a time, and lets the next slide in over the one before."""

    def __init__(self, pictures: Path, lettering: Lettering, scale: float) -> None:
        self._pictures = pictures
        self._lettering = lettering
        self._scale = scale
        self._started = False
        self._card: CardView | None = None
        self._sprite: Sprite | None = None
        self._leaving: Sprite | None = None
        self._changed_at_s = float("-inf")

    def draw(self, canvas: skia.Canvas, card: CardView | None, at_s: float) -> None:
        """Draw on a canvas without scale; a changed card moves from `at_s` on."""
        if card != self._card or not self._started:
            self._change(card, at_s)
        since_s = at_s - self._changed_at_s
        if since_s < 0:  # the show began anew
            since_s = _LEAVE_S + _ENTER_S
        if self._leaving is not None:
            gone = min(since_s / _LEAVE_S, 1.0)
            self._leaving.draw(canvas, shift=(-_SLIDE * gone * gone, 0.0), alpha=1 - gone)
        if self._sprite is not None:
            share = min(since_s / _ENTER_S, 1.0)
            come = 1 - (1 - share) ** 3
            self._sprite.draw(canvas, shift=(0.0, _SLIDE * (1 - come)), alpha=come)

    def _change(self, card: CardView | None, at_s: float) -> None:
        before = self._card
        same = card is not None and before is not None and card.picture == before.picture
        if self._started and not same:
            self._leaving, self._changed_at_s = self._sprite, at_s
        self._started, self._card = True, card
        self._sprite = None
        if card is not None:
            self._sprite = Sprite(_BOX, lambda canvas: self._paint(canvas, card), self._scale)

    def _paint(self, canvas: skia.Canvas, card: CardView) -> None:
        canvas.drawRoundRect(_PANEL.makeOffset(0, 5), 26, 26, ink(0x88000000, blur=8))
        canvas.drawRoundRect(_PANEL, 26, 26, ink(_NIGHT))
        canvas.save()
        panel = skia.RRect.MakeRectXY(_PANEL, 26, 26)
        canvas.clipRRect(panel, doAntiAlias=True)
        canvas.translate(_PANEL.right(), _PANEL.top())
        canvas.rotate(90)
        paint_band(canvas, AO_DAI, skia.Rect.MakeWH(_PANEL.height(), 12))
        canvas.restore()
        canvas.drawRoundRect(_PANEL.makeInset(1, 1), 25, 25, pen(fade(_TURMERIC, 0.55), 2))
        self._paint_picture(canvas, card)
        self._paint_words(canvas, card)
        if card.warning:
            self._paint_warning(canvas, card.warning)
        if card.badge:
            self._paint_badge(canvas, card.badge)

    def _paint_picture(self, canvas: skia.Canvas, card: CardView) -> None:
        canvas.save()
        canvas.clipRRect(skia.RRect.MakeRectXY(_PICTURE, 18, 18), doAntiAlias=True)
        canvas.drawRect(_PICTURE, linear((42, 966), (212, 1158), [0xFFFFF6E2, 0xFFF3DDB4]))
        drawing = _open_drawing(self._pictures, card.picture)
        if drawing is None:
            self._paint_initial(canvas, card.name)
        else:
            side = min(_PICTURE.width(), _PICTURE.height())
            canvas.translate(_PICTURE.left(), _PICTURE.top() + (_PICTURE.height() - side) / 2)
            # A drawing with a size of its own keeps it in any container: then the canvas is scaled.
            own = drawing.containerSize()
            if own.isEmpty():
                drawing.setContainerSize(skia.Size(side, side))
            else:
                canvas.scale(side / own.width(), side / own.height())
            drawing.render(canvas)
        canvas.restore()
        if card.sold_out:
            canvas.drawRoundRect(_PICTURE, 18, 18, ink(0x99141A40))

    def _paint_initial(self, canvas: skia.Canvas, name: str) -> None:
        """Stand in for a picture that the catalogue does not have."""
        font = self._lettering.font(800, 96)
        letter = composed(name.strip()[:1].upper())
        x = _PICTURE.centerX() - font.measureText(letter) / 2
        canvas.drawString(letter, x, _PICTURE.centerY() + 34, font, ink(0xFF8A4F2C))

    def _paint_warning(self, canvas: skia.Canvas, warning: str) -> None:
        """Lay a yellow strip over the foot of the picture."""
        font = self._lettering.font(800, WARNING_SIZE)
        strip = skia.Rect.MakeLTRB(
            _PICTURE.left(),
            _PICTURE.bottom() - _WARNING_HEIGHT,
            _PICTURE.right(),
            _PICTURE.bottom(),
        )
        canvas.save()
        canvas.clipRRect(skia.RRect.MakeRectXY(_PICTURE, 18, 18), doAntiAlias=True)
        canvas.drawRect(strip, ink(_TURMERIC))
        canvas.restore()
        text = self._lettering.shortened(warning, font, WARNING_WIDTH)
        x = strip.centerX() - font.measureText(text) / 2
        canvas.drawString(text, x, strip.bottom() - 11, font, ink(0xFF22201C))

    def _paint_words(self, canvas: skia.Canvas, card: CardView) -> None:
        width = _TEXT_RIGHT - _TEXT_X
        name_font = self._lettering.font(600, 25)
        lines = self._lettering.wrapped(card.name, name_font, width)
        names = [card.name[start:end] for start, end in lines[:2]]
        if len(lines) > len(names):
            names[-1] = card.name[lines[1][0] :]
        y = 998.0
        for name in names:
            text = self._lettering.shortened(name, name_font, width)
            canvas.drawString(text, _TEXT_X, y, name_font, ink(_PAPER))
            y += 31
        self._line(canvas, card.origin, (400, 19, _BETEL), y - 1)
        self._paint_price(canvas, card)
        color = 0xFFFF8FAB if card.sold_out else _PAPER
        self._line(canvas, card.stock, (600, 20, color), 1150)

    def _paint_price(self, canvas: skia.Canvas, card: CardView) -> None:
        price, was = composed(card.price), composed(card.was or "")
        size, small_size = self._price_sizes(price, was)
        self._line(canvas, price, (800, size, _DIM if card.sold_out else _TURMERIC), _PRICE_Y)
        if not was:
            return
        small = self._lettering.font(400, small_size)
        left = _TEXT_X + self._lettering.font(800, size).measureText(price) + _GAP
        right = left + small.measureText(was)
        canvas.drawString(was, left, _PRICE_Y, small, ink(_DIM))
        strike_y = _PRICE_Y - small_size * 0.34
        canvas.drawLine(left - 2, strike_y, right + 2, strike_y, pen(_DIM, 2))

    def _price_sizes(self, price: str, was: str) -> tuple[float, float]:
        """Return the largest sizes at which both prices fit on one line."""
        for size, small_size in _PRICE_SIZES:
            wide = self._lettering.font(800, size).measureText(price)
            wide += self._lettering.font(400, small_size).measureText(was) + _GAP
            if wide <= _TEXT_RIGHT - _TEXT_X:
                return size, small_size
        return _PRICE_SIZES[-1]

    def _line(
        self, canvas: skia.Canvas, text: str, style: tuple[int, float, int], y: float
    ) -> None:
        weight, size, color = style
        font = self._lettering.font(weight, size)
        width = _TEXT_RIGHT - _TEXT_X
        canvas.drawString(
            self._lettering.shortened(text, font, width), _TEXT_X, y, font, ink(color)
        )

    def _paint_badge(self, canvas: skia.Canvas, badge: str) -> None:
        font = self._lettering.font(800, 23)
        text = composed(badge)
        wide = font.measureText(text) + 24
        pill = skia.Rect.MakeXYWH(_PICTURE.left() - 8, _PICTURE.top() - 8, wide, 38)
        canvas.drawRoundRect(pill.makeOffset(0, 2), 19, 19, ink(0x66000000, blur=3))
        canvas.drawRoundRect(pill, 19, 19, ink(_LOTUS))
        canvas.drawString(text, pill.left() + 12, pill.top() + 27, font, ink(0xFFFFFFFF))


def _open_drawing(folder: Path, picture: str) -> skia.SVGDOM | None:
    """Open a catalogue picture; `None` if there is no such drawing."""
    path = folder / f"{picture}.svg"
    if path.parent != folder or not path.is_file():
        return None
    # Not a MemoryStream: it keeps no copy of its bytes, which may be gone before they are parsed.
    return skia.SVGDOM.MakeFromStream(skia.FILEStream(str(path)))
