"""Stream keys: made, replaced and ended. The key itself is seen by its host once."""

from datetime import datetime

from django.db import transaction

from chophien.apps.broadcast.models import StreamKey
from chophien.apps.programme.models import Host
from chophien.wire.stream_keys import hash_key


class ArtificialHostError(ValueError):
    """An AI host has no encoder."""


def find_stream_key(host_id: int) -> StreamKey | None:
    """The key that is good for a host's shows now."""
    return StreamKey.objects.filter(host_id=host_id, ended_at__isnull=True).first()


@transaction.atomic
def rotate_stream_key(*, host_id: int, key: str, by_id: int, at: datetime) -> StreamKey:
    """Give a host a new key; the old one is worth nothing from now on.

    Who publishes with the old one is cut off by the media process within about a second. Locks
    the host's row, so that pressing twice leaves one key.

    Raises:
        ArtificialHostError: the host is an AI host.
    """
    host = Host.objects.select_for_update().get(id=host_id)
    if host.is_ai:
        raise ArtificialHostError(f"host {host_id}")
    _end(host_id, by_id=by_id, at=at)
    return StreamKey.objects.create(
        host_id=host_id, digest=hash_key(key), made_at=at, made_by_id=by_id
    )


@transaction.atomic
def end_stream_key(*, host_id: int, by_id: int, at: datetime) -> bool:
    """End a host's key without a new one; whether there was one."""
    Host.objects.select_for_update().get(id=host_id)
    return _end(host_id, by_id=by_id, at=at)


def _end(host_id: int, *, by_id: int, at: datetime) -> bool:
    good = StreamKey.objects.filter(host_id=host_id, ended_at__isnull=True)
    return bool(good.update(ended_at=at, ended_by_id=by_id))
