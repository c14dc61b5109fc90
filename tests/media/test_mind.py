"""What the host says next, and that it is true."""

from datetime import timedelta

import pytest
from tests.fakes.desk import AT, make_goods, make_snapshot

from chophien.domain.script.beats import Beat
from chophien.streamer.desk import Utterance
from chophien.streamer.mind.delivery import DELIVERIES
from chophien.streamer.mind.grounds import goods_grounds, next_price_change, render_deadline
from chophien.streamer.mind.mind import DISCLOSE_EVERY_S, STALE_MAX, Mind, NextProduct
from chophien.streamer.mind.plan import find_next
from chophien.streamer.views import stage_view
from chophien.wire.snapshot import GoodsFacts, LocalText, OfferedPrice, ShowSnapshot

RICE = {"name": LocalText(vi="Gạo ST25"), "province": "Sóc Trăng", "stall_name": "Lúa Thơm"}


@pytest.fixture
def mind() -> Mind:
    """A mind that has already greeted."""
    mind = Mind(seed="test")
    greeting = mind.compose(make_snapshot(make_goods()), at_s=0)
    assert isinstance(greeting, Utterance)
    mind.spoken(greeting, at_s=0)
    return mind


def say(mind: Mind, snapshot: ShowSnapshot, count: int, *, at_s: float = 1) -> list[Utterance]:
    """Let a mind speak; stops early when it wants the next product."""
    said: list[Utterance] = []
    while len(said) < count:
        line = mind.compose(snapshot, at_s=at_s)
        if isinstance(line, NextProduct):
            break
        mind.spoken(line, at_s=at_s)
        said.append(line)
    return said


def texts(said: list[Utterance]) -> str:
    return " | ".join(utterance.text for utterance in said)


def test_begins_by_greeting_and_saying_what_it_is():
    line = Mind(seed="test").compose(make_snapshot(make_goods()), at_s=0)

    assert isinstance(line, Utterance)
    assert line.beat is Beat.GREETING
    assert "Mai An" in line.text
    assert "ảo" in line.text or "trí tuệ nhân tạo" in line.text


def test_says_again_and_again_what_it_is(mind):
    snapshot = make_snapshot(make_goods(1), make_goods(2))

    early = say(mind, snapshot, 1, at_s=DISCLOSE_EVERY_S - 1)
    late = say(mind, snapshot, 2, at_s=DISCLOSE_EVERY_S + 1)

    assert early[0].beat is not Beat.DISCLOSURE
    assert [late[0].beat is Beat.DISCLOSURE, late[1].beat is Beat.DISCLOSURE] == [True, False]


def test_a_turn_goes_through_the_beats_and_ends_with_the_bridge(mind):
    said = say(mind, make_snapshot(make_goods(1), make_goods(2, **RICE)), 50)

    beats = [utterance.beat for utterance in said]
    assert beats[0] is Beat.HOOK
    assert beats[-1] is Beat.BRIDGE
    expected = {Beat.ORIGIN, Beat.STORY, Beat.OFFER, Beat.PROOF, Beat.STOCK, Beat.HOW_TO_BUY}
    assert expected | {Beat.SHIPPING, Beat.FREE_SHIPPING} <= set(beats)
    assert "Gạo ST25" in said[-1].text
    assert len({utterance.text for utterance in said}) == len(said)


def test_every_figure_spoken_is_in_the_facts(mind):
    snapshot = make_snapshot(make_goods(1), make_goods(2, **RICE))

    said = texts(say(mind, snapshot, 50))

    for known in ("95.000 ₫", "125.000 ₫", "24 %", "25.000 ₫", "300.000 ₫", "500 g", "4 sao",
                  "48", "ST25"):  # fmt: skip
        said = said.replace(known, "")
    assert not any(sign.isdigit() for sign in said), said


def test_a_beat_without_its_fact_is_left_out(mind):
    plain = make_goods(1, prices=(), ocop_stars=None, story=LocalText(vi=""), free_from_minor=None)

    said = say(mind, make_snapshot(plain, make_goods(2)), 50)

    beats = {utterance.beat for utterance in said}
    assert Beat.PRICE in beats
    assert beats.isdisjoint({Beat.OFFER, Beat.PROOF, Beat.STORY, Beat.DEADLINE})
    assert Beat.FREE_SHIPPING not in beats
    assert "125.000 ₫" in texts(said)


