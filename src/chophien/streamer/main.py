"""The AI host as it runs in its own process."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chophien.media.pacer import Pacer
from chophien.streamer.counts import ShowCounts
from chophien.streamer.desk import ShowDesk
from chophien.streamer.face.puppet import Puppet
from chophien.streamer.mind.grounds import LANGUAGE
from chophien.streamer.on_air import Parts, Screen, put_on_air
from chophien.streamer.stage.stage import Stage
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
    stage = Stage(
        width=screen.width,
        height=screen.height,
        face=Puppet(),
        pictures=pictures,
        fonts=fonts,
        language=LANGUAGE,
    )
    with (
        ThreadPoolExecutor(1, thread_name_prefix="picture") as media_thread,
        ThreadPoolExecutor(1, thread_name_prefix="voice") as voice_thread,
    ):
        parts = Parts(
            renderer=stage,
            voice=EspeakVoice(),
            pacer=pacer,
            media_thread=media_thread,
            voice_thread=voice_thread,
        )
        await put_on_air(desk=desk, screen=screen, parts=parts, counts=counts)
