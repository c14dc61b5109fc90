"""Closing the fair ends all that it started, also when somebody asks twice."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.journeys.fair import STOP_S_MAX, run_fair

from chophien.config import postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="cp-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_while_closing_leaves_nothing_running(folder, how):
    with run_fair(folder, video=(72, 128)) as fair:
        children = psutil.Process(fair.process.pid).children(recursive=True)
        assert len(children) >= 4  # pages with their worker, timers, host

        fair.process.send_signal(how)
        fair.process.send_signal(signal.SIGTERM)
        fair.process.communicate(timeout=STOP_S_MAX)

        assert fair.process.returncode == 0
        assert [child.pid for child in children if child.is_running()] == []
        assert postgres.find_pid(fair.local.cluster) is None
