"""The AI host's card warns of what the law says of the goods."""

import pytest
from tests.fakes.desk import make_goods, make_snapshot

from chophien.domain.vetting import RiskWarning
from chophien.streamer.views import WARNINGS, card_view


def test_every_warning_has_words_that_fit():
    assert set(WARNINGS) == set(RiskWarning)
    assert max(map(len, WARNINGS.values())) <= 19


@pytest.mark.parametrize(
    ("kinds", "warning"),
    [
        ((), None),
        (("food", "green", ""), None),
        (("food", "nuts", "alcohol"), "Chỉ từ 18 tuổi"),
        (("supplement",), "Không phải là thuốc"),
    ],
)
def test_the_gravest_warning_is_on_the_card(kinds, warning):
    goods = make_goods(kinds=kinds)
    assert card_view(goods, make_snapshot(goods)).warning == warning
