"""Reminders come once each, also after the worker slept."""

from datetime import timedelta

import pytest
from tests.factories import OPENING, make_sku, make_stall, make_user
from tests.presales import (
    BALANCE,
    BALANCE_ENDS,
    make_presale,
    pay,
    place_balance,
    place_deposit,
    reserve,
)

from chophien.apps.accounts.models import Notice
from chophien.apps.accounts.notices import Told, count_unread, list_notices, mark_read, notify_all
from chophien.apps.ledger.services import forfeit_due
from chophien.apps.orders.reminders import find_reminder, remind
from chophien.apps.payments.defaults import default_presale

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def list_kinds(user):
    return list(Notice.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("label", "at", "kind"),
    [
        ("long before", BALANCE - 31 * MINUTE, 0),
        ("half an hour before", BALANCE - 30 * MINUTE, 1),
        ("a moment before", BALANCE - timedelta(seconds=1), 1),
        ("open", BALANCE, 2),
        ("three hours before the end", BALANCE_ENDS - 3 * HOUR, 2),
        ("two hours before the end", BALANCE_ENDS - 2 * HOUR, 3),
        ("over", BALANCE_ENDS, 0),
    ],
)
def test_reminder_that_is_due(festival, label, at, kind):
    assert find_reminder(make_presale(festival), at) == kind


def test_short_window_has_its_last_reminder_at_half_its_time(festival):
    presale = make_presale(festival, balance_ends_at=BALANCE + 2 * HOUR)

    assert find_reminder(presale, BALANCE + HOUR - MINUTE) == 2
    assert find_reminder(presale, BALANCE + HOUR) == 3


def test_reminders_come_once_each(festival):
    user = make_user()
    reserve(festival, make_presale(festival), user)

    for at in (BALANCE - MINUTE, BALANCE, BALANCE_ENDS - HOUR):
        assert (remind(at=at), remind(at=at)) == (1, 0)

    assert list_kinds(user) == [
        "deposit_paid",
        "balance_opens",
        "balance_opened",
        "balance_closes",
    ]


def test_worker_that_slept_sends_the_last_one_only(festival):
    user = make_user()
    reserve(festival, make_presale(festival), user)

    assert remind(at=BALANCE_ENDS - MINUTE) == 1
    assert remind(at=BALANCE) == 0  # and the clock may even be moved back

    assert list_kinds(user) == ["deposit_paid", "balance_closes"]


def test_only_those_are_reminded_who_still_owe_the_balance(festival):
    presale = make_presale(festival)
    place_deposit(festival, presale, make_user("hoa"))
    bought = reserve(festival, presale, make_user("lan"))
    pay(place_balance(festival, bought)[0], at=BALANCE)

    assert remind(at=BALANCE) == 0


def test_forfeit_and_default_are_told(festival):
    lost, called_off = make_user("hoa"), make_user("lan")
    reserve(festival, make_presale(festival), lost)
    forfeit_due(at=BALANCE_ENDS)
    presale = make_presale(festival, make_sku(make_stall("gian-hai"), price_minor=1_000))
    reserve(festival, presale, called_off)
    default_presale(presale_id=presale.id, by_id=None, at=OPENING)

    assert list_kinds(lost)[-1] == "forfeited"
    assert list_kinds(called_off)[-1] == "defaulted"
    told = Notice.objects.get(kind="defaulted")
    assert (told.params["deposit"], told.params["quantity"]) == (100, 1)


def test_what_was_told_is_read_once(db):
    user, other = make_user("hoa"), make_user("lan")
    told = Told(user_id=user.pk, kind="forfeited", key="forfeited:1", params={})
    notify_all([told], at=OPENING)
    notify_all([told], at=OPENING + MINUTE)

    assert (count_unread(user.pk), count_unread(other.pk)) == (1, 0)
    assert mark_read(user.pk, at=OPENING) == 1
    assert count_unread(user.pk) == 0
    assert [notice.made_at for notice in list_notices(user.pk)] == [OPENING]
