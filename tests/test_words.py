"""Both languages say everything."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import phieu
from phieu import words

LOCALE = Path(phieu.__file__).parent / "locale"
PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)s")


def catalogue(domain: str) -> Catalog:
    with (LOCALE / f"vi/LC_MESSAGES/{domain}.po").open("rb") as file:
        return read_po(file, locale="vi")


@pytest.mark.parametrize("domain", ["phieu", "messages"])
def test_every_translation_keeps_its_placeholders(domain: str) -> None:
    for message in catalogue(domain):
        if not message.id:
            continue
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        asked = {placeholder for form in forms for placeholder in PLACEHOLDER.findall(form)}
        translations = message.string if isinstance(message.string, tuple) else (message.string,)
        for translation in translations:
            assert translation, f"not translated: {message.id!r}"
            assert set(PLACEHOLDER.findall(translation)) <= asked, message.id
            if isinstance(message.id, str):
                assert set(PLACEHOLDER.findall(translation)) == asked, message.id


@pytest.mark.parametrize("domain", ["phieu", "messages"])
def test_the_compiled_catalogue_is_the_written_one(domain: str) -> None:
    with (LOCALE / f"vi/LC_MESSAGES/{domain}.mo").open("rb") as file:
        compiled = read_mo(file)
    assert said(compiled) == said(catalogue(domain)), "run ./run words"


def said(messages: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {as_tuple(message.id): as_tuple(message.string) for message in messages if message.id}


def as_tuple(forms: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (forms,) if isinstance(forms, str) else tuple(forms)


def test_a_sentence_is_said_in_the_language_in_force() -> None:
    with words.spoken("vi"):
        assert words._("yes") == "có"
        with words.spoken("en"):
            assert words._("yes") == "yes"
        assert words._("yes") == "có"


@pytest.mark.parametrize(
    ("wish", "spoken"), [("en_GB.UTF-8", "en"), ("vi_VN", "vi"), ("C.UTF-8", "vi"), ("", "vi")]
)
def test_the_systems_language_counts_if_it_is_one_of_ours(
    wish: str, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PHIEU_LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", wish)
    assert words.preferred() == spoken
