"""Tell browsers and other processes what is now true."""

from django.db import connection

from chophien.domain.limits import NOTIFY_BYTES_MAX
from chophien.wire.events import Envelope, Event, encode_envelope

NOTIFY_CHANNEL = "chophien"


def publish(channel: str, event: Event) -> None:
    """Send an event when, and only when, the current transaction commits.

    PostgreSQL itself keeps that promise; outside a transaction it is sent at once.
    """
    payload = encode_envelope(Envelope(channel=channel, event=event))
    assert len(payload.encode()) <= NOTIFY_BYTES_MAX, "event too large for NOTIFY"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [NOTIFY_CHANNEL, payload])
