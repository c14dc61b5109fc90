"""Timers of vetting."""

from procrastinate.contrib.django import app

from chophien.apps.festivals.clock import now
from chophien.apps.vetting.services import forget_identities


@app.periodic(cron="20 3 * * *")
@app.task(name="vetting.forget", queueing_lock="vetting.forget", pass_context=False)
def forget_old_identities(timestamp: int) -> None:
    """Forget names and digits that are not needed any more, every night."""
    del timestamp  # the fair's own clock counts: a rehearsal moves it
    forget_identities(at=now())
