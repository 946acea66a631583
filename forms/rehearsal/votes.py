"""What practice ballots say, and how it is drawn at random where nobody says it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ExitCode, PhieuError
from ...words import _
from ..form import FieldKind, Form
from .marks import CLEAR, Mark

MAX_BALLOTS = 20_000
"""Of one style: a rehearsal, not a load test."""


class VotesError(PhieuError):
    """The votes of a rehearsal can't be used as they are asked for."""

    exit_code = ExitCode.BAD_VOTES


@dataclass(frozen=True, slots=True)
class PlannedMark:
    """One mark that a practice voter makes."""

    contest: str
    option: str
    mark: Mark


Ballots = tuple[tuple[PlannedMark, ...], ...]
"""The marks of each ballot of a style; ballot 1 comes first."""


def options_of(form: Form) -> dict[str, list[str]]:
    """Return the contests of a form with their options, as on the ballot; text fields are left out."""
    options: dict[str, list[str]] = {}
    for field in form.fields:
        if field.kind is not FieldKind.TEXT:
            options.setdefault(field.contest, []).append(field.option)
    return options


def draw_votes(form: Form, count: int, rng: np.random.Generator) -> Ballots:
    """Return plausible ballots: people are liked more or less, most voters mark cleanly."""
    if not 1 <= count <= MAX_BALLOTS:
        raise VotesError(
            _("A rehearsal can't have {count} ballots of a style.").format(count=count),
            hint=_("Give a number from 1 to {most}.").format(most=MAX_BALLOTS),
        )
    options = options_of(form)
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
