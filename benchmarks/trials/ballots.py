"""What stands on one page: which marks, whose ink, and what may truly be read.

A field's admissible states follow from what was drawn there, and from nothing else. A row is *plain* where
exactly one field has a clear mark and no ink is there that only people can decide: only plain rows count
for the shares sent to people. Stray ink has its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from phieu.forms.form import Box, Field, FieldKind, Form

from . import figures, inks, writing
from .hands import Voter, new_voter
from .papers import Image

Rng = np.random.Generator

_USUAL = {
    "cross": 0.6,
    "tick": 0.29,
    "overshoot": 0.03,
    "fill": 0.025,
    "circle": 0.025,
    "line": 0.02,
    "faint": 0.01,
}
"""Kinds of clear marks, as shares of voters; single marks differ from their voter's habit now and then."""
_OTHER_KIND = 0.03
_DOUBT, _TOUCH, _BLANK, _DOUBLE = 0.012, 0.01, 0.01, 0.005
"""Shares of rows; far more than are met, so that there are enough of them to err on."""
STRAYS = ("struck_name", "written_name", "signature", "note")
_STRAY_PAGES = 0.4
_REACH_MM = 25.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a cell of the table asks of its pages."""

    mark: str | None = None
    """All clear marks are of this kind, or in every third row a doubt or touch is."""
    pen: str | None = None
    stray: bool = True


@dataclass(frozen=True, slots=True)
class FieldTruth:
    """What stands in one field."""

    field: Field
    mark: str | None
    admissible: frozenset[str]

    @property
    def only_people(self) -> bool:
        """Tell whether its only admissible state is unclear."""
        return self.admissible == {"unclear"}


@dataclass(frozen=True, slots=True)
class StrayTruth:
    """Ink that answers no question."""

    what: str
    contest: str | None
    box_mm: Box


@dataclass(slots=True)
class Truth:
    """What stands on one page."""

    form: str
    page: int
    source: str
    pen: str
    fields: dict[tuple[str, str], FieldTruth] = field(default_factory=dict)
    strays: list[StrayTruth] = field(default_factory=list)

    def rows(self) -> dict[str, list[FieldTruth]]:
        """Return the fields of each contest."""
        rows: dict[str, list[FieldTruth]] = {}
        for one in self.fields.values():
            rows.setdefault(one.field.contest, []).append(one)
        return rows

    def plain(self, row: Sequence[FieldTruth]) -> bool:
        """Tell whether a row has one clear mark and nothing that only people can decide."""
        marked = sum("marked" in one.admissible for one in row)
        return marked == 1 and not any(one.only_people for one in row)


def fill_in(
    page: Image, px_per_mm: float, form: Form, number: int, source: str, wanted: Wanted, rng: Rng
) -> Truth:
    """Mark a printed page, in place, as one voter does; return what stands there then."""
    voter = new_voter(source, rng, wanted.pen)
    truth = Truth(form.id, number, source, voter.pen.kind)
    fields = [f for f in form.fields if f.page == number and f.kind is FieldKind.CHECK]
    boxes = {f: f.box_mm for f in fields}
    plans, arrows = _votes(fields, wanted, rng)
    for one in fields:
        mark = plans.get(one)
        if mark is not None:
            others = [box for f, box in boxes.items() if f is not one and _near(box, one.box_mm)]
            towards = boxes[arrows[one]] if one in arrows else None
            voter.mark(page, px_per_mm, mark, one.box_mm, others, rng, towards)
        truth.fields[one.contest, one.option] = FieldTruth(one, mark, figures.admissible(mark))
    if wanted.stray and rng.random() < _STRAY_PAGES:
        for what in rng.choice(STRAYS, int(rng.integers(1, 3)), replace=False):
            truth.strays += _stray(page, px_per_mm, form, number, str(what), voter, rng)
    return truth


def _near(one: Box, other: Box) -> bool:
    """Tell whether a mark in one box may reach the other."""
    return abs(one.x - other.x) < _REACH_MM and abs(one.y - other.y) < _REACH_MM


def _votes(fields: Sequence[Field], wanted: Wanted, rng: Rng) -> tuple[dict[Field, str], dict[Field, Field]]:
    """Return the marks of a ballot, and for arrows where they lead."""
    rows: dict[str, list[Field]] = {}
    for one in fields:
        rows.setdefault(one.contest, []).append(one)
    kinds, shares = list(_USUAL), np.array(list(_USUAL.values()))
    habit = str(rng.choice(kinds, p=shares / shares.sum()))
    special = wanted.mark if wanted.mark in (*figures.DOUBTS, *figures.TOUCHES) else None
    if wanted.mark is not None:
        habit = wanted.mark if special is None else ("cross" if rng.random() < 0.6 else "tick")
    leaning = rng.dirichlet(np.linspace(3, 1, max(len(row) for row in rows.values())))
    plans: dict[Field, str] = {}
    arrows: dict[Field, Field] = {}
    for number, row in enumerate(rows.values()):
        weights = leaning[: len(row)] / leaning[: len(row)].sum()
        chosen = row[int(rng.choice(len(row), p=weights))]
        others = [one for one in row if one is not chosen]
        whim = rng.random()
        if wanted.mark is None and whim < _BLANK:
            continue
        kind = habit
        if wanted.mark is None and rng.random() < _OTHER_KIND:
            kind = str(rng.choice(kinds, p=shares / shares.sum()))
        plans[chosen] = kind
        if not others:
            continue
        other = others[int(rng.integers(0, len(others)))]
        if special is not None:
            extra = special if number % 3 == 1 else None
        else:
            extra = _whim(whim - _BLANK, kind, rng) if wanted.mark is None else None
        if extra is not None:
            plans[other] = extra
            if extra == "arrow":
                arrows[other] = chosen
    return plans, arrows


def _whim(whim: float, kind: str, rng: Rng) -> str | None:
    """Return what else a voter leaves in a row, if anything."""
    if whim < _DOUBLE:
        return kind
    if whim < _DOUBLE + _DOUBT:
        return str(rng.choice(figures.DOUBTS))
    if whim < _DOUBLE + _DOUBT + _TOUCH:
        return str(rng.choice(figures.TOUCHES))
    return None


def _stray(
    page: Image, px_per_mm: float, form: Form, number: int, what: str, voter: Voter, rng: Rng
) -> list[StrayTruth]:
    """Leave ink that answers no question; return where, or nothing where there is no room."""
    arm, zones = voter.arm, [zone for zone in form.zones if zone.page == number]
    if what in ("struck_name", "written_name"):
        if not zones:
            return []
        zone = zones[int(rng.integers(0, len(zones)))]
        box = zone.box_mm
        if what == "struck_name":
            drawn = writing.strike(box, arm, rng)
        else:
            height = min(3.2, box.h * 0.45)
            wide = float(rng.uniform(10, max(11, box.w * 0.7)))
            place = Box(box.x + 1.5, box.y + box.h - height - 0.3, min(wide, box.w - 3), height)
            drawn = writing.words(place, arm, rng)
        contest: str | None = zone.contest
    else:
        box = _free_place(form, number, what, rng)
        drawn = (writing.signature if what == "signature" else writing.words)(box, arm, rng)
        contest = None
    if not drawn:
        return []
    inks.lay(page, drawn, voter.pen, px_per_mm, rng)
    way = np.vstack([track.xy_mm for track in drawn])
    low, high = way.min(axis=0), way.max(axis=0)
    return [StrayTruth(what, contest, Box(float(low[0]), float(low[1]), *(float(v) for v in high - low)))]


def _free_place(form: Form, number: int, what: str, rng: Rng) -> Box:
    """Return a place at the foot, beside the code, where nothing is asked and little printed."""
    width, height = form.paper_mm
    code = form.frame.code
    small = width < 180
    if what == "signature":
        w, h = (24.0, 9.0) if small else (float(rng.uniform(28, 42)), float(rng.uniform(9, 14)))
    else:
        w, h = (24.0, 3.5) if small else (float(rng.uniform(20, 42)), float(rng.uniform(3, 4.5)))
    left = rng.random() < 0.5
    x = 20.0 if left else code.x + code.w + 7
    room = (code.x - 7 if left else width - 20) - x
    w = min(w, room)
    y = height - 11 - h - float(rng.uniform(0, 6))
    return Box(x, y, w, h)
