"""A votes file: what each practice ballot says, as the office wants to rehearse it.

It is CSV with the columns `style,ballot,contest,option,mark`, one row a mark. Ballots of a style are numbered
from 1 without a gap; one on which nothing is marked is a row whose contest, option and mark are empty. Two
marks in one contest are two rows.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...words import _
from ..form import Form
from .marks import Mark
from .votes import MAX_BALLOTS, Ballots, PlannedMark, VotesError, options_of

COLUMNS = ("style", "ballot", "contest", "option", "mark")
_MAX_BYTES = 200_000_000
_SHOWN = 20
"""Problems that are told at once."""

_Marks = dict[tuple[str, str], PlannedMark]


def read_votes(path: Path, forms: Mapping[str, Form]) -> dict[str, Ballots]:
    """Return the ballots of each style that the file fills in.

    Args:
        path: the votes file.
        forms: the form of each ballot style of the round.

    Raises:
        VotesError: with the lines that can't be used, and what to write instead.
    """
    options = {style: options_of(form) for style, form in forms.items()}
    found: dict[str, dict[int, _Marks]] = {}
    problems: list[str] = []
    for line, (style, ballot, contest, option, mark) in _rows(path):
        problem = _problem(style, ballot, contest, option, mark, options)
        if not problem:
            marks = found.setdefault(style, {}).setdefault(int(ballot), {})
            if (contest, option) in marks:
                problem = _(
                    "contest {contest}, option {option} is marked on this ballot already; keep one row"
                ).format(contest=contest, option=option)
            elif contest:
                marks[contest, option] = PlannedMark(contest, option, Mark(mark))
        if problem:
            problems.append(_("line {line}: {problem}").format(line=line, problem=problem))
    if not problems:
        problems = [gap for style, ballots in found.items() for gap in _gaps(style, ballots)]
    if problems:
        raise _unusable(path, problems)
    if not found:
        raise VotesError(
            _("{file} has no votes in it.").format(file=path),
            hint=_("Write one row a mark, as {example}. Without --votes, votes are drawn at random.").format(
                example=_example(options)
            ),
        )
    return {
        style: tuple(tuple(found[style][number].values()) for number in sorted(found[style]))
        for style in forms
        if style in found
    }


def _rows(path: Path) -> Iterator[tuple[int, tuple[str, str, str, str, str]]]:
    """Yield the line number and the cells of each row that is not empty."""
    text = _text(path)
    reader = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    try:
        header = tuple(cell.strip().lower() for cell in next(reader, []))
        if missing := [column for column in COLUMNS if column not in header]:
            raise VotesError(
                _("{file}, line 1: these columns are missing: {columns}.").format(
                    file=path, columns=", ".join(missing)
                ),
                hint=_("The first line must be: {header}").format(header=",".join(COLUMNS)),
            )
        places = [header.index(column) for column in COLUMNS]
        for cells in reader:
            if any(cell.strip() for cell in cells):
                style, ballot, contest, option, mark = (
                    cells[place].strip() if place < len(cells) else "" for place in places
                )
                yield reader.line_num, (style, ballot, contest, option, mark)
    except csv.Error as error:
        raise _no_csv(path) from error


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else b"\0"
    except OSError as error:
        raise VotesError(
            _("The votes file {file} can't be read: {reason}.").format(file=path, reason=error.strerror),
            hint=_("Name a CSV file after --votes, or leave it out to draw votes at random."),
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_csv(path) from error
    if "\0" in text:
        raise _no_csv(path)
    return text


def _delimiter(text: str) -> str:
    """Excel separates by semicolons where the comma is the decimal sign, as in Vietnam."""
    header = text.split("\n", 1)[0]
    return ";" if header.count(";") > header.count(",") else ","


def _problem(
    style: str,
    ballot: str,
    contest: str,
    option: str,
    mark: str,
    options: Mapping[str, Mapping[str, list[str]]],
) -> str:
    """Return what is wrong with a row and what to write instead; empty where it is right."""
    if style not in options:
        return _("there is no ballot style “{style}”; write one of: {known}").format(
            style=style, known=", ".join(options)
        )
    if not (ballot.isascii() and ballot.isdigit() and 1 <= int(ballot[:9]) <= MAX_BALLOTS):
        return _("“{ballot}” is no ballot number; write a number from 1 to {most}").format(
            ballot=ballot, most=MAX_BALLOTS
        )
    if not (contest or option or mark):
        return ""
    if contest not in options[style]:
        return _("ballot style {style} has no contest “{contest}”; write one of: {known}").format(
            style=style, contest=contest, known=", ".join(options[style])
        )
    if option not in options[style][contest]:
        return _("contest {contest} has no option “{option}”; write one of: {known}").format(
            contest=contest, option=option, known=", ".join(options[style][contest])
        )
    if mark not in Mark.__members__.values():
        return _("there is no mark “{mark}”; write one of: {known}").format(mark=mark, known=", ".join(Mark))
    return ""


def _gaps(style: str, ballots: Mapping[int, object]) -> list[str]:
    return [
        _(
            "ballot {ballot} of style {style} is missing; if nothing is marked on it, write the row {row}"
        ).format(ballot=number, style=style, row=f"{style},{number},,,")
        for number in range(1, max(ballots) + 1)
        if number not in ballots
    ]


def _unusable(path: Path, problems: list[str]) -> VotesError:
    more = len(problems) - _SHOWN
    shown = problems[:_SHOWN] + ([_("and {count} more").format(count=more)] if more > 0 else [])
    return VotesError(
        _("{file} can't be used:\n{problems}").format(file=path, problems="\n".join(f"  {p}" for p in shown)),
        hint=_("Mend these lines; nothing was written."),
    )


def _no_csv(path: Path) -> VotesError:
    return VotesError(
        _("{file} is not a CSV file in UTF-8.").format(file=path),
        hint=_("In Excel, save it as “CSV UTF-8 (Comma delimited)”."),
    )


def _example(options: Mapping[str, Mapping[str, list[str]]]) -> str:
    style, contests = next(iter(options.items()))
    contest, choices = next(iter(contests.items()))
    return f"{style},1,{contest},{choices[0]},{Mark.CROSS}"
