"""Who may say what: words, links, pace, mutes, a closed chat; who is exempt from what."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chophien.domain.chat.folding import split_words
from chophien.domain.chat.pace import Pace
from chophien.domain.chat.rules import (
    Held,
    LinkRule,
    Refused,
    Role,
    Rules,
    Shown,
    Why,
    Writer,
    decide,
    judge_name,
)
from chophien.domain.chat.words import Action, WordList, mask_words

AT = datetime(2026, 11, 11, 1, 0, tzinfo=UTC)
WORDS = WordList(
    [
        ("lừa đảo", Action.REFUSE),
        ("hàng giả", Action.HOLD),
        ("ngu", Action.MASK),
        ("cặc", Action.REFUSE),
        ("scammer", Action.REFUSE),
    ]
)
LAN = Writer(key="u:1", device="d:1")
HOST = Writer(key="u:2", device="d:2", role=Role.HOST)
OUTSIDE = Writer(key="youtube:x", is_outside=True)
SECOND_US = 1_000_000


def say(text, *, writer=LAN, rules=None, pace=None, at=AT, at_us=SECOND_US):
    rules = Rules(words=WORDS) if rules is None else rules
    return decide(text, writer=writer, rules=rules, pace=pace or Pace(), at=at, at_us=at_us)


@pytest.mark.parametrize(
    "text",
    ["lừa đảo", "LỪA  ĐẢO", "lua dao", "luadao", "l ừ a đ ả o", "l.u.a.d.a.o", "lu4 d4o", "lừaaaa đảo",
     "scammer", "scamm3r", "ѕсаmmеr", "s c a m m e r", "cặc"],
)  # fmt: skip
def test_refused_words_are_found_in_their_disguises(text):
    assert say(f"shop này {text} nha") == Refused(why=Why.WORD)


@pytest.mark.parametrize(
    "text", ["các bạn ơi", "cac ban oi", "lúa dao", "người nguội", "luôn đảo", "hàng gia đình"]
)
def test_words_that_only_look_alike_are_let_through(text):
    assert say(text) == Shown(text=text)


def test_held_and_masked_words():
    assert say("hang gia re") == Held(text="hang gia re", why=Why.WORD)
    assert say("ngu quá") == Shown(text="*** quá")


def test_phone_numbers_are_masked_and_handed_on():
    outcome = say("A1 2 0901234567")

    assert outcome.text == "A1 2 090•••••67"
    assert [phone.number for phone in outcome.phones] == ["0901234567"]
    assert say("gọi 0901234567", writer=HOST).text == "gọi 0901234567"


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (LinkRule.REFUSE, Refused(why=Why.LINK)),
        (LinkRule.HOLD, Held(text="xem abc.com", why=Why.LINK)),
        (LinkRule.ALLOW, Shown(text="xem abc.com")),
    ],
)
def test_links_go_by_the_rooms_rule(rule, outcome):
    assert say("xem abc.com", rules=Rules(links=rule)) == outcome
    assert isinstance(say("xem abc.com", rules=Rules(links=rule), writer=HOST), Shown)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", Why.EMPTY), ("\u200b\u3164 ", Why.EMPTY), ("a" * 201, Why.TOO_LONG),
     ("x" * 1_000_000, Why.TOO_LONG), ("👨\u200d👩\u200d👧" * 201, Why.TOO_LONG)],
)  # fmt: skip
def test_bounds_hold_for_everybody(text, why):
    for writer in (LAN, HOST, OUTSIDE):
        assert say(text, writer=writer) == Refused(why=why)


def test_closed_chat_is_open_to_the_host_alone():
    rules = Rules(is_closed=True)

    assert say("hay", rules=rules) == Refused(why=Why.CLOSED)
    assert say("hay", rules=rules, writer=OUTSIDE) == Refused(why=Why.CLOSED)
    assert say("hay", rules=rules, writer=HOST) == Shown(text="hay")


def test_muted_by_person_or_device_until_it_is_over():
    until = AT + timedelta(minutes=5)
    for key in ("u:1", "d:1"):
        rules = Rules(mutes={key: until})
        assert say("hay", rules=rules) == Refused(why=Why.MUTED, wait_ms=300_000)
        assert say("hay", rules=rules, at=until) == Shown(text="hay")


def test_slow_mode_tells_how_long():
    pace, rules = Pace(), Rules(slow_s=10)
    say("một", pace=pace, rules=rules, at_us=SECOND_US)

    assert say("hai", pace=pace, rules=rules, at_us=4 * SECOND_US) == Refused(
        why=Why.SLOW, wait_ms=7_000
    )
    assert isinstance(say("hai", pace=pace, rules=rules, at_us=11 * SECOND_US), Shown)
    assert isinstance(say("a", pace=pace, rules=rules, writer=HOST), Shown)
    assert isinstance(say("b", pace=pace, rules=rules, writer=HOST), Shown)


def test_repeats_are_refused_for_a_while():
    pace = Pace()
    say("A1", pace=pace)

    assert say("a1", pace=pace, at_us=5 * SECOND_US) == Refused(why=Why.REPEATED)
    assert isinstance(say("A1", pace=pace, at_us=40 * SECOND_US), Shown)


def test_too_often_by_person_and_by_device():
    pace = Pace()
    outcomes = [say(f"{number}", pace=pace) for number in range(4)]
    family = [
        say("x", pace=pace, writer=Writer(key=f"u:{number + 10}", device="d:1"))
        for number in range(4)
    ]

    assert [type(each) for each in outcomes] == [Shown, Shown, Shown, Refused]
    assert outcomes[3] == Refused(why=Why.TOO_OFTEN, wait_ms=2_000)
    assert [isinstance(each, Shown) for each in family] == [True, True, True, False]


def test_platforms_keep_their_own_pace():
    pace, rules = Pace(), Rules(slow_s=300)

    assert all(
        isinstance(say("hay", writer=OUTSIDE, pace=pace, rules=rules), Shown) for _ in range(50)
    )


@pytest.mark.parametrize(
    ("name", "judged"),
    [("  Chị  Lan ", "Chị Lan"), ("", Refused(why=Why.NO_NAME)), ("\u200b", Refused(why=Why.NO_NAME)),
     ("lua dao", Refused(why=Why.BAD_NAME)), ("0901234567", Refused(why=Why.BAD_NAME)),
     ("abc.com", Refused(why=Why.BAD_NAME)), ("x" * 25, Refused(why=Why.BAD_NAME)),
     ("!!!", Refused(why=Why.BAD_NAME)), ("x" * 1_000_000, Refused(why=Why.BAD_NAME))],
)  # fmt: skip
def test_names_of_guests(name, judged):
    assert judge_name(name, Rules(words=WORDS)) == judged


@given(st.text(max_size=300))
def test_any_text_has_an_outcome_and_masks_keep_its_length(text):
    outcome = say(text)

    assert isinstance(outcome, Shown | Held | Refused)
    words = split_words(text)
    assert len(mask_words(text, WORDS.find(words))) == len(text)
