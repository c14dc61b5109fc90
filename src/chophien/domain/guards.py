"""Who may try again how soon: by account, by device, by network.

Somebody who has not tried lately is let in whatever the neighbours do: behind one address there
may be an office or a mobile operator's thousands. Only who comes again soon, or is nobody that
can be told from others, draws on what the whole network may.
"""

from dataclasses import dataclass

from chophien.domain.buckets import Bucket, Buckets

US_PER_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How often one thing may be tried.

    `trusts_devices`: whether a device without an account is somebody. A device can be made up,
    so where much can be won by that, it is not, and draws on its network each time.
    """

    account: Bucket
    device: Bucket
    network: Bucket
    trusts_devices: bool


class Guard:
    """Counts the tries of one thing in the memory of one process.

    Not for several threads at once: they take turns by a lock of their own.

    Args:
        allowance: how often.
        keys_max: how many accounts, devices and networks each are remembered.
    """

    def __init__(self, allowance: Allowance, *, keys_max: int) -> None:
        self._trusts_devices = allowance.trusts_devices
        self._accounts = Buckets(allowance.account, keys_max=keys_max)
        self._devices = Buckets(allowance.device, keys_max=keys_max)
        self._networks = Buckets(allowance.network, keys_max=keys_max)

    def check(self, *, user_id: int | None, device: str, network: str, at_us: int) -> int | None:
        """Count one try: `None` lets it in, a number says to come back in so many milliseconds.

        A refused try counts against the network, not against account and device: who waits as
        long as told is let in, unless the network is worn out.

        Args:
            user_id: the account, proven; `None` for nobody's.
            device: hash of the device's cookie; empty for none.
            network: as from `wire.visitors.find_network`; those without share one bucket.
            at_us: microseconds of a clock that does not go back, 0 or more.
        """
        if self._draws_on_network(user_id, device, at_us):
            wait_us = self._find_own_wait_us(user_id, device, at_us)
            network_wait_us = self._networks.find_wait_us(network, at_us)
            if not network_wait_us:
                self._networks.draw(network, at_us)
            if wait_us or network_wait_us:
                return to_ms(max(wait_us, network_wait_us))
        if user_id is not None:
            self._accounts.draw(user_id, at_us)
        if device:
            self._devices.draw(device, at_us)
        return None

    def peek(self, *, user_id: int | None, device: str, network: str, at_us: int) -> int | None:
        """What `check` would answer, without counting anything."""
        if not self._draws_on_network(user_id, device, at_us):
            return None
        own_wait_us = self._find_own_wait_us(user_id, device, at_us)
        wait_us = max(own_wait_us, self._networks.find_wait_us(network, at_us))
        return to_ms(wait_us) if wait_us else None

    def refuse_early(self, *, device: str, network: str, at_us: int) -> int | None:
        """Refuse, before anything is read, a device that no account could help now.

        `None` says only that it is worth reading on; then `check` counts the try. A refusal
        counts against the network.
        """
        wait_us = self._devices.find_wait_us(device, at_us) if device else 0
        if not wait_us:
            return None
        network_wait_us = self._networks.find_wait_us(network, at_us)
        if not network_wait_us:
            self._networks.draw(network, at_us)
        return to_ms(max(wait_us, network_wait_us))

    def _find_own_wait_us(self, user_id: int | None, device: str, at_us: int) -> int:
        account_us = 0 if user_id is None else self._accounts.find_wait_us(user_id, at_us)
        device_us = self._devices.find_wait_us(device, at_us) if device else 0
        return max(account_us, device_us)

    def _draws_on_network(self, user_id: int | None, device: str, at_us: int) -> bool:
        """Whether it is nobody that can be told from others, or comes again soon.

        Who does neither has full buckets, and need not wait.
        """
        if user_id is None and not (device and self._trusts_devices):
            return True
        if user_id is not None and self._accounts.find_full_at_us(user_id) > at_us:
            return True
        return bool(device) and self._devices.find_full_at_us(device) > at_us


def to_ms(wait_us: int) -> int:
    """Whole milliseconds, rounded up: who comes back then is not too early."""
    return -(-wait_us // US_PER_MS)
