"""What a mood does to brows, eyes, cheeks and mouth, and what speech does to the mouth."""

from dataclasses import dataclass, fields
from typing import Self

from chophien.domain.speech.visemes import Viseme
from chophien.streamer.face.pose import Mood, Pose


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """The feeling in the face; about 0..1 unless said otherwise."""

    smile: float
    """How far the corners of the mouth are drawn up and out."""
    brow_lift: float
    """-1..1."""
    brow_arch: float
    squint: float
    """How far the lower lids rise, as they do in a true smile."""
    wide: float
    """How far the upper lids open beyond rest."""
    blush: float


_MOODS = {
    Mood.CALM: Expression(
        smile=0.46, brow_lift=-0.05, brow_arch=0.15, squint=0.08, wide=-0.10, blush=0.35
    ),
    Mood.FRIENDLY: Expression(
        smile=0.86, brow_lift=0.10, brow_arch=0.35, squint=0.34, wide=0.0, blush=0.55
    ),
    Mood.HAPPY: Expression(
        smile=1.12, brow_lift=0.32, brow_arch=0.6, squint=0.62, wide=-0.02, blush=0.9
    ),
    Mood.EXCITED: Expression(
        smile=1.05, brow_lift=0.85, brow_arch=0.85, squint=0.26, wide=0.24, blush=0.85
    ),
}


def express(pose: Pose) -> Expression:
    """Return the feeling of a pose, livelier with the voice."""
    mood = _MOODS[pose.mood]
    return Expression(
        smile=mood.smile + 0.12 * pose.greeting,
        brow_lift=mood.brow_lift + 0.35 * pose.loudness + 0.25 * pose.greeting,
        brow_arch=mood.brow_arch,
        squint=mood.squint,
        wide=mood.wide + 0.05 * pose.loudness,
        blush=mood.blush,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MouthShape:
    """The mouth in numbers that can be blended; pixels unless said otherwise."""

    open: float = 0.0
    """Gap between the lips in the middle."""
    wide: float = 0.0
    """How far each corner moves outwards; negative rounds the mouth."""
    pout: float = 0.0
    """0..1: lips pushed forward, fuller and rounder."""
    press: float = 0.0
    """0..1: lips pressed on each other, thinner."""
    tuck: float = 0.0
    """0..1: lower lip under the upper teeth."""
    teeth: float = 0.0
    """0..1: how much the upper teeth show in the gap."""
    clench: float = 0.0
    """0..1: lower teeth meet the upper."""
    tongue: float = 0.0
    """0..1: how high the tongue lies."""
    tongue_out: float = 0.0
    """0..1: tip of the tongue between the teeth."""

    def blended(self, other: Self, share: float) -> Self:
        """Return this shape plus `share` of `other`, number by number."""
        return type(self)(
            **{
                field.name: getattr(self, field.name) + share * getattr(other, field.name)
                for field in fields(self)
            }
        )


_REST = MouthShape()
_SMILES = {
    Mood.CALM: _REST,
    Mood.FRIENDLY: _REST,
    Mood.HAPPY: MouthShape(open=9.0, wide=3.0, teeth=1.0, clench=0.5),
    Mood.EXCITED: MouthShape(open=13.0, wide=2.0, teeth=1.0, tongue=0.6),
}
"""The mouth between words: a happy one shows its upper teeth."""
VISEME_SHAPES = {
    Viseme.SIL: _REST,
    Viseme.PP: MouthShape(press=1.0, wide=-1.5),
    Viseme.FF: MouthShape(open=5.0, tuck=1.0, teeth=1.0, wide=0.5),
    Viseme.TH: MouthShape(open=11.0, wide=1.0, teeth=0.8, tongue=0.7, tongue_out=1.0),
    Viseme.DD: MouthShape(open=12.0, wide=2.0, teeth=0.9, tongue=0.85),
    Viseme.KK: MouthShape(open=14.0, wide=1.0, teeth=0.55, tongue=0.45),
    Viseme.CH: MouthShape(open=11.0, wide=-8.0, pout=0.65, teeth=1.0, clench=0.8),
    Viseme.SS: MouthShape(open=8.0, wide=5.0, teeth=1.0, clench=1.0),
    Viseme.NN: MouthShape(open=9.0, wide=1.0, teeth=0.7, tongue=1.0),
    Viseme.RR: MouthShape(open=12.0, wide=-6.0, pout=0.45, teeth=0.5, tongue=0.7),
    Viseme.AA: MouthShape(open=34.0, wide=-1.0, teeth=0.7, tongue=0.25),
    Viseme.E: MouthShape(open=20.0, wide=7.0, teeth=0.85, tongue=0.45),
    Viseme.IH: MouthShape(open=12.0, wide=9.0, teeth=1.0, clench=0.35, tongue=0.6),
    Viseme.OH: MouthShape(open=25.0, wide=-11.0, pout=0.75, teeth=0.3, tongue=0.15),
    Viseme.OU: MouthShape(open=13.0, wide=-17.0, pout=1.0, tongue=0.1),
}


def speak(pose: Pose) -> MouthShape:
    """Blend the mouth of a pose; lips pressed for p, b, m close whatever else is asked."""
    spoken = min(sum(pose.visemes.values()) - pose.visemes.get(Viseme.SIL, 0.0), 1.0)
    shape = _REST.blended(_SMILES[pose.mood], 1 - spoken)
    for viseme, weight in pose.visemes.items():
        shape = shape.blended(VISEME_SHAPES[viseme], weight)
    closed = min(max(pose.visemes.get(Viseme.PP, 0.0), 0.0), 1.0)
    wider = shape.open * ((0.86 + 0.3 * pose.loudness) * (1 - closed**2) - 1)
    return shape.blended(MouthShape(open=1.0), wider)