def test_a_storys_false_claims_are_left_unread(mind):
    story = LocalText(vi="Trị ho rất hay. Mật ngon nhất vùng. Ong lấy mật hoa cà phê. Giá 1.000 ₫.")

    said = texts(say(mind, make_snapshot(make_goods(1, story=story), make_goods(2)), 50))

    assert "Ong lấy mật hoa cà phê." in said
    for lie in ("Trị ho", "ngon nhất", "1.000 ₫"):
        assert lie not in said


def test_goods_with_a_lie_for_a_name_are_not_named(mind):
    bad = make_goods(1, name=LocalText(vi="Trà giảm cân tốt nhất 99k"))

    said = texts(say(mind, make_snapshot(bad, make_goods(2)), 50))

    assert "giảm cân" not in said
    assert "99" not in said


def test_the_price_is_the_one_the_cart_would_charge(mind):
    flash = OfferedPrice(
        id="f", kind="flash", unit_minor=80_000, left=3, ends_at=AT + timedelta(hours=2)
    )
    too_low = OfferedPrice(id="x", kind="sale", unit_minor=10_000)
    later = OfferedPrice(id="y", kind="sale", unit_minor=70_000, starts_at=AT + timedelta(hours=1))
    goods = make_goods(1, prices=(flash, too_low, later))

    said = texts(say(mind, make_snapshot(goods, make_goods(2)), 50))

    assert "80.000 ₫" in said
    assert "12:00 hôm nay" in said
    assert "10.000 ₫" not in said.replace("80.000 ₫", "")
    assert "70.000 ₫" not in said


def test_a_sentence_is_valid_until_the_next_price_begins_or_ends(mind):
    flash = OfferedPrice(
        id="f", kind="flash", unit_minor=80_000, left=3, ends_at=AT + timedelta(hours=2)
    )
    later = OfferedPrice(id="y", kind="sale", unit_minor=70_000, starts_at=AT + timedelta(hours=1))
    goods = make_goods(1, prices=(flash, later))

    (hook,) = say(mind, make_snapshot(goods, make_goods(2)), 1)

    assert hook.valid_until == AT + timedelta(hours=1)
    assert next_price_change(goods, AT + timedelta(hours=1)) == AT + timedelta(hours=2)
    assert next_price_change(goods, AT + timedelta(hours=2)) is None


def test_the_stock_is_claimed_only_where_it_is_said(mind):
    said = say(mind, make_snapshot(make_goods(1), make_goods(2)), 50)

    for utterance in said:
        claimed = utterance.claims[0].free
        assert claimed == (48 if utterance.beat is Beat.STOCK else None), utterance.text


def test_a_bridge_claims_the_next_product_too(mind):
    said = say(mind, make_snapshot(make_goods(1), make_goods(2)), 50)

    assert [claim.sku_id for claim in said[-1].claims] == [1, 2]


BUYING = ("mua", "vào giỏ", "đặt hàng", "còn hàng", "₫")


@pytest.mark.parametrize(
    ("case", "gone", "beat"),
    [
        ("sold out", {"free": 0}, Beat.SOLD_OUT),
        ("withdrawn", {"on_sale": False}, Beat.WITHDRAWN),
        ("withdrawn and sold out", {"on_sale": False, "free": 0}, Beat.WITHDRAWN),
    ],
)
def test_gone_goods_are_announced_once_and_left(mind, case, gone, beat):
    said = say(mind, make_snapshot(make_goods(1, **gone), make_goods(2)), 50)

    assert [utterance.beat for utterance in said] == [beat], case
    assert not any(word in said[0].text for word in BUYING), said[0].text


def test_goods_that_sell_out_in_their_turn_are_announced(mind):
    before = say(mind, make_snapshot(make_goods(1), make_goods(2)), 4)

    after = say(mind, make_snapshot(make_goods(1, free=0), make_goods(2)), 50)

    assert Beat.HOOK in [utterance.beat for utterance in before]
    assert [utterance.beat for utterance in after] == [Beat.SOLD_OUT]


def test_nothing_left_to_sell_means_idling_not_selling(mind):
    snapshot = make_snapshot(make_goods(1, free=0), make_goods(2, on_sale=False))

    said = say(mind, snapshot, 4)

    assert [utterance.beat for utterance in said] == [Beat.SOLD_OUT, *[Beat.IDLE] * 3]


@pytest.mark.parametrize(
    ("case", "snapshot"),
    [
        ("empty shelf", make_snapshot(pinned=None)),
        ("pinned goods left the shelf", make_snapshot(pinned=9)),
    ],
)
def test_an_empty_shelf_is_bridged_by_small_talk(mind, case, snapshot):
    assert [utterance.beat for utterance in say(mind, snapshot, 2)] == [Beat.IDLE] * 2, case


