"""Tell browsers and other processes what is now true."""

from chophien.domain.limits import NOTIFY_BYTES_MAX
from chophien.statements import load
from chophien.statements.prepared import Asked, run
from chophien.wire.events import NOTIFY_CHANNEL, Envelope, Event, encode_envelope

_NOTIFY = load("buying")["notify"]


def publish(channel: str, event: Event) -> None:
    """Send an event when, and only when, the current transaction commits.

    PostgreSQL itself keeps that promise; outside a transaction it is sent at once.
    """
    run(*ask_to_publish(channel, event))


def ask_to_publish(channel: str, event: Event) -> Asked:
    """The statement that publishes, for who has others to send with it."""
    payload = encode_envelope(Envelope(channel=channel, event=event))
    assert len(payload.encode()) <= NOTIFY_BYTES_MAX, "event too large for NOTIFY"
    return _NOTIFY, {"channel": NOTIFY_CHANNEL, "payload": payload}
