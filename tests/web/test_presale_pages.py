"""Presales, refunds and notices as buyers and sellers meet them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.factories import make_cart, make_festival, make_sku, make_stall, make_user
from tests.presales import find_cart, make_presale, order, pay, place_deposit

from chophien.apps.accounts.models import Notice
from chophien.apps.orders.models import Order, Reservation
from chophien.apps.orders.reminders import remind
from chophien.apps.orders.services import put_balance
from chophien.apps.payments.defaults import default_presale
from chophien.apps.payments.models import Refund
from chophien.apps.promotions.models import Presale
from chophien.web.fair.notices import WORDINGS

LANGUAGES = ["vi", "en", "zh-hans"]

WIN = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture
def at():
    return datetime.now(tz=UTC)  # noqa: TID251 - pages read the clock themselves


@pytest.fixture
def fair(db, at):
    festival = make_festival(starts_at=at - timedelta(days=1), ends_at=at + timedelta(days=9))
    stall = make_stall()
    sku = make_sku(stall, price_minor=500_000, units=10)
    presale = make_presale(
        festival, sku, unit_minor=400_000, deposit_minor=50_000, credit_minor=100_000,
        starts_at=at - timedelta(hours=1), ends_at=at + timedelta(hours=1),
        balance_starts_at=at + timedelta(hours=2), balance_ends_at=at + timedelta(hours=20),
        per_buyer_max=3,
    )  # fmt: skip
    return {"festival": festival, "stall": stall, "sku": sku, "presale": presale}


@pytest.fixture
def buyer(fair, client):
    user = make_user()
    client.force_login(user)
    return user


def open_balance(presale, at):
    """Let its windows be two hours earlier."""
    Presale.objects.filter(id=presale.id).update(
        starts_at=at - timedelta(hours=4), ends_at=at - timedelta(hours=2),
        balance_starts_at=at - timedelta(hours=1), balance_ends_at=at + timedelta(hours=3),
    )  # fmt: skip
    presale.refresh_from_db()


def list_messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def show_goods(client, fair, **headers):
    return client.get(
        reverse("goods", args=[fair["sku"].product.slug]), headers=headers
    ).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_goods_say_both_steps_and_what_happens_to_who_does_not_keep_them(client, fair, language):
    page = show_goods(client, fair, **{"Accept-Language": language})

    assert all(sum_ in page for sum_ in ("350.000", "50.000", "100.000", "300.000")) or (
        "350,000" in page
    )
    assert "328" in page
    assert reverse("account_login") in page
    assert reverse("pay_deposit", args=[fair["presale"].id]) not in page


def test_deposit_goes_by_the_cart_to_an_order_that_reserves(client, fair, buyer):
    response = client.post(
        reverse("pay_deposit", args=[fair["presale"].id]), {"quantity": "2"}, follow=True
    )

    page = response.content.decode()
    assert response.redirect_chain[-1][0] == reverse("cart")
    assert 'data-due="100000"' in page
    assert "Miễn phí giao hàng" not in page
    assert "data-send-on-change" not in page  # the number of units was chosen with the deposit


@pytest.mark.parametrize("quantity", ["0", "4", "x", "-1"])
def test_deposit_for_too_many_or_none_is_refused_in_words(client, fair, buyer, quantity):
    response = client.post(
        reverse("pay_deposit", args=[fair["presale"].id]), {"quantity": quantity}, follow=True
    )

    assert list_messages(response) != []
    assert find_cart(buyer).lines.count() == 0


def test_deposit_asks_a_guest_to_log_in(client, fair):
    response = client.post(reverse("pay_deposit", args=[fair["presale"].id]))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_order_of_a_deposit_says_when_the_balance_opens(client, fair, buyer, at):
    payment = place_deposit(fair["festival"], fair["presale"], buyer, at=at)
    token = payment.stall_order.order.token
    assert "Tiền cọc" in client.get(reverse("order", args=[token])).content.decode()
    pay(payment, at=at)

    page = client.get(reverse("order", args=[token])).content.decode()

    opens_at = fair["presale"].balance_starts_at.isoformat()[:16]
    assert "Đã giữ cho bạn. Cảm ơn bạn!" in page
    assert f'data-until="{opens_at}' in page
    assert reverse("ask_back", args=[token, payment.stall_order_id]) not in page


def test_balance_is_put_in_the_cart_from_my_orders(client, fair, buyer, at):
    payment = place_deposit(fair["festival"], fair["presale"], buyer, at=at)
    pay(payment, at=at)
    reservation = Reservation.objects.get()
    open_balance(fair["presale"], at)
    action = reverse("pay_balance", args=[reservation.id])
    assert action in client.get(reverse("my_orders")).content.decode()

    page = client.post(action, follow=True).content.decode()

    assert 'data-due="300000"' in page  # 300,000 and no shipping from 300,000 on
    assert client.post(action, follow=True).status_code == 200
    assert find_cart(buyer).lines.count() == 1


def test_balance_of_somebody_else_is_refused(client, fair, at):
    payment = place_deposit(fair["festival"], fair["presale"], make_user("lan"), at=at)
    pay(payment, at=at)
    open_balance(fair["presale"], at)
    client.force_login(make_user("hoa"))

    response = client.post(reverse("pay_balance", args=[Reservation.objects.get().id]), follow=True)

    assert list_messages(response) != []
    order_page = client.get(reverse("order", args=[payment.stall_order.order.token]))
    assert reverse("pay_balance", args=[Reservation.objects.get().id]) not in (
        order_page.content.decode()
    )


def test_line_of_the_cart_is_taken_out_and_stays_reserved(client, fair, buyer, at):
    payment = place_deposit(fair["festival"], fair["presale"], buyer, at=at)
    pay(payment, at=at)
    open_balance(fair["presale"], at)
    reservation = Reservation.objects.get()
    line = put_balance(cart=find_cart(buyer), reservation_id=reservation.id, at=at)

    client.post(reverse("take_out_line", args=[line.id]))

    assert find_cart(buyer).lines.count() == 0
    reservation.refresh_from_db()
    assert reservation.state == "reserved"


def test_cart_of_somebody_else_is_left_alone(client, fair, buyer):
    line = make_cart((fair["sku"], 1), user=make_user("lan")).lines.get()

    client.post(reverse("take_out_line", args=[line.id]))

    assert type(line).objects.filter(id=line.id).exists()


@pytest.fixture
def part(fair, buyer, at):
    """Three jars, paid."""
    jar = make_sku(fair["stall"], name="Trà", price_minor=50_000)
    (payment,) = order(make_cart((jar, 3), user=None), fair["festival"], at=at)
    Order.objects.update(user=buyer)
    pay(payment, at=at)
    payment.stall_order.refresh_from_db()
    return payment.stall_order


def ask_url(part):
    return reverse("ask_back", args=[part.order.token, part.id])


def test_sum_is_seen_before_it_is_asked(client, part):
    name = f"line-{part.lines.get().quote_line}"
    form = client.get(ask_url(part)).content.decode()
    assert "50.000" in form

    seen = client.post(ask_url(part), {name: "1", "text": "Vỡ"}).content.decode()
    assert Refund.objects.count() == 0
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', seen))
    assert hidden["seen"] == "50000"
    response = client.post(ask_url(part), hidden)

    assert response["Location"] == reverse("order", args=[part.order.token])
    refund = Refund.objects.get()
    assert (refund.state, refund.goods_minor, refund.text) == ("requested", 50_000, "Vỡ")
    assert "50.000" in client.get(response["Location"]).content.decode()


def test_sum_that_moved_is_shown_again(client, part):
    name = f"line-{part.lines.get().quote_line}"

    response = client.post(ask_url(part), {name: "1", "seen": "49999"})

    assert response.status_code == 409
    assert Refund.objects.count() == 0


def test_nothing_chosen_is_said(client, part):
    assert client.post(ask_url(part), {}).status_code == 400


def test_part_of_another_order_is_not_found(client, part, fair, at):
    (payment,) = order(make_cart((fair["sku"], 1)), fair["festival"], at=at)

    other = reverse("ask_back", args=[payment.stall_order.order.token, part.id])

    assert client.get(other).status_code == 404


@pytest.fixture
def refund(client, part):
    client.post(ask_url(part), {f"line-{part.lines.get().quote_line}": "1", "seen": "50000"})
    return Refund.objects.get()


@pytest.fixture
def seller(fair):
    user = make_user("chu-gian")
    fair["stall"].members.add(user)
    return user


def test_stall_takes_it_back_sends_the_money_and_the_buyer_is_told(client, refund, seller, buyer):
    client.force_login(seller)
    assert refund.stall_order.order.number in client.get(reverse("my_refunds")).content.decode()
    client.post(reverse("decide_refund", args=[refund.id]), {"answer": "accept", "whole": "yes"})
    assert "50.000" in client.get(reverse("my_refunds")).content.decode()
    client.post(reverse("confirm_refund_sent", args=[refund.id]), {"transaction": "FT77"})

    refund.refresh_from_db()
    assert (refund.state, refund.bank_transaction, refund.is_restocked) == ("sent", "FT77", True)
    client.force_login(buyer)
    page = client.get(reverse("order", args=[refund.stall_order.order.token])).content.decode()
    assert "FT77" in page
    assert "FT77" not in client.get(reverse("my_notices")).content.decode()
    assert Notice.objects.filter(user=buyer, kind="refund_sent").count() == 1


def test_refusal_needs_a_reason_which_the_buyer_reads(client, refund, seller, buyer):
    client.force_login(seller)
    client.post(reverse("decide_refund", args=[refund.id]), {"answer": "decline"})
    refund.refresh_from_db()
    assert refund.state == "requested"

    client.post(
        reverse("decide_refund", args=[refund.id]), {"answer": "decline", "text": "Hộp đã mở"}
    )

    client.force_login(buyer)
    assert "Hộp đã mở" in client.get(reverse("my_notices")).content.decode()


def test_other_sellers_refunds_are_refused(client, refund):
    other = make_user("ke-ben")
    make_stall("gian-khac").members.add(other)
    client.force_login(other)

    decided = client.post(reverse("decide_refund", args=[refund.id]), {"answer": "accept"})
    sent = client.post(reverse("confirm_refund_sent", args=[refund.id]), {"transaction": "X"})

    assert (decided.status_code, sent.status_code) == (403, 403)
    refund.refresh_from_db()
    assert refund.state == "requested"


def test_buyers_do_not_see_the_stalls_refunds(client, refund):
    assert client.get(reverse("my_refunds")).status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices_are_read_in_the_readers_language_and_counted_until_then(
    client, fair, buyer, at, language
):
    pay(place_deposit(fair["festival"], fair["presale"], buyer, at=at), at=at)
    open_balance(fair["presale"], at)
    remind(at=at)
    header = {"Accept-Language": language}
    assert '<span class="count">2</span>' in client.get("/goods/").content.decode()

    page = client.get(reverse("my_notices"), headers=header).content.decode()

    wanted = {"vi": "Tiền cọc", "en": "Your deposit has arrived", "zh-hans": "您的定金已到账"}
    assert wanted[language] in page
    assert "%(" not in page
    assert '<span class="count">2</span>' not in client.get("/goods/").content.decode()


def test_every_kind_that_is_told_has_words(client, fair, buyer, at, part):
    params = {
        "order": part.order.token, "number": "CP1", "quantity": 1, "text": "vì", "amount": 1,
        "deposit": 1, "balance": 1, "goods": {"vi": "Trà", "en": "", "zh": ""},
        "stall": {"vi": "Gian", "en": "", "zh": ""},
        "opens_at": at.isoformat(), "closes_at": at.isoformat(), "deadline_at": at.isoformat(),
        "prize": "Trà",
    }  # fmt: skip
    won = {name: value for name, value in params.items() if name != "order"} | {"token": WIN}
    for kind, wording in WORDINGS.items():
        told = won if wording.page == "my_win" else params
        Notice.objects.create(user=buyer, kind=kind, key=kind, params=told, made_at=at)

    response = client.get(reverse("my_notices"))

    assert len(response.context["notices"]) == len(WORDINGS)
    assert "%(" not in response.content.decode()


def test_order_says_what_a_stall_owes_that_cannot_deliver(client, fair, buyer, at):
    payment = place_deposit(fair["festival"], fair["presale"], buyer, at=at)
    pay(payment, at=at)
    default_presale(presale_id=fair["presale"].id, by_id=None, at=at)

    page = client.get(reverse("order", args=[payment.stall_order.order.token])).content.decode()

    assert "100.000" in page  # the deposit of 50,000 and as much again
    assert "Thêm một khoản bằng thế" in page
    assert show_goods(client, fair).count("Bộ luật Dân sự") == 0


def test_notices_ask_for_a_log_in(client, fair):
    response = client.get(reverse("my_notices"))

    assert response["Location"].startswith(reverse("account_login"))
