"""Sources that come, break off and come back: one clock, no hole in the sound, a slate between."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests.fakes.recorded import KeepingSink, decode_epoch

import chophien
from chophien.domain.limits import SLATE_AFTER_S, STOP_UNDO_S
from chophien.media.aac import build_format
from chophien.media.packets import VIDEO_TICKS_HZ, Format, Packet, VideoFormat
from chophien.media.program import FeedEnd, HeldError, Program, ProgramState, SlateLoop
from chophien.media.slate import SlateMaker, SlateWords

AT = datetime(2026, 11, 11, 13, 0, tzinfo=UTC)
FONTS = Path(chophien.__file__).parent / "streamer" / "fonts"
STEP = VIDEO_TICKS_HZ // 20


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def make_format(width=96, rate_hz=48_000):
    video = VideoFormat(width=width, height=160, extradata=b"avcC")
    return Format(video=video, audio=build_format(rate_hz, 2))


def make_picture(index, *, is_keyframe=None, starts=0):
    at = starts + index * STEP
    return Packet(
        is_video=True, is_keyframe=index % 20 == 0 if is_keyframe is None else is_keyframe,
        data=b"picture", pts_ticks=at, dts_ticks=at, duration_ticks=0,
    )  # fmt: skip


def make_sound(pts, data=b"sound"):
    return Packet(
        is_video=False, is_keyframe=True, data=data, pts_ticks=pts, dts_ticks=pts,
        duration_ticks=1024,
    )  # fmt: skip


def make_loop(format_):
    return SlateLoop(
        format=format_,
        packets=(make_picture(0), make_sound(0, b"silence")),
        video_ticks=VIDEO_TICKS_HZ,
        sound_ticks=1024,
    )


class Stage:
    """A program whose thread is the test's, and whose clock is turned by hand."""

    def __init__(self, make_slate=make_loop):
        self.clock = Clock()
        self.sink = KeepingSink()
        self.program = Program(
            sinks=[self.sink], make_slate=make_slate, started_at=AT, monotonic=self.clock
        )

    def work(self):
        while (mail := self.program._box.take(wait_s_max=0)) is not None:
            self.program.handle(*mail)
        self.program.tick()

    def pass_time(self, seconds, *, step_s=0.1):
        for _ in range(round(seconds / step_s)):
            self.clock.now_s += step_s
            self.work()

    def send(self, feed, *, pictures, first=0, starts=0):
        for index in range(first, first + pictures):
            feed.push(make_picture(index, starts=starts))
            self.work()
            self.clock.now_s += 0.05

    def attach(self, holder="host:1"):
        return self.program.attach(holder=holder, source="browser")

    def finish(self):
        self.program.end()
        self.program._finish()


@pytest.fixture
def stage():
    return Stage()


def assert_time_never_goes_back(sink):
    for is_video in (True, False):
        times = [
            (each.dts_ticks / (VIDEO_TICKS_HZ if is_video else epoch.audio.rate_hz))
            for epoch, packets in sink.epochs
            for each in packets
            if each.is_video is is_video
        ]
        assert times == sorted(times)
        assert not is_video or len(set(times)) == len(times)


def assert_sound_has_no_hole(sink):
    for index in range(len(sink.epochs)):
        starts = [each.pts_ticks for each in sink.list_sounds(index)]
        assert all(b - a == 1024 for a, b in pairwise(starts))


def test_first_picture_begins_the_program_at_the_time_it_came(stage):
    feed = stage.attach()
    stage.pass_time(1)
    feed.begin(make_format())

    stage.send(feed, pictures=2, starts=5_000_000)

    assert stage.program.report.state is ProgramState.LIVE
    assert abs(stage.sink.starts[0] - AT - timedelta(seconds=1)) < timedelta(milliseconds=1)
    first, second = stage.sink.list_pictures()
    assert second.dts_ticks - first.dts_ticks == STEP


def test_nothing_is_shown_before_a_keyframe(stage):
    feed = stage.attach()
    feed.begin(make_format())

    stage.send(feed, pictures=5, first=1)
    assert stage.sink.epochs == []

    stage.send(feed, pictures=1, first=20)
    assert len(stage.sink.list_pictures()) == 1


