"""One show of an AI host, from its desk to its sinks, with parts given by the caller."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from chophien.media.encoder import ShowEncoder
from chophien.media.fanout import Fanout
from chophien.media.pacer import Pacer
from chophien.media.packets import Sink
from chophien.streamer.counts import ShowCounts
from chophien.streamer.desk import ShowDesk
from chophien.streamer.director import Crew, Director
from chophien.streamer.mind.mind import Mind
from chophien.streamer.pipeline import Pipeline, Renderer
from chophien.streamer.voice.speech import Voice
from chophien.wire.snapshot import ShowSnapshot

# Shown if not even the first picture can be drawn: opaque dark red.
BLANK_RGBA = (60, 12, 16, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where the show goes, and its size in pixels (both even)."""

    open_sinks: Callable[[ShowSnapshot], Sequence[Sink]]
    """Makes what takes the program: the room's video, the recording, platforms."""
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a show is made with."""

    renderer: Renderer
    voice: Voice
    pacer: Pacer
    media_thread: Executor
    """Draws and encodes: one worker."""
    voice_thread: Executor
    """Synthesises: one worker."""


async def put_on_air(
    *, desk: ShowDesk, screen: Screen, parts: Parts, counts: ShowCounts | None = None
) -> None:
    """Run a show until cancelled; `counts` is kept up to date.

    Raises:
        Exception: what the desk raises at the first look, a sink when it is opened, or the encoder
            later: start it again, the playlist goes on.
    """
    counts = counts or ShowCounts()
    first_look = await desk.snapshot()
    encoder = ShowEncoder(width=screen.width, height=screen.height)
    sinks = screen.open_sinks(first_look)
    pipeline = Pipeline(
        renderer=parts.renderer,
        encoder=encoder,
        sink=Fanout(sinks, on_fault=lambda: counts.fail("write")),
        wall_time_of=parts.pacer.wall_time_of,
        counts=counts,
        blank=np.full((screen.height, screen.width, 4), BLANK_RGBA, dtype=np.uint8),
    )
    crew = Crew(
        desk=desk,
        mind=Mind(seed=_seed_of(first_look)),
        voice=parts.voice,
        pipeline=pipeline,
        pacer=parts.pacer,
        media_thread=parts.media_thread,
        voice_thread=parts.voice_thread,
    )
    try:
        await Director(crew, first_look=first_look, counts=counts).run()
    finally:
        # Behind a frame that is still being encoded: the thread takes one thing at a time.
        parts.media_thread.submit(pipeline.finish).result()


def _seed_of(snapshot: ShowSnapshot) -> str:
    """Another start of the same show says other sentences."""
    return f"{snapshot.show_id}:{snapshot.at.isoformat()}"
