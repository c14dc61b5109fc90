"""How time travels: ISO 8601 with an offset, never a local time without one."""

from datetime import datetime
from typing import Annotated

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
