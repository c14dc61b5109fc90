"""The AI host as it runs in its own process."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from chophien.media.pacer import Pacer
from chophien.streamer.counts import ShowCounts
from chophien.streamer.desk import ShowDesk
from chophien.streamer.face.pose import Pose
from chophien.streamer.face.puppet import Puppet
from chophien.streamer.mind.grounds import LANGUAGE
from chophien.streamer.on_air import Parts, Screen, put_on_air
from chophien.streamer.stage.stage import Stage
from chophien.streamer.stage.view import StageView
from chophien.streamer.views import AI_MARK
from chophien.streamer.voice.espeak import EspeakVoice


async def run_show(
    *,
    desk: ShowDesk,
    screen: Screen,
    pictures: Path,
    fonts: Path,
    pacer: Pacer,
    counts: ShowCounts | None = None,
) -> None:
    """Run one show with the drawn presenter and the embedded voice until cancelled.

    `counts`, if given, is kept up to date.

    Raises:
        VoiceError: the voice cannot start.
        Exception: as `put_on_air`.
    """
    loop = asyncio.get_running_loop()
    with (
        ThreadPoolExecutor(1, thread_name_prefix="picture") as media_thread,
        ThreadPoolExecutor(1, thread_name_prefix="voice") as voice_thread,
    ):
        open_stage = partial(_open_stage, screen=screen, pictures=pictures, fonts=fonts)
        parts = Parts(
            renderer=await loop.run_in_executor(media_thread, open_stage),
            voice=await loop.run_in_executor(voice_thread, EspeakVoice),
            pacer=pacer,
            media_thread=media_thread,
            voice_thread=voice_thread,
        )
        await put_on_air(desk=desk, screen=screen, parts=parts, counts=counts)


def _open_stage(*, screen: Screen, pictures: Path, fonts: Path) -> Stage:
    """Set the stage and draw it once: the first picture takes many times as long as the others."""
    stage = Stage(
        width=screen.width,
        height=screen.height,
        face=Puppet(),
        pictures=pictures,
        fonts=fonts,
        language=LANGUAGE,
    )
    empty = StageView(title="", ai_mark=AI_MARK, demo_mark=None, card=None, caption=None)
    stage.render(empty, Pose(at_s=0.0))
    return stage
