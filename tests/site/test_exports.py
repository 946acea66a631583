"""Totals for the committee: complete, in shapes that programs and Excel read, and described by a schema."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import openpyxl
import pytest
from click.testing import CliRunner

from phieu import words
from phieu.cli.main import main
from phieu.count.bundle import Explained
from phieu.errors import ExitCode
from phieu.site.export_workbook import as_xlsx
from phieu.site.exports import Totals, as_csv, as_json
from phieu.site.results import RoundResults
from phieu.vote.plan import Publication

from .conftest import COUNCIL, STRANGE, a_round, row, style

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "docs" / "manual" / "schema" / "totals-1.schema.json"


def totals(one: RoundResults, practice: bool = False, bundle: str | None = None) -> Totals:
    explained = Explained("hdnd", "hdnd/collected-read", "82 and 81.", "One was torn.", "Lê Văn Tám")
    return Totals(one.plan, one.tally, practice, "ab" * 32, bundle, (explained,) if bundle else ())


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def schema() -> Any:
    # Beside an installed wheel the tests run without the manual.
    if not SCHEMA.is_file():
        pytest.skip("the manual is not here")
    read = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(read)
    return jsonschema.Draft202012Validator(read, format_checker=jsonschema.FormatChecker())


def test_the_json_is_as_its_schema_says(schema: Any) -> None:
    still_open = a_round(COUNCIL, still_open=("A question waits.",))
    for one in (
        totals(a_round(COUNCIL)),
        totals(still_open),
        totals(a_round(COUNCIL, STRANGE), True, "cd" * 32),
    ):
        schema.validate(json.loads(as_json(one)))


def test_the_schema_knows_every_part_of_the_json_and_no_other(schema: Any) -> None:
    data = json.loads(as_json(totals(a_round(COUNCIL), bundle="cd" * 32)))
    for path in _places(data):
        spoilt = json.loads(as_json(totals(a_round(COUNCIL), bundle="cd" * 32)))
        place = spoilt
        for step in path[:-1]:
            place = place[step]
        place["unheard of"] = place.pop(path[-1])
        # The names of options are the rule set's own.
        if path[-2:-1] not in (("votes",), ("percent",)):
            assert not schema.is_valid(spoilt), path


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        optional = ("figures", "printed")
        found = [(*path, key) for key in value if (*path, key)[-2:] != optional]
        return found + [place for key in value for place in _places(value[key], (*path, key))]
    if isinstance(value, list):
        return [place for n, one in enumerate(value) for place in _places(one, (*path, n))]
    return []


def test_the_table_holds_every_person_and_figure_whatever_the_plan_publishes() -> None:
    for publish in Publication:
        lines = table(as_csv(totals(a_round(COUNCIL, publish=publish))))
        assert [line["name"] for line in lines] == [contest.name for contest in COUNCIL.contests]
    assert (lines[0]["votes_high"], lines[0]["percent_high"]) == ("73", "90.12")
    assert (lines[0]["issued"], lines[0]["collected"], lines[0]["read"]) == ("81", "81", "81")
    assert (lines[0]["practice"], lines[0]["final"], lines[0]["summoned"]) == ("no", "yes", "")
    assert [line["outcome"] for line in lines] == ["none", "over_half_low", "two_thirds_low"]


def test_csv_and_json_say_the_same(schema: Any) -> None:
    one = totals(a_round(COUNCIL, STRANGE))
    people = [(b["id"], c) for b in json.loads(as_json(one))["ballots"] for c in b["contests"]]
    for line, (ballot, contest) in zip(table(as_csv(one)), people, strict=True):
        assert (line["ballot"], line["contest"]) == (ballot, contest["id"])
        for option in ("high", "confidence", "low"):
            assert line[f"votes_{option}"] == str(contest["votes"][option])
            assert line[f"percent_{option}"] == contest["percent"][option]
        for name in ("blank", "overvoted", "spoiled", "undecided", "number"):
            assert line[name] == str(contest[name])


def test_no_name_becomes_a_formula_in_a_spreadsheet() -> None:
    evil = style("hdnd", "x", row("a", "=HYPERLINK(1)", "+1", 80, 1, 0))
    one = totals(a_round(evil))
    assert table(as_csv(one))[0]["name"] == "'=HYPERLINK(1)"
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(one)))
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line]
    assert "=HYPERLINK(1)" in [cell.value for cell in cells]
    assert [cell for cell in cells if cell.data_type == "f"] == []


def test_the_workbook_holds_numbers_as_numbers_under_headings_people_read() -> None:
    with words.spoken("vi"):
        book = openpyxl.load_workbook(io.BytesIO(as_xlsx(totals(a_round(COUNCIL), bundle="cd" * 32))))
    sheet = book.worksheets[0]
    head, first, *_rest = [[cell.value for cell in line] for line in sheet.iter_rows()]
    line = dict(zip(head, first, strict=True))
    assert line["Họ và tên"] == COUNCIL.contests[0].name
    assert (line["Tín nhiệm cao"], line["Tín nhiệm cao (%)"]) == (73, 90.12)
    assert sheet.max_row == 1 + len(COUNCIL.contests)
    figures = [[cell.value for cell in line] for line in book.worksheets[1].iter_rows()]
    assert len(figures) == 2 and figures[1][0] == "hdnd"
    assert dict(zip(*figures, strict=True))["Thu về"] == 81
    about = [cell.value for line in book.worksheets[2].iter_rows() for cell in line]
    assert "cd" * 32 in about and "ab" * 32 in about
    assert "82 and 81. One was torn. (Lê Văn Tám)" in about


def test_a_rehearsal_and_an_open_round_say_so_in_every_shape() -> None:
    one = totals(a_round(COUNCIL, still_open=("A question waits.",)), practice=True)
    data = json.loads(as_json(one))
    assert (data["practice"], data["final"]) == (True, False)
    line = table(as_csv(one))[0]
    assert (line["practice"], line["final"]) == ("yes", "no")
    with words.spoken("en"):
        book = openpyxl.load_workbook(io.BytesIO(as_xlsx(one)))
    said = " ".join(str(cell.value) for line in book.worksheets[2].iter_rows() for cell in line)
    assert "PRACTICE" in said and "NOT FINAL" in said and "A question waits." in said
    assert all(sheet.title.startswith("PRACTICE NOT FINAL") for sheet in book)


def test_the_command_writes_into_the_export_folder_or_where_it_is_told(
    small_vote: Path, tmp_path: Path, schema: Any
) -> None:
    def phieu(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["--lang", "en", *arguments, "--workspace", str(small_vote)])

    for kind in ("csv", "xlsx", "json"):
        done = phieu("export", "ky-hop-12", "--to", kind)
        assert done.exit_code == 0, done.output
        assert (small_vote / "results" / "export" / f"ky-hop-12.{kind}").stat().st_size > 0
        assert "NOT FINAL" in done.stdout
    assert phieu("export", "ky-hop-12", "--to", "json", "--out", str(tmp_path / "a.json")).exit_code == 0
    schema.validate(json.loads((tmp_path / "a.json").read_bytes()))
    assert phieu("export", "nowhere", "--to", "json").exit_code != 0
    (tmp_path / "file").write_text("")
    refused = phieu("export", "ky-hop-12", "--to", "json", "--out", str(tmp_path / "file" / "a.json"))
    assert refused.exit_code == ExitCode.BAD_WORKSPACE and "Traceback" not in refused.output
