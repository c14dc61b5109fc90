import time

import pytest
from django.conf import settings
from django.urls import reverse
from tests.factories import make_user

from chophien.domain.limits import HUB_TOKEN_ALLOWANCE, HUB_TOKEN_TIME
from chophien.wire.hub_tokens import choose_key, read_hub_token
from chophien.wire.passes import hash_device

pytestmark = pytest.mark.django_db
DEVICE = "d" * 22


def fetch(client):
    answer = client.get(reverse("hub_token"))
    key = choose_key(settings.SECRET_KEY, settings.HUB_SECRET)
    return read_hub_token(answer.json()["token"], key, now_s=0), answer


def test_person_speaks_in_the_own_name(client):
    user = make_user("lan", display_name="Lan Anh")
    client.force_login(user)

    token, answer = fetch(client)

    assert (token.user_id, token.guest_id, token.name) == (user.pk, "", "Lan Anh")
    lasts_s = token.ends_at_s - time.time_ns() // 1_000_000_000
    assert abs(lasts_s - HUB_TOKEN_TIME.total_seconds()) < 5
    assert "no-store" in answer["Cache-Control"]


def test_guest_is_known_by_the_device(client):
    client.cookies["device"] = DEVICE

    token, _ = fetch(client)

    assert (token.user_id, token.guest_id, token.name) == (None, hash_device(DEVICE), "")


def test_token_is_only_read(client):
    assert client.post(reverse("hub_token")).status_code == 405


def test_whoever_asks_too_often_is_told_to_wait(client):
    client.cookies["device"] = DEVICE
    for _ in range(HUB_TOKEN_ALLOWANCE.device.burst):
        assert client.get(reverse("hub_token")).status_code == 200
    for _ in range(HUB_TOKEN_ALLOWANCE.network.burst):
        if client.get(reverse("hub_token")).status_code == 429:
            return

    raise AssertionError("nobody was told to wait")
