"""The example's files: drawn ballots that add up to the published totals, and to nothing else."""

import csv
import importlib.util
from collections import Counter
from pathlib import Path

import phieu

EXAMPLE = Path(phieu.__file__).parent / "examples" / "tp-hcm-2023"


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_ballots_are_the_ones_that_the_script_draws() -> None:
    spec = importlib.util.spec_from_file_location("draw", EXAMPLE / "draw.py")
    assert spec is not None
    assert spec.loader is not None
    draw = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw)
    votes, answers = draw.draw(rows("published.csv"))
    assert votes == [tuple(row.values()) for row in rows("votes.csv")]
    assert answers == [tuple(row.values()) for row in rows("answers.csv")]


def test_the_ballots_and_the_answers_add_up_to_the_published_totals() -> None:
    decided = {(row["style"], row["ballot"], row["contest"]): row["answer"] for row in rows("answers.csv")}
    votes = {(row["style"], row["ballot"], row["contest"]): row["option"] for row in rows("votes.csv")}
    counted = Counter((row[0], row[2], option) for row, option in {**votes, **decided}.items())
    for person in rows("published.csv"):
        for option in ("high", "confidence", "low"):
            assert counted[person["style"], person["contest"], option] == int(person[option]), person
    assert len(decided) == 6


def test_the_planted_marks_are_two_of_each_kind() -> None:
    planted = {tuple(row.values())[:3] for row in rows("answers.csv")}
    marks: dict[tuple[str, ...], list[str]] = {}
    for row in rows("votes.csv"):
        marks.setdefault((row["style"], row["ballot"], row["contest"]), []).append(row["mark"])
    kinds = Counter("+".join(sorted(marks[row])) for row in planted)
    assert kinds == {"cross+scribble": 2, "cross+faint": 2, "dot": 2}
    assert all(marks[row] in (["cross"], ["tick"]) for row in marks.keys() - planted)


def test_everybody_on_the_list_has_published_figures_and_a_source() -> None:
    names = {row["name"] for row in rows("people.csv")}
    assert names == {row["name"] for row in rows("published.csv")}
    assert "https://vietnamnet.vn/" in (EXAMPLE / "README.md").read_text(encoding="utf-8")
