import pytest

from chophien.domain.limits import HUB_BACKLOG_FRAMES_MAX, HUB_CHANNELS_MAX
from chophien.hotlane.hub import Hub, Subscriber, TooManyChannelsError
from chophien.hotlane.protocol import CLOSE_MISSED_EVENTS, CLOSE_SLOW


@pytest.fixture
def hub() -> Hub:
    return Hub()


def follow(hub, *channels) -> Subscriber:
    subscriber = Subscriber()
    for channel in channels:
        hub.subscribe(subscriber, channel)
    return subscriber


def take_all(subscriber) -> list[str | int]:
    return [subscriber.frames.get_nowait() for _ in range(subscriber.frames.qsize())]


def test_frame_reaches_every_follower_of_its_channel_and_nobody_else(hub):
    first, second = follow(hub, "fair"), follow(hub, "fair", "screen")
    other = follow(hub, "screen")

    taken = hub.broadcast("fair", "frame")

    assert taken == 2
    assert take_all(first) == take_all(second) == ["frame"]
    assert take_all(other) == []


def test_every_follower_gets_the_same_frame_object(hub):
    """One frame is built once; ten thousand followers must not mean ten thousand copies."""
    followers = [follow(hub, "fair") for _ in range(3)]
    frame = "".join(["fr", "ame"])

    hub.broadcast("fair", frame)

    assert all(take_all(each)[0] is frame for each in followers)


def test_frames_come_in_the_order_in_which_they_were_sent(hub):
    subscriber = follow(hub, "fair", "screen")

    hub.broadcast("fair", "one")
    hub.broadcast("screen", "two")
    hub.broadcast("fair", "three")

    assert take_all(subscriber) == ["one", "two", "three"]


def test_channel_without_followers_takes_nothing(hub):
    assert hub.broadcast("room:7", "frame") == 0
    assert hub.count_followers("room:7") == 0


def test_following_twice_gives_a_frame_once(hub):
    subscriber = follow(hub, "fair", "fair")

    hub.broadcast("fair", "frame")

    assert take_all(subscriber) == ["frame"]
    assert hub.count_followers("fair") == 1


def test_after_unsubscribe_only_that_channel_is_silent(hub):
    subscriber = follow(hub, "fair", "screen")

    hub.unsubscribe(subscriber, "fair")
    hub.broadcast("fair", "gone")
    hub.broadcast("screen", "there")

    assert take_all(subscriber) == ["there"]
    assert subscriber.channels == {"screen"}


def test_unsubscribe_from_what_is_not_followed_does_nothing(hub):
    subscriber, other = follow(hub, "fair"), follow(hub, "screen")

    hub.unsubscribe(subscriber, "screen")
    hub.unsubscribe(subscriber, "room:7")

    assert subscriber.channels == {"fair"}
    assert hub.count_followers("screen") == len(other.channels) == 1


def test_whoever_leaves_follows_nothing_and_others_stay(hub):
    subscriber, other = follow(hub, "fair", "screen"), follow(hub, "fair")

    hub.leave(subscriber)

    assert subscriber.channels == set()
    assert (hub.count_followers("fair"), hub.count_followers("screen")) == (1, 0)
    assert hub.broadcast("fair", "frame") == 1
    assert take_all(other) == ["frame"]


def test_channels_that_nobody_follows_any_more_take_no_memory(hub):
    for room in range(100):
        hub.leave(follow(hub, f"room:{room}"))

    assert len(hub._followers) == 0


def test_slow_reader_is_dropped_and_counted_while_others_get_everything(hub):
    slow, quick = follow(hub, "fair", "screen"), follow(hub, "fair")
    heard: list[str | int] = []

    for number in range(HUB_BACKLOG_FRAMES_MAX + 5):
        hub.broadcast("fair", str(number))
        heard += take_all(quick)

    assert heard == [str(number) for number in range(HUB_BACKLOG_FRAMES_MAX + 5)]
    assert hub.dropped_count == 1
    assert take_all(slow) == [CLOSE_SLOW]
    assert (hub.count_followers("fair"), hub.count_followers("screen")) == (1, 0)


def test_backlog_holds_as_many_frames_as_its_limit_says(hub):
    reader = follow(hub, "fair")

    taken = [hub.broadcast("fair", "frame") for _ in range(HUB_BACKLOG_FRAMES_MAX + 1)]

    assert taken == [1] * HUB_BACKLOG_FRAMES_MAX + [0]
    assert reader.is_dropped


def test_dropped_reader_hears_and_follows_nothing_any_more(hub):
    reader = follow(hub, "fair")
    hub.drop_slow(reader)

    hub.subscribe(reader, "screen")

    assert not reader.offer("frame")
    assert hub.broadcast("screen", "frame") == 0
    assert take_all(reader) == [CLOSE_SLOW]
    assert hub.dropped_count == 1


def test_first_reason_to_drop_is_the_one_that_is_told():
    subscriber = Subscriber()

    subscriber.drop(3501)
    subscriber.drop(CLOSE_SLOW)

    assert take_all(subscriber) == [3501]


def test_connection_follows_a_limited_number_of_channels(hub):
    subscriber = follow(hub, *(f"room:{room}" for room in range(HUB_CHANNELS_MAX)))

    with pytest.raises(TooManyChannelsError, match=f"at most {HUB_CHANNELS_MAX} channels"):
        hub.subscribe(subscriber, "fair")

    assert hub.count_followers("fair") == 0
    hub.subscribe(subscriber, "room:0")  # followed already: no refusal
    hub.unsubscribe(subscriber, "room:0")
    hub.subscribe(subscriber, "fair")
    assert hub.count_followers("fair") == 1


def test_whoever_may_have_missed_events_is_sent_away_to_read_the_state_anew(hub):
    one, other = follow(hub, "fair", "screen"), follow(hub, "room:7")
    newcomer = Subscriber()

    hub.drop_followers()

    assert take_all(one) == take_all(other) == [CLOSE_MISSED_EVENTS]
    assert not newcomer.is_dropped
    assert hub.dropped_count == 0
    assert len(hub._followers) == 0
