"""The run-of-show while it runs, cues, warnings, and what the show sold, to the unit."""

from datetime import timedelta

import pytest
from tests.factories import (
    OPENING,
    check_out,
    make_cart,
    make_host,
    make_notice,
    make_paper,
    make_room,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.broadcast.models import PinnedMoment
from chophien.apps.ledger.services import receive_credit
from chophien.apps.live.models import ViewerCount
from chophien.apps.live.planning import PlanError, cancel_show, plan_with_room
from chophien.apps.live.run_of_show import (
    RunError,
    SegmentPlan,
    add_goods,
    move_goods,
    plan_segment,
    take_out_goods,
)
from chophien.apps.live.services import (
    ComplaintDraft,
    HinderedGoodsError,
    answer_complaint,
    complain,
    put_on_air,
)
from chophien.apps.live.show_figures import read_figures
from chophien.apps.live.viewers import list_viewer_minutes, note_minute
from chophien.apps.orders.models import CartLine
from chophien.apps.payments.services import ask_for_payment
from chophien.apps.programme.cues import CueDraft, CueError, list_open_cues, see_cue, send_cue
from chophien.apps.programme.models import Cue
from chophien.apps.programme.selectors import list_run_of_show
from chophien.apps.programme.services import HostTakenError, ShowPlan
from chophien.apps.vetting.selectors import list_warnings_shown
from chophien.apps.vetting.warnings import WarningDraft, WarningError, end_warning, warn_viewers
from chophien.domain.limits import CUES_OPEN_MAX

MINUTE = timedelta(minutes=1)


@pytest.fixture
def stall(db):
    return make_stall()


@pytest.fixture
def room(festival, stall):
    return make_room(festival, *(make_sku(stall, name=name) for name in ("A", "B", "C")))


def list_names(room):
    return [segment.sku.product.name_vi for segment in list_run_of_show(room.show_id)]


@pytest.mark.parametrize(
    ("name", "place", "order"),
    [("A", 2, "BCA"), ("C", 0, "CAB"), ("B", 1, "ABC"), ("A", 99, "BCA"), ("C", -5, "CAB")],
)
def test_goods_move_to_any_place_and_the_others_close_ranks(room, name, place, order):
    sku = next(s.sku for s in list_run_of_show(room.show_id) if s.sku.product.name_vi == name)

    move_goods(show_id=room.show_id, sku_id=sku.id, place=place)

    assert "".join(list_names(room)) == order
    places = [segment.position for segment in list_run_of_show(room.show_id)]
    assert places == [0, 1, 2]


def test_goods_come_at_the_end_and_go_with_their_pin(room, stall):
    sku = make_sku(stall, name="D")
    add_goods(show_id=room.show_id, sku_id=sku.id, at=OPENING)
    put_on_air(room_id=room.id, sku_id=sku.id, at=OPENING)

    take_out_goods(show_id=room.show_id, sku_id=sku.id)

    room.refresh_from_db()
    assert room.pinned_id is None
    assert list_names(room) == ["A", "B", "C"]


def test_goods_without_papers_are_not_added_nor_pinned(room, stall):
    sku = make_sku(stall, name="D", tags=["supplement"])

    with pytest.raises(HinderedGoodsError):
        add_goods(show_id=room.show_id, sku_id=sku.id, at=OPENING)
    for kind in ("product_declaration", "ad_confirmation"):
        make_paper(stall, kind, product=sku.product, valid_until=OPENING.date())
    add_goods(show_id=room.show_id, sku_id=sku.id, at=OPENING)

    with pytest.raises(HinderedGoodsError):
        put_on_air(room_id=room.id, sku_id=sku.id, at=OPENING + timedelta(days=1))


def test_what_cannot_be_says_why(room, stall, monkeypatch):
    first = list_run_of_show(room.show_id)[0].sku
    with pytest.raises(RunError, match="there"):
        add_goods(show_id=room.show_id, sku_id=first.id, at=OPENING)
    with pytest.raises(RunError, match="goods"):
        add_goods(show_id=room.show_id, sku_id=0, at=OPENING)
    with pytest.raises(RunError, match="segment"):
        move_goods(show_id=room.show_id, sku_id=0, place=0)
    plan = SegmentPlan(minutes=241, points="")
    with pytest.raises(RunError, match="plan"):
        plan_segment(show_id=room.show_id, sku_id=first.id, plan=plan)
    monkeypatch.setattr("chophien.apps.live.run_of_show.SEGMENTS_MAX", 3)
    with pytest.raises(RunError, match="full"):
        add_goods(show_id=room.show_id, sku_id=make_sku(stall).id, at=OPENING)


def test_a_cue_is_there_until_it_is_seen_and_kept_after(room):
    producer, host = make_user("dao-dien"), make_user("mai")
    sku = list_run_of_show(room.show_id)[1].sku
    draft = CueDraft(kind="pin", sku_id=sku.id)
    cue = send_cue(show_id=room.show_id, draft=draft, by_id=producer.id, at=OPENING)
    assert [each.sku for each in list_open_cues(room.show_id)] == [sku]

    assert see_cue(cue_id=cue.id, show_id=room.show_id, by_id=host.id, at=OPENING + MINUTE)
    assert not see_cue(cue_id=cue.id, show_id=room.show_id, by_id=host.id, at=OPENING)
    kept = Cue.objects.get()
    assert (kept.sent_by, kept.seen_by, kept.seen_at) == (producer, host, OPENING + MINUTE)


@pytest.mark.parametrize(
    ("draft", "why"),
    [
        (CueDraft(kind="shout"), "kind"),
        (CueDraft(kind="text", text="  "), "text"),
        (CueDraft(kind="text", text="x" * 121), "text"),
        (CueDraft(kind="pin", sku_id=0), "sku"),
        (CueDraft(kind="pin"), "sku"),
    ],
)
def test_a_cue_that_cannot_be_sent_says_why(room, draft, why):
    with pytest.raises(CueError, match=why):
        send_cue(show_id=room.show_id, draft=draft, by_id=make_user().id, at=OPENING)


def test_a_producer_does_not_bury_a_host_in_cues(room):
    by_id, draft = make_user().id, CueDraft(kind="faster")
    for _ in range(CUES_OPEN_MAX):
        send_cue(show_id=room.show_id, draft=draft, by_id=by_id, at=OPENING)

    with pytest.raises(CueError, match="many"):
        send_cue(show_id=room.show_id, draft=draft, by_id=by_id, at=OPENING)


def test_one_warning_of_the_host_is_shown_for_its_time(room):
    by_id = make_user().id
    for text in ("Cay lắm", "Cay lắm, xa trẻ em"):
        draft = WarningDraft(text=text, lasts=2 * MINUTE)
        warn_viewers(show_id=room.show_id, draft=draft, by_id=by_id, at=OPENING)

    shown = list_warnings_shown(room.show_id, OPENING + MINUTE)
    assert [warning.text for warning in shown] == ["Cay lắm, xa trẻ em"]
    assert not list_warnings_shown(room.show_id, OPENING + 2 * MINUTE)
    assert end_warning(show_id=room.show_id, at=OPENING + MINUTE)
    assert not end_warning(show_id=room.show_id, at=OPENING + MINUTE)


@pytest.mark.parametrize(
    ("text", "lasts"), [("", MINUTE), ("x" * 161, MINUTE), ("a", 31 * MINUTE), ("a", 0 * MINUTE)]
)
def test_a_warning_has_its_bounds(room, text, lasts):
    draft, by_id = WarningDraft(text=text, lasts=lasts), make_user().id
    with pytest.raises(WarningError):
        warn_viewers(show_id=room.show_id, draft=draft, by_id=by_id, at=OPENING)


def order_in_show(festival, room, sku, quantity, at):
    cart = make_cart((sku, quantity))
    CartLine.objects.filter(cart=cart).update(show_id=room.show_id)
    return check_out(cart, festival, at=at).order


def test_a_show_is_credited_with_each_order_its_minute_and_what_was_on_air(festival, room):
    first, second, _ = (segment.sku for segment in list_run_of_show(room.show_id))
    PinnedMoment.objects.all().delete()
    for sku, at in ((first, OPENING), (second, OPENING + 2 * MINUTE + MINUTE / 4)):
        PinnedMoment.objects.create(show=room.show, sku=sku, pinned_at=at)
    paid = order_in_show(festival, room, first, 2, OPENING + MINUTE)
    order_in_show(festival, room, first, 1, OPENING + 2 * MINUTE + MINUTE / 2)
    order_in_show(festival, room, second, 3, OPENING + 2 * MINUTE + MINUTE / 3)
    check_out(make_cart((first, 1)), festival)
    (payment,) = ask_for_payment(order=paid)
    receive_credit(notice=make_notice(payment), at=OPENING + MINUTE)

    figures = read_figures(room.show_id)

    total = figures.total
    assert (total.orders, total.units, total.placed_minor) == (3, 6, 900_000)
    assert (total.paid_minor, total.waiting_minor, total.lost_minor) == (300_000, 600_000, 0)
    assert figures.net_minor == 300_000
    assert (figures.by_sku[first.id].units, figures.by_sku[first.id].units_while_pinned) == (3, 2)
    assert [
        (minute.starts_at - OPENING, minute.pinned, minute.sums.units) for minute in figures.minutes
    ] == [
        (0 * MINUTE, (first.id,), 0),
        (MINUTE, (first.id,), 2),
        (2 * MINUTE, (first.id, second.id), 4),
    ]


def make_plan(festival, host, *skus, **fields):
    values = {
        "festival_id": festival.id, "host_id": host.id, "theme": "", "titles": ("Phiên", "", ""),
        "pitches": ("", "", ""), "starts_at": OPENING, "ends_at": OPENING + timedelta(hours=2),
        "sku_ids": [sku.id for sku in skus],
    }  # fmt: skip
    return ShowPlan(**(values | fields))


def test_a_cancelled_show_leaves_its_host_free(festival, stall):
    host = make_host(person=make_user())
    plan = make_plan(festival, host, make_sku(stall))
    room = plan_with_room(plan, producer_id=None, at=OPENING)
    with pytest.raises(HostTakenError):
        plan_with_room(plan, producer_id=None, at=OPENING)

    assert cancel_show(show_id=room.show_id, at=OPENING)
    assert not cancel_show(show_id=room.show_id, at=OPENING)
    plan_with_room(plan, producer_id=None, at=OPENING)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"titles": (" ", "", "")}, "title"),
        ({"ends_at": OPENING}, "past"),
        ({"ends_at": OPENING + timedelta(hours=25)}, "long"),
        ({"sku_ids": [0] * 201}, "goods"),
    ],
)
def test_a_plan_that_cannot_be_says_why(festival, fields, why):
    plan = make_plan(festival, make_host(person=make_user()), **fields)
    with pytest.raises(PlanError, match=why):
        plan_with_room(plan, producer_id=None, at=OPENING)


