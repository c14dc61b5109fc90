"""The show as a whole, in simulated time: what is spoken when facts change or parts fail."""

from datetime import timedelta

import numpy as np
import pytest
from tests.fakes.desk import AT, CredulousDesk, MemoryDesk, make_goods, make_snapshot
from tests.fakes.drawing import PlainRenderer
from tests.fakes.player import decode
from tests.fakes.show import SimulatedShow
from tests.fakes.speaking import FailingVoice, HummingVoice

from chophien.domain.script.beats import Beat
from chophien.media.timeline import samples_of
from chophien.streamer.desk import Utterance
from chophien.streamer.face.pose import Mood
from chophien.wire.snapshot import LocalText, OfferedPrice

OLD, NEW = "95.000 ₫", "88.000 ₫"
CHEAPER = (OfferedPrice(id="p1", kind="sale", unit_minor=88_000),)


@pytest.fixture
def show(tmp_path) -> SimulatedShow:
    """Two products, forty seconds."""
    rice = make_goods(2, name=LocalText(vi="Gạo ST25"), province="Sóc Trăng", prices=())
    return SimulatedShow(snapshot=make_snapshot(make_goods(1), rice), hls_root=tmp_path, seconds=40)


def change_price_while_queued(desk: MemoryDesk) -> None:
    """Commit a new price the instant before a sentence with the old one would start."""

    def commit(utterance: Utterance) -> None:
        if OLD in utterance.text:
            desk.change(1, prices=CHEAPER)

    desk.before_confirm = commit


async def test_no_sentence_says_the_old_price_after_the_change(show):
    await show.run(change_price_while_queued)

    said = " | ".join(show.texts)
    assert OLD not in said
    assert NEW in said
    assert show.counts.sentences_stale == 1


async def test_a_desk_that_always_says_yes_lets_the_old_price_through(show, tmp_path):
    """Negative control: the same show without the check at the moment of speaking."""
    show.desk_class = CredulousDesk
    show.__post_init__()

    await show.run(change_price_while_queued)

    assert OLD in " | ".join(show.texts)


