"""The studio's button that lets coupons fall: whose room, which coupon, what is told."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.factories import make_festival, make_room, make_sku, make_stall, make_user

from chophien.apps.live.models import CouponDrop
from chophien.apps.programme.models import Host, Show
from chophien.apps.promotions.models import Coupon
from chophien.apps.promotions.planning import CouponPlan, plan_coupon

DAY = timedelta(days=1)


@pytest.fixture
def now():
    return datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves


@pytest.fixture
def festival(db, now):
    return make_festival(starts_at=now - DAY, ends_at=now + 9 * DAY)


@pytest.fixture
def honey(festival):
    return make_sku(make_stall())


def make_coupon(festival, now, *, way: str = "drop") -> Coupon:
    plan = CouponPlan(
        festival_id=festival.id, issuer="red_packet", way=way, rule={"off": 5_000}, count_max=100
    )
    coupon = plan_coupon(plan, by_id=None, at=now)
    assert isinstance(coupon, Coupon)
    return coupon


def put_on_air(room, now) -> None:
    Show.objects.filter(id=room.show_id).update(starts_at=now - DAY / 24, ends_at=now + DAY / 24)


@pytest.fixture
def show_on_air(festival, honey, now):
    host = Host.objects.create(slug="mai", name="Mai", person=make_user("mai"))
    room = make_room(festival, honey, host=host)
    put_on_air(room, now)
    return room


def test_host_drops_a_coupon_in_the_own_room_only(client, show_on_air, festival, now):
    other = Host.objects.create(slug="lan", name="Lan", person=make_user("lan"))
    coupon = make_coupon(festival, now, way="drop")
    page = reverse("drop_coupon", args=[show_on_air.show_id])
    typed = {"coupon": coupon.id, "minutes": 3, "count": 10}

    client.force_login(other.person)
    assert client.post(page, typed).status_code == 403
    assert not CouponDrop.objects.exists()
    client.force_login(show_on_air.show.host.person)
    assert client.post(page, typed).status_code == 302

    fallen = CouponDrop.objects.get()
    assert (fallen.coupon, fallen.count_max) == (coupon, 10)
    desk = client.get(reverse("show_desk", args=[show_on_air.show_id])).content.decode()
    assert "0 / 10" in desk
    end = reverse("end_drop", args=[show_on_air.show_id, fallen.id])
    assert client.post(end).status_code == 302
    fallen.refresh_from_db()
    assert fallen.ends_at < now + timedelta(minutes=2)


@pytest.mark.parametrize("typed", [{}, {"coupon": "999"}, {"minutes": "600"}, {"count": "0"}])
def test_drop_of_nonsense_is_told_and_nothing_falls(client, show_on_air, festival, now, typed):
    coupon = make_coupon(festival, now, way="drop")
    client.force_login(show_on_air.show.host.person)
    sent = {"coupon": coupon.id, "minutes": 3} | typed if typed else {}

    response = client.post(reverse("drop_coupon", args=[show_on_air.show_id]), sent, follow=True)

    assert response.status_code == 200
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    assert not CouponDrop.objects.exists()


def test_drop_of_another_room_is_not_stopped(client, show_on_air, festival, honey, now):
    lan = Host.objects.create(slug="lan", name="Lan", person=make_user("lan"))
    elsewhere = make_room(festival, honey, host=lan)
    fallen = CouponDrop.objects.create(
        room=elsewhere, coupon=make_coupon(festival, now, way="drop"),
        dropped_at=now, ends_at=now + DAY,
    )  # fmt: skip
    client.force_login(show_on_air.show.host.person)

    assert (
        client.post(reverse("end_drop", args=[show_on_air.show_id, fallen.id])).status_code == 404
    )
