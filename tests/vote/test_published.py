"""The published results of 2013, 2014, 2018 and 2023, recomputed with the rule set of their year."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from phieu.vote.rules_file import load_rules
from phieu.vote.tally import percent

PUBLISHED = Path(__file__).parent / "published"
OPTIONS = ("high", "confidence", "low")
VOTES = ("qh13_2013", "qh13_2014", "qh14_2018", "qh15_2023", "hcmc_2023", "provinces")


def rows(name: str) -> list[dict[str, str]]:
    with (PUBLISHED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Cell:
    """One printed percentage with the count beside it."""

    file: str
    name: str
    option: str
    count: int
    printed: str
    rules: str
    of: str
    number: int


def denominator(file: str, row: dict[str, str]) -> dict[str, str] | None:
    for known in rows("denominators"):
        same_body = known["body"] in ("", row.get("body"))
        if known["file"] == file and same_body and known["date"] in ("", row.get("date")):
            return known
    return None


def cells() -> Iterator[Cell]:
    for file in VOTES:
        for row in rows(file):
            for option in OPTIONS:
                if row[option] and row.get(f"pct_{option}"):
                    known = denominator(file, row)
                    assert known is not None, (file, row)
                    yield Cell(
                        file,
                        row["name"],
                        option,
                        int(row[option]),
                        row[f"pct_{option}"],
                        known["rules"],
                        known["of"],
                        int(known["number"]),
                    )


def recomputed(cell: Cell) -> str:
    rule = load_rules(cell.rules).percent
    assert rule is not None
    assert rule.of == cell.of
    return percent(cell.count, cell.number, rule.decimals, rule.rounding)


def test_every_published_percentage_with_a_count_is_recomputed_or_its_difference_explained() -> None:
    every = list(cells())
    assert len(every) == 155
    # 97.5 is printed for 97.50.
    different = [
        (cell.file, cell.name, cell.option, cell.printed, recomputed(cell))
        for cell in every
        if Decimal(cell.printed) != Decimal(recomputed(cell))
    ]
    explained = rows("differences")
    assert different == [tuple(one.values())[:5] for one in explained]
    assert all(one["reason"] for one in explained)


def test_what_was_cut_off_by_the_press_is_what_cutting_off_gives() -> None:
    printed = {(cell.name, cell.option): cell for cell in cells()}
    cut = [one for one in rows("differences") if one["reason"].startswith("cut off")]
    own = load_rules("NQ-85-2014-QH13").percent
    assert own is not None
    down = type(own.rounding)("down")
    for one in cut:
        cell = printed[one["name"], one["option"]]
        assert percent(cell.count, cell.number, own.decimals, down) == one["printed"]


@pytest.mark.parametrize("file", ["qh15_2023", "hcmc_2023"])
def test_nobody_has_more_votes_than_ballots_were_collected(file: str) -> None:
    (known,) = [one for one in rows("denominators") if one["file"] == file]
    assert known["known"] == "read"
    sums = [sum(int(row[o]) for o in OPTIONS) for row in rows(file) if all(row[o] for o in OPTIONS)]
    assert sums
    assert max(sums) <= int(known["number"])
    # Rows fall short of the ballots collected where single rows were invalid: validity is per person.
    assert (min(sums) == int(known["number"])) == (file == "hcmc_2023")


def test_every_denominator_says_whether_it_was_read_or_inferred() -> None:
    for one in rows("denominators"):
        assert one["known"] in ("read", "inferred")
        assert (one["known"] == "read") == one["source"].startswith("https://")


def test_one_person_of_2023_passes_half_and_stays_under_two_thirds() -> None:
    rules = load_rules("NQ-96-2023-QH15")
    reached = {}
    for row in rows("provinces"):
        known = denominator("provinces", row)
        if known and known["rules"] == rules.id and row["low"]:
            low, number = int(row["low"]), int(known["number"])
            reached[row["name"]] = [t.outcome for t in rules.thresholds if t.reached(low, number)]
    assert {name for name, outcomes in reached.items() if outcomes} == {"Lê Duy Thành"}
    assert reached["Lê Duy Thành"] == ["over_half_low"]
