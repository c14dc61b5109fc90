import pytest

from chophien.domain.speech.phonemes import visemes_of
from chophien.domain.speech.visemes import Viseme


@pytest.mark.parametrize(
    ("phoneme", "shapes"),
    [
        ("m", (Viseme.PP,)),
        ("ˈaː", (Viseme.AA,)),
        ("t̪", (Viseme.DD,)),
        ("tʃ", (Viseme.CH,)),
        ("ˈuə", (Viseme.OU, Viseme.OH)),
        ("ˈaɪə", (Viseme.AA, Viseme.IH, Viseme.OH)),
        ("kh", (Viseme.KK,)),
        ("", ()),
        ("(en)", ()),
    ],
)
def test_visemes_of_names_the_shapes_in_order(phoneme, shapes):
    assert visemes_of(phoneme) == shapes


def test_visemes_of_does_not_guess_at_an_unknown_sound():
    assert visemes_of("ǂ") is None
