"""Timers of what is kept of shows: recordings, and who watched."""

from django.conf import settings
from procrastinate.contrib.django import app

from chophien.apps.broadcast.recordings import note_recordings, sweep_deleted, sweep_rooms
from chophien.apps.festivals.clock import now, read_real
from chophien.apps.live.replays import delete_old_recordings
from chophien.apps.live.viewers import note_minute


@app.periodic(cron="* * * * * */10")
@app.task(name="live.keep_recordings", queueing_lock="live.keep_recordings", pass_context=False)
def keep_recordings(timestamp: int) -> None:
    """Bring the rows up to the files, and delete what is old or was deleted, every ten seconds."""
    del timestamp  # real time, read now
    sweep_rooms(settings.HLS_ROOT, at=read_real())
    if settings.RECORDINGS_ROOT is None:
        return
    note_recordings(settings.RECORDINGS_ROOT, at=read_real())
    while delete_old_recordings(days=settings.RECORDINGS_DAYS, at=read_real()):
        pass
    sweep_deleted(settings.RECORDINGS_ROOT)


@app.periodic(cron="* * * * *")
@app.task(name="live.note_viewers", queueing_lock="live.note_viewers", pass_context=False)
def note_viewers(timestamp: int) -> None:
    """Write down, every minute, how many watch what is on air."""
    del timestamp  # the fair's own clock counts: a rehearsal moves it
    note_minute(at=now(), real_at=read_real())
