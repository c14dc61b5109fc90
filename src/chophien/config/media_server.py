"""`chophien media`: serves the media process's application, in one worker."""

from granian import Granian
from granian.constants import Interfaces, Loops

STOP_S_MAX = 5


def run_media(*, host: str, port: int) -> int:
    """Serve until told to stop."""
    Granian(
        "chophien.config.media:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        websockets=True,
        log_access=False,
        workers_kill_timeout=STOP_S_MAX,
    ).serve()
    return 0
