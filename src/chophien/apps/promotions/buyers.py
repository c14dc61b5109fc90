"""Who a buyer is, where a limit counts all that one buyer gets."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass

from django.utils.crypto import salted_hmac


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Somebody with a cart: an account, or a guest who is known by phone once it is typed."""

    id: str
    user_id: int | None = None
    phone: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """What limits are counted by: the account and the phone, each of them on its own.

        The phone is kept as a fingerprint only. A guest without one has no key yet, and is held
        to the limit when the order is placed.
        """
        keys = [] if self.user_id is None else [f"u:{self.user_id}"]
        if self.phone:
            keys.append(phone_key(self.phone))
        return tuple(keys)


def phone_key(phone: str) -> str:
    """A phone number as limits count it: 128 bits of a keyed fingerprint."""
    digest = salted_hmac("chophien.buyer", phone, algorithm="sha256").digest()
    return "p:" + urlsafe_b64encode(digest[:16]).decode().rstrip("=")