def test_a_complaint_knows_its_moment_and_its_writer_hears_of_the_answer(festival, room):
    viewer, organiser = make_user("khach"), make_user("ban")
    first = list_run_of_show(room.show_id)[0].sku
    PinnedMoment.objects.all().update(pinned_at=OPENING)
    draft = ComplaintDraft(
        text="Sai giá", contact="", token="t1", user_id=viewer.id, about_at=OPENING + MINUTE
    )
    complaint = complain(room_id=room.id, draft=draft, at=OPENING + 3 * MINUTE)
    assert (complaint.about_at, complaint.about_sku_id) == (OPENING + MINUTE, first.id)
    assert complaint.due_at == OPENING + 3 * MINUTE + timedelta(days=7)

    answered = {"complaint_id": complaint.id, "by_id": organiser.id, "at": OPENING + 4 * MINUTE}
    assert answer_complaint(answer="Đã sửa", **answered)
    assert not answer_complaint(answer="Lần hai", **answered)
    notice = viewer.notices.get()
    assert (notice.kind, notice.params["token"]) == ("complaint_answered", "t1")


def test_a_complaint_is_about_no_moment_to_come(room):
    draft = ComplaintDraft(
        text="?", contact="", token="t", user_id=None, about_at=OPENING + timedelta(days=9)
    )
    assert complain(room_id=room.id, draft=draft, at=OPENING).about_at == OPENING


def test_who_watches_is_noted_once_a_minute_and_an_old_count_is_nobody(festival, room):
    ViewerCount.objects.create(room=room, watching=120, counted_at=OPENING)
    for at in (OPENING, OPENING + MINUTE / 2, OPENING + MINUTE):
        note_minute(at=at, real_at=at)

    assert list_viewer_minutes(room.id) == {OPENING: 120, OPENING + MINUTE: 0}
