"""A round's totals for the committee: as a table and as JSON. Pure: results in, bytes out.

What stands in them is complete whatever the plan publishes, so they are the committee's own, and are not
published. One exporter of flat rows feeds CSV and workbook (`export_workbook`); the JSON is described by
`docs/manual/schema/totals-1.schema.json`. Single ballots are in none of them.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..count.bundle import Explained
from ..count.figures import WORDS
from ..count.printing import rules_sha256
from ..vote.basis import spoken
from ..vote.plan import Round
from ..vote.rules import RuleSet
from ..vote.tally import ContestTally, Figures, RoundTally, StyleTally
from ..words import N_, _
from .results import harmless

FORMAT, VERSION = "phieu-totals", 1
"""What the JSON calls itself."""

_FIGURES = tuple(one.name for one in fields(Figures))
_BEFORE_VOTES = {
    "round": N_("Round"),
    "date": N_("Day of the vote"),
    "practice": N_("Practice"),
    "final": N_("Final"),
    "ballot": N_("Ballot"),
    "number": N_("No."),
    "contest": N_("The person's id"),
    "name": N_("Name"),
    "position": N_("Position"),
}
_AFTER_VOTES = {
    "blank": N_("No box"),
    "overvoted": N_("Several"),
    "spoiled": N_("Spoiled by other ink"),
    "undecided": N_("Undecided"),
    "outcome": N_("Outcome"),
}
_OF_BALLOTS = {
    "read": N_("Ballots read"),
    "valid": N_("Valid ballots"),
    "invalid": N_("Invalid ballots"),
    "ballots_undecided": N_("Ballots with an open question"),
}


@dataclass(frozen=True, slots=True)
class Totals:
    """One round as the committee takes it away."""

    plan: Round
    tally: RoundTally
    practice: bool
    journal_head: str
    bundle_sha256: str | None = None
    """Of the results bundle; None while the round is not closed."""
    explained: tuple[Explained, ...] = ()
    """Differences of figures that people explained when they closed it."""


def as_json(totals: Totals) -> bytes:
    """Return the totals as JSON, for programs; the schema says what each part means."""
    plan = totals.plan
    data = {
        "format": FORMAT,
        "version": VERSION,
        "practice": totals.practice,
        "final": totals.tally.final,
        "journal_head": totals.journal_head,
        "bundle_sha256": totals.bundle_sha256,
        "unit": {"id": plan.unit.id, "name": plan.unit.name},
        "round": {"id": plan.id, "title": plan.title, "date": plan.date.isoformat(), "place": plan.place},
        "rules": _rules(plan.rules),
        "ballots": [_ballot(style) for style in totals.tally.styles],
        "explained": [
            {
                "ballot": one.style,
                "difference": one.difference,
                "sentence": one.sentence,
                "explanation": one.explanation,
                "by": one.by,
            }
            for one in totals.explained
        ],
    }
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def as_csv(totals: Totals) -> bytes:
    """Return a flat row a person, UTF-8 with the mark by which Excel knows it, as RFC 4180 has it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns(totals.plan.rules)), lineterminator="\r\n")
    writer.writeheader()
    for row in rows(totals):
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def columns(rules: RuleSet) -> dict[str, str]:
    """Return each column's name and its heading in the language in force."""
    found = {name: _(heading) for name, heading in _BEFORE_VOTES.items()}
    for option in rules.options:
        found[f"votes_{option.id}"] = spoken(option.label)
        found[f"percent_{option.id}"] = f"{spoken(option.label)} (%)"
    found |= {name: _(heading) for name, heading in _AFTER_VOTES.items()}
    found |= {name: _(WORDS[name]).capitalize() for name in WORDS if name in _FIGURES}
    return found | {name: _(word) for name, word in _OF_BALLOTS.items()}


def split(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the columns about single people, and those that are the same for all people of a ballot."""
    of_ballot = [name for name in names if name in WORDS or name in _OF_BALLOTS]
    return [name for name in names if name not in of_ballot], of_ballot


def rows(totals: Totals) -> Iterator[dict[str, object]]:
    """Yield a row a person: column name to text or number; None where it is not known."""
    for style in totals.tally.styles:
        for number, contest in enumerate(style.contests, start=1):
            row: dict[str, object] = {
                "round": totals.plan.id,
                "date": totals.plan.date.isoformat(),
                "practice": "yes" if totals.practice else "no",
                "final": "yes" if totals.tally.final else "no",
                "ballot": style.id,
                "number": number,
                "contest": contest.id,
                "name": contest.name,
                "position": contest.position,
            }
            for option, votes in contest.votes.items():
                row[f"votes_{option}"] = votes
                row[f"percent_{option}"] = contest.percent[option]
            row |= {name: getattr(contest, name) for name in _AFTER_VOTES}
            row |= {name: getattr(style.figures, name) for name in WORDS if name in _FIGURES}
            row |= {"read": style.read, "valid": style.valid, "invalid": style.invalid}
            yield row | {"ballots_undecided": style.undecided}


def _ballot(style: StyleTally) -> dict[str, Any]:
    return {
        "id": style.id,
        "title": style.title,
        "figures": asdict(style.figures),
        "read": style.read,
        "valid": style.valid,
        "invalid": style.invalid,
        "undecided": style.undecided,
        "contests": [_contest(number, one) for number, one in enumerate(style.contests, start=1)],
    }


def _contest(number: int, contest: ContestTally) -> dict[str, Any]:
    return {
        "id": contest.id,
        "number": number,
        "name": contest.name,
        "position": contest.position,
        "votes": dict(contest.votes),
        "blank": contest.blank,
        "overvoted": contest.overvoted,
        "spoiled": contest.spoiled,
        "undecided": contest.undecided,
        "percent": {option: figure or None for option, figure in contest.percent.items()},
        "outcome": contest.outcome,
    }


def _rules(rules: RuleSet) -> dict[str, Any]:
    return {
        "id": rules.id,
        "version": rules.version,
        "sha256": rules_sha256(rules),
        "checked": rules.checked,
        "percent_of": rules.percent.of if rules.percent else None,
        "decimals": rules.percent.decimals if rules.percent else None,
        "rounding": str(rules.percent.rounding) if rules.percent else None,
        "options": [{"id": option.id, "label": spoken(option.label)} for option in rules.options],
        "thresholds": [
            {
                "outcome": one.outcome,
                "option": one.option,
                "share": str(one.share),
                "strict": one.strict,
                "article": one.article,
                "checked_against": str(one.basis.checked_against),
            }
            for one in rules.thresholds
        ],
    }
