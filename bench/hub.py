"""`make bench-hub`: ten thousand readers in one room, here and elsewhere, on this machine.

Deliveries (frames that readers got and checked), messages in them, how old they were, memory of
the process for each connection, and how long it takes until all are back after every line was
lost, with events going on. Then the same load on Django Channels and on nchan. Load and server
share the machine's processors; each step lasts seconds. Writes `build/bench/hub.json`.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.hub_clients import Plan
from bench.hub_load import MESSAGES_OF_TICK, TICKS_PER_S
from bench.hub_nchan import is_there

OUT = Path("build/bench/hub.json")
RIVALS = Path("build/bench/hub-rivals")
EVENTS_PER_S = (15, 20, 25, 30)  # beside ten ticks: 25 to 40 frames a second for each reader
P99_MS_MAX = 200
SETTLE_S = 2.0
REST_S = 1.5
AWAY_EVENTS_PER_S = 5
AWAY_S = 12
Figures = dict[str, float | int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much of it."""

    readers: int
    seconds: int


class Line:
    """A process that takes orders by JSON lines."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def tell(self, order: dict[str, Any]) -> None:
        assert self.process.stdin is not None, "piped"
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None, "piped"
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("a process of the benchmark ended")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        self.tell(order)
        return self.hear()

    def stop(self) -> None:
        assert self.process.stdin is not None, "piped"
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def run(command: list[str]) -> Iterator[Line]:
    line = Line(command)
    try:
        yield line
    finally:
        line.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--alone", action="store_true", help="without the others beside it")
    options = parser.parse_args()
    scale = Scale(readers=options.readers, seconds=options.seconds)
    figures: Figures = {"readers_count": scale.readers, "cores_count": os.cpu_count() or 1}
    figures |= measure_hub(scale)
    if not options.alone:
        figures |= measure_channels(scale)
        figures |= measure_nchan(scale)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    for name, value in figures.items():
        print(f"{name:<44} {value}")


def measure_hub(scale: Scale) -> Figures:
    """Ours: connect, steps of load, and everybody back after all lines were lost."""
    with (
        run([sys.executable, "-m", "bench.hub_stage"]) as stage,
        gather(stage, scale, greets=True) as (crowd, figures),
    ):
        steps = [play(stage, crowd, scale, events) for events in EVENTS_PER_S]
        for step in steps:
            print(json.dumps(step), flush=True)
        good = [step for step in steps if is_good(step)] or steps[:1]
        best = max(good, key=lambda step: int(step["deliveries_per_s"]))
        return figures | best | lose_all_lines(stage, crowd)


def is_good(step: Figures) -> bool:
    return int(step["p99_ms"]) < P99_MS_MAX and not step["faults_count"]


@contextmanager
def gather(stage: Line, scale: Scale, *, greets: bool) -> Iterator[tuple[Line, Figures]]:
    """All readers connected; what that took."""
    ready = stage.hear()
    plan = Plan(port=ready["port"], path=ready["path"], readers=scale.readers, greets=greets)
    with run([sys.executable, "-m", "bench.hub_clients", json.dumps(asdict(plan))]) as crowd:
        before, kernel_bytes = stage.ask({}), read_kernel_bytes()
        connected = crowd.ask({"connect": 1})
        time.sleep(SETTLE_S)
        after = stage.ask({})
        kernel_bytes = read_kernel_bytes() - kernel_bytes
        yield (
            crowd,
            {
                "connect_all_s": round(connected["connect_s"], 2),
                "memory_per_connection_bytes": (after["rss_bytes"] - before["rss_bytes"])
                // scale.readers,
                "kernel_memory_per_connection_bytes": kernel_bytes // (2 * scale.readers),
            },
        )


def play(stage: Line, crowd: Line, scale: Scale, events_per_s: int) -> Figures:
    """One step of load; deliveries are what the readers got, in the time in which it was sent."""
    order = {
        "events_per_s": events_per_s,
        "messages_per_s": TICKS_PER_S * MESSAGES_OF_TICK,
        "seconds": scale.seconds,
    }
    stage.tell(order)
    heard = crowd.ask({"listen_s": scale.seconds + REST_S})
    sent = stage.hear()
    frames = max(heard["frames"], 1)
    per_frame = {
        f"{who}_{kind}_us_per_frame": round(of[f"{kind}_s"] / frames * 1e6, 2)
        for who, of in (("server", sent), ("client", heard))
        for kind in ("user", "system")
    }
    return {
        "offered_frames_per_s": (events_per_s + TICKS_PER_S) * scale.readers,
        "deliveries_per_s": round(heard["frames"] / heard["span_s"]) if heard["span_s"] else 0,
        "messages_per_s": round(heard["messages"] / heard["span_s"]) if heard["span_s"] else 0,
        "p50_ms": heard["p50_ms"],
        "p99_ms": heard["p99_ms"],
        "faults_count": heard["faults"],
        **per_frame,
    }


def lose_all_lines(stage: Line, crowd: Line) -> Figures:
    """Every connection is cut at once while events go on; everybody comes back and recovers."""
    crowd.ask({"close": 1})
    stage.tell({"events_per_s": AWAY_EVENTS_PER_S, "messages_per_s": 0, "seconds": AWAY_S})
    time.sleep(1)
    back = crowd.ask({"connect": 1})
    heard = crowd.ask({"listen_s": max(AWAY_S - back["connect_s"], 0) + REST_S})
    sent = stage.hear()
    return {
        "reconnect_all_s": round(back["connect_s"], 2),
        "reconnect_not_recovered_count": back["not_recovered"],
        "reconnect_events_lost_count": back["faults"]
        + heard["faults"]
        + sum(sent["events"] + 1 - number for number in heard["numbers"]),
    }


def measure_channels(scale: Scale) -> Figures:
    python = RIVALS / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(RIVALS)], check=True)
            subprocess.run(
                [str(python), "-m", "pip", "install", "-q", "channels", "uvicorn[standard]"],
                check=True,
            )
    except (subprocess.CalledProcessError, OSError) as fault:
        return {"channels_skipped": f"Django Channels could not be installed: {fault}"}
    return _name("channels", measure_rival([str(python), "-m", "bench.hub_channels"], scale))


def measure_nchan(scale: Scale) -> Figures:
    install = ["apt-get", "install", "-y", "-q", "nginx", "libnginx-mod-nchan"]
    if not is_there() and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
    if not is_there():
        return {"nchan_skipped": "nchan is not installed, and only root may install it"}
    folder = (OUT.parent / "hub-nchan").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return _name(
        "nchan", measure_rival([sys.executable, "-m", "bench.hub_nchan", str(folder)], scale)
    )


def measure_rival(command: list[str], scale: Scale) -> Figures:
    """The same readers and frames; those that cannot be reached say why."""
    try:
        with run(command) as stage, gather(stage, scale, greets=False) as (crowd, figures):
            steps = [play(stage, crowd, scale, 0)]  # ticks alone: less than half of the load
            if is_good(steps[0]):
                steps.append(play(stage, crowd, scale, EVENTS_PER_S[0]))
            for step in steps:
                print(json.dumps(step), flush=True)
            good = [step for step in steps if is_good(step)]
            return figures | (good or steps)[-1]
    except RuntimeError as fault:
        return {"skipped": f"it did not hold: {fault}"}


def _name(who: str, figures: Figures) -> Figures:
    return {f"{who}_{name}": value for name, value in figures.items()}


def read_kernel_bytes() -> int:
    """What the kernel holds for all sockets and more, of the whole machine."""
    lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["Slab"].split()[0]) * 1_024


if __name__ == "__main__":
    main()