def test_sound_that_came_before_its_picture_is_not_lost(stage):
    feed = stage.attach()
    feed.begin(make_format())
    for pts in (0, 1024, 2048, 3072):
        feed.push(make_sound(pts))

    stage.send(feed, pictures=1, starts=VIDEO_TICKS_HZ * 1024 // 48_000)

    assert len(stage.sink.list_sounds()) == 3


def test_source_that_is_lost_gets_the_slate_after_its_time_and_comes_back_as_another_epoch(stage):
    feed = stage.attach()
    feed.begin(make_format())
    stage.send(feed, pictures=20)

    stage.pass_time(SLATE_AFTER_S - 0.5)
    assert stage.program.report.state is ProgramState.LIVE
    feed.leave("line_lost")
    stage.pass_time(10)
    report = stage.program.report
    assert (report.state, report.fault) == (ProgramState.SLATE, "line_lost")
    assert 8 <= len(stage.sink.list_pictures()) <= 10, "one in each second of the fake slate"

    again = stage.attach()
    again.begin(make_format())
    stage.send(again, pictures=20)

    assert feed.end is FeedEnd.TAKEN_OVER
    assert stage.program.report.state is ProgramState.LIVE
    assert len(stage.sink.epochs) == stage.program.report.epoch_count == 3
    assert_time_never_goes_back(stage.sink)
    assert_sound_has_no_hole(stage.sink)


def test_line_that_stalled_goes_on_by_itself_at_its_next_keyframe(stage):
    feed = stage.attach()
    feed.begin(make_format())
    stage.send(feed, pictures=20)
    stage.pass_time(SLATE_AFTER_S + 1)
    assert stage.program.report.state is ProgramState.SLATE

    stage.send(feed, pictures=25, first=21)

    assert stage.program.report.state is ProgramState.LIVE
    assert stage.sink.list_pictures()[0].is_keyframe
    assert_time_never_goes_back(stage.sink)


def test_paused_host_has_the_slate_at_once_and_what_was_on_its_way_is_not_shown(stage):
    feed = stage.attach()
    feed.begin(make_format())
    stage.send(feed, pictures=20)

    feed.pause()
    stage.send(feed, pictures=25, first=20)

    assert stage.program.report.state is ProgramState.SLATE
    assert stage.program.report.fault == "paused"


def test_stopped_show_ends_after_the_time_to_undo(stage):
    feed = stage.attach()
    feed.begin(make_format())
    stage.send(feed, pictures=20)

    feed.stop()
    stage.pass_time(STOP_UNDO_S - 1)
    assert not stage.program._is_ending
    stage.pass_time(2)
    assert stage.program._is_ending

    stage.finish()
    assert stage.sink.is_finished
    assert feed.end is FeedEnd.PROGRAM_ENDED


def test_stop_can_be_undone(stage):
    feed = stage.attach()
    feed.begin(make_format())
    stage.send(feed, pictures=20)
    feed.stop()
    stage.pass_time(5)

    feed.begin(make_format())
    stage.send(feed, pictures=20)
    stage.pass_time(STOP_UNDO_S)

    assert not stage.program._is_ending


def test_somebody_else_is_refused_while_a_host_is_connected(stage):
    feed = stage.attach("host:1")

    with pytest.raises(HeldError):
        stage.attach("user:7")
    assert feed.end is None

    stage.program.detach(feed)
    assert stage.attach("user:7").end is None


def test_feed_that_was_cut_changes_nothing_more(stage):
    old = stage.attach()
    old.begin(make_format())
    stage.send(old, pictures=20)
    new = stage.attach()

    old._end = None  # what it had put into the box before it was cut
    old._box.offer((old, make_picture(20)), size_bytes=1)
    old.cut(FeedEnd.TAKEN_OVER)
    stage.work()

    assert len(stage.sink.list_pictures()) == 20
    assert new.end is None


def test_another_size_of_picture_is_another_epoch(stage):
    feed = stage.attach()
    feed.begin(make_format(96))
    stage.send(feed, pictures=20)

    feed.begin(make_format(160))
    stage.send(feed, pictures=20)

    assert [epoch.video.width for epoch, _ in stage.sink.epochs] == [96, 160]
    assert_time_never_goes_back(stage.sink)


@pytest.mark.parametrize("jump", [3_600 * VIDEO_TICKS_HZ, -3_600 * VIDEO_TICKS_HZ])
def test_jump_of_a_source_clock_makes_another_epoch_at_a_keyframe(stage, jump):
    feed = stage.attach()
    feed.begin(make_format())
    stage.send(feed, pictures=20)

    stage.send(feed, pictures=25, first=15, starts=jump)

    first, second = stage.sink.epochs
    assert len(first[1]) >= 20
    assert second[1][0].is_keyframe
    assert_time_never_goes_back(stage.sink)
    assert stage.sink.list_pictures()[-1].dts_ticks < 5 * VIDEO_TICKS_HZ


def test_source_without_a_clock_is_cut(stage):
    feed = stage.attach()
    feed.begin(make_format())
    for index in range(0, 2000, 20):
        feed.push(make_picture(index))

    stage.work()

    assert feed.end is FeedEnd.BAD_TIMES
    assert stage.program.report.fault == "bad_times"


def test_source_without_sound_gets_silence(stage):
    feed = stage.attach()
    feed.begin(make_format(), has_sound=False)

    stage.send(feed, pictures=41)

    assert len(stage.sink.list_sounds()) == 2 * 48_000 // 1024
    assert_sound_has_no_hole(stage.sink)


def test_hole_in_the_sound_is_filled_and_what_comes_late_is_dropped(stage):
    feed = stage.attach()
    feed.begin(make_format())
    stage.send(feed, pictures=1)
    feed.push(make_sound(0, b"first"))
    feed.push(make_sound(1024 * 20, b"after"))
    feed.push(make_sound(1024 * 3, b"late"))
    stage.work()

    sounds = stage.sink.list_sounds()
    assert (sounds[0].data, sounds[-1].data, len(sounds)) == (b"first", b"after", 21)
    assert b"late" not in {each.data for each in sounds}
    assert_sound_has_no_hole(stage.sink)


def test_sink_that_fails_costs_the_others_nothing(caplog):
    class Broken(KeepingSink):
        def push(self, packet):
            raise OSError("disk full")

    good, clock = KeepingSink(), Clock()
    program = Program(sinks=[Broken(), good], make_slate=make_loop, started_at=AT, monotonic=clock)
    feed = program.attach(holder="a", source="browser")
    feed.begin(make_format())
    feed.push(make_picture(0))
    while (mail := program._box.take(wait_s_max=0)) is not None:
        program.handle(*mail)

    assert len(good.list_pictures()) == 1
    assert program.report.sink_failures == 1


def test_full_program_takes_nothing_and_says_so(stage):
    feed = stage.attach()
    large = make_picture(0)
    large = Packet(
        is_video=True, is_keyframe=True, data=bytes(4_000_000), pts_ticks=0, dts_ticks=0,
        duration_ticks=0,
    )  # fmt: skip

    taken = [feed.offer(large) for _ in range(6)]

    assert taken == [True] * 4 + [False] * 2


def test_slate_has_the_source_size_and_follows_itself_without_a_fault():
    maker = SlateMaker(words=SlateWords(title="Chợ nổi", language="vi"), fonts=FONTS)
    stage = Stage(maker)
    feed = stage.attach()
    feed.begin(make_format(96, rate_hz=44_100))
    stage.send(feed, pictures=1)

    feed.pause()
    stage.pass_time(4)

    epoch, packets = stage.sink.epochs[-1]
    assert (epoch.video.width, epoch.video.height, epoch.audio.rate_hz) == (96, 160, 44_100)
    assert len(stage.sink.list_pictures()) in range(98, 103)
    assert_time_never_goes_back(stage.sink)
    assert_sound_has_no_hole(stage.sink)
    assert decode_epoch(epoch, packets) == ([], []), "dark, and nothing is heard"


def test_thread_runs_a_program_from_start_to_end():
    sink = KeepingSink()
    program = Program(sinks=[sink], make_slate=make_loop, started_at=AT)
    ends = []
    program.start()
    feed = program.attach(holder="a", source="browser")
    feed.when_ended(ends.append)
    feed.begin(make_format())
    assert feed.push(make_picture(0))

    program.end("stopped")

    assert program.join()
    assert (ends, feed.end_detail) == ([FeedEnd.PROGRAM_ENDED], "stopped")
    assert program.report.state is ProgramState.ENDED
    assert sink.is_finished
    assert not feed.push(make_picture(1))
