"""`chophien demo`: one command from a bare checkout to an open fair."""

import errno
import http.client
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from chophien.config import postgres
from chophien.config.local import LocalFair, build_environment, find_fair
from chophien.config.supervisor import Program, Supervisor
from chophien.config.translations import compile_catalogues

if TYPE_CHECKING:
    from chophien.config.demo.build import Login

PACKAGE = Path(__file__).resolve().parents[2]
FREE_BYTES_MIN = 300_000_000  # PostgreSQL's own log files need 100 MB before the first order
READY_S_MAX = 60
VIDEO_S_MAX = 40


class StoppedError(RuntimeError):
    """The demonstration cannot go on; the message is the one sentence that a person needs."""


def run_demo(*, port: int, is_reloading: bool) -> int:
    """Set up what is missing, run everything, end everything at Ctrl-C."""
    fair = find_fair(port=port)
    try:
        _require_room(fair)
        _require_port(port)
        return _run(fair, is_reloading=is_reloading)
    except (StoppedError, postgres.PostgresError) as fault:
        print(f"\nStopped: {fault}", file=sys.stderr)
    except OSError as fault:
        if fault.errno != errno.ENOSPC:
            raise
        print("\nStopped: the disk is full; free some space and start again.", file=sys.stderr)
    return 1


def _require_room(fair: LocalFair) -> None:
    fair.folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(fair.folder).free
    if free < FREE_BYTES_MIN:
        raise StoppedError(
            f"the disk is nearly full: {free // 1_000_000} MB are free, "
            f"{FREE_BYTES_MIN // 1_000_000} MB are needed."
        )


def _require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            raise StoppedError(
                f"port {port} is taken by another program; choose another: "
                f"make demo PORT={port + 1}"
            ) from fault


def _run(fair: LocalFair, *, is_reloading: bool) -> int:
    steps = _Steps(total=6)
    environment = build_environment(fair)
    os.environ.update(environment)
    steps.begin("Starting PostgreSQL 18")
    postgres.start(fair.cluster)
    supervisor = Supervisor(environment=environment, logs=fair.folder / "logs")
    # From here on a stop is orderly: a signal only asks `watch` and the waits to end.
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, lambda *_: _interrupt(supervisor))
    try:
        logins = _prepare(fair, steps)
        _open(fair, supervisor, steps, is_reloading=is_reloading)
        print(_describe(fair, logins), flush=True)
        supervisor.watch(meanwhile=_keep_programme())
    except KeyboardInterrupt:
        pass
    finally:
        print("\nClosing the fair; everything is kept for the next start.", flush=True)
        supervisor.stop()
        postgres.stop(fair.cluster)
    return 0


def _interrupt(supervisor: Supervisor) -> None:
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, signal.SIG_IGN)  # closing goes on undisturbed, however often one asks
    supervisor.request_stop()
    raise KeyboardInterrupt


class _Steps:
    """Says which step is under way, and how long the one before it took."""

    def __init__(self, *, total: int) -> None:
        self._total = total
        self._done = 0

    def begin(self, text: str) -> None:
        self._done += 1
        print(f"[{self._done}/{self._total}] {text}", flush=True)


def _prepare(fair: LocalFair, steps: _Steps) -> list["Login"]:
    compile_catalogues()
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    steps.begin("Bringing the database up to date")
    call_command("migrate", verbosity=0, interactive=False)
    steps.begin("Gathering pictures, fonts and styles")
    call_command("collectstatic", verbosity=0, interactive=False)
    steps.begin("Setting up stalls, goods and the programme")
    logins = _fill(fair)
    connections.close_all()
    return logins


def _fill(fair: LocalFair) -> list["Login"]:
    from chophien.apps.festivals.clock import now
    from chophien.config.demo.build import build_fair, extend_programme, is_built
    from chophien.config.demo.festivals import turn_past_phases

    at = now()
    path = fair.folder / "logins.json"
    if not is_built():
        logins = build_fair(at=at)
        turn_past_phases(at)
        _write_private(path, json.dumps([asdict(login) for login in logins]))
    extend_programme(at=at)
    return _read_logins(path)


