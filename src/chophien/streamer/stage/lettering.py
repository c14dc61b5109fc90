"""Fonts and lines of text."""

from pathlib import Path
from unicodedata import normalize

import skia

_FILES = {
    400: "BeVietnamPro-Regular.ttf",
    600: "BeVietnamPro-SemiBold.ttf",
    800: "BeVietnamPro-ExtraBold.ttf",
}


class FontMissingError(Exception):
    """A font file of the stage cannot be opened; reinstall the package."""


class Lettering:
    """The stage's typeface in its three weights (400, 600, 800)."""

    def __init__(self, folder: Path) -> None:
        self._faces = {weight: _open(folder / name) for weight, name in _FILES.items()}
        self._fonts: dict[tuple[int, float], skia.Font] = {}

    def font(self, weight: int, size: float) -> skia.Font:
        """Return the font of a weight at `size` pixels of the layout."""
        key = (weight, size)
        if key not in self._fonts:
            font = skia.Font(self._faces[weight], size)
            font.setSubpixel(True)
            font.setHinting(skia.FontHinting.kNone)
            font.setEdging(skia.Font.Edging.kAntiAlias)
            self._fonts[key] = font
        return self._fonts[key]

    def shortened(self, text: str, font: skia.Font, width: float) -> str:
        """Return the text, cut with an ellipsis if it is wider than `width`."""
        text = composed(text)
        if font.measureText(text) <= width:
            return text
        while text and font.measureText(text.rstrip() + "…") > width:
            text = text[:-1]
        return text.rstrip() + "…"

    def wrapped(self, text: str, font: skia.Font, width: float) -> list[tuple[int, int]]:
        """Return the lines of `text` as half-open ranges of it, each at most `width` wide."""
        lines: list[tuple[int, int]] = []
        start = end = 0
        for word_start, word_end in _words(text):
            if end > start and font.measureText(composed(text[start:word_end])) > width:
                lines.append((start, end))
                start = word_start
            elif end == start:
                start = word_start
            end = word_end
        if end > start:
            lines.append((start, end))
        return lines


def composed(text: str) -> str:
    """Return the text with each letter and its marks as one character, as the fonts have it."""
    return normalize("NFC", text)


def _open(path: Path) -> skia.Typeface:
    face = skia.Typeface.MakeFromFile(str(path))
    if face is None:
        message = f"cannot open the font {path}"
        raise FontMissingError(message)
    return face


def _words(text: str) -> list[tuple[int, int]]:
    words: list[tuple[int, int]] = []
    start: int | None = None
    for index, letter in enumerate(text):
        # A no-break space holds a price and its unit together.
        if letter in " \t\n":
            if start is not None:
                words.append((start, index))
            start = None
        elif start is None:
            start = index
    if start is not None:
        words.append((start, len(text)))
    return words
