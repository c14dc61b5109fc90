"""Addresses that a person keeps, so that an order can name one by reference."""

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
    fields = {
        "recipient": address.recipient,
        "phone": address.phone,
        "province_id": address.province_id,
        "ward": address.ward,
        "street": address.street,
        "note": address.note,
    }
    kept = list_addresses(user_id)
    known = kept.filter(**fields).first()
    if known is not None:
        return known
    if kept.count() >= ADDRESSES_MAX:
        raise TooManyAddressesError(f"at most {ADDRESSES_MAX} addresses")
    return SavedAddress.objects.create(
        user_id=user_id, buyer_key=phone_key(address.phone), made_at=at, **fields
    )


def remove_address(*, user_id: int, address_id: int, at: datetime) -> bool:
    """Take an address out of a person's list; orders that went there keep it."""
    return bool(list_addresses(user_id).filter(id=address_id).update(removed_at=at))
