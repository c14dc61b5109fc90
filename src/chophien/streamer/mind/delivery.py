"""How each beat is spoken: feeling, gesture, and the rest after it."""

from dataclasses import dataclass

from chophien.domain.script.beats import Beat
from chophien.streamer.face.pose import Mood


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The manner of one beat."""

    mood: Mood
    rest_s: float = 0.55
    """Silence after the sentence before the next one may start."""
    points: bool = False
    greets: bool = False


DELIVERIES: dict[Beat, Delivery] = {
    Beat.GREETING: Delivery(mood=Mood.HAPPY, rest_s=0.9, greets=True),
    Beat.DISCLOSURE: Delivery(mood=Mood.CALM, rest_s=0.9),
    Beat.HOOK: Delivery(mood=Mood.HAPPY, rest_s=0.6),
    Beat.ORIGIN: Delivery(mood=Mood.FRIENDLY),
    Beat.STORY: Delivery(mood=Mood.CALM, rest_s=0.7),
    Beat.PRICE: Delivery(mood=Mood.FRIENDLY, rest_s=0.8, points=True),
    Beat.OFFER: Delivery(mood=Mood.EXCITED, rest_s=0.8, points=True),
    Beat.PROOF: Delivery(mood=Mood.FRIENDLY),
    Beat.STOCK: Delivery(mood=Mood.HAPPY, points=True),
    Beat.DEADLINE: Delivery(mood=Mood.HAPPY, points=True),
    Beat.HOW_TO_BUY: Delivery(mood=Mood.FRIENDLY, rest_s=0.8, points=True),
    Beat.SHIPPING: Delivery(mood=Mood.FRIENDLY),
    Beat.FREE_SHIPPING: Delivery(mood=Mood.HAPPY),
    Beat.BRIDGE: Delivery(mood=Mood.HAPPY, rest_s=1.0),
    Beat.SOLD_OUT: Delivery(mood=Mood.CALM, rest_s=0.9),
    Beat.WITHDRAWN: Delivery(mood=Mood.CALM, rest_s=0.9),
    Beat.IDLE: Delivery(mood=Mood.CALM, rest_s=14.0),
}
