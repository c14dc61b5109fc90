"""Keeps the fair's processes running until it is told to stop."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

STOP_S_MAX = 8.0
RESTART_S = (0.5, 1.0, 2.0, 5.0)  # waits before each restart in a row; the last one repeats
STEADY_S = 30.0  # after running this long a process counts as well again
LOOK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One process: `name` is its log's name too."""

    name: str
    command: Sequence[str]


@dataclass(slots=True)
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    started_at_s: float
    failures: int = 0
    restart_at_s: float | None = field(default=None)


class Supervisor:
    """Starts programs, restarts those that end, stops them all in reverse order."""

    def __init__(self, *, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = dict(os.environ) | dict(environment)
        self._logs = logs
        self._running: list[_Running] = []
        self._is_stopping = False

    def start(self, program: Program) -> None:
        self._running.append(
            _Running(program, self._launch(program), started_at_s=time.monotonic())
        )

    def stop(self) -> None:
        """End everything that was started: politely, then after `STOP_S_MAX` for certain."""
        for running in reversed(self._running):
            _signal(running.process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S_MAX
        for running in reversed(self._running):
            try:
                running.process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                _signal(running.process, signal.SIGKILL)
                running.process.wait()
        self._running.clear()

    def request_stop(self) -> None:
        """Make `watch` return; safe to call from a signal handler."""
        self._is_stopping = True

    def watch(self, *, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Restart what ends, until `request_stop`; `meanwhile` is called at every look."""
        while not self._is_stopping:
            meanwhile()
            for running in self._running:
                self._look_after(running)
            time.sleep(LOOK_S)

    def find_dead(self) -> list[str]:
        return [each.program.name for each in self._running if each.process.poll() is not None]

    def _look_after(self, running: _Running) -> None:
        now_s = time.monotonic()
        if running.process.poll() is None:
            if now_s - running.started_at_s > STEADY_S:
                running.failures = 0
            return
        if running.restart_at_s is None:
            wait_s = RESTART_S[min(running.failures, len(RESTART_S) - 1)]
            running.restart_at_s = now_s + wait_s
            running.failures += 1
        elif now_s >= running.restart_at_s:
            running.process = self._launch(running.program)
            running.started_at_s, running.restart_at_s = now_s, None

    def _launch(self, program: Program) -> subprocess.Popen[bytes]:
        self._logs.mkdir(parents=True, exist_ok=True)
        with self._open_log(program) as log:
            return subprocess.Popen(
                program.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to pass on, in order
            )

    def _open_log(self, program: Program) -> IO[bytes]:
        return (self._logs / f"{program.name}.log").open("ab")


def _signal(process: subprocess.Popen[bytes], which: signal.Signals) -> None:
    """Signal the process and all its children; gone already is fine."""
    if process.poll() is None:
        os.killpg(process.pid, which)
