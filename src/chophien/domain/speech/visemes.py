"""The fifteen mouth shapes of the host, and when each is shown."""

from dataclasses import dataclass
from enum import StrEnum


class Viseme(StrEnum):
    """Mouth shapes in the common alphabet of fifteen (silence, ten consonants, five vowels)."""

    SIL = "sil"
    PP = "PP"  # p b m: lips closed
    FF = "FF"  # f v: lower lip to teeth
    TH = "TH"  # th: tongue between teeth
    DD = "DD"  # t d: tongue behind teeth
    KK = "kk"  # k g ng
    CH = "CH"  # ch j sh tr
    SS = "SS"  # s z x
    NN = "nn"  # n l nh
    RR = "RR"  # r
    AA = "aa"  # a ă: wide open
    E = "E"  # e ê
    IH = "ih"  # i y
    OH = "oh"  # o ơ â
    OU = "ou"  # u ô ư: rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class MouthCue:
    """One mouth shape, held from `starts_samples` until the next cue starts.

    `starts_samples` counts from the utterance's first sample at the voice's sample rate;
    cues of an utterance are in ascending order.
    """

    starts_samples: int
    viseme: Viseme


@dataclass(frozen=True, slots=True, kw_only=True)
class WordCue:
    """When a word of the caption is spoken.

    The half-open `[starts_chars, ends_chars)` of the caption becomes current at `starts_samples`.
    """

    starts_samples: int
    starts_chars: int
    ends_chars: int
