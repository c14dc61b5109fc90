"""Addresses that a person keeps, so that an order can name one by reference."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from chophien.apps.orders.models import SavedAddress
from chophien.apps.orders.services import Address
from chophien.apps.promotions.buyers import phone_key
from chophien.domain.limits import ADDRESSES_MAX


class TooManyAddressesError(ValueError):
    """The person keeps as many addresses as one may."""


def list_addresses(user_id: int) -> QuerySet[SavedAddress]:
    """A person's addresses, the newest first."""
    return SavedAddress.objects.filter(user_id=user_id, removed_at=None).select_related("province")


def find_address(user_id: int, address_id: int) -> SavedAddress | None:
    """One of a person's own addresses."""
    return list_addresses(user_id).filter(id=address_id).first()


@transaction.atomic
def save_address(*, user_id: int, address: Address, at: datetime) -> SavedAddress:
    """Keep an address; the same one again is the one that is there.

    Raises:
        TooManyAddressesError: nothing was kept.
    """
    fields = asdict(address)
    known = list_addresses(user_id).filter(**fields).first()
    if known is not None:
        return known
    _make_room(user_id)
    return SavedAddress.objects.create(
        user_id=user_id, buyer_key=phone_key(address.phone), made_at=at, **fields
    )


@transaction.atomic
def replace_address(
    *, user_id: int, address_id: int, address: Address, at: datetime
) -> SavedAddress | None:
    """Keep `address` in the place of one that is there; `None`: the person has no such address."""
    old = find_address(user_id, address_id)
    if old is None:
        return None
    remove_address(user_id=user_id, address_id=address_id, at=at)
    return save_address(user_id=user_id, address=address, at=at)


def remove_address(*, user_id: int, address_id: int, at: datetime) -> bool:
    """Take an address out of a person's list; orders that went there keep it."""
    return bool(list_addresses(user_id).filter(id=address_id).update(removed_at=at))


@transaction.atomic
def restore_address(*, user_id: int, address_id: int) -> bool:
    """Put an address back that was taken out; `False`: it was not.

    Raises:
        TooManyAddressesError: others have taken its place meanwhile.
    """
    removed = SavedAddress.objects.filter(user_id=user_id, id=address_id, removed_at__isnull=False)
    if not removed.exists():
        return False
    _make_room(user_id)
    return bool(removed.update(removed_at=None))


def _make_room(user_id: int) -> None:
    if list_addresses(user_id).count() >= ADDRESSES_MAX:
        raise TooManyAddressesError(f"at most {ADDRESSES_MAX} addresses")
