"""Fan-out to browsers: who follows which channel, one frame built once for all of them.

Drop rule: a reader whose backlog is full is disconnected, never waited for; the client library
reconnects and the page reads the state anew, so nothing true is lost.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from chophien.domain.limits import HUB_BACKLOG_FRAMES_MAX, HUB_CHANNELS_MAX
from chophien.hotlane.protocol import CLOSE_MISSED_EVENTS, CLOSE_SLOW


@dataclass(eq=False, slots=True)
class Subscriber:
    """One connection: its channels, and the frames that wait for it.

    A number among the frames is the last: the code to close the connection with.
    """

    frames: asyncio.Queue[str | int] = field(
        default_factory=lambda: asyncio.Queue(maxsize=HUB_BACKLOG_FRAMES_MAX)
    )
    channels: set[str] = field(default_factory=set)
    is_dropped: bool = False
    owes_pong: bool = False
    """True from a ping until the browser says anything."""

    def offer(self, frame: str) -> bool:
        """Queue a frame; `False` when the backlog is full and the reader must go."""
        if self.is_dropped or self.frames.full():
            return False
        self.frames.put_nowait(frame)
        return True

    def drop(self, code: int) -> None:
        """Tell the connection's writer to close at once; what waits is not sent any more."""
        if self.is_dropped:
            return
        self.is_dropped = True
        while not self.frames.empty():
            self.frames.get_nowait()
        self.frames.put_nowait(code)


class TooManyChannelsError(ValueError):
    """A connection follows as many channels as it may."""


class Hub:
    """Channels and their subscribers, in one process and one event loop."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Subscriber]] = defaultdict(set)
        self.dropped_count = 0
        """Connections closed because their reader was slow."""

    def subscribe(self, subscriber: Subscriber, channel: str) -> None:
        """Follow a channel; followed already, nothing happens.

        Raises:
            TooManyChannelsError: the connection follows `HUB_CHANNELS_MAX` already.
        """
        if channel in subscriber.channels or subscriber.is_dropped:
            return
        if len(subscriber.channels) >= HUB_CHANNELS_MAX:
            raise TooManyChannelsError(f"at most {HUB_CHANNELS_MAX} channels")
        subscriber.channels.add(channel)
        self._followers[channel].add(subscriber)

    def unsubscribe(self, subscriber: Subscriber, channel: str) -> None:
        """Follow a channel no longer; not followed, nothing happens."""
        subscriber.channels.discard(channel)
        followers = self._followers.get(channel)
        if followers is not None:
            followers.discard(subscriber)
            if not followers:
                del self._followers[channel]

    def leave(self, subscriber: Subscriber) -> None:
        """Follow nothing any more."""
        for channel in tuple(subscriber.channels):
            self.unsubscribe(subscriber, channel)

    def count_followers(self, channel: str) -> int:
        return len(self._followers.get(channel, ()))

    def broadcast(self, channel: str, frame: str) -> int:
        """Hand one ready frame to every follower; returns how many took it."""
        taken = 0
        for subscriber in tuple(self._followers.get(channel, ())):
            if subscriber.offer(frame):
                taken += 1
            else:
                self.drop_slow(subscriber)
        return taken

    def drop_slow(self, subscriber: Subscriber) -> None:
        """Let go of a reader whose backlog is full, and count it."""
        if subscriber.is_dropped:
            return
        self.dropped_count += 1
        self.leave(subscriber)
        subscriber.drop(CLOSE_SLOW)

    def drop_followers(self) -> None:
        """Close every connection that follows anything: events may have been missed.

        The client library comes back by itself and the page reads its state anew.
        """
        for subscriber in frozenset[Subscriber]().union(*self._followers.values()):
            self.leave(subscriber)
            subscriber.drop(CLOSE_MISSED_EVENTS)