def _keep_programme() -> Callable[[], object]:
    from chophien.config.demo.keeper import ProgrammeKeeper

    return ProgrammeKeeper().look


def _read_logins(path: Path) -> list["Login"]:
    from chophien.config.demo.build import Login

    return [Login(**entry) for entry in json.loads(path.read_text())]


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def _open(fair: LocalFair, supervisor: Supervisor, steps: _Steps, *, is_reloading: bool) -> None:
    steps.begin("Opening the fair's pages")
    fair.hls_root.mkdir(parents=True, exist_ok=True)
    for program in list_programs(fair, is_reloading=is_reloading):
        supervisor.start(program)
    _wait_for(lambda: _answers(fair), READY_S_MAX, supervisor, "the pages did not open")
    steps.begin("The AI host goes on air")
    began = time.time_ns()
    _wait_for(lambda: _is_on_air(fair, began), VIDEO_S_MAX, supervisor, "the AI host made no video")


def list_programs(fair: LocalFair, *, is_reloading: bool = False) -> list[Program]:
    """The processes of a fair beside its database."""
    binaries = Path(sys.executable).parent
    version = os.environ["CHOPHIEN_STATIC_VERSION"]
    pages = [
        str(binaries / "granian"), "--interface", "asgi", "chophien.config.asgi:application",
        "--host", "127.0.0.1", "--port", str(fair.port), "--loop", "uvloop",
        "--static-path-route", f"/static/{version}", "--static-path-mount", str(fair.static_root),
        "--static-path-expires", "365d", "--no-access-log",
    ]  # fmt: skip
    chophien = str(binaries / "chophien")
    # Several jobs at once: a long one, such as a simulation, must not hold up the timers.
    worker = [chophien, "manage", "procrastinate", "worker", "--concurrency", "4"]
    return [
        Program(
            name="pages",
            command=[
                *pages,
                *(["--reload", "--reload-paths", str(PACKAGE)] if is_reloading else []),
            ],
        ),
        Program(
            name="worker",
            command=[*worker, "--delete-jobs", "always"],
        ),
        Program(name="host", command=[chophien, "on-air"]),
        Program(name="hub", command=[chophien, "hub", "--port", str(fair.hub_port)]),
        Program(name="media", command=[chophien, "media", "--port", str(fair.media_port)]),
    ]


def _wait_for(
    is_ready: Callable[[], bool], seconds: int, supervisor: Supervisor, fault: str
) -> None:
    deadline = time.monotonic() + seconds
    while not is_ready():
        dead = supervisor.find_dead()
        if dead or time.monotonic() > deadline:
            which = dead[0] if dead else "pages"
            raise StoppedError(f"{fault}; the reason is in the log of “{which}”.")
        time.sleep(0.1)


def _answers(fair: LocalFair) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", fair.port, timeout=5)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _is_on_air(fair: LocalFair, since_ns: int) -> bool:
    playlists = fair.hls_root.glob("*/main/live.m3u8")
    return any(path.stat().st_mtime_ns > since_ns for path in playlists)


def _describe(fair: LocalFair, logins: "list[Login]") -> str:
    """What a person reads when everything runs."""
    people = "\n".join(
        f"    {login.username:<10} {login.password:<18} {fair.url}{login.place}" for login in logins
    )
    return f"""
Chợ Phiên is open (demonstration data).

  Look at
    The fair          {fair.url}/
    The big screen    {fair.url}/screen/
    The office        {fair.url}/office/

  Log in as
{people}

  Try this: open the room that is on air, put two stalls' goods in one cart, pay in the
  test bank, and watch the big screen jump. For a crowd, in another terminal:
    .venv/bin/chophien crowd --buyers 200 --seconds 60 --url {fair.url}

Ctrl-C closes the fair and keeps everything. Logs: {fair.folder / "logs"}"""
