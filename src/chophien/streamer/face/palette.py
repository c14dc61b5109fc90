"""The colours of a look, named for what they paint; a later look brings its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours as `0xAARRGGBB`, from light to shade where there are several."""

    skin_light: int
    skin: int
    skin_shade: int
    skin_deep: int
    blush: int
    lip_light: int
    lip: int
    lip_deep: int
    mouth: int
    tongue: int
    teeth: int
    eye_white: int
    iris_light: int
    iris: int
    pupil: int
    lash: int
    brow: int
    hair_light: int
    hair: int
    hair_deep: int
    dress_light: int
    dress: int
    dress_shade: int
    dress_deep: int
    trousers: int
    cloth: int
    thread_gold: int
    thread_rose: int
    thread_green: int
    thread_pale: int
    petal_light: int
    petal: int
    rim: int
    gold: int


AO_DAI = Palette(
    skin_light=0xFFFFE3C8,
    skin=0xFFF7CBA6,
    skin_shade=0xFFDD9A77,
    skin_deep=0xFFB06A55,
    blush=0xFFE8705F,
    lip_light=0xFFF0919A,
    lip=0xFFCF4F62,
    lip_deep=0xFF96293F,
    mouth=0xFF4A1220,
    tongue=0xFFD9707A,
    teeth=0xFFFFF8EE,
    eye_white=0xFFFDF6EF,
    iris_light=0xFFA9683A,
    iris=0xFF55301F,
    pupil=0xFF170D0C,
    lash=0xFF20131A,
    brow=0xFF3A2624,
    hair_light=0xFF6B4A45,
    hair=0xFF241822,
    hair_deep=0xFF100B14,
    dress_light=0xFFFFCF5A,
    dress=0xFFEBA722,
    dress_shade=0xFFC07A18,
    dress_deep=0xFF7F4414,
    trousers=0xFFF6EAD6,
    cloth=0xFF1D2552,
    thread_gold=0xFFF2B418,
    thread_rose=0xFFD8456F,
    thread_green=0xFF4FA56F,
    thread_pale=0xFFFBF0DC,
    petal_light=0xFFFFE3EA,
    petal=0xFFE8608A,
    rim=0xFFFFB566,
    gold=0xFFF5C451,
)
"""A young woman in a turmeric áo dài with an indigo brocade, by lantern light."""
