"""`make bench-exchange`: a file of a million promotions from upload to done, beside row by row.

On a PostgreSQL of its own with `fsync` on, as a fair runs. The skus are made by SQL beforehand,
outside all times. The naive way is what pages do for one price, `planning.plan_price`, once for
each row, each in its transaction; it is run for fewer rows and counted for each. The import runs
in a process of its own, whose peak memory is measured. Writes `build/bench/exchange.json`.
"""

import argparse
import json
import os
import secrets
import shutil
import tempfile
from importlib import import_module
from pathlib import Path

import django

from chophien.config import postgres

OUT = Path("build/bench/exchange.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker is not None:
        django.setup()
        import_module("bench.import_rounds").work(asked.worker)
        return
    home = Path(tempfile.mkdtemp(prefix="chophien-bench-"))
    home.chmod(0o755)
    try:
        measure(home, rows=asked.rows, rounds=asked.rounds)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def measure(home: Path, *, rows: int, rounds: int) -> None:
    cluster = postgres.Cluster(home=postgres.choose_home(home / "postgres"))
    postgres.start(cluster)
    try:
        os.environ |= {
            "CHOPHIEN_DATABASE_URL": cluster.url,
            "CHOPHIEN_SECRET_KEY": secrets.token_urlsafe(40),
            "DJANGO_SETTINGS_MODULE": "chophien.config.settings",
        }
        django.setup()
        # Django's models can be imported only now that there is a database to set up with.
        write(import_module("bench.import_rounds").collect(home, rows=rows, rounds=rounds))
    finally:
        postgres.stop(cluster)


def write(figures: dict[str, float]) -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n")
    for name, value in sorted(figures.items()):
        print(f"{name:<36} {value}")


if __name__ == "__main__":
    main()
