"""A fair in a database of its own, with goods at flash prices and buyers for the lane's benchmarks."""

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from chophien.config import postgres

SECRET = "bench"
UNIT_MINOR, SHIPPING_MINOR = 90_000, 25_000
DUE_MINOR = UNIT_MINOR + SHIPPING_MINOR
GRANIAN = Path(sys.executable).with_name("granian")


@dataclass(frozen=True, slots=True)
class Ground:
    """Where it runs: the database of this benchmark, with `fsync` on."""

    cluster: postgres.Cluster

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CHOPHIEN_SECRET_KEY": SECRET,
            "CHOPHIEN_DATABASE_URL": self.cluster.url,
            "DJANGO_SETTINGS_MODULE": "chophien.config.settings",
        }


@contextmanager
def open_ground(*, buyers: int) -> Iterator[Ground]:
    """A durable cluster with everything migrated and so many buyers with an address each."""
    home = Path(tempfile.mkdtemp(prefix="cp-lane-"))
    home.chmod(0o755)
    ground = Ground(cluster=postgres.Cluster(home=postgres.choose_home(home / "postgres")))
    try:
        postgres.start(ground.cluster)
        os.environ.update(ground.environment)
        _build(buyers)
        yield ground
    finally:
        postgres.stop(ground.cluster)
        shutil.rmtree(ground.cluster.home, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


_BUYERS = """
INSERT INTO accounts_user (id, username, password, is_superuser, is_staff, is_active, first_name,
    last_name, email, phone, display_name, date_joined)
SELECT n, 'buyer-' || n, '!', false, false, true, '', '', '', '', '', now()
FROM generate_series(1, %(count)s) AS n
"""
_ADDRESSES = """
INSERT INTO orders_savedaddress (id, user_id, recipient, phone, buyer_key, province_id, ward,
    street, note, made_at)
SELECT n, n, 'Nguyễn Văn ' || n, '09' || lpad(n::text, 8, '0'),
    'p:' || rtrim(encode(decode(md5(n::text), 'hex'), 'base64'), '='),
    (SELECT id FROM festivals_province ORDER BY id OFFSET n %% 34 LIMIT 1), 'Phường 1',
    n || ' Lê Lợi', '', now()
FROM generate_series(1, %(count)s) AS n
"""


def _build(buyers: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from tests.factories import make_festival, make_stall

    call_command("migrate", verbosity=0, interactive=False)
    make_festival()
    make_stall(shipping_fee_minor=SHIPPING_MINOR, free_from_minor=None)
    with connection.cursor() as cursor:
        cursor.execute(_BUYERS, {"count": buyers})
        cursor.execute(_ADDRESSES, {"count": buyers})
        cursor.execute("ANALYZE")
    connection.close()


def make_goods(*, skus: int, units: int, per_buyer_max: int | None = 1) -> list[int]:
    """Skus with so many units each at a flash price that runs now, made ready for the lane."""
    from datetime import timedelta

    from django.db import connection
    from tests.factories import make_sku

    from chophien.apps.festivals.clock import now
    from chophien.apps.inventory.services import set_units_aside
    from chophien.apps.orders.models import ReadyQuote
    from chophien.apps.orders.ready import prepare_quote
    from chophien.apps.promotions.models import OfferedPrice
    from chophien.apps.sellers.models import Stall

    at = now()
    stall = Stall.objects.get()
    made = []
    for _ in range(skus):
        sku = make_sku(stall, units=units)
        assert set_units_aside(sku_id=sku.id, quantity=units)
        OfferedPrice.objects.create(
            sku=sku, kind="flash", unit_minor=UNIT_MINOR, allotment=units,
            per_buyer_max=per_buyer_max, starts_at=at - timedelta(hours=1),
            ends_at=at + timedelta(days=1),
        )  # fmt: skip
        ready = prepare_quote(sku_id=sku.id, quantity=1, at=at)
        assert isinstance(ready, ReadyQuote), ready
        made.append(sku.id)
    connection.close()
    return made


@contextmanager
def serve(
    ground: Ground, target: str, *, port: int, processes: int = 1
) -> Iterator[psutil.Process]:
    """Run an ASGI application of the lane as an operator would: see docs/howto/operator.md."""
    command = [
        str(GRANIAN), "--interface", "asgi", target, "--host", "127.0.0.1", "--port", str(port),
        "--loop", "uvloop", "--http", "1", "--http1-pipeline-flush", "--no-ws",
        "--workers", str(processes), "--backlog", "4096", "--log-level", "warning",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ | ground.environment)
    try:
        _wait_for(port)
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def _wait_for(port: int) -> None:
    """Until the lane answers a press that says nothing, and sees its database."""
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("POST", "/lane/buy", "{}", {"Content-Type": "application/json"})
            if connection.getresponse().status == http.HTTPStatus.BAD_REQUEST:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the lane did not open")


def read_cpu_s(process: psutil.Process) -> float:
    """Processor time of a process and all below it, in seconds."""
    family = [process, *process.children(recursive=True)]
    return sum(sum(each.cpu_times()[:2]) for each in family)
