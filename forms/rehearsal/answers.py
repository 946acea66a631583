"""What is known of a deck's ballots: `truth.json` and votes files, read back to hold a count against."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

Row = tuple[str, str, str]
"""Ballot style, ballot, contest."""


@dataclass(frozen=True, slots=True)
class KnownPage:
    """One page of a deck, and how each of its fields may be read."""

    style: str
    ballot: str
    admissible: Mapping[tuple[str, str], frozenset[str]]
    """Contest and option to the states that are no error."""

    def wrong(self, states: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
        """Yield the fields whose state is an error nobody is asked about; a field not read is one too."""
        for field, admissible in self.admissible.items():
            if states.get(field) not in admissible:
                yield field


def known_pages(truth: Path) -> dict[tuple[Path, int], KnownPage]:
    """Return the pages of a deck, by file and place in it."""
    data = json.loads(truth.read_text(encoding="utf-8"))
    return {
        (truth.parent / page["source"], page["index"]): KnownPage(
            page["style"],
            str(page["ballot"]),
            {(f["contest"], f["option"]): frozenset(f["admissible"]) for f in page["fields"]},
        )
        for page in data["pages"]
    }


def known_answers(path: Path) -> dict[Row, tuple[str, str]]:
    """Return what `style,ballot,contest,answer,by` says people answer: row to answer and name."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (line["style"], line["ballot"], line["contest"]): (line["answer"], line["by"])
            for line in csv.DictReader(file)
        }


def known_votes(path: Path) -> dict[Row, str]:
    """Return what each row of `style,ballot,contest,option,mark` with one mark says."""
    marked: dict[Row, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            marked.setdefault((line["style"], line["ballot"], line["contest"]), []).append(line["option"])
    return {row: options[0] for row, options in marked.items() if len(options) == 1}
