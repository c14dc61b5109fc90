"""A whole show in simulated time, through the real director, encoder and packager."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.desk import MemoryDesk
from tests.fakes.drawing import PlainRenderer
from tests.fakes.pacing import InlineExecutor, ShowOverError, SimulatedPacer
from tests.fakes.player import RecordingPlayer
from tests.fakes.speaking import HummingVoice

from chophien.media.outputs import Outputs, open_outputs
from chophien.media.packets import Sink
from chophien.media.timeline import samples_of
from chophien.streamer.counts import ShowCounts
from chophien.streamer.on_air import Parts, Screen, put_on_air
from chophien.streamer.pipeline import Renderer
from chophien.streamer.voice.speech import Voice
from chophien.wire.snapshot import ShowSnapshot

SIZE = 64


@dataclass(kw_only=True)
class SimulatedShow:
    """Set the parts that matter to a test, then `run`."""

    snapshot: ShowSnapshot
    hls_root: Path
    recordings_root: Path | None = None
    seconds: float
    width: int = SIZE
    height: int = SIZE
    voice: Voice = field(default_factory=HummingVoice)
    renderer: Renderer | None = None
    desk_class: type[MemoryDesk] = MemoryDesk
    counts: ShowCounts = field(default_factory=ShowCounts)

    def __post_init__(self) -> None:
        self.pacer = SimulatedPacer(stop_samples=samples_of(self.seconds))
        self.player = RecordingPlayer(folder=self.room / "main")
        self.pacer.each_second = self.player.follow
        self.desk = self.desk_class(self.snapshot, now=lambda: self.pacer.now)
        if self.renderer is None:
            self.renderer = PlainRenderer(width=self.width, height=self.height)

    @property
    def room(self) -> Path:
        return self.hls_root / str(self.snapshot.room_id)

    @property
    def texts(self) -> list[str]:
        return [said.utterance.text for said in self.desk.said]

    def _open_sinks(self, first_look: ShowSnapshot) -> list[Sink]:
        outputs = Outputs(hls_root=self.hls_root, recordings_root=self.recordings_root)
        return open_outputs(
            outputs, room_id=first_look.room_id, show_id=first_look.show_id, at=first_look.at
        )

    async def run(self, prepare: Callable[[MemoryDesk], None] | None = None) -> None:
        if prepare is not None:
            prepare(self.desk)
        assert self.renderer is not None
        parts = Parts(
            renderer=self.renderer,
            voice=self.voice,
            pacer=self.pacer,
            media_thread=InlineExecutor(),
            voice_thread=InlineExecutor(),
        )
        screen = Screen(open_sinks=self._open_sinks, width=self.width, height=self.height)
        try:
            await put_on_air(desk=self.desk, screen=screen, parts=parts, counts=self.counts)
        except* ShowOverError:
            self.player.follow()
