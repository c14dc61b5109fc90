"""How the presenter moves: everything that follows from the time alone, or from the pose.

All of it is a pure function: the lag of hair and sleeves is the head's own motion, asked for
a little earlier, so no frame depends on another.
"""

from dataclasses import dataclass
from math import cos, exp, pi, sin

from chophien.streamer.face.ink import scatter
from chophien.streamer.face.pose import Mood, Pose

_BREATH_S = 3.9
_BLINK_SLOT_S = 3.4
_BLINK_CLOSE_S = 0.075
_BLINK_OPEN_S = 0.14
_GLANCE_SLOT_S = 2.7
_GLANCE_MOVE_S = 0.11
_HAIR_LAG_S = 0.26
_SLEEVE_LAG_S = 0.17
_WAVE_RATE = 7.4  # radians a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """Where everything is in this frame; -1..1 unless said otherwise."""

    yaw: float
    """Head turn; positive to the viewer's right."""
    pitch: float
    """Head nod; positive downwards."""
    roll_degrees: float
    shift_x: float
    """Sway of the whole upper body, pixels."""
    breath: float
    """0 (out) .. 1 (in)."""
    lids: float
    """1 open .. 0 closed."""
    gaze_x: float
    gaze_y: float
    hair_sway: float
    """Where the hair still hangs, against the head; pixels at the tips."""
    sleeve_sway: float
    """Where the sleeves still hang, against the body; pixels."""
    pointing: float
    """0..1, eased."""
    greeting: float
    """0..1, eased."""
    wave_degrees: float
    sleeve_wave_degrees: float
    """The wave as the elbow follows it, late."""
    beat: float
    """The pulse of a pointing finger."""


def ease(share: float) -> float:
    """Slow start, slow end: 0..1 to 0..1."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def move(pose: Pose) -> Motion:
    """Work out the motion of one frame."""
    at_s = pose.at_s
    energy = _ENERGY[pose.mood]
    pointing, greeting = ease(pose.pointing), ease(pose.greeting)
    yaw, pitch, roll, shift = _drift(at_s, energy)
    was_yaw, _, was_roll, was_shift = _drift(at_s - _HAIR_LAG_S, energy)
    speech = pose.loudness * (0.28 * sin(at_s * 5.1) + 0.22)
    glance_x, glance_y = _glance(at_s)
    attention = 1 - 0.8 * max(pointing * _looks_at_card(at_s), greeting)
    sway = (was_yaw - yaw) * 15 + (was_roll - roll) * 2.2 + (was_shift - shift) * 1.4
    breeze = 2.6 * sin(at_s * 0.83 + 0.6) + 1.5 * sin(at_s * 1.91)
    return Motion(
        yaw=yaw * attention + 0.22 * glance_x * attention - 0.42 * pointing * _looks_at_card(at_s),
        pitch=pitch + 0.3 * speech + 0.34 * pointing * _looks_at_card(at_s) - 0.16 * greeting,
        roll_degrees=roll + 1.6 * pointing - 3.0 * greeting,
        shift_x=shift - 5 * pointing + 3 * greeting,
        breath=_breath(at_s),
        lids=_lids(at_s),
        gaze_x=glance_x * attention - 0.75 * pointing * _looks_at_card(at_s),
        gaze_y=glance_y * attention + 0.7 * pointing * _looks_at_card(at_s),
        hair_sway=sway + breeze,
        sleeve_sway=0.7 * sin(at_s * 1.3) + (was_shift - shift) * 1.2,
        pointing=pointing,
        greeting=greeting,
        wave_degrees=13 * greeting * sin(at_s * _WAVE_RATE),
        sleeve_wave_degrees=13 * greeting * sin((at_s - _SLEEVE_LAG_S) * _WAVE_RATE),
        beat=sin(at_s * 5.6),
    )


_ENERGY = {Mood.CALM: 0.65, Mood.FRIENDLY: 0.9, Mood.HAPPY: 1.1, Mood.EXCITED: 1.45}


def _drift(at_s: float, energy: float) -> tuple[float, float, float, float]:
    yaw = 0.30 * sin(at_s * 0.53) + 0.20 * sin(at_s * 1.17 + 1.3) + 0.09 * sin(at_s * 2.3 + 0.4)
    pitch = 0.20 * sin(at_s * 0.71 + 2.0) + 0.14 * sin(at_s * 1.63 + 0.7)
    roll = 1.7 * sin(at_s * 0.44 + 0.5) + 0.8 * sin(at_s * 1.29 + 2.2)
    shift = 4.0 * sin(at_s * 0.37 + 1.1) + 1.8 * sin(at_s * 0.91)
    return yaw * energy, pitch * energy, roll * energy, shift * energy


def _breath(at_s: float) -> float:
    phase = at_s / _BREATH_S * 2 * pi
    return 0.5 - 0.5 * cos(phase + 0.35 * sin(phase))


def _lids(at_s: float) -> float:
    slot = int(at_s // _BLINK_SLOT_S)
    lids = 1.0
    for index in (slot - 1, slot):
        starts_s = (index + 0.15 + 0.65 * scatter(index, 1.0)) * _BLINK_SLOT_S
        lids = min(lids, _blink(at_s - starts_s))
        if scatter(index, 2.0) > 0.78:  # noqa: PLR2004 - about one blink in five is double
            lids = min(lids, _blink(at_s - starts_s - 0.32))
    return lids


def _blink(since_s: float) -> float:
    if since_s < 0 or since_s > _BLINK_CLOSE_S + _BLINK_OPEN_S:
        return 1.0
    if since_s < _BLINK_CLOSE_S:
        return 1 - ease(since_s / _BLINK_CLOSE_S)
    return ease((since_s - _BLINK_CLOSE_S) / _BLINK_OPEN_S)


def _glance(at_s: float) -> tuple[float, float]:
    slot = int(at_s // _GLANCE_SLOT_S)
    since_s = at_s - slot * _GLANCE_SLOT_S
    share = ease(since_s / _GLANCE_MOVE_S)
    before, here = _target(slot - 1), _target(slot)
    return (
        before[0] + (here[0] - before[0]) * share,
        before[1] + (here[1] - before[1]) * share,
    )


def _target(slot: int) -> tuple[float, float]:
    if scatter(slot, 5.0) < 0.6:  # noqa: PLR2004 - mostly she looks at the viewer
        return 0.0, 0.0
    return (scatter(slot, 3.0) - 0.5) * 1.1, (scatter(slot, 4.0) - 0.5) * 0.5


def _looks_at_card(at_s: float) -> float:
    """She looks at the goods, then back at the viewer, and so on."""
    return 1 / (1 + exp(-9 * sin(at_s * 1.05 + 1.2)))
