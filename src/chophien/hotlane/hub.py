"""Fan-out to browsers: who follows which channel, one frame built once for all of them.

Drop rule: a reader whose backlog is full is disconnected, never waited for; the client library
reconnects and the page reads the state anew, so nothing true is lost.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from chophien.domain.limits import HUB_BACKLOG_FRAMES_MAX, HUB_CHANNELS_MAX


@dataclass(eq=False, slots=True)
class Subscriber:
    """One connection: its channels, and the frames that wait for it."""

    frames: asyncio.Queue[str | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=HUB_BACKLOG_FRAMES_MAX + 1)
    )
    channels: set[str] = field(default_factory=set)
    is_dropped: bool = False

    def offer(self, frame: str) -> bool:
        """Queue a frame; `False` when the backlog is full and the reader must go."""
        if self.frames.qsize() >= HUB_BACKLOG_FRAMES_MAX:
            return False
        self.frames.put_nowait(frame)
        return True

    def drop(self) -> None:
        """Tell the connection's writer to close; the place for that word is always free."""
        if not self.is_dropped:
            self.is_dropped = True
            self.frames.put_nowait(None)


class TooManyChannelsError(ValueError):
    """A connection follows as many channels as it may."""


class Hub:
    """Channels and their subscribers, in one process and one event loop."""

    def __init__(self) -> None:
        self._followers: dict[str, set[Subscriber]] = defaultdict(set)
        self.dropped_count = 0

    def subscribe(self, subscriber: Subscriber, channel: str) -> None:
        """Follow a channel; followed already, nothing happens.

        Raises:
            TooManyChannelsError: the connection follows `HUB_CHANNELS_MAX` already.
        """
        if channel in subscriber.channels:
            return
        if len(subscriber.channels) >= HUB_CHANNELS_MAX:
            raise TooManyChannelsError(f"at most {HUB_CHANNELS_MAX} channels")
        subscriber.channels.add(channel)
        self._followers[channel].add(subscriber)

    def unsubscribe(self, subscriber: Subscriber, channel: str) -> None:
        subscriber.channels.discard(channel)
        followers = self._followers.get(channel)
        if followers is not None:
            followers.discard(subscriber)
            if not followers:
                del self._followers[channel]

    def leave(self, subscriber: Subscriber) -> None:
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
                self.dropped_count += 1
                self.leave(subscriber)
                subscriber.drop()
        return taken
