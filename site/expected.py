"""Figures that were published elsewhere, held against what was counted here.

Comes in: a table `style,contest,high,confidence,low` (one column an option of the rule set; also `name`,
and `round` where several rounds are published). Goes out: a sentence for each difference. A count that
differs from what was announced is a defect of one of the two; it is never published over it.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import ExitCode, PhieuError
from ..words import _
from .results import Results

_LARGEST_BYTES = 5_000_000


class UnusableFigures(PhieuError):
    """A table of published figures that can't be read."""

    exit_code = ExitCode.BAD_VOTES


class ResultsDiffer(PhieuError):
    """The count does not equal the figures it was held against."""

    exit_code = ExitCode.RESULTS_DIFFER


@dataclass(frozen=True, slots=True)
class Published:
    """One line of the table."""

    line: int
    round: str
    style: str
    contest: str
    name: str
    votes: dict[str, int]


def refuse_if_different(results: Results, path: Path) -> None:
    """Stop a publication whose totals are not those of the table.

    Raises:
        ResultsDiffer: naming every difference.
        UnusableFigures: the table can't be read.
    """
    differences = list(_differences(results, _read(path)))
    if differences:
        raise ResultsDiffer(
            _("The count differs from {file}, so it is not published:").format(file=path.name)
            + "\n"
            + "\n".join(differences),
            hint=_("Find out which of the two is wrong before anything is published."),
        )


def _differences(results: Results, lines: list[Published]) -> Iterator[str]:
    counted = {
        (a_round.plan.id, style.id, contest.id): contest
        for a_round in results.rounds
        for style in a_round.tally.styles
        for contest in style.contests
    }
    only = results.rounds[0].plan.id if len(results.rounds) == 1 else ""
    held = set()
    for line in lines:
        key = (line.round or only, line.style, line.contest)
        where = " / ".join(part for part in key if part)
        contest = counted.get(key)
        if key in held:
            yield _("Line {line}: {where} stands in the table twice.").format(line=line.line, where=where)
        elif contest is None:
            yield _("Line {line}: {where} was not counted.").format(line=line.line, where=where)
        else:
            _refuse_missing_columns(line, contest.votes)
            if line.name and line.name != contest.name:
                yield _("Line {line}: {where} is {name} in the table, {counted} in the count.").format(
                    line=line.line, where=where, name=line.name, counted=contest.name
                )
            for option, votes in line.votes.items():
                if contest.votes.get(option) != votes:
                    yield _("{name} ({where}), {option}: {counted} counted, {published} published.").format(
                        name=contest.name,
                        where=where,
                        option=option,
                        counted=contest.votes.get(option, 0),
                        published=votes,
                    )
        held.add(key)
    for key in sorted(counted.keys() - held):
        yield _("{name} ({where}) is missing in the table.").format(
            name=counted[key].name, where=" / ".join(key)
        )


def _refuse_missing_columns(line: Published, counted: dict[str, int]) -> None:
    missing = [option for option in counted if option not in line.votes]
    if missing:
        raise UnusableFigures(
            _("The table of published figures has no column {options}, so it can't be compared.").format(
                options=", ".join(missing)
            ),
            hint=_("Its first line must be: {columns}").format(
                columns=",".join(("style", "contest", *counted))
            ),
        )


def _read(path: Path) -> list[Published]:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UnusableFigures(_("{file} is too large for a table of figures.").format(file=path.name))
        text = path.read_text(encoding="utf-8-sig")
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = [column.strip() for column in rows.fieldnames or []]
        rows.fieldnames = columns
        missing = [column for column in ("style", "contest") if column not in columns]
        options = [column for column in columns if column not in ("style", "contest", "name", "round", "")]
        if missing or not options:
            raise UnusableFigures(
                _("{file} lacks the columns it is read by.").format(file=path.name),
                hint=_("Its first line must be: style,contest,high,confidence,low"),
            )
        return [_line(path, rows.line_num, row, options) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnusableFigures(_("{file} can't be read as a table.").format(file=path.name)) from error


def _line(path: Path, line: int, row: dict[str, str | None], options: list[str]) -> Published:
    votes = {}
    for option in options:
        written = (row.get(option) or "").strip()
        if not (written.isascii() and written.isdigit() and len(written) <= 9):
            raise UnusableFigures(
                _("{file}, line {line}: {option} must be a number of ballots, not “{written}”.").format(
                    file=path.name, line=line, option=option, written=written[:40]
                )
            )
        votes[option] = int(written)
    text = {column: (row.get(column) or "").strip() for column in ("round", "style", "contest", "name")}
    return Published(line, text["round"], text["style"], text["contest"], text["name"], votes)
