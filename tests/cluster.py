"""The tests' own PostgreSQL: made when the first test needs it, thrown away at the end.

Loaded as a plugin (`-p tests.cluster`) so that the environment is set before Django's settings
are read.
"""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from chophien.config import postgres
from chophien.config.translations import compile_catalogues

HOME = Path(tempfile.gettempdir()) / f"chophien-tests-{os.getpid()}"
CLUSTER = postgres.Cluster(home=HOME / "postgres", is_durable=False)

os.environ["CHOPHIEN_DATABASE_URL"] = CLUSTER.url
os.environ["CHOPHIEN_SECRET_KEY"] = secrets.token_urlsafe(40)
os.environ["CHOPHIEN_BANK_WEBHOOK_SECRET"] = secrets.token_urlsafe(40)
os.environ["CHOPHIEN_DEMO"] = "1"
os.environ["CHOPHIEN_HLS_ROOT"] = str(HOME / "hls")
os.environ["CHOPHIEN_STATIC_ROOT"] = str(HOME / "static")
compile_catalogues()


def start_cluster() -> postgres.Cluster:
    """Start it once; the process's end stops it."""
    if postgres.find_pid(CLUSTER) is None:
        HOME.mkdir(mode=0o755, exist_ok=True)
        postgres.start(CLUSTER)
        atexit.register(_throw_away)
    return CLUSTER


def _throw_away() -> None:
    postgres.stop(CLUSTER)
    shutil.rmtree(HOME, ignore_errors=True)
