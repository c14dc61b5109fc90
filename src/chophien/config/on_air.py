"""`chophien on-air`: the process of the AI hosts; one show after another, each for its time."""

import asyncio
import logging
import os
import signal
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import uvloop

from chophien.config.outputs import read_outputs
from chophien.config.outward import read_outward
from chophien.media.outputs import open_outputs
from chophien.media.outward.sink import Outward
from chophien.media.pacer import WallPacer
from chophien.media.packets import Sink
from chophien.streamer.main import run_show
from chophien.streamer.on_air import Screen
from chophien.streamer.postgres_desk import (
    REAL_TIME,
    REHEARSAL,
    OnAir,
    PostgresDesk,
    announce_show,
    look_at_programme,
)
from chophien.wire.snapshot import ShowSnapshot

logger = logging.getLogger(__name__)
PACKAGE = Path(__file__).resolve().parents[1]
PICTURES = PACKAGE / "web" / "static" / "pictures" / "goods"
FONTS = PACKAGE / "streamer" / "fonts"
_SESSION = REHEARSAL if os.environ.get("CHOPHIEN_REHEARSAL") == "1" else REAL_TIME
LOOK_S = 1.0  # how long after its start a show can go on air


def run_on_air() -> int:
    """Run until told to stop."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    uvloop.run(_stay_on_air(os.environ["CHOPHIEN_DATABASE_URL"]))
    return 0


async def _stay_on_air(url: str) -> None:
    stopping = asyncio.Event()
    for which in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(which, stopping.set)
    outward = Outward(read_outward())
    stages = _Stages(url=url, outward=outward)
    async with asyncio.TaskGroup() as tasks:
        while not stopping.is_set():
            await stages.look(tasks)
            try:
                async with asyncio.timeout(LOOK_S):
                    await stopping.wait()
            except TimeoutError:
                continue
        stages.clear()
    await asyncio.to_thread(outward.close)


@dataclass(slots=True, kw_only=True)
class _Stages:
    """The shows that run, by the fair's clock."""

    url: str
    outward: Outward
    _running: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _offset_s: int = 0

    async def look(self, tasks: asyncio.TaskGroup) -> None:
        """Begin and end shows. While the database is away, nothing changes."""
        try:
            wanted = await look_at_programme(self.url, session=_SESSION)
            await self._end_others(wanted)
        except psycopg.OperationalError as fault:
            logger.warning("the database is away: %s", fault)
            return
        for show_id, task in tuple(self._running.items()):
            if task.done():
                del self._running[show_id]
        for show_id in wanted.show_ids:
            if show_id not in self._running:
                act = _present(self.url, show_id, wanted.offset_s, self.outward)
                self._running[show_id] = tasks.create_task(act)

    def clear(self) -> None:
        for task in self._running.values():
            task.cancel()

    async def _end_others(self, wanted: OnAir) -> None:
        """End what is over. When the clock was moved, all: they begin anew by the new time."""
        is_moved = wanted.offset_s != self._offset_s
        self._offset_s = wanted.offset_s
        ending = [each for each in self._running if is_moved or each not in wanted.show_ids]
        for show_id in ending:
            self._running[show_id].cancel()
        for show_id in ending:
            await announce_show(self.url, show_id)


async def _present(url: str, show_id: int, offset_s: int, outward: Outward) -> None:
    """Present one show. A fault ends this attempt; the next look starts another."""
    logger.info("show %s goes on air", show_id)
    try:
        await announce_show(url, show_id)
        async with PostgresDesk(url=url, show_id=show_id, session=_SESSION) as desk:
            await run_show(
                desk=desk,
                screen=Screen(
                    open_sinks=partial(_open_sinks, outward),
                    width=int(os.environ.get("CHOPHIEN_VIDEO_WIDTH", "720")),
                    height=int(os.environ.get("CHOPHIEN_VIDEO_HEIGHT", "1280")),
                ),
                pictures=PICTURES,
                fonts=FONTS,
                pacer=WallPacer(_read_clock(offset_s)),
            )
    except Exception:
        # The border of one show: whatever broke it must not take the others off the air.
        logger.exception("show %s broke off; it starts again", show_id)
    finally:
        logger.info("show %s is off the air", show_id)


def _open_sinks(outward: Outward, first_look: ShowSnapshot) -> list[Sink]:
    """What takes the show's program."""
    return [
        *open_outputs(
            read_outputs(),
            room_id=first_look.room_id,
            show_id=first_look.show_id,
            at=first_look.at,
        ),
        outward.open_sink(show_id=first_look.show_id, is_artificial=True),
    ]


def _read_clock(offset_s: int) -> datetime:
    """The fair's time."""
    return datetime.now(tz=UTC) + timedelta(seconds=offset_s)  # noqa: TID251 - an edge
