"""The worker's part in simulations."""

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chophien.apps.festivals.clock import read_real
from chophien.apps.insight.services import TASK, begin_lost_again, work_out_next


@app.task(name=TASK, pass_context=False)
def work_out() -> None:
    """Work out what waits, one after the other; another worker that is at it already goes on."""
    while work_out_next(read_real):
        pass


@app.periodic(cron="* * * * * */15")  # the sixth field is seconds
@app.task(name="insight.begin_lost_again", queueing_lock="insight.begin_lost_again")
def begin_lost_simulations_again(timestamp: int) -> None:
    """Begin again what was cut off; the attempt stands on the page."""
    del timestamp  # real time, read now
    try:
        begin_lost_again(at=read_real())
    except AlreadyEnqueued:
        return
