"""Which mouth shapes a phoneme shows, for IPA as eSpeak NG writes it for Vietnamese."""

import unicodedata

from chophien.domain.speech.visemes import Viseme

# eSpeak NG writes ư as y and ê followed by ch/nh as `e-`.
_SHAPES: dict[Viseme, str] = {
    Viseme.PP: "p b m ɓ",
    Viseme.FF: "f v",
    Viseme.TH: "θ ð",
    Viseme.DD: "t d ɗ ʈ ɖ ɾ",
    Viseme.KK: "k ɡ g ŋ x ɣ h c q ʔ ɟ",
    Viseme.CH: "ʃ ʒ tʃ dʒ tɕ dʑ",
    Viseme.SS: "s z ʂ",
    Viseme.NN: "n l ɲ ɫ",
    Viseme.RR: "ɹ r ʐ",
    Viseme.AA: "a ɑ ɐ æ",
    Viseme.E: "e ɛ ɜ",
    Viseme.IH: "i ɪ j ɨ",
    Viseme.OH: "ɔ ə ʌ ɒ ɤ",
    Viseme.OU: "u ʊ o y ɯ w ʍ",
}
_VISEMES = {sound: viseme for viseme, sounds in _SHAPES.items() for sound in sounds.split()}
_IGNORED = "ˈˌː-ʲʰ'"


def visemes_of(phoneme: str) -> tuple[Viseme, ...] | None:
    """Name the mouth shapes of one phoneme in order: two for a diphthong, `()` for a pause.

    Stress, length and tone marks do not show. `None` means that the phoneme is not known. A
    name in brackets, `(en)`, announces a change of language and shows nothing.
    """
    if not phoneme or (phoneme.startswith("(") and phoneme.endswith(")")):
        return ()
    sound = "".join(
        sign
        for sign in unicodedata.normalize("NFD", phoneme)
        if sign not in _IGNORED and not unicodedata.combining(sign)
    )
    if sound in _VISEMES:
        return (_VISEMES[sound],)
    shapes = [_VISEMES.get(sign) for sign in sound]
    known = [shape for shape in shapes if shape is not None]
    if not known or len(known) != len(shapes):
        return None
    return tuple(
        shape for index, shape in enumerate(known) if index == 0 or shape != known[index - 1]
    )
