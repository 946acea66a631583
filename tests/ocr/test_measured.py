"""`phieu inspect` says what was measured in a field, and why it was read as it was."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from phieu import words
from phieu.cli.main import main
from phieu.ocr import measured
from phieu.ocr.reading import explain

GOLDEN = Path(__file__).parent.parent / "golden"


def inspected(*arguments: object, lang: str = "en") -> str:
    given = [*map(str, arguments), "--form", str(GOLDEN / "form.json")]
    before = words.language()
    try:
        result = CliRunner().invoke(main, ["--lang", lang, "inspect", *given])
    finally:
        words.use(before)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_says_what_was_measured_only_where_it_is_asked_for() -> None:
    page = GOLDEN / "pen_rests.jpg"
    (plain,) = map(json.loads, inspected(page, "--json").splitlines())
    (full,) = map(json.loads, inspected(page, "--json", "--features").splitlines())
    features = [field.pop("features") for field in full["fields"]]
    assert full == plain
    by_state = {field["state"]: said for field, said in zip(full["fields"], features, strict=True)}
    assert by_state["empty"] == {}
    assert by_state["marked"]["strong_mm2"] > by_state["unclear"]["strong_mm2"] > 0
    assert {"faint_mm2", "darkness", "length_mm", "pen_mm", "straight"} <= set(by_state["marked"])


def test_the_table_gives_reason_and_measures_of_unclear_fields_and_of_all_when_asked() -> None:
    page = GOLDEN / "pen_rests.jpg"
    with words.spoken("en"):
        reason = explain("dot").split()
    short, full = inspected(page).split(), inspected(page, "--features").split()
    assert short.count("row-2") == 1 and full.count("row-2") == 3
    assert set(reason) <= set(short)
    assert "mm²" in short
    assert "clean" not in full


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_measures_are_said_in_words_and_unknown_ones_by_their_name(language: str) -> None:
    with words.spoken(language):
        said = measured.spoken([("strong_mm2", 1.234), ("darkness", 0.256), ("new_mm", 2.0)])
    first, second, third = said.split(", ")
    assert "1.23" in first and "strong_mm2" not in first
    assert "26 %" in second and "darkness" not in second
    assert third == "new_mm 2.00"
    assert measured.spoken(()) == ""
