import jwt
import pytest

from chophien.wire.hub_tokens import (
    BadHubTokenError,
    HubToken,
    HubTokenOverError,
    choose_key,
    read_hub_token,
    sign_hub_token,
)

KEY = choose_key("an installation's secret", "")
ACCOUNT = HubToken(user_id=5, guest_id="", name="Lan", ends_at_s=1_000)
GUEST = HubToken(user_id=None, guest_id="a1b2", name="", ends_at_s=1_000)


@pytest.mark.parametrize("token", [ACCOUNT, GUEST])
def test_token_is_read_as_it_was_written(token):
    assert read_hub_token(sign_hub_token(token, KEY), KEY, now_s=999) == token


def test_token_is_a_jwt_as_centrifugo_reads_it():
    text = sign_hub_token(ACCOUNT, b"x" * 32)

    claims = jwt.decode(text, b"x" * 32, algorithms=["HS256"], options={"verify_exp": False})
    assert claims == {"sub": "u:5", "exp": 1_000, "info": {"name": "Lan"}, "meta": {"name": "Lan"}}


def test_token_is_over_at_its_end():
    with pytest.raises(HubTokenOverError):
        read_hub_token(sign_hub_token(ACCOUNT, KEY), KEY, now_s=1_000)


def forge(claims, *, key=KEY, algorithm="HS256") -> str:
    return jwt.encode(claims, key, algorithm=algorithm)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("nothing", ""),
        ("no token", "a.b.c"),
        ("too long", "x" * 2_001),
        ("signed by somebody else", sign_hub_token(ACCOUNT, choose_key("another", ""))),
        ("signed by nobody", forge({"sub": "u:1", "exp": 9}, key=None, algorithm="none")),
        ("another algorithm", forge({"sub": "u:1", "exp": 9}, key=KEY * 2, algorithm="HS512")),
        ("without an end", forge({"sub": "u:1"})),
        ("of nobody", forge({"exp": 9})),
        ("of a number", forge({"sub": "u:x", "exp": 9})),
        ("of a guest without a device", forge({"sub": "g:", "exp": 9})),
        ("of a kind that is none", forge({"sub": "admin:1", "exp": 9})),
        ("of a long name", forge({"sub": "u:" + "9" * 30, "exp": 9})),
        ("with an end that is text", forge({"sub": "u:1", "exp": "9"})),
    ],
)
def test_what_this_fair_did_not_write_is_refused(label, text):
    with pytest.raises(BadHubTokenError):
        read_hub_token(text, KEY, now_s=0)


def test_key_shared_with_centrifugo_takes_the_place_of_our_own():
    assert choose_key("secret", "shared") == b"shared"
    assert choose_key("secret", "") != choose_key("another", "")
    assert len(choose_key("secret", "")) == 32
