"""Destinations of a show: platforms with the address and key that they gave for it."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from chophien.apps.broadcast.models import Destination, DestinationFault, DestinationState
from chophien.apps.programme.models import Show
from chophien.domain.limits import DESTINATIONS_MAX
from chophien.domain.outward import hint_key, parse_address
from chophien.domain.platforms import PLATFORMS, VoiceFault, find_voice_fault
from chophien.wire.sealing import seal

FAULTS_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What keys are sealed with: the installation's secret, and chance that is used once."""

    secret: str = field(repr=False)
    nonce: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationDraft:
    """A destination as somebody typed it; `domain.outward` has checked address and key."""

    platform: str
    name: str
    address: str
    key: str = field(repr=False)
    """Empty leaves the key as it is, unless the address is another."""
    are_voices_confirmed: bool
    """Whoever saves it answers for it that the platform takes artificial voices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMany:
    """A show goes to `DESTINATIONS_MAX` platforms at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotForVoices:
    """The show has an artificial host, and the platform does not take it, or nobody answers."""

    fault: VoiceFault


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMissing:
    """A new address needs its key typed again: the old key is for the old address only."""


DestinationOutcome = Saved | TooMany | NotForVoices | KeyMissing


def list_destinations(show_id: int) -> QuerySet[Destination]:
    """A show's destinations with how it goes with them, in the order in which they were made."""
    return Destination.objects.filter(show_id=show_id).select_related("state")


def find_destination(show_id: int, destination_id: int) -> Destination | None:
    return Destination.objects.filter(show_id=show_id, id=destination_id).first()


def list_faults(show_id: int) -> list[DestinationFault]:
    """What went wrong last with any of a show's destinations, the newest first."""
    faults = DestinationFault.objects.filter(destination__show_id=show_id)
    return list(faults.select_related("destination")[:FAULTS_SHOWN])


@transaction.atomic
def add_destination(
    *, show_id: int, draft: DestinationDraft, sealing: Seal, by_id: int, at: datetime
) -> DestinationOutcome:
    """Send a show to another platform from now on. Locks the show's row, for the count.

    Raises:
        BadAddressError: address or key were not checked before.
    """
    show = Show.objects.select_for_update(of=("self",)).select_related("host").get(id=show_id)
    fault = _find_fault(show, draft)
    if fault is not None:
        return NotForVoices(fault=fault)
    if not draft.key:
        return KeyMissing()
    if show.destinations.count() >= DESTINATIONS_MAX:
        return TooMany()
    destination = Destination(show=show, made_at=at, made_by_id=by_id)
    return _save(destination, draft, sealing, by_id=by_id, at=at)


@transaction.atomic
def change_destination(
    *, destination_id: int, draft: DestinationDraft, sealing: Seal, by_id: int, at: datetime
) -> DestinationOutcome:
    """Change a destination; while on air it is connected to anew within seconds.

    Raises:
        Destination.DoesNotExist: it was removed meanwhile.
        BadAddressError: address or key were not checked before.
    """
    destination = (
        Destination.objects.select_for_update(of=("self",))
        .select_related("show__host")
        .get(id=destination_id)
    )
    fault = _find_fault(destination.show, draft)
    if fault is not None:
        return NotForVoices(fault=fault)
    if not draft.key and _tidy(draft) != destination.address:
        return KeyMissing()
    return _save(destination, draft, sealing, by_id=by_id, at=at)


def switch_destination(*, destination_id: int, is_on: bool) -> None:
    """Send there, or stop, within seconds."""
    Destination.objects.filter(id=destination_id).update(is_on=is_on)


def remove_destination(*, destination_id: int) -> None:
    """Send nothing there any more and forget its key."""
    Destination.objects.filter(id=destination_id).delete()


def find_show_to_copy(show: Show) -> Show | None:
    """The same host's show before this one that had destinations."""
    return (
        Show.objects.filter(
            host_id=show.host_id, starts_at__lt=show.starts_at, destinations__isnull=False
        )
        .order_by("-starts_at", "-id")
        .first()
    )


@transaction.atomic
def copy_destinations(*, from_id: int, to_id: int, by_id: int, at: datetime) -> int:
    """Take over another show's destinations, keys included; how many.

    What was confirmed for that show was for that show: it is not taken over.
    """
    Show.objects.select_for_update(of=("self",)).get(id=to_id)
    known = {(each.platform, each.address) for each in list_destinations(to_id)}
    room = DESTINATIONS_MAX - len(known)
    fresh = [
        Destination(
            show_id=to_id,
            platform=each.platform,
            name=each.name,
            address=each.address,
            sealed_key=each.sealed_key,
            key_hint=each.key_hint,
            made_at=at,
            made_by_id=by_id,
        )
        for each in list_destinations(from_id)
        if (each.platform, each.address) not in known
    ][:room]
    return len(Destination.objects.bulk_create(fresh))


def _find_fault(show: Show, draft: DestinationDraft) -> VoiceFault | None:
    return find_voice_fault(
        PLATFORMS[draft.platform],
        is_artificial=show.host.is_ai,
        is_confirmed=draft.are_voices_confirmed,
    )


def _tidy(draft: DestinationDraft) -> str:
    is_secure_only = PLATFORMS[draft.platform].is_secure_only
    return parse_address(draft.address, is_secure_only=is_secure_only).url


def _save(
    destination: Destination, draft: DestinationDraft, sealing: Seal, *, by_id: int, at: datetime
) -> Saved:
    destination.platform, destination.name = draft.platform, draft.name
    destination.address = _tidy(draft)
    if draft.key:
        destination.key_hint = hint_key(draft.key)
        destination.sealed_key = seal(
            draft.key, secret=sealing.secret, bound_to=destination.address, nonce=sealing.nonce
        )
    destination.voices_confirmed_at = at if draft.are_voices_confirmed else None
    destination.voices_confirmed_by_id = by_id if draft.are_voices_confirmed else None
    destination.save()
    if draft.key:
        # Another key is another broadcast there: its length is counted anew.
        DestinationState.objects.filter(destination=destination).delete()
    return Saved(destination=destination)
