"""A waiting room with people in it, for tests."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from chophien.apps.accounts.models import User
from chophien.apps.admission.models import Entrant, WaitingRoom
from chophien.apps.admission.services import Joined, RoomOpened, RoomPlan, join, open_room
from chophien.apps.catalog.models import Sku
from chophien.apps.festivals.models import Festival
from tests.factories import OPENING

SEED = "5eed" * 16
EARLIER = OPENING - timedelta(hours=1)


def make_waiting_room(
    festival: Festival, *skus: Sku, rate_per_s: int = 10, seed: str = SEED, **fields: object
) -> WaitingRoom:
    """A room for these goods that opens at the fair's opening, announced an hour before."""
    values: dict[str, object] = {
        "festival_id": festival.id,
        "names": ("Mật ong giá sốc", "Honey drop", "蜂蜜抢购"),
        "opens_at": OPENING,
        "rate_per_s": rate_per_s,
        "sku_ids": [sku.id for sku in skus],
    }
    outcome = open_room(RoomPlan(**(values | fields)), seed=seed, at=EARLIER)
    assert isinstance(outcome, RoomOpened), outcome
    return outcome.room


def make_people(count: int) -> list[int]:
    """Accounts that nobody logs in to."""
    people = User.objects.bulk_create(
        User(username=f"person-{number}", password="!") for number in range(count)
    )
    return [person.pk for person in people]


def make_entry(user_id: int) -> str:
    return sha256(f"entry of {user_id}".encode()).hexdigest()[:16]


def let_in(room: WaitingRoom, user_ids: Sequence[int], *, at: datetime) -> list[Entrant]:
    """Let people join one after the other; their rows."""
    outcomes = [
        join(room_id=room.id, user_id=user_id, entry=make_entry(user_id), at=at)
        for user_id in user_ids
    ]
    return [outcome.entrant for outcome in outcomes if isinstance(outcome, Joined)]
