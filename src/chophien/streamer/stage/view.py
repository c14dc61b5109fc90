"""What the stage shows in one frame, as ready text: the stage formats nothing itself."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """The product on air."""

    picture: str
    """Id of the drawn picture, a file name without `.svg` in the catalogue's pictures."""
    name: str
    origin: str
    """Province, and stall."""
    price: str
    """What one unit costs now, as people write it: `95.000 ₫`."""
    was: str | None
    """The price just before the promotion, shown struck through; `None` when nothing is off."""
    badge: str | None
    """`−25 %`, or `None`."""
    stock: str
    """`Còn 48`; `Hết hàng` when sold out."""
    sold_out: bool
    warning: str | None = None
    """What viewers are warned of, in few words: `Chỉ từ 18 tuổi`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionView:
    """The sentence being spoken; `[starts_chars, ends_chars)` is the current word."""

    text: str
    starts_chars: int
    ends_chars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    title: str
    """Name of the show."""
    ai_mark: str
    """The words that say the host is artificial; always shown (law)."""
    demo_mark: str | None
    """`Dữ liệu minh hoạ` in the demonstration, else `None`."""
    card: CardView | None
    caption: CaptionView | None
