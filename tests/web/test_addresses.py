"""Saved addresses: a person's own list, and the one that an order goes to."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from tests.factories import make_address, make_festival, make_sku, make_stall, make_user

from chophien.apps.orders.addresses import list_addresses, save_address
from chophien.apps.orders.models import Order, SavedAddress
from chophien.domain.limits import ADDRESSES_MAX

TYPED = {
    "recipient": "Lê Văn Sen",
    "phone": "0912 345 678",
    "ward": "Phường Bến Thành",
    "street": "3 Lê Lợi",
    "note": "",
}


@pytest.fixture
def fair(db, client):
    now = datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves
    user = make_user()
    client.force_login(user)
    make_festival(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(days=2))
    honey = make_sku(make_stall(), units=20)
    return SimpleNamespace(at=now, user=user, other=make_user("sen"), honey=honey)


@pytest.fixture
def saved(fair):
    return save_address(user_id=fair.user.pk, address=make_address(), at=fair.at)


@pytest.fixture
def theirs(fair):
    return save_address(user_id=fair.other.pk, address=make_address(), at=fair.at)


def fill(saved: SavedAddress, **fields: object) -> dict[str, object]:
    return TYPED | {"province": saved.province_id} | fields


def check_out(client, fair, **fields: object):
    client.post(reverse("add_to_cart"), {"sku": fair.honey.id, "quantity": 1})
    form = client.get(reverse("checkout")).context["form"]
    hidden = {name: form.initial[name] for name in ("idempotency_key", "seen_due")}
    return client.post(reverse("checkout"), hidden | {"method": "vietqr"} | fields)


def test_typed_address_is_kept_and_the_next_order_begins_with_it(client, fair, saved):
    response = client.post(reverse("new_address"), fill(saved))

    assert response.url == reverse("my_addresses")
    (newest, older) = list_addresses(fair.user.pk)
    assert (newest.street, newest.phone, older.id) == ("3 Lê Lợi", "0912345678", saved.id)
    assert client.get(reverse("my_addresses")).context["chosen"] == newest


def test_after_adding_one_goes_on_to_where_it_was_needed(client, fair, saved):
    page = reverse("goods", args=[fair.honey.product.slug])

    assert client.post(reverse("new_address"), fill(saved, next=page)).url == page
    away = client.post(reverse("new_address"), fill(saved, next="https://elsewhere.example/"))
    assert away.url == reverse("my_addresses")


def test_wrong_phone_is_said_and_nothing_is_kept(client, fair, saved):
    response = client.post(reverse("new_address"), fill(saved, phone="12345"))

    assert response.status_code == 400
    assert 'value="12345"' in response.content.decode()
    assert list(list_addresses(fair.user.pk)) == [saved]


def test_change_leaves_the_old_row_as_it_was_for_orders_that_name_it(client, fair, saved):
    client.post(reverse("edit_address", args=[saved.id]), fill(saved, street="5 Lê Lợi"))

    (kept,) = list_addresses(fair.user.pk)
    assert (kept.street, kept.id == saved.id) == ("5 Lê Lợi", False)
    old = SavedAddress.objects.get(id=saved.id)
    assert (old.street, old.removed_at is not None) == ("12 Hùng Vương", True)


def test_change_works_in_a_full_list(client, fair, saved):
    for number in range(ADDRESSES_MAX - 1):
        client.post(reverse("new_address"), fill(saved, street=f"{number} Lê Lợi"))
    full = client.post(reverse("new_address"), fill(saved, street="98 Lê Lợi"))
    assert full.status_code == 400

    client.post(reverse("edit_address", args=[saved.id]), fill(saved, street="99 Lê Lợi"))

    assert list_addresses(fair.user.pk).count() == ADDRESSES_MAX
    assert list_addresses(fair.user.pk).filter(street="99 Lê Lợi").exists()


def test_removed_address_can_be_put_back(client, fair, saved):
    page = client.post(reverse("drop_address", args=[saved.id]), follow=True)

    assert list(list_addresses(fair.user.pk)) == []
    back = reverse("bring_back_address", args=[saved.id])
    assert f'action="{back}"' in page.content.decode()

    client.post(back)

    assert list(list_addresses(fair.user.pk)) == [saved]


@pytest.mark.parametrize(
    "name", ["edit_address", "drop_address", "bring_back_address", "choose_address"]
)
def test_address_of_another_person_does_not_exist(client, fair, saved, theirs, name):
    SavedAddress.objects.filter(id=theirs.id).update(
        removed_at=fair.at if name == "bring_back_address" else None
    )
    before = list(SavedAddress.objects.order_by("id").values())

    response = client.post(reverse(name, args=[theirs.id]), fill(saved))

    assert response.status_code == 404
    assert list(SavedAddress.objects.order_by("id").values()) == before
    assert theirs not in client.get(reverse("my_addresses")).context["addresses"]


@pytest.mark.parametrize("name", ["my_addresses", "new_address"])
def test_guest_is_asked_to_log_in(client, fair, name):
    client.logout()

    assert reverse("account_login") in client.get(reverse(name)).url


def test_check_out_takes_a_saved_address_without_typing(client, fair, saved):
    check_out(client, fair, saved=saved.id)

    order = Order.objects.get()
    assert (order.recipient, order.phone, order.street) == (
        saved.recipient,
        saved.phone,
        saved.street,
    )


def test_check_out_takes_no_address_of_another_person(client, fair, saved, theirs):
    response = check_out(client, fair, saved=theirs.id)

    assert response.status_code == 400
    assert not Order.objects.exists()


@pytest.mark.parametrize(("ticked", "count"), [({}, 1), ({"keep": "on"}, 2)])
def test_address_typed_at_check_out_is_kept_only_where_that_is_ticked(
    client, fair, saved, ticked, count
):
    check_out(client, fair, saved="", **fill(saved), **ticked)

    assert Order.objects.get().street == "3 Lê Lợi"
    assert list_addresses(fair.user.pk).count() == count


def test_order_is_placed_though_the_list_is_full(client, fair, saved):
    for number in range(ADDRESSES_MAX - 1):
        client.post(reverse("new_address"), fill(saved, street=f"{number} Lê Lợi"))

    check_out(client, fair, saved="", keep="on", **fill(saved, street="99 Lê Lợi"))

    assert Order.objects.get().street == "99 Lê Lợi"
    assert list_addresses(fair.user.pk).count() == ADDRESSES_MAX


def test_guest_types_and_is_offered_nothing_to_keep(client, fair, saved):
    client.logout()

    response = check_out(client, fair, saved=saved.id, **fill(saved))

    assert response.status_code == 400, "an address that is not the guest's is no choice"
    assert 'name="keep"' not in client.get(reverse("checkout")).content.decode()
