"""The bundle: totals, in a shape that programs and Excel read."""

import csv
import io
import json

import pytest

from phieu.site import results
from phieu.site.results import NotFinal, as_csv, as_json, harmless
from phieu.vote.plan import Publication
from phieu.vote.tally import tally_json

from .conftest import COUNCIL, STRANGE, a_round, found, row, style


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_json_is_the_tally_of_one_round_with_the_plans_texts() -> None:
    one = a_round(COUNCIL, note="A note.", source="https://example.vn/a")
    data = json.loads(as_json(found(one), one))
    told = tally_json(False, [one.tally])
    assert data["practice"] is told["practice"]
    for key, value in told["rounds"][0].items():
        if key != "ballots":
            assert data["rounds"][0][key] == value
    for ballot, same in zip(data["rounds"][0]["ballots"], told["rounds"][0]["ballots"], strict=True):
        assert {key: ballot[key] for key in same if key != "contests"} == {
            key: value for key, value in same.items() if key != "contests"
        }
        for contest, as_told in zip(ballot["contests"], same["contests"], strict=True):
            assert contest | as_told == contest
    assert data["rounds"][0]["note"] == "A note."
    assert data["rounds"][0]["rules"]["checked"] is False
    assert data["rounds"][0]["forms"] == [{"ballot": "hdnd", "form": "K7QJ2M4X", "sha256": "ab12" * 16}]


def test_the_table_has_a_row_for_each_person_and_says_what_is_counted_of_what() -> None:
    one = a_round(COUNCIL)
    table = rows(as_csv(found(one), one))
    assert [line["name"] for line in table] == [contest.name for contest in COUNCIL.contests]
    assert table[0]["votes_high"] == "73" and table[0]["percent_high"] == "90.12"
    assert [line["outcome"] for line in table] == ["none", "over_half_low", "two_thirds_low"]
    assert (table[2]["collected"], table[2]["blank"], table[2]["final"], table[2]["practice"]) == (
        "81",
        "1",
        "yes",
        "no",
    )


def test_every_column_of_the_table_is_documented() -> None:
    one = a_round(COUNCIL)
    columns = set(rows(as_csv(found(one), one))[0])
    options = {
        f"{what}_{option}" for what in ("votes", "percent") for option in ("high", "confidence", "low")
    }
    assert columns == set(results.COLUMNS) | options


def test_excel_sees_vietnamese_and_no_formula() -> None:
    one = a_round(style("hdnd", "x", row("a", '=HYPERLINK("http://example.vn")', "\t@sum(a1)", 81, 0, 0)))
    data = as_csv(found(one), one)
    assert data.startswith(b"\xef\xbb\xbf")
    assert rows(data)[0]["name"] == '\'=HYPERLINK("http://example.vn")'
    assert rows(data)[0]["position"].startswith("'")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " ="])
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    assert harmless(f"{start}1") == f"'{start}1"
    assert harmless("Nguyễn =") == "Nguyễn ="
    assert harmless(-1) == -1


def test_a_summary_tells_how_many_but_not_who() -> None:
    one = a_round(COUNCIL, publish=Publication.SUMMARY)
    text = as_json(found(one), one)
    assert json.loads(text)["rounds"][0]["ballots"][0]["outcomes"] == {
        "two_thirds_low": 1,
        "over_half_low": 1,
        "none": 1,
    }
    for contest in COUNCIL.contests:
        assert contest.name not in text and contest.id not in text
    assert rows(as_csv(found(one), one)) == []


def test_a_round_that_is_open_is_not_published_and_says_why() -> None:
    with pytest.raises(NotFinal, match="2 questions are open") as refused:
        results.refuse_unless_final(
            found(a_round(STRANGE), a_round(COUNCIL, still_open=("2 questions are open.",)))
        )
    assert refused.value.exit_code == 30
    results.refuse_unless_final(found(a_round(COUNCIL)))
