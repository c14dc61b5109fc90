"""Timers of what is kept of shows."""

from django.conf import settings
from procrastinate.contrib.django import app

from chophien.apps.broadcast.recordings import note_recordings, sweep_deleted
from chophien.apps.festivals.clock import read_real
from chophien.apps.live.replays import delete_old_recordings


@app.periodic(cron="* * * * * */10")
@app.task(name="live.keep_recordings", queueing_lock="live.keep_recordings", pass_context=False)
def keep_recordings(timestamp: int) -> None:
    """Bring the rows up to the files, and delete what is old or was deleted, every ten seconds."""
    del timestamp  # real time, read now
    if settings.RECORDINGS_ROOT is None:
        return
    note_recordings(settings.RECORDINGS_ROOT, at=read_real())
    while delete_old_recordings(days=settings.RECORDINGS_DAYS, at=read_real()):
        pass
    sweep_deleted(settings.RECORDINGS_ROOT)
