"""What the festival owes the stalls for its own coupons."""

import pytest
from django.contrib.auth.models import Group
from tests.factories import (
    OPENING,
    check_out,
    give_coupon,
    make_cart,
    make_coupon,
    make_festival,
    make_notice,
    make_sku,
    make_stall,
    make_user,
)

from chophien.apps.ledger.services import receive_credit
from chophien.apps.orders.services import Placed
from chophien.apps.payments.services import ask_for_payment
from chophien.web.shared.people import ORGANISERS


@pytest.fixture
def owed(db):
    """A paid order of one stall, 20,000 of which a coupon of the festival took off."""
    festival = make_festival()
    user = make_user()
    give_coupon(make_coupon(festival, {"off": 20_000}), user)
    stall = make_stall(name_vi="=Nhà ong")
    outcome = check_out(make_cart((make_sku(stall), 1), user=user), festival)
    assert isinstance(outcome, Placed)
    (payment,) = ask_for_payment(order=outcome.order)
    receive_credit(notice=make_notice(payment), at=OPENING)


@pytest.mark.usefixtures("owed")
def test_sums_by_stall_are_for_organisers(client):
    client.force_login(make_user("chu-gian"))
    assert client.get("/office/owed/").status_code == 403

    organiser = make_user("ban-to-chuc")
    organiser.groups.add(Group.objects.create(name=ORGANISERS))
    client.force_login(organiser)

    page = client.get("/office/owed/")
    assert page.context["total_minor"] == 20_000
    table = client.get("/office/owed/?form=csv").content.decode("utf-8-sig")
    assert table.splitlines()[1:] == ["'=Nhà ong,1,20000"]
