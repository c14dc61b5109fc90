"""The media process: `chophien media`, or `granian … chophien.config.media:application`, one worker.

Hosts come in here by browser, and what they send goes out to viewers.
"""

import asyncio
import os
from pathlib import Path

from chophien.config.outputs import read_outputs
from chophien.config.video import build_video_door
from chophien.media.asgi import Receive, Scope, Send
from chophien.media.ingest.browser import PublishDoor
from chophien.media.outputs import open_outputs
from chophien.media.packets import Sink
from chophien.media.programs import Programs, ShowFacts
from chophien.media.slate import SlateMaker, SlateWords
from chophien.wire.publishing import derive_key
from chophien.wire.video import PREFIX as VIDEO_PATH

FONTS = Path(__file__).resolve().parents[1] / "streamer" / "fonts"
PUBLISH_PATH = "/publish/"
LANGUAGE = "vi"  # in which shows are held
NOT_FOUND = 404


class Media:
    """The ASGI application of the media process."""

    def __init__(self) -> None:
        is_rehearsing = os.environ.get("CHOPHIEN_REHEARSAL", "") == "1"
        self._programs = Programs(
            url=os.environ["CHOPHIEN_DATABASE_URL"],
            session={"chophien.rehearsal": "on"} if is_rehearsing else {},
            make_sinks=_make_sinks,
            make_slate=_make_slate,
        )
        self._publish = PublishDoor(
            programs=self._programs, key=derive_key(os.environ["CHOPHIEN_SECRET_KEY"])
        )
        self._video = build_video_door()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await self._live(receive, send)
            case "websocket" if scope["path"].startswith(PUBLISH_PATH):
                await self._publish(scope, receive, send)
            case "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 4404})
            case "http" if scope["path"].startswith(VIDEO_PATH):
                await self._video(scope, receive, send)
            case _:
                await send({"type": "http.response.start", "status": NOT_FOUND, "headers": []})
                await send({"type": "http.response.body", "body": b""})

    async def _live(self, receive: Receive, send: Send) -> None:
        """Look after programs from start-up to shut-down."""
        await receive()
        async with asyncio.TaskGroup() as tasks:
            programs = tasks.create_task(self._programs.run())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            programs.cancel()
        await send({"type": "lifespan.shutdown.complete"})


def _make_sinks(facts: ShowFacts) -> list[Sink]:
    return open_outputs(read_outputs(), room_id=facts.room_id, show_id=facts.show_id, at=facts.at)


def _make_slate(facts: ShowFacts) -> SlateMaker:
    return SlateMaker(words=SlateWords(title=facts.title, language=LANGUAGE), fonts=FONTS)


application = Media()
