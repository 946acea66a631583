"""Counts cast vote records anew, from the file alone: what an auditor needs beside a results bundle.

Comes in: a file as `cvr` writes it, from anywhere. Goes out: what its ballots add up to, and where that is
not what a bundle says. It shares no line with the tally of the desk: two ways to one sum. Whatever in the
file is not understood is refused, since a record that was passed over would be a vote lost.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ExitCode, PhieuError
from ..vote.rules import BLANK, OVERVOTED
from ..vote.tally import SPOILED, ContestTally, StyleTally
from ..words import _
from .bundle import Bundle
from .cvr import INVALID, PRACTICE, STATUS, VERSION

_MOST_BYTES = 2_000_000_000
_BY_STATUS = {status: said for said, status in STATUS.items()}


class CvrError(PhieuError):
    """A file that is no cast vote records of ours, or not all of it is understood."""

    exit_code = ExitCode.BROKEN_RECORD


@dataclass(frozen=True, slots=True)
class StyleRecount:
    """What the ballots of one style add up to."""

    valid: int
    invalid: int
    rows: Mapping[str, Mapping[str, int]]
    """Contest id to what its rows say (option, `blank`, `overvoted`, `spoiled`) to how many; every option is
    there. Of valid ballots."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What a file adds up to."""

    practice: bool
    unit: str
    round: str
    title: str
    names: Mapping[tuple[str, str], str]
    """Ballot style's and contest's id to the person's name."""
    labels: Mapping[str, str]
    """Option id to its words, in the ballot's order."""
    styles: Mapping[str, StyleRecount]


