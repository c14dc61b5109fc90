"""`chophien on-air`: the process of the AI hosts; one show after another, each for its time."""

import asyncio
import logging
import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import uvloop

from chophien.media.pacer import WallPacer
from chophien.streamer.main import run_show
from chophien.streamer.on_air import Screen
from chophien.streamer.postgres_desk import PostgresDesk, announce_show, find_shows_on_air

logger = logging.getLogger(__name__)
PACKAGE = Path(__file__).resolve().parents[1]
PICTURES = PACKAGE / "web" / "static" / "pictures" / "goods"
FONTS = PACKAGE / "streamer" / "fonts"
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
    running: dict[int, asyncio.Task[None]] = {}
    async with asyncio.TaskGroup() as tasks:
        while not stopping.is_set():
            for show_id in await _look(url, running):
                if show_id not in running:
                    running[show_id] = tasks.create_task(_present(url, show_id))
            for show_id, task in tuple(running.items()):
                if task.done():
                    del running[show_id]
            try:
                async with asyncio.timeout(LOOK_S):
                    await stopping.wait()
            except TimeoutError:
                continue
        for task in running.values():
            task.cancel()


async def _look(url: str, running: dict[int, asyncio.Task[None]]) -> list[int]:
    """Which shows' time it is; ends the others. While the database is away, nothing changes."""
    try:
        wanted = await find_shows_on_air(url)
        for show_id in running.keys() - set(wanted):
            running[show_id].cancel()
            await announce_show(url, show_id)
    except psycopg.OperationalError as fault:
        logger.warning("the database is away: %s", fault)
        return []
    return wanted


async def _present(url: str, show_id: int) -> None:
    """Present one show. A fault ends this attempt; the next look starts another."""
    logger.info("show %s goes on air", show_id)
    try:
        await announce_show(url, show_id)
        async with PostgresDesk(url=url, show_id=show_id) as desk:
            await run_show(
                desk=desk,
                screen=Screen(
                    hls_root=Path(os.environ["CHOPHIEN_HLS_ROOT"]),
                    width=int(os.environ.get("CHOPHIEN_VIDEO_WIDTH", "720")),
                    height=int(os.environ.get("CHOPHIEN_VIDEO_HEIGHT", "1280")),
                ),
                pictures=PICTURES,
                fonts=FONTS,
                pacer=WallPacer(datetime.now(tz=UTC)),  # noqa: TID251 - an edge
            )
    except Exception:
        # The border of one show: whatever broke it must not take the others off the air.
        logger.exception("show %s broke off; it starts again", show_id)
    finally:
        logger.info("show %s is off the air", show_id)
