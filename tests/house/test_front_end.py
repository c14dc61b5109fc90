"""The pages load nothing from elsewhere, need no inline code, and speak all their languages."""

import hashlib
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

WEB = Path(__file__).resolve().parents[2] / "src" / "chophien" / "web"
STATIC = WEB / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
OWN_FILES = sorted([*(STATIC / "css").glob("*.css"), *(STATIC / "js").glob("*.js")])
LANGUAGES = ("vi", "zh_Hans")

COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)
MSGID = re.compile(r"""\{%\s*translate\s+(["'])(.+?)\1""")
STATIC_NAME = re.compile(r"""\{%\s*static\s+(["'])(.+?)\1""")
ICON_NAME = re.compile(r"""\{%\s*icon\s+(["'])(.+?)\1""")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
# What a page may name but never loads: namespaces.
NAMESPACE = "http://www.w3.org/2000/svg"

INLINE = {
    "a script in the page": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "a handler attribute": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
}


def read_catalogue(language: str) -> Catalog:
    with (WEB / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def read_template(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def list_texts(message: Message) -> list[str]:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return [str(text) for text in texts]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    messages = [message for message in read_catalogue(language) if message.id]
    assert messages, "the catalogue is not empty"
    bad = [message.id for message in messages if message.fuzzy or not all(list_texts(message))]
    assert bad == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_the_same_places(language: str) -> None:
    for message in read_catalogue(language):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[-1]
        for text in list_texts(message):
            wanted = set(PLACEHOLDER.findall(source))
            assert set(PLACEHOLDER.findall(text)) == wanted, (source, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_templates_is_in_the_catalogue(language: str) -> None:
    known = {
        text
        for message in read_catalogue(language)
        for text in ((message.id,) if isinstance(message.id, str) else message.id)
    }
    used = {
        (path.name, text) for path in TEMPLATES for _, text in MSGID.findall(read_template(path))
    }
    assert used, "the templates have texts"
    assert sorted((name, text) for name, text in used if text not in known) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_code(path: Path) -> None:
    text = read_template(path)
    assert [name for name, pattern in INLINE.items() if pattern.search(text)] == []


def test_the_inline_patterns_find_what_they_look_for() -> None:
    examples = {
        "a script in the page": "<script>alert(1)</script>",
        "a style element": "<style>p {}</style>",
        "a style attribute": '<p style="color: red">',
        "a handler attribute": '<p onclick="x()">',
        "a javascript: address": '<a href="javascript:x()">',
    }
    assert examples.keys() == INLINE.keys()
    assert all(INLINE[name].search(text) for name, text in examples.items())


def test_every_static_file_that_templates_name_exists() -> None:
    named = {name for path in TEMPLATES for _, name in STATIC_NAME.findall(read_template(path))}
    assert named, "templates name static files"
    assert sorted(name for name in named if not (STATIC / name).is_file()) == []


def test_every_icon_that_templates_name_is_in_the_sprite() -> None:
    sprite = (STATIC / "pictures" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="(\w+)"', sprite))
    named = {name for path in TEMPLATES for _, name in ICON_NAME.findall(read_template(path))}
    assert named - drawn == set()


def test_every_file_that_styles_and_modules_name_exists() -> None:
    pattern = re.compile(r"""url\(["']?([^"')]+)["']?\)|(?:from|import)\s*\(?["'](\.[^"']+)["']""")
    missing = [
        f"{path.name}: {name}"
        for path in OWN_FILES
        for match in pattern.findall(path.read_text(encoding="utf-8"))
        if (name := match[0] or match[1]) and not (path.parent / name).resolve().is_file()
    ]
    assert missing == []


@pytest.mark.parametrize("path", [*TEMPLATES, *OWN_FILES], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace(NAMESPACE, "")
    assert re.findall(r"""https?://|["'(]//\w""", text) == []


def test_vendored_files_are_those_that_were_checked() -> None:
    listed = {
        line.split(maxsplit=1)[1].removeprefix("./"): line.split(maxsplit=1)[0]
        for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
    }
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in {"README.md", "SHA256SUMS"}
    }
    assert found == listed


def test_every_vendored_package_has_version_hash_and_licence() -> None:
    rows = re.findall(
        r"^\| `(\S+)@([\d.]+)` \| `(\S+)` \|.*\| [0-9a-f]{64} \|$",
        (VENDOR / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    folders = {path.name for path in VENDOR.iterdir() if path.is_dir()}
    assert {folder for _, _, folder in rows} == folders
    for folder in folders:
        assert list((VENDOR / folder).glob("LICENSE*")), f"{folder} comes with its licence"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.name)
def test_modules_are_small_and_say_what_they_are_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(("// ", "/* "))
    assert path.suffix == ".css" or len(text.splitlines()) < 250
