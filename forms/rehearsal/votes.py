"""The votes of a rehearsal: what each practice ballot says, from a file or drawn at random.

A votes file is CSV with the columns `style,ballot,contest,option,mark`, one row a mark. Ballots of a style
are numbered from 1 without a gap; one on which nothing is marked is a row whose contest, option and mark are
empty. Two marks in one contest are two rows.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import ExitCode, PhieuError
from ...words import _
from ..form import FieldKind, Form
from .marks import CLEAR, Mark

COLUMNS = ("style", "ballot", "contest", "option", "mark")
MAX_BALLOTS = 20_000
"""Of one style: a rehearsal, not a load test."""
_MAX_BYTES = 200_000_000
_SHOWN = 20


class VotesError(PhieuError):
    """The votes file can't be used as it is written."""

    exit_code = ExitCode.BAD_VOTES


@dataclass(frozen=True, slots=True)
class PlannedMark:
    """One mark that a practice voter makes."""

    contest: str
    option: str
    mark: Mark


Ballots = tuple[tuple[PlannedMark, ...], ...]
"""The marks of each ballot of a style; ballot 1 comes first."""


def read_votes(path: Path, forms: Mapping[str, Form]) -> dict[str, Ballots]:
    """Return the ballots of each style that the file fills in.

    Args:
        path: the votes file.
        forms: the form of each ballot style of the round.

    Raises:
        VotesError: with the lines that can't be used, and what to write instead.
    """
    text = _text(path)
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    header = tuple(cell.strip().lower() for cell in next(rows, []))
    if missing := [column for column in COLUMNS if column not in header]:
        raise VotesError(
            _("{file}, line 1: these columns are missing: {columns}.").format(
                file=path, columns=", ".join(missing)
            ),
            hint=_("The first line must be: {header}").format(header=",".join(COLUMNS)),
        )
    places = [header.index(column) for column in COLUMNS]
    problems: list[str] = []
    found: dict[str, dict[int, dict[tuple[str, str], PlannedMark]]] = {}
    for cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        style, ballot, contest, option, mark = (cells[i].strip() if i < len(cells) else "" for i in places)
        problem = _problem(style, ballot, contest, option, mark, forms)
        marks = {} if problem else found.setdefault(style, {}).setdefault(int(ballot), {})
        if not problem and (contest, option) in marks:
            problem = _(
                "contest {contest}, option {option} has a mark on this ballot already; keep one of the rows"
            ).format(contest=contest, option=option)
        if problem:
            problems.append(_("line {line}: {problem}").format(line=rows.line_num, problem=problem))
        elif contest:
            marks[contest, option] = PlannedMark(contest, option, Mark(mark))
    if not problems:
        problems = [gap for style, ballots in found.items() for gap in _gaps(style, ballots)]
    if problems:
        more = len(problems) - _SHOWN
        shown = problems[:_SHOWN] + ([_("and {count} more").format(count=more)] if more > 0 else [])
        raise VotesError(
            _("{file} can't be used:\n{problems}").format(
                file=path, problems="\n".join(f"  {p}" for p in shown)
            ),
            hint=_("Mend these lines; nothing was written."),
        )
    if not found:
        raise VotesError(
            _("{file} has no votes in it.").format(file=path),
            hint=_("Write one row a mark, as {example}. Without --votes, votes are drawn at random.").format(
                example=_example(forms)
            ),
        )
    return {
        style: tuple(tuple(found[style][n].values()) for n in sorted(found[style]))
        for style in forms
        if style in found
    }


def draw_votes(form: Form, count: int, rng: np.random.Generator) -> Ballots:
    """Return plausible ballots: people are liked more or less, most voters mark cleanly."""
    if not 1 <= count <= MAX_BALLOTS:
        raise VotesError(
            _("A rehearsal can't have {count} ballots of a style.").format(count=count),
            hint=_("Give a number from 1 to {most}.").format(most=MAX_BALLOTS),
        )
    options: dict[str, list[str]] = {}
    for field in form.fields:
        if field.kind is not FieldKind.TEXT:
            options.setdefault(field.contest, []).append(field.option)
    liking = {c: rng.dirichlet([6 / (1 + 1.5 * i) for i in range(len(o))]) for c, o in options.items()}
    return tuple(_drawn(options, liking, rng) for _ballot in range(count))


