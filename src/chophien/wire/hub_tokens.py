"""The token that tells the hub who is on a connection: a JWT, as Centrifugo reads it, too."""

import jwt
import msgspec

from chophien.wire import signing

HUB_TOKEN_CHARS_MAX = 2_000
NAME_CHARS_MAX = 80
USER_ID_CHARS_MAX = 18
GUEST_ID_CHARS_MAX = 64
ALGORITHM = "HS256"
_PURPOSE = b"chophien.hub.1"
_ACCOUNT = "u"
_GUEST = "g"


class HubToken(msgspec.Struct, frozen=True, gc=False):
    """Who is on a connection: an account, or a guest by the hash of the device's cookie."""

    user_id: int | None
    guest_id: str
    """Empty with an account."""
    name: str
    """As others may see it."""
    ends_at_s: int
    """Seconds since 1970, in real time."""

    @property
    def viewer(self) -> str:
        """The token's `sub`, by which viewers are told from each other."""
        if self.user_id is not None:
            return f"{_ACCOUNT}:{self.user_id}"
        return f"{_GUEST}:{self.guest_id}"


class BadHubTokenError(ValueError):
    """Not a token of this fair, or changed on its way."""


class HubTokenOverError(BadHubTokenError):
    """A token of this fair that is over: the page fetches another."""


class _Claims(msgspec.Struct, frozen=True):
    sub: str
    exp: int
    info: dict[str, object] = {}


def choose_key(secret: str, shared: str) -> bytes:
    """The key of tokens: the one shared with Centrifugo if there is one, else our own."""
    return shared.encode() if shared else signing.derive_key(secret, _PURPOSE)


def sign_hub_token(token: HubToken, key: bytes) -> str:
    """Write a token; `key` as from `choose_key`."""
    shown = {"name": token.name[:NAME_CHARS_MAX]}
    claims = {
        "sub": token.viewer,
        "exp": token.ends_at_s,
        "info": shown,
        "meta": shown,  # what Centrifugo tells the desk of who speaks
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def read_hub_token(text: str, key: bytes, now_s: int) -> HubToken:
    """Check and read a token.

    Raises:
        HubTokenOverError: it is over.
        BadHubTokenError: it is none.
    """
    if len(text) > HUB_TOKEN_CHARS_MAX:
        raise BadHubTokenError("too long")
    try:
        raw = jwt.decode(
            text,
            key,
            algorithms=[ALGORITHM],
            # The clock is the caller's; until when it holds is read strictly below.
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        claims = msgspec.convert(raw, _Claims)
    except (jwt.InvalidTokenError, msgspec.ValidationError) as fault:
        raise BadHubTokenError(str(fault)) from fault
    token = read_viewer(claims.sub, name=claims.info.get("name"), ends_at_s=claims.exp)
    if now_s >= token.ends_at_s:
        raise HubTokenOverError("over")
    return token


def read_viewer(sub: str, *, name: object, ends_at_s: int) -> HubToken:
    """Who a proven `sub` is.

    Raises:
        BadHubTokenError: nobody of this fair.
    """
    kind, _, who = sub.partition(":")
    shown = name[:NAME_CHARS_MAX] if isinstance(name, str) else ""
    if kind == _ACCOUNT and who.isascii() and who.isdigit() and len(who) <= USER_ID_CHARS_MAX:
        return HubToken(user_id=int(who), guest_id="", name=shown, ends_at_s=ends_at_s)
    if kind == _GUEST and who and len(who) <= GUEST_ID_CHARS_MAX:
        return HubToken(user_id=None, guest_id=who, name=shown, ends_at_s=ends_at_s)
    raise BadHubTokenError("nobody of this fair")
