"""`make bench-promotions`: does a cart's price stay as quick with 14 million promotions around it?

The reference cart of `bench-pricing` and a wallet of forty coupons, loaded and priced as pages
do (orders.quoting.quote_lines), in a database that holds their promotions only and, turn about, in its copy that holds
14 million promotions of other goods, stalls and people beside them. Beside ours, in the same run, the naive
way: every promotion in force is read and the cart's are picked out, over one thousandth of them.
Prints the plan of every query that reads promotions. Writes `build/bench/promotions.json`.

The rows around are written by SQL without their goods and people (foreign keys off while they
are): nothing reads those.
"""

import json
import os
import secrets
import shutil
import tempfile
from importlib import import_module
from pathlib import Path

import django
from django.core.management import call_command

from chophien.config import postgres

OUT = Path("build/bench/promotions.json")
HOME = Path(tempfile.gettempdir()) / f"chophien-bench-{os.getpid()}"


def main() -> None:
    cluster = _open_database()
    try:
        # Django's models can be imported only now that there is a database to set up with.
        figures = import_module("bench.among_millions").measure()
    finally:
        postgres.stop(cluster)
        shutil.rmtree(HOME, ignore_errors=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(figures, indent=2) + "\n")
    for key, value in figures.items():
        print(f"{key:44} {value:>14,}")


def _open_database() -> postgres.Cluster:
    """A database of its own, migrated, with Django on it."""
    HOME.mkdir(mode=0o755)
    cluster = postgres.Cluster(home=HOME / "postgres", is_durable=False)
    postgres.start(cluster)
    os.environ["CHOPHIEN_DATABASE_URL"] = cluster.url
    os.environ["CHOPHIEN_SECRET_KEY"] = secrets.token_urlsafe(40)
    os.environ["DJANGO_SETTINGS_MODULE"] = "chophien.config.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    return cluster


if __name__ == "__main__":
    main()