def recount_file(path: Path) -> Recount:
    """Count the records in a file.

    Raises:
        CvrError: it can't be read, is none of ours, or something in it is not understood.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _not_ours(path.name, _("it is too large"))
        data = path.read_bytes()
    except OSError as error:
        raise CvrError(
            _("{file} can't be read: {reason}.").format(file=path, reason=error.strerror or error)
        ) from error
    try:
        return recount(json.loads(data))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _not_ours(path.name, _("it can't be read as JSON")) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _not_ours(path.name, str(error)[:200] or type(error).__name__) from error


def recount(report: Any) -> Recount:
    """Count the records of a report.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: something in it is not understood.
    """
    if (report["@type"], report["Version"]) != ("CVR.CastVoteRecordReport", VERSION):
        raise ValueError(
            _("it is no report of cast vote records of version {version}").format(version=VERSION)
        )
    (election,) = report["Election"]
    selections, names, labels = _contests(election["Contest"])
    styles = dict.fromkeys(style for style, _contest in selections)
    contests = {one: [contest for style, contest in selections if style == one] for one in styles}
    validity: dict[str, Counter[str]] = {style: Counter() for style in styles}
    rows = {one: Counter(dict.fromkeys(labels, 0)) for one in selections}
    snapshots = set()
    for number, record in enumerate(report["CVR"], start=1):
        try:
            style = record["BallotStyleId"]
            (snapshot,) = record["CVRSnapshot"]
            snapshots.add(snapshot["@id"])
            if snapshot["@id"] != record["CurrentSnapshotId"] or len(snapshots) != number:
                raise ValueError(_("its snapshot is not its own"))
            if record["ElectionId"] != election["@id"]:
                raise ValueError(_("it is of another vote"))
            if "Status" in snapshot:
                if (snapshot["Status"], snapshot["OtherStatus"]) != (["other"], INVALID):
                    raise ValueError(_("its state is not known"))
                validity[style][INVALID] += 1
                continue
            said = [_row(row, style, selections) for row in snapshot["CVRContest"]]
            if sorted(contest for contest, _what in said) != sorted(contests[style]):
                raise ValueError(_("its rows are not those of its kind of ballot"))
            validity[style]["valid"] += 1
            for contest, what in said:
                rows[style, contest][what] += 1
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(
                _("record {n} is not understood: {reason}").format(n=number, reason=str(error)[:120])
            ) from error
    return Recount(
        practice=report.get("OtherReportType") == PRACTICE,
        unit=str(election["ElectionScopeId"]),
        round=str(election["@id"]),
        title=str(election["Name"]),
        names=names,
        labels=labels,
        styles={
            one: StyleRecount(
                validity[one]["valid"],
                validity[one][INVALID],
                {contest: dict(rows[one, contest]) for contest in contests[one]},
            )
            for one in styles
        },
    )


def differences(found: Recount, bundle: Bundle) -> list[str]:
    """Return, in sentences, where the records do not add up to what a results bundle says."""
    told = [
        (_("rehearsal or real"), found.practice, bundle.practice),
        (_("unit"), found.unit, bundle.unit),
        (_("round"), found.round, bundle.round),
        (_("kinds of ballot"), sorted(found.styles), sorted(style.id for style in bundle.tally.styles)),
    ]
    wrong = [(what, here, there) for what, here, there in told if here != there]
    if not wrong:
        for style in bundle.tally.styles:
            wrong += _differ(style, found.styles[style.id])
    return [
        _("{what}: {here} by the records, {there} by the bundle.").format(what=what, here=here, there=there)
        for what, here, there in wrong
    ]


def _differ(style: StyleTally, found: StyleRecount) -> list[tuple[str, object, object]]:
    told: list[tuple[str, object, object]] = [
        (_("{ballot}, ballots").format(ballot=style.id), found.valid + found.invalid, style.read),
        (_("{ballot}, valid").format(ballot=style.id), found.valid, style.valid),
        (_("{ballot}, invalid").format(ballot=style.id), found.invalid, style.invalid),
        (
            _("{ballot}, rows").format(ballot=style.id),
            sorted(found.rows),
            sorted(contest.id for contest in style.contests),
        ),
    ]
    for contest in style.contests:
        here = Counter(found.rows.get(contest.id, {}))
        for said, count in _told_of(contest).items():
            told.append((f"{contest.name}, {said}", here[said], count))
    return [one for one in told if one[1] != one[2]]


def _told_of(contest: ContestTally) -> dict[str, int]:
    others = {BLANK: contest.blank, OVERVOTED: contest.overvoted, SPOILED: contest.spoiled}
    return {**contest.votes, **others, "undecided": contest.undecided}


def _contests(
    told: Sequence[Any],
) -> tuple[dict[tuple[str, str], dict[str, str]], dict[tuple[str, str], str], dict[str, str]]:
    """Return of each row what each selection's id says, the row's name, and the options' words."""
    selections: dict[tuple[str, str], dict[str, str]] = {}
    names: dict[tuple[str, str], str] = {}
    labels: dict[str, str] = {}
    for contest in told:
        style, row = contest["@id"].split(".")
        if (style, row) in selections:
            raise ValueError(_("it names the row {id} twice").format(id=contest["@id"][:80]))
        options: dict[str, str] = defaultdict(str)
        for one in contest["ContestSelection"]:
            *of, option = one["@id"].split(".")
            if of != [style, row] or option in _BY_STATUS.values():
                raise ValueError(_("{id} is no option of its row").format(id=one["@id"][:80]))
            options[one["@id"]] = option
            labels.setdefault(option, str(one["Selection"]))
        selections[style, row] = dict(options)
        names[style, row] = str(contest["Name"])
    return selections, names, labels


def _row(
    row: Mapping[str, Any], style: str, selections: Mapping[tuple[str, str], Mapping[str, str]]
) -> tuple[str, str]:
    of, contest = row["ContestId"].split(".")
    options = selections[of, contest]
    if of != style:
        raise ValueError(_("a row of another kind of ballot"))
    chosen = row.get("CVRContestSelection", [])
    if "Status" in row:
        (status,) = row["Status"]
        if chosen:
            raise ValueError(_("a row that chooses and does not"))
        return contest, _BY_STATUS[status]
    (selection,) = chosen
    (position,) = selection["SelectionPosition"]
    if (position["HasIndication"], position["NumberVotes"], position["IsAllocable"]) != ("yes", 1, "yes"):
        raise ValueError(_("a choice that is not one vote"))
    return contest, options[selection["ContestSelectionId"]]


def _not_ours(name: str, why: str) -> CvrError:
    return CvrError(
        _("{file} can't be counted: {why}.").format(file=name, why=why),
        hint=_("`phieu export ROUND --to cvr` writes the file that this command reads."),
    )
