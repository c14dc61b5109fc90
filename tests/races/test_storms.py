"""Whatever is killed, cut or steps, nothing is promised falsely: a short `make storms`.

Storms have a database, lanes and buyers of their own, in processes that really die.
"""

import json
import subprocess
import sys

import pytest

SECONDS = "1.5"
STORMS = ["both", "cut", "clock", "lie"]


@pytest.mark.slow
def test_storms_leave_nothing_promised_falsely_and_a_lane_that_lies_is_found_out():
    """The last storm is the negative control: its lane tells what it has not kept."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.storms", "--seconds", SECONDS, "--only", ",".join(STORMS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    *storms, lie = [json.loads(line.partition(" ")[2]) for line in done.stdout.splitlines()]
    assert [each["storm"] for each in storms] == STORMS[:-1]
    assert all(each["hits"] and each["orders"] and not each["faults"] for each in storms)
    assert lie["faults"].keys() >= {"confirmed"}