def test_nothing_pinned_asks_for_the_first_product(mind):
    assert isinstance(mind.compose(make_snapshot(make_goods(), pinned=None), at_s=1), NextProduct)


def test_the_only_product_gets_turn_after_turn(mind):
    said = say(mind, make_snapshot(make_goods(1)), 40)

    assert len(said) == 40
    assert Beat.BRIDGE not in {utterance.beat for utterance in said}
    assert Beat.IDLE not in {utterance.beat for utterance in said}


def test_a_sentence_that_keeps_going_stale_is_given_up(mind):
    snapshot = make_snapshot(make_goods(1), make_goods(2))
    first = mind.compose(snapshot, at_s=1)
    assert isinstance(first, Utterance)

    for _ in range(STALE_MAX):
        mind.stale(first)
    following = mind.compose(snapshot, at_s=1)

    assert isinstance(following, Utterance)
    assert following.beat is not first.beat


def test_a_sentence_that_was_not_spoken_is_not_remembered(mind):
    snapshot = make_snapshot(make_goods(1), make_goods(2))

    assert mind.compose(snapshot, at_s=1) == mind.compose(snapshot, at_s=1)


def test_no_line_comes_twice_within_ten_minutes_of_talk():
    mind = Mind(seed="variety")
    names = ("Cam", "Quýt", "Trà", "Chè", "Măng", "Miến", "Hồi", "Quế", "Lạc", "Vừng")
    shelf = [
        make_goods(
            sku,
            name=LocalText(vi=name),
            stall_name=f"Nhà {name}",
            prices=(OfferedPrice(id="p", kind="sale", unit_minor=90_000 + sku * 1_000),),
            story=LocalText(vi=f"{name} mọc trên đồi. Bà con hái {name} từ sớm."),
        )
        for sku, name in enumerate(names, start=1)
    ]
    said: list[str] = []
    pinned = 1

    while len(said) < 120:
        line = mind.compose(make_snapshot(*shelf, pinned=pinned), at_s=1)
        if isinstance(line, NextProduct):
            pinned = pinned % len(shelf) + 1
            continue
        mind.spoken(line, at_s=1)
        said.append(line.text)

    assert [text for text in said if said.count(text) > 1] == []


def test_find_next_goes_round_and_leaves_out_what_is_gone():
    shelf = (make_goods(1), make_goods(2, free=0), make_goods(3))

    def following(pinned: int | None) -> int | None:
        goods = find_next(make_snapshot(*shelf, pinned=pinned))
        return goods and goods.sku_id

    assert following(1) == 3
    assert following(3) == 1
    assert following(None) == 1


def test_a_deadline_is_told_on_vietnamese_clocks():
    assert render_deadline(AT + timedelta(hours=1), AT) == "11:00 hôm nay"
    assert render_deadline(AT + timedelta(hours=14), AT) == "00:00 ngày 12/11"


def test_grounds_of_gone_goods_hold_no_price():
    snapshot = make_snapshot(make_goods(1, free=0))

    grounds = goods_grounds(snapshot.shelf[0], snapshot)

    assert not grounds.buyable
    assert {slot.value for slot in grounds.values} == {
        "host", "title", "name", "stall", "province", "unit", "stars", "sold_out",
    }  # fmt: skip


def test_every_beat_has_a_delivery():
    assert set(DELIVERIES) == set(Beat)


def card(goods: GoodsFacts):
    return stage_view(make_snapshot(goods), None).card


def test_the_card_shows_the_true_price_and_stock():
    shown = card(make_goods(1))

    assert (shown.price, shown.was, shown.badge) == ("95.000 ₫", "125.000 ₫", "−24 %")
    assert (shown.stock, shown.sold_out) == ("Còn 48", False)
    assert shown.origin == "Gia Lai · Nông trại Gió"


def test_the_card_of_gone_goods_says_so():
    assert (card(make_goods(free=0)).stock, card(make_goods(free=0)).sold_out) == ("Hết hàng", True)
    withdrawn = card(make_goods(on_sale=False))
    assert (withdrawn.stock, withdrawn.sold_out) == ("Tạm ngừng bán", True)


def test_the_marks_are_always_there():
    view = stage_view(make_snapshot(pinned=None), None)

    assert view.ai_mark == "AI · Người dẫn ảo"
    assert view.demo_mark == "Dữ liệu minh hoạ"
    assert stage_view(make_snapshot(is_demo=False), None).demo_mark is None
