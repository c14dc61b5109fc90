"""Where this installation takes encoders in and sends shows to, from its environment."""

import os
from collections.abc import Mapping

from chophien.domain.outward import parse_allowed
from chophien.media.outward.sink import OutwardSettings


def read_outward(environment: Mapping[str, str] = os.environ) -> OutwardSettings:
    """Read the settings of docs/reference/settings.md.

    Raises:
        KeyError: database or secret are not set.
        ValueError: `CHOPHIEN_OUTWARD_ALLOW` holds something that is no network.
    """
    is_rehearsing = environment.get("CHOPHIEN_REHEARSAL", "") == "1"
    return OutwardSettings(
        database_url=environment["CHOPHIEN_DATABASE_URL"],
        session={"chophien.rehearsal": "on"} if is_rehearsing else {},
        secret=environment["CHOPHIEN_SECRET_KEY"],
        allowed=parse_allowed(environment.get("CHOPHIEN_OUTWARD_ALLOW", "")),
    )


def find_rtmp_place(environment: Mapping[str, str] = os.environ) -> tuple[str, int] | None:
    """Host and port on which encoders are taken in; `None` takes none in.

    Raises:
        ValueError: the port is no number.
    """
    port = environment.get("CHOPHIEN_RTMP_PORT", "")
    return (environment.get("CHOPHIEN_RTMP_HOST", "127.0.0.1"), int(port)) if port else None
