"""A room with people who watch, and a draw in it, for tests."""

from datetime import datetime, timedelta
from hashlib import sha256

from chophien.apps.accounts.models import User
from chophien.apps.draws.joining import join
from chophien.apps.draws.models import Draw, GiftOffer, Watch
from chophien.apps.draws.prizes import Offered, Prize, offer_gifts
from chophien.apps.draws.services import DrawPlan, Opened, draw, freeze, open_draw
from chophien.apps.live.models import Room
from chophien.apps.orders.addresses import save_address
from chophien.apps.orders.models import SavedAddress
from chophien.domain.lucky import Rule
from tests.factories import OPENING, make_address

SEED = "5eed" * 16
STEPS = 10
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
TAP = Rule(is_tap=True)


def make_number(name: object) -> str:
    """What the device of somebody made."""
    return sha256(f"number of {name}".encode()).hexdigest()[:32]


def never() -> str:
    raise AssertionError("no number is needed from the fair")


def make_plan(room: Room, **fields: object) -> DrawPlan:
    """A draw of a minute by a tap, for one winner, with a prize in words."""
    values: dict[str, object] = {
        "room_id": room.pk,
        "rule": TAP,
        "prize": Prize(text="Một bài hát của người dẫn"),
        "winners": 1,
        "lasts": MINUTE,
        "steps": STEPS,
    }
    return DrawPlan(**(values | fields))


def make_draw(room: Room, *, at: datetime = OPENING, seed: str = SEED, **fields: object) -> Draw:
    outcome = open_draw(make_plan(room, **fields), seed=seed, at=at)
    assert isinstance(outcome, Opened), outcome
    return outcome.draw


def make_gift_offer(room: Room, sku: object, *, count: int = 5) -> GiftOffer:
    """Units that the stall of a sku gives to the room's show."""
    user = User.objects.get_or_create(username="stall-owner")[0]
    outcome = offer_gifts(
        sku_id=sku.pk, show_id=room.show_id, count=count, by_id=user.pk, at=OPENING
    )
    assert isinstance(outcome, Offered), outcome
    return outcome.offer


def make_people(count: int) -> list[int]:
    """Accounts that nobody logs in to."""
    people = User.objects.bulk_create(
        User(username=f"person-{number}", password="!") for number in range(count)
    )
    return [person.pk for person in people]


def tap_all(drawing: Draw, people: list[int], *, at: datetime = OPENING + SECOND) -> None:
    for person in people:
        join(
            draw_id=drawing.pk,
            user_id=person,
            number=make_number(person),
            is_from_device=True,
            at=at,
        )


def see_all(room: Room, people: list[int], *, watched_s: int = 0, at: datetime = OPENING) -> None:
    """Let people have watched so long, up to now."""
    Watch.objects.bulk_create(
        Watch(
            show_id=room.show_id,
            user_id=person,
            number=make_number(person),
            watched_ms=watched_s * 1_000,
            first_at=at,
            last_at=at,
        )
        for person in people
    )


def draw_out(drawing: Draw) -> Draw:
    """Freeze a list when it closes, and draw it a second later."""
    later = drawing.closes_at + 3 * SECOND
    assert freeze(draw_id=drawing.pk, make_number=never, at=later)
    assert draw(draw_id=drawing.pk, at=later + SECOND)
    drawing.refresh_from_db()
    return drawing


def make_saved_address(user_id: int) -> SavedAddress:
    return save_address(user_id=user_id, address=make_address(), at=OPENING)
