"""The AI host's card warns of what the law says of the goods."""

from pathlib import Path

import pytest
from tests.fakes.desk import make_goods, make_snapshot

from chophien import streamer
from chophien.domain.vetting import RiskWarning
from chophien.streamer.stage.card import WARNING_SIZE, WARNING_WIDTH
from chophien.streamer.stage.lettering import Lettering
from chophien.streamer.views import WARNINGS, card_view

FONTS = Path(str(streamer.__file__)).parent / "fonts"


def test_every_warning_has_words_that_fit():
    assert set(WARNINGS) == set(RiskWarning)
    lettering = Lettering(FONTS)
    font = lettering.font(800, WARNING_SIZE)
    for words in WARNINGS.values():
        assert lettering.shortened(words, font, WARNING_WIDTH) == words


@pytest.mark.parametrize(
    ("kinds", "warning"),
    [
        ((), None),
        (("food", "green", ""), None),
        (("food", "nuts", "alcohol"), "Chỉ từ 18 tuổi"),
        (("supplement",), "Không phải thuốc"),
    ],
)
def test_the_gravest_warning_is_on_the_card(kinds, warning):
    goods = make_goods(kinds=kinds)
    assert card_view(goods, make_snapshot(goods)).warning == warning
