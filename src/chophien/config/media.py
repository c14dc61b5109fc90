"""The media process: `chophien media`, or `granian … chophien.config.media:application`, one worker.

Hosts come in here by browser or by RTMP, and what they send goes out to viewers and platforms.
"""

import asyncio
import os
from pathlib import Path

from chophien.config.outputs import read_outputs
from chophien.config.outward import find_rtmp_place, read_outward
from chophien.config.video import build_video_door, read_real_s
from chophien.media.asgi import Receive, Scope, Send
from chophien.media.ingest.browser import PublishDoor
from chophien.media.ingest.rtmp import RtmpDoor, RtmpServer
from chophien.media.ingest.rtmp_desk import StreamDesk
from chophien.media.line import Line
from chophien.media.outputs import open_outputs
from chophien.media.outward.sink import Outward
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
        self._settings = read_outward()
        self._outward: Outward | None = None
        self._programs = Programs(
            url=self._settings.database_url,
            session=dict(self._settings.session),
            make_sinks=self._make_sinks,
            make_slate=_make_slate,
        )
        self._publish = PublishDoor(
            programs=self._programs,
            key=derive_key(os.environ["CHOPHIEN_SECRET_KEY"]),
            read_real_s=read_real_s,
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
        self._outward = Outward(self._settings)
        line = Line(self._settings.database_url, session=self._settings.session)
        encoders = _build_rtmp(StreamDesk(line, self._programs))
        async with asyncio.TaskGroup() as tasks:
            programs = tasks.create_task(self._programs.run())
            place = find_rtmp_place()
            if place is not None:
                await encoders.start(host=place[0], port=place[1])
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await encoders.close()
            programs.cancel()
        await line.close()
        await asyncio.to_thread(self._outward.close)
        await send({"type": "lifespan.shutdown.complete"})

    def _make_sinks(self, facts: ShowFacts) -> list[Sink]:
        assert self._outward is not None, "the process has started"
        return [
            *open_outputs(
                read_outputs(), room_id=facts.room_id, show_id=facts.show_id, at=facts.at
            ),
            self._outward.open_sink(show_id=facts.show_id, is_artificial=facts.is_ai),
        ]


def _build_rtmp(desk: StreamDesk) -> RtmpServer:
    return RtmpServer(
        RtmpDoor(admit=desk.admit, check=desk.check, attach=desk.attach, detach=desk.detach)
    )


def _make_slate(facts: ShowFacts) -> SlateMaker:
    return SlateMaker(words=SlateWords(title=facts.title, language=LANGUAGE), fonts=FONTS)


application = Media()
