import pytest

from chophien.domain.script.beats import FIGURE_SLOTS, FREE_TEXT_SLOTS, LABEL_SLOTS, Beat, Slot
from chophien.domain.script.checker import find_objections
from chophien.domain.script.choice import choose
from chophien.domain.script.lines_vi import LINES_VI
from chophien.domain.script.sentences import UnfilledSlotError, fill, slots_of, split_story

FACTS = {
    Slot.HOST: "Mai An",
    Slot.TITLE: "Phiên chợ 11.11",
    Slot.NAME: "Gạo ST25",
    Slot.NEXT_NAME: "Mật ong Gia Lai",
    Slot.STALL: "Nông trại Gió",
    Slot.PROVINCE: "Sóc Trăng",
    Slot.UNIT: "túi 5 kg",
    Slot.STORY: "Ruộng ở gần biển, nước lợ nửa năm.",
    Slot.PRICE: "95.000 ₫",
    Slot.WAS: "125.000 ₫",
    Slot.OFF: "24 %",
    Slot.ENDS_AT: "20:00 hôm nay",
    Slot.STOCK: "48",
    Slot.SOLD_OUT: "hết hàng",
    Slot.STARS: "4 sao",
    Slot.SHIPPING: "25.000 ₫",
    Slot.FREE_FROM: "300.000 ₫",
}
ABOUT_NOTHING_BUYABLE = {Beat.GREETING, Beat.DISCLOSURE, Beat.IDLE, Beat.SOLD_OUT, Beat.WITHDRAWN}
LINES = [(beat, line) for beat, lines in LINES_VI.items() for line in lines]
COMMON = set(Beat) - {Beat.STORY, Beat.WITHDRAWN}


@pytest.mark.parametrize(("beat", "line"), LINES, ids=[line for _, line in LINES])
def test_every_line_passes_the_checker_with_its_facts(beat, line):
    sentence = fill(line, FACTS)

    assert find_objections(sentence, buyable=beat not in ABOUT_NOTHING_BUYABLE) == ()


@pytest.mark.parametrize("beat", sorted(COMMON))
def test_common_beats_have_variety(beat):
    assert len(set(LINES_VI[beat])) >= 8


def test_every_slot_has_exactly_one_kind_of_trust():
    kinds = (FIGURE_SLOTS, LABEL_SLOTS, FREE_TEXT_SLOTS)

    assert set().union(*kinds) == set(Slot)
    assert sum(map(len, kinds)) == len(Slot)


def test_idle_talk_needs_no_fact_at_all():
    """So there is always something that may be said."""
    assert {slots_of(line) for line in LINES_VI[Beat.IDLE]} == {frozenset()}


def test_greetings_name_the_host_as_artificial():
    for line in (*LINES_VI[Beat.GREETING], *LINES_VI[Beat.DISCLOSURE]):
        assert "ảo" in line or "trí tuệ nhân tạo" in line or "máy tính" in line


def test_fill_marks_where_facts_stand():
    sentence = fill("Giá {price} một {unit}.", FACTS)

    assert sentence.text == "Giá 95.000 ₫ một túi 5 kg."
    places = {place.slot: (place.starts_chars, place.ends_chars) for place in sentence.filled}
    assert {slot: sentence.text[slice(*place)] for slot, place in places.items()} == {
        Slot.PRICE: "95.000 ₫",
        Slot.UNIT: "túi 5 kg",
    }


def test_fill_refuses_a_fact_that_is_not_known():
    with pytest.raises(UnfilledSlotError, match="no value for was"):
        fill("Giá trước {was}.", {Slot.PRICE: "95.000 ₫"})


def test_slots_of_refuses_an_unknown_name():
    with pytest.raises(ValueError, match="cost"):
        slots_of("Giá {cost}")


def test_split_story_keeps_closing_marks():
    assert split_story("Một câu.  Hai câu!\nBa câu?") == ("Một câu.", "Hai câu!", "Ba câu?")
    assert split_story("") == ()


def test_choose_repeats_itself_for_the_same_seed_and_differs_for_others():
    options = [f"câu {index}" for index in range(10)]

    assert choose(options, seed="a", recent=()) == choose(options, seed="a", recent=())
    assert len({choose(options, seed=str(seed), recent=()) for seed in range(50)}) == 10


def test_choose_says_everything_before_anything_twice():
    options = [f"câu {index}" for index in range(10)]
    said: list[str] = []

    for turn in range(10):
        said.append(choose(options, seed=str(turn), recent=said) or "")

    assert sorted(said) == options
    assert choose(options, seed="x", recent=said) == said[0]


def test_choose_has_nothing_to_choose():
    assert choose([], seed="a", recent=()) is None
