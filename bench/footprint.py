"""`make bench`: start-up time, memory of each process, disk, and the processor of one AI host.

A description of ourselves, so it has no rival. Writes `build/bench/footprint.json`.
"""

import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from chophien.config.local import LocalFair

PORT = 8741
SETTLE_S = 10.0
MEASURE_S = 30.0
STOP_S_MAX = 30
OUT = Path("build/bench/footprint.json")
CHOPHIEN = Path(sys.executable).with_name("chophien")


def main() -> None:
    home = Path(tempfile.mkdtemp(prefix="cp-bench-"))
    home.chmod(0o755)
    try:
        figures = measure(LocalFair(folder=home, port=PORT))
    finally:
        shutil.rmtree(home, ignore_errors=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    for name, value in sorted(figures.items()):
        print(f"{name:<36} {value}")


def measure(fair: LocalFair) -> dict[str, float | int | str]:
    """Start twice, let it run, look at it from outside."""
    figures: dict[str, float | int | str] = describe_machine()
    with run(fair) as (_, first_s):
        figures["first_start_s"] = round(first_s, 1)
    with run(fair) as (process, second_s):
        figures["second_start_s"] = round(second_s, 1)
        time.sleep(SETTLE_S)
        figures |= measure_processes(process)
    figures["venv_disk_mb"] = weigh(Path(sys.prefix))
    figures["fair_disk_mb"] = weigh(fair.folder)
    return figures


def describe_machine() -> dict[str, float | int | str]:
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return {
        "machine_cpu": cpu,
        "machine_cores": os.cpu_count() or 0,
        "machine_memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
    }


@contextmanager
def run(fair: LocalFair) -> Iterator[tuple[subprocess.Popen[str], float]]:
    """The fair, and the seconds from the command to the words that it is open."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CHOPHIEN_")
    }
    environment["CHOPHIEN_HOME"] = str(fair.folder)
    began = time.monotonic()
    process = subprocess.Popen(
        [str(CHOPHIEN), "demo", "--port", str(fair.port)],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None, "a pipe"
    try:
        for line in process.stdout:
            if line.startswith("Ctrl-C closes"):
                break
        else:
            raise RuntimeError("the fair did not open; start it by hand to see why")
        yield process, time.monotonic() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=STOP_S_MAX)


def measure_processes(process: subprocess.Popen[str]) -> dict[str, float]:
    """Memory that each part keeps for itself (proportional share), and processor over a while."""
    groups = group_processes(process.pid)
    before = {name: spend(members) for name, members in groups.items()}
    time.sleep(MEASURE_S)
    figures: dict[str, float] = {}
    for name, members in groups.items():
        figures[f"{name}_memory_mb"] = sum(weigh_process(one) for one in members)
        figures[f"{name}_core_share"] = round((spend(members) - before[name]) / MEASURE_S, 3)
    figures["all_memory_mb"] = sum(figures[f"{name}_memory_mb"] for name in groups)
    return figures


def group_processes(supervisor_pid: int) -> dict[str, list[psutil.Process]]:
    groups: dict[str, list[psutil.Process]] = {
        "supervisor": [psutil.Process(supervisor_pid)], "pages": [], "worker": [], "host": [],
        "database": [],
    }  # fmt: skip
    for child in psutil.Process(supervisor_pid).children(recursive=True):
        words = " ".join(child.cmdline())
        name = "host" if "on-air" in words else "worker" if "procrastinate" in words else "pages"
        groups[name].append(child)
    groups["database"] = [
        one
        for one in psutil.process_iter()
        if one.name() == "postgres" and "cp-bench-" in _cwd(one)
    ]
    return groups


def _cwd(process: psutil.Process) -> str:
    try:
        return str(process.cwd())
    except psutil.Error:
        return ""


def weigh_process(process: psutil.Process) -> int:
    return int(process.memory_full_info().pss) // 2**20


def spend(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def weigh(folder: Path) -> int:
    """Megabytes of all files below a folder."""
    return round(
        sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1_000_000
    )


if __name__ == "__main__":
    main()
