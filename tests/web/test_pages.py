"""Pages as people meet them: what they show, what they refuse, who may see them."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from tests.factories import make_festival, make_order, make_room, make_sku, make_stall, make_user

from chophien.apps.catalog.models import ListPriceChange, Product, Sku
from chophien.apps.festivals.models import Province
from chophien.apps.inventory.models import Stock
from chophien.apps.live.models import Complaint
from chophien.apps.orders.models import CartLine, Order
from chophien.apps.programme.models import Host, Show
from chophien.web.shared.people import ORGANISERS

QUERIES_MAX = {"home": 16, "goods_list": 14, "stall_list": 6}


@pytest.fixture
def fair(db):
    now = datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves
    festival = make_festival(starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=2))
    stall = make_stall("gian-mot")
    honey = make_sku(stall, name="Mật ong Gia Lai", price_minor=150_000, units=10)
    room = make_room(festival, honey)
    Show.objects.filter(id=room.show_id).update(
        starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1)
    )
    return {"festival": festival, "stall": stall, "honey": honey, "room": room}


@pytest.fixture
def organiser(db):
    user = make_user("organiser")
    user.groups.add(Group.objects.create(name=ORGANISERS))
    return user


def add(client: Client, sku_id: object, quantity: object = 1, **fields: str):
    return client.post(reverse("add_to_cart"), {"sku": sku_id, "quantity": quantity, **fields})


def fill(client: Client, **changed: object) -> dict[str, object]:
    """The check-out form as the page offers it, filled in well but for what is changed."""
    page = client.get(reverse("checkout")).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    address = {
        "recipient": "Trần Thị Bưởi",
        "phone": "0901 234 567",
        "province": Province.objects.get(slug="gia-lai").id,
        "ward": "Phường Pleiku",
        "street": "12 Hùng Vương",
        "method": "vietqr",
    }
    return hidden | address | changed


def list_messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("language", ["vi", "en", "zh-hans"])
@pytest.mark.parametrize(
    "path", ["/", "/goods/", "/stalls/", "/stalls/gian-mot/", "/cart/", "/privacy/", "/screen/"]
)
def test_public_page_opens_in_every_language(client, fair, path, language):
    response = client.get(path, headers={"Accept-Language": language})

    assert response.status_code == 200
    assert f'lang="{language}' in response.content.decode()[:300].lower()


@pytest.mark.parametrize("name", QUERIES_MAX)
def test_page_keeps_its_query_budget_whatever_is_on_it(
    client, fair, name, django_assert_max_num_queries
):
    for number in range(12):
        make_sku(fair["stall"], name=f"Hàng {number}")

    with django_assert_max_num_queries(QUERIES_MAX[name]):
        client.get(reverse(name))


def test_no_page_allows_inline_script(client, fair):
    policy = client.get("/").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("text", ["mat ong", "MẬT ONG", "ong mat", "gia lai", "mậ"])
def test_search_finds_without_diacritics_in_any_case_and_order(client, fair, text):
    assert "Mật ong Gia Lai" in client.get("/goods/", {"q": text}).content.decode()


@pytest.mark.parametrize("text", ["ca phe", "'; DROP TABLE", "& | ! ( ) :*", "\\", "🍯", "x" * 500])
def test_search_for_anything_else_finds_nothing_and_never_fails(client, fair, text):
    response = client.get("/goods/", {"q": text})

    assert response.status_code == 200
    assert response.context["cards"] == []


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000", "abc", "", "1.5", "9" * 40])
def test_impossible_quantity_is_told_and_the_cart_is_unchanged(client, fair, quantity):
    add(client, fair["honey"].id, 2)

    response = client.post(
        reverse("set_in_cart"), {"sku": fair["honey"].id, "quantity": quantity}, follow=True
    )

    assert any("999" in message for message in list_messages(response))
    assert [line.quantity for line in CartLine.objects.all()] == [2]


@pytest.mark.parametrize("sku", ["0", "999999", "x", ""])
def test_unknown_goods_are_told_not_failed(client, fair, sku):
    response = add(client, sku)

    assert response.status_code == 302
    assert CartLine.objects.count() == 0


def test_cart_never_leads_to_another_site(client, fair):
    response = add(client, fair["honey"].id, next="https://evil.example/")

    assert response.headers["Location"] == reverse("cart")


def test_withdrawn_goods_in_the_cart_are_named_and_stop_the_order(client, fair):
    add(client, fair["honey"].id)
    form = fill(client)
    Product.objects.update(state="withdrawn")

    response = client.post(reverse("checkout"), form, follow=True)

    assert response.redirect_chain[-1][0] == reverse("cart")
    assert "Mật ong Gia Lai" in response.content.decode()
    assert Order.objects.count() == 0
    assert CartLine.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12345"),
        ("phone", "0901 234 56a"),
        ("province", "999"),
        ("recipient", ""),
        ("ward", "x" * 81),
        ("method", "cash"),
        ("idempotency_key", "not-a-key"),
        ("seen_due", "-1"),
    ],
)
def test_bad_field_keeps_what_was_typed_and_orders_nothing(client, fair, field, value):
    add(client, fair["honey"].id)

    response = client.post(reverse("checkout"), fill(client, **{field: value}))

    assert response.status_code == 400
    assert response.context["form"].errors.keys() == {field}
    assert response.context["form"]["street"].value() == "12 Hùng Vương"
    assert Order.objects.count() == 0
    assert Stock.objects.get().held == 0


def test_sum_that_is_not_the_real_one_is_refused_with_the_real_one(client, fair):
    add(client, fair["honey"].id)

    response = client.post(reverse("checkout"), fill(client, seen_due="1"))

    assert response.status_code == 409
    assert response.context["form"]["seen_due"].value() == "175000"
    assert Order.objects.count() == 0


def test_press_sent_twice_leads_to_the_same_order(client, fair):
    add(client, fair["honey"].id)
    form = fill(client)

    first = client.post(reverse("checkout"), form)
    second = client.post(reverse("checkout"), form)

    assert first.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert Order.objects.count() == 1


def test_order_page_is_behind_its_token_only(client, fair):
    add(client, fair["honey"].id)
    location = client.post(reverse("checkout"), fill(client)).headers["Location"]

    stranger = Client()

    assert stranger.get(location).status_code == 200  # the link is the key
    assert stranger.get(reverse("order", args=["0" * 32])).status_code == 404
    # No other site hears the address from a link that is followed out of it.
    assert stranger.get(location).headers["Referrer-Policy"] == "same-origin"


def test_test_bank_does_not_exist_outside_the_demonstration(client, fair, settings):
    settings.IS_DEMO = False
    order = make_order(fair["festival"], (fair["honey"], 1))[0].stall_order.order

    assert client.get(reverse("test_bank")).status_code == 404
    assert client.post(reverse("test_bank_order", args=[order.token])).status_code == 404
    add(client, fair["honey"].id)
    response = client.post(reverse("checkout"), fill(client, method="test_bank"))
    assert response.context["form"].errors.keys() == {"method"}


@pytest.mark.parametrize("payload", ["x", "0" * 400, "00020101021238", "6304AC13"])
def test_damaged_code_is_told_and_nothing_is_sent(client, fair, payload):
    response = client.get(reverse("test_bank"), {"payload": payload})

    assert response.status_code == 400
    assert response.context["fault"]


def test_complaint_reaches_the_organiser(client, fair, organiser):
    path = reverse("complaint", args=[fair["room"].show_id])

    assert client.post(path, {"text": "Giá sai", "contact": "0901234567"}).status_code == 302
    client.force_login(organiser)
    assert "Giá sai" in client.get(reverse("office_complaints")).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "x" * 2_001])
def test_complaint_without_words_or_with_too_many_is_refused(client, fair, text):
    path = reverse("complaint", args=[fair["room"].show_id])

    assert client.post(path, {"text": text}).status_code == 400
    assert Complaint.objects.count() == 0


def test_markup_in_what_people_type_is_shown_as_text(client, fair, organiser):
    path = reverse("complaint", args=[fair["room"].show_id])
    client.post(path, {"text": "<script>alert(1)</script>"})
    client.force_login(organiser)

    page = client.get(reverse("office_complaints")).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


OFFICE = [
    "office", "office_festivals", "office_stalls", "office_goods", "office_orders",
    "office_shows", "office_complaints",
]  # fmt: skip


@pytest.mark.parametrize("name", OFFICE)
def test_office_is_for_organisers(client, fair, organiser, name):
    assert client.get(reverse(name)).headers["Location"].startswith("/accounts/login/")
    client.force_login(make_user("nguoi-la"))
    assert client.get(reverse(name)).status_code == 403
    client.force_login(organiser)
    assert client.get(reverse(name)).status_code == 200


def test_price_is_changed_by_organisers_only_and_history_names_who(client, fair, organiser):
    path = reverse("set_price", args=[fair["honey"].id])
    client.force_login(make_user("nguoi-la"))
    assert client.post(path, {"price": "1"}).status_code == 403
    assert Sku.objects.get().list_price_minor == 150_000

    client.force_login(organiser)
    client.post(path, {"price": "135.000"})

    assert Sku.objects.get().list_price_minor == 135_000
    change = ListPriceChange.objects.get()
    assert (change.list_price_minor, change.changed_by) == (135_000, organiser)


@pytest.mark.parametrize("price", ["0", "-5", "abc", "", "1e9", "9" * 20])
def test_impossible_price_is_told_and_nothing_changes(client, fair, organiser, price):
    client.force_login(organiser)

    response = client.post(
        reverse("set_price", args=[fair["honey"].id]), {"price": price}, follow=True
    )

    assert list_messages(response)
    assert Sku.objects.get().list_price_minor == 150_000


def test_seller_sees_the_orders_of_the_own_stall_only(client, fair):
    other = make_stall("gian-hai")
    tea = make_sku(other, name="Trà của người khác")
    make_order(fair["festival"], (fair["honey"], 1), (tea, 1))
    seller = make_user("seller")
    fair["stall"].members.add(seller)
    client.force_login(seller)

    page = client.get(reverse("my_stall")).content.decode()

    assert "Mật ong Gia Lai" in page
    assert "Trà của người khác" not in page


def test_host_runs_the_own_shows_only(client, fair):
    host = make_user("host")
    Host.objects.create(slug="lan", name="Lan", person=host)
    client.force_login(host)
    show_id = fair["room"].show_id

    assert client.get(reverse("show_desk", args=[show_id])).status_code == 403
    assert client.post(reverse("pin", args=[show_id]), {"sku": 1}).status_code == 403
    Host.objects.filter(slug="mai").update(person=host)
    assert client.get(reverse("show_desk", args=[show_id])).status_code == 200


def test_goods_that_are_not_in_the_show_cannot_be_put_on_air(client, fair, organiser):
    stranger = make_sku(fair["stall"], name="Trà")
    client.force_login(organiser)

    response = client.post(reverse("pin", args=[fair["room"].show_id]), {"sku": stranger.id})

    assert response.status_code == 404


def test_room_names_the_host_as_artificial_and_offers_what_is_pinned(client, fair):
    page = client.get(reverse("room", args=[fair["room"].show_id])).content.decode()

    assert "AI" in page
    assert "150.000" in page
    assert reverse("complaint", args=[fair["room"].show_id]) in page
    assert reverse("privacy") in page


def test_fair_without_a_festival_says_so(client, db):
    response = client.get("/")

    assert response.status_code == 503
    assert "CHOPHIEN" not in response.content.decode()


def test_guest_cart_cookie_of_somebody_else_opens_nothing(client, fair):
    add(client, fair["honey"].id)
    forged = Client()
    forged.cookies["cart"] = str(uuid.uuid4())

    assert forged.get(reverse("cart")).context["groups"] == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("vi", "Tên đăng nhập hoặc mật khẩu không đúng"), ("zh-hans", "用户名或密码不正确")],
)
def test_wrong_password_is_told_in_the_readers_language(client, fair, language, sentence):
    make_user("hoa")

    response = client.post(
        reverse("account_login"),
        {"login": "hoa", "password": "sai"},
        headers={"Accept-Language": language},
    )

    assert sentence in response.content.decode()