def _drawn(
    options: Mapping[str, list[str]], liking: Mapping[str, NDArray[np.float64]], rng: np.random.Generator
) -> tuple[PlannedMark, ...]:
    habit = Mark(rng.choice(["cross", "tick", "fill", "circle", "line"], p=[0.62, 0.3, 0.03, 0.03, 0.02]))
    if rng.random() < 0.004:  # handed in empty
        return ()
    marks = []
    for contest, choices in options.items():
        chosen = str(rng.choice(choices, p=liking[contest]))
        others = [option for option in choices if option != chosen]
        other = str(rng.choice(others)) if others else None
        whim = rng.random()
        kind = Mark(rng.choice([m.value for m in CLEAR])) if rng.random() < 0.01 else habit
        if whim < 0.003:
            continue
        if whim < 0.009 and other:
            marks.append(PlannedMark(contest, other, Mark.CORRECTED if rng.random() < 0.6 else Mark.SCRIBBLE))
        elif whim < 0.012 and other:
            marks.append(PlannedMark(contest, other, kind))
        elif whim < 0.016 and other:
            marks.append(PlannedMark(contest, other, Mark.DOT))
        elif whim < 0.02:
            kind = Mark.FAINT
        marks.append(PlannedMark(contest, chosen, kind))
    return tuple(marks)


def _problem(style: str, ballot: str, contest: str, option: str, mark: str, forms: Mapping[str, Form]) -> str:
    """Return what is wrong with a row and what to write instead; empty where it is right."""
    if style not in forms:
        return _("there is no ballot style {style!r}; write one of: {known}").format(
            style=style, known=", ".join(forms)
        )
    if not (ballot.isascii() and ballot.isdigit() and 1 <= int(ballot[:9]) <= MAX_BALLOTS):
        return _("{ballot!r} is no ballot number; write a number from 1 to {most}").format(
            ballot=ballot, most=MAX_BALLOTS
        )
    if not contest and not option and not mark:
        return ""
    fields = {(f.contest, f.option) for f in forms[style].fields if f.kind is not FieldKind.TEXT}
    contests = list(dict.fromkeys(f.contest for f in forms[style].fields))
    if contest not in contests:
        return _("ballot style {style} has no contest {contest!r}; write one of: {known}").format(
            style=style, contest=contest, known=", ".join(contests)
        )
    if (contest, option) not in fields:
        return _("contest {contest} has no option {option!r}; write one of: {known}").format(
            contest=contest, option=option, known=", ".join(o for c, o in sorted(fields) if c == contest)
        )
    if mark not in {m.value for m in Mark}:
        return _("there is no mark {mark!r}; write one of: {known}").format(
            mark=mark, known=", ".join(m.value for m in Mark)
        )
    return ""


def _gaps(style: str, ballots: Mapping[int, object]) -> list[str]:
    return [
        _(
            "ballot {ballot} of style {style} is missing; if nothing is marked on it, write the row {row}"
        ).format(ballot=number, style=style, row=f"{style},{number},,,")
        for number in range(1, max(ballots) + 1)
        if number not in ballots
    ]


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes() if path.stat().st_size <= _MAX_BYTES else None
    except OSError as error:
        raise VotesError(
            _("The votes file {file} can't be read: {reason}.").format(file=path, reason=error.strerror),
            hint=_("Name a CSV file after --votes, or leave it out to draw votes at random."),
        ) from error
    try:
        if raw is None or b"\0" in raw:
            raise ValueError
        return raw.decode("utf-8-sig")
    except ValueError as error:
        raise VotesError(
            _("{file} is not a CSV file in UTF-8.").format(file=path),
            hint=_("In Excel, save it as “CSV UTF-8 (Comma delimited)”."),
        ) from error


def _delimiter(text: str) -> str:
    """Excel separates by semicolons where the comma is the decimal sign, as in Vietnam."""
    header = text.split("\n", 1)[0]
    return ";" if header.count(";") > header.count(",") else ","


def _example(forms: Mapping[str, Form]) -> str:
    style, form = next(iter(forms.items()))
    field = form.fields[0]
    return f"{style},1,{field.contest},{field.option},{Mark.CROSS}"
