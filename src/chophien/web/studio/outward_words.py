"""What is said of platforms and of how it goes with them."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as lazy

from chophien.domain.outward import AddressFault
from chophien.domain.platforms import Hint, VoiceFault
from chophien.media.outward.sender import SendState

STATES: dict[str, Promise] = {
    SendState.WAITING: lazy("waits for the show"),
    SendState.CONNECTING: lazy("connecting"),
    SendState.SENDING: lazy("sending"),
    SendState.RETRYING: lazy("tries again"),
    SendState.REFUSED: lazy("refused"),
    SendState.FORBIDDEN: lazy("not sent"),
    SendState.OVER: lazy("over"),
}
# How grave a state is: the class of its mark.
MARKS: dict[str, str] = {
    SendState.SENDING: "mark--live",
    SendState.RETRYING: "mark--flash",
    SendState.REFUSED: "mark--flash",
    SendState.FORBIDDEN: "mark--flash",
}
FAULTS: dict[str, Promise] = {
    VoiceFault.FORBIDDEN: lazy(
        "This platform forbids artificial voices, so a show with an AI host is never sent there."
    ),
    VoiceFault.UNCONFIRMED: lazy(
        "No rule of this platform about artificial voices is known. Ask it, then tick that it"
        " takes them."
    ),
    AddressFault.NOT_AN_ADDRESS: lazy("This is not an address. Copy it from the platform."),
    AddressFault.NOT_RTMP: lazy("The address begins with rtmp:// or rtmps://."),
    AddressFault.NOT_SECURE: lazy("This platform takes rtmps:// only."),
    AddressFault.HAS_NO_APP: lazy(
        "Something is missing behind the server's name, such as /live2. Copy the whole address."
    ),
    AddressFault.PORT: lazy("Ports 80, 443, 1935 and 1936 are sent to, no others."),
    AddressFault.INSIDE: lazy(
        "The address leads into an internal network. Nothing was sent there."
    ),
    AddressFault.KEY: lazy("A stream key has no spaces and at most 500 letters."),
    "line": lazy("The line broke."),
    "unreachable": lazy("The platform cannot be reached."),
    "stalled": lazy("The platform took nothing for ten seconds."),
    "no_answer": lazy("The platform does not answer."),
    "refused": lazy("The platform refused. Most often the stream key is wrong or has run out."),
    "ended_there": lazy("The platform ended the broadcast."),
    "certificate": lazy("The platform's certificate does not hold. Nothing was sent."),
    "sealed": lazy("The stream key cannot be opened any more. Type it again."),
}
HINTS: dict[Hint, Promise] = {
    Hint.TOO_LONG: lazy("The show is planned longer than this platform lets a broadcast last."),
    Hint.NOT_KEPT: lazy("Of a show this long the platform keeps no recording."),
    Hint.ENDS_SOON: lazy("The platform ends the broadcast within a quarter of an hour."),
    Hint.OVER: lazy("The broadcast is longer than this platform allows; it may end at any moment."),
    Hint.TOO_MANY_BITS: lazy(
        "More bits a second than this platform recommends: lower the bitrate."
    ),
    Hint.FEW_KEYFRAMES: lazy("Keyframes are too far apart: set the interval to 2 seconds."),
    Hint.TOO_LARGE: lazy("The picture is larger than this platform takes."),
    Hint.ODD_SOUND: lazy("The sound should have 44.1 or 48 kHz."),
    Hint.SIZE_CHANGED: lazy(
        "The picture's size changed on air; this platform may end the broadcast for that."
    ),
    Hint.NEEDS_LABEL: lazy(
        "Switch on the platform's own label for artificial content: its rules ask for it."
    ),
}