async def test_a_price_changed_between_sentences_is_the_only_one_said_after(show):
    changed_at = AT + timedelta(seconds=25)

    def commit_later(desk: MemoryDesk) -> None:
        follow = show.pacer.each_second

        def each_second() -> None:
            follow()
            if show.pacer.now == changed_at:
                desk.change(1, prices=CHEAPER)

        show.pacer.each_second = each_second

    show.seconds = 90
    show.__post_init__()
    await show.run(commit_later)

    before = [said.utterance.text for said in show.desk.said if said.started_at < changed_at]
    after = [said.utterance.text for said in show.desk.said if said.started_at >= changed_at]
    assert any(OLD in text for text in before)
    assert not any(OLD in text for text in after)
    assert any(NEW in text for text in after)
    cards = [view.card.price for view, _ in show.renderer.shown if view.card]
    assert cards[samples_of(24) // 1920] == OLD
    assert NEW in cards[samples_of(25.3) // 1920 : samples_of(26) // 1920]


async def test_a_price_that_ends_by_the_clock_is_not_said_after(tmp_path):
    ends_at = AT + timedelta(seconds=20)
    flash = OfferedPrice(id="f", kind="flash", unit_minor=80_000, left=9, ends_at=ends_at)
    show = SimulatedShow(
        snapshot=make_snapshot(make_goods(1, prices=(flash,))), hls_root=tmp_path, seconds=90
    )

    await show.run()

    for said in show.desk.said:
        assert said.started_at < ends_at or "80.000 ₫" not in said.utterance.text
    assert any("125.000 ₫" in text for text in show.texts)
    cards = [view.card.price for view, _ in show.renderer.shown]
    assert cards[19 * 25] == "80.000 ₫"
    assert cards[22 * 25] == "125.000 ₫"


async def test_sold_out_goods_are_dropped_and_left(show):
    def sell_out(desk: MemoryDesk) -> None:
        def commit(utterance: Utterance) -> None:
            if utterance.beat is Beat.ORIGIN:
                desk.change(1, free=0)

        desk.before_confirm = commit

    await show.run(sell_out)

    beats = [said.utterance.beat for said in show.desk.said]
    sold_out = beats.index(Beat.SOLD_OUT)
    about_honey = [
        said.utterance for said in show.desk.said[sold_out + 1 :] if said.utterance.claims
    ]
    assert about_honey
    assert all(utterance.claims[0].sku_id == 2 for utterance in about_honey)
    assert Beat.ORIGIN not in beats[:sold_out]


async def test_a_sentence_is_cut_at_its_next_clause_when_its_goods_are_withdrawn(show):
    def withdraw(desk: MemoryDesk) -> None:
        follow = show.pacer.each_second

        def each_second() -> None:
            follow()
            hooked = [said for said in desk.said if said.utterance.beat is Beat.HOOK]
            if hooked and desk.facts.shelf[0].on_sale:
                desk.change(1, on_sale=False)

        show.pacer.each_second = each_second

    story = LocalText(vi="Ong, hoa, đồi, nắng, gió, sương, mây, suối, rừng, nương, bản, làng.")
    show.snapshot = make_snapshot(
        make_goods(1, story=story, name=LocalText(vi="Mật, sáp, phấn, và sữa, của ong, rừng, xa")),
        show.snapshot.shelf[1],
    )
    show.__post_init__()
    await show.run(withdraw)

    assert show.counts.sentences_cut == 1
    beats = [said.utterance.beat for said in show.desk.said]
    assert beats[beats.index(Beat.HOOK) + 1] is Beat.WITHDRAWN


async def test_a_failing_voice_leaves_silence_and_comes_back(show, caplog):
    show.voice = FailingVoice(HummingVoice(), failures=3)

    await show.run()

    assert show.counts.failures == {"voice": 3}
    assert show.counts.sentences > 3
    assert "no sentence could be made ready" in caplog.text
    assert "VoiceError: as asked" in caplog.text
    (data,) = show.player.runs()
    decoded = decode(data)
    assert decoded.video_pts == list(range(1000))
    assert decoded.audio_gaps == 0
    assert np.abs(decoded.sound[: 48_000 * 3]).max() < 100
    assert np.abs(decoded.sound[48_000 * 5 :]).max() > 5000


class MoodyDesk(MemoryDesk):
    """Fails now and then, in every method."""

    calls = 0

    def _stumble(self) -> None:
        self.calls += 1
        if self.calls > 1 and self.calls % 5 == 0:
            raise ConnectionError("as asked")

    async def snapshot(self):
        self._stumble()
        return await super().snapshot()

    async def confirm(self, utterance):
        self._stumble()
        return await super().confirm(utterance)

    async def changed(self, since):
        self._stumble()
        await super().changed(since)


async def test_a_failing_desk_does_not_end_the_show(show, caplog):
    show.desk_class = MoodyDesk
    show.__post_init__()

    await show.run()

    assert show.counts.frames == 1000
    assert show.counts.failures["desk"] > 3
    assert set(show.counts.failures) == {"desk"}
    assert show.counts.sentences > 2
    assert "ConnectionError: as asked" in caplog.text


class StumblingRenderer(PlainRenderer):
    def render(self, view, pose):
        if len(self.shown) % 3 == 0:
            self.shown.append((view, pose))
            raise RuntimeError("as asked")
        return super().render(view, pose)


async def test_a_picture_that_fails_is_replaced_by_the_one_before(show, caplog):
    show.seconds = 3
    show.renderer = StumblingRenderer(width=64, height=64)
    show.__post_init__()

    await show.run()

    assert show.counts.failures == {"draw": 25}
    (data,) = show.player.runs()
    assert decode(data).video_pts == list(range(75))


async def test_a_full_disk_loses_a_segment_and_not_the_show(show, caplog):
    show.seconds = 6

    def block(desk: MemoryDesk) -> None:
        first = int(desk.now().timestamp())  # segments are numbered from the show's clock
        blocked = show.room / "main" / f"part-{first + 2}.0.m4s.new"
        follow = show.pacer.each_second

        def each_second() -> None:
            follow()
            if show.pacer.now == AT + timedelta(seconds=2):
                blocked.mkdir(parents=True)
            if show.pacer.now == AT + timedelta(seconds=4):
                blocked.rmdir()

        show.pacer.each_second = each_second

    show.__post_init__()
    await show.run(block)

    assert show.counts.failures == {"write": 2}, "each segment is tried anew"
    assert "RoomVideo could not take what the program gave it" in caplog.text
    assert [entry.is_discontinuous for entry in show.player.entries] == [False, False, True, False]


async def test_late_frames_repeat_the_picture_and_keep_the_sound(show):
    show.seconds = 10
    show.__post_init__()
    a_little, too_much = samples_of(0.4), samples_of(0.6)
    show.pacer.late_samples = {
        index * 1920: a_little if index < 50 else too_much for index in range(100)
    }

    await show.run()

    assert show.counts.frames_repeated == 50
    assert len(show.renderer.shown) == 200
    (data,) = show.player.runs()
    decoded = decode(data)
    assert decoded.video_pts == list(range(250))
    assert decoded.audio_gaps == 0
    loud = np.abs(decoded.sound[samples_of(2) : samples_of(4)].astype(np.int32)) > 3000
    assert loud.any(), "the sound of the late frames is there"


async def test_face_and_caption_follow_the_sentence(show):
    await show.run()

    greeting = show.desk.said[0].utterance
    starts = 25
    during = show.renderer.shown[starts + 5 : starts + 40]
    assert all(view.caption and view.caption.text == greeting.text for view, _ in during)
    assert {pose.mood for _, pose in during} == {Mood.HAPPY}
    assert max(pose.greeting for _, pose in during) == 1.0
    assert any(pose.visemes for _, pose in during)
    assert max(pose.loudness for _, pose in during) > 0.5
    before = show.renderer.shown[:starts]
    assert all(view.caption is None and not pose.visemes for view, pose in before)
    assert [pose.at_s for _, pose in show.renderer.shown[:3]] == [0.0, 0.04, 0.08]


async def test_the_hand_points_while_the_price_is_told(tmp_path):
    show = SimulatedShow(
        snapshot=make_snapshot(make_goods(1), make_goods(2)), hls_root=tmp_path, seconds=120
    )

    await show.run()

    offers = [said for said in show.desk.said if said.utterance.beat is Beat.OFFER]
    stories = [said for said in show.desk.said if said.utterance.beat is Beat.STORY]
    assert offers
    assert stories
    for said, pointing in [*((each, 1.0) for each in offers), *((each, 0.0) for each in stories)]:
        frame = round((said.started_at - AT) / timedelta(seconds=1) * 25) + 15
        assert show.renderer.shown[frame][1].pointing == pytest.approx(pointing), said


async def test_the_mark_is_on_every_frame(show):
    await show.run()

    assert {view.ai_mark for view, _ in show.renderer.shown} == {"AI · Người dẫn ảo"}
    assert {view.demo_mark for view, _ in show.renderer.shown} == {"Dữ liệu minh hoạ"}


async def test_the_office_puts_another_product_on_air_and_the_host_follows(show):
    def pin_later(desk: MemoryDesk) -> None:
        follow = show.pacer.each_second

        def each_second() -> None:
            follow()
            if show.pacer.now == AT + timedelta(seconds=12):
                desk.pin(2)

        show.pacer.each_second = each_second

    await show.run(pin_later)

    later = [said for said in show.desk.said if said.started_at > AT + timedelta(seconds=12)]
    assert later[0].utterance.beat is Beat.HOOK
    assert all(said.utterance.claims[0].sku_id == 2 for said in later[:3])
    prices = {view.card.name for view, _ in show.renderer.shown[13 * 25 : 30 * 25] if view.card}
    assert prices == {"Gạo ST25"}


async def test_an_empty_shelf_idles_with_long_rests(tmp_path):
    show = SimulatedShow(snapshot=make_snapshot(pinned=None), hls_root=tmp_path, seconds=60)

    await show.run()

    assert [said.utterance.beat for said in show.desk.said][1:] == [Beat.IDLE] * (
        len(show.desk.said) - 1
    )
    assert 2 < len(show.desk.said) < 7
