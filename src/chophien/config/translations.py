"""Texts of the pages: catalogues in `web/locale`, compiled where they are newer than their build."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).resolve().parents[1] / "web" / "locale"


def compile_catalogues(root: Path = LOCALES) -> int:
    """Compile every catalogue that changed; returns how many. Fuzzy entries are left out."""
    compiled = 0
    for source in sorted(root.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        draft = target.with_suffix(".mo.part")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        compiled += 1
    return compiled
