"""Work on imports, and what looks after it."""

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from chophien.apps.exchange.services import find_orphans, throw_away_old, work_on
from chophien.apps.festivals.clock import now, read_real


@app.task(name="exchange.work_on", pass_context=False)
def work_on_import(run_id: int) -> None:
    """Read, check or apply, whatever the run needs; killed, it is done again."""
    work_on(run_id, read_clock=now)


def tell_worker(run_id: int) -> None:
    """Ask a worker to go on with a run; asked twice before it begins, it is done once."""
    try:
        with transaction.atomic():  # a refusal must not spoil the caller's transaction
            work_on_import.configure(queueing_lock=f"exchange.{run_id}").defer(run_id=run_id)
    except exceptions.AlreadyEnqueued:
        return  # it will see what there is to do


@app.periodic(cron="* * * * * */5")
@app.task(name="exchange.take_over", queueing_lock="exchange.take_over", pass_context=False)
def take_over_orphans(timestamp: int) -> None:
    """Every five seconds, give runs whose worker is gone to another."""
    del timestamp  # whether a worker is gone is told by what the database knows
    for run_id in find_orphans(at=read_real()):
        tell_worker(run_id)


@app.periodic(cron="17 3 * * *")
@app.task(name="exchange.throw_away", queueing_lock="exchange.throw_away", pass_context=False)
def throw_away_old_files(timestamp: int) -> None:
    """Every night, delete files that were kept long enough."""
    del timestamp
    throw_away_old(at=read_real())
