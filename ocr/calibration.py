"""How well an office's own scanner tells marks from empty boxes, and what must therefore be unclear on it.

Comes in: what stands in the boxes of a rehearsal deck, as read by the program's own rule, with what truly
stands there where somebody knows. Goes out: how far marks and empty boxes lie apart, and an `UnclearZone`.

One idea makes the limits: real voters are more careless, and a real day is dirtier, than a rehearsal, by a
factor of two. So a mark must have twice the dark ink of the strongest dirt that the deck shows in an empty
box, and an empty box may have half the ink of the weakest mark. Where a limit says less than the rule itself,
the rule is what counts. A scanner on which people would have to look at a twentieth of all marks or a
hundredth of all empty boxes can't separate them; nor can one whose typical mark is hardly darker than what
the rule calls strong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from .place import px_per_mm
from .reading import FieldReading, PageReading, State
from .rule import MarkRule
from .zone import MOST_MM2, UnclearZone

LEAST_BOXES = 60
"""Marks, and empty boxes: with none wrong among so many, fewer than one in twenty is (three in n)."""
_RESERVE = 2.0
_MOST_UNCLEAR_MARKS = 0.05
_MOST_UNCLEAR_EMPTY = 0.01
_DARKNESS_RESERVE = 1.5
"""So many times the level of strong ink must a typical mark be darker than paper."""
_BY_AMOUNT = ("dot", "faint", "trace", "slight", "less_than_marks", "more_than_empty")
"""Reasons that say how much ink there is; others say where it comes from or what shape it has."""
_ABOUT_THE_MIDDLE_MM = (80.0, 100.0)
_FROM_ELSEWHERE = ("tail", "seal")


class Truth(StrEnum):
    """What truly stands in a box."""

    MARK = "mark"
    NOTHING = "nothing"
    DOUBTFUL = "doubtful"
    """A pen rest, a correction, a mark that was lost: it tells nothing of the scanner."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sample:
    """One box of the deck."""

    where: str
    """File, page, row and option, for people."""
    truth: Truth
    field: FieldReading

    def measure(self, name: str) -> float:
        """Return a feature; 0 where no ink was seen."""
        return dict(self.field.features).get(name, 0.0)


class Trouble(StrEnum):
    """Why a scanner, or a deck, is refused."""

    FEW = "few"
    MISSED = "missed"
    INVENTED = "invented"
    PALE = "pale"
    MARKS_UNCLEAR = "marks_unclear"
    EMPTY_UNCLEAR = "empty_unclear"


@dataclass(frozen=True, slots=True)
class Separation:
    """What a deck shows."""

    marks: tuple[Sample, ...]
    """Boxes that are marked: truly, or by the reader's word where the truth is unknown; weakest first."""
    empty: tuple[Sample, ...]
    """Boxes that are empty, in the same sense; those with the most ink first."""
    doubtful: tuple[Sample, ...]
    missed: tuple[Sample, ...]
    """True marks read as empty."""
    invented: tuple[Sample, ...]
    """Truly empty boxes read as marked."""
    zone: UnclearZone
    troubles: tuple[Trouble, ...]
    unclear_marks: tuple[float, float]
    """Share of the marks that are unclear for their little ink: by the rule alone, and with the zone."""
    unclear_empty: tuple[float, float]
    """The same of empty boxes, because of how much ink they have."""
    specks: float
    """Share of the empty boxes in which any ink was seen that comes from nowhere else."""
    darkness: float
    """Of a typical mark, 0 to 1."""
    faintest: Sample | None
    """The palest mark in which ink was found at all."""


def judge(samples: Sequence[Sample], rule: MarkRule) -> Separation:
    """Return what a deck shows of its scanner.

    Args:
        samples: every box of its pages that were read, by the program's own zone.
        rule: the numbers they were read by.
    """
    known = any(one.truth is not Truth.UNKNOWN for one in samples)
    marks, empty, doubtful = _sorted_known(samples) if known else _sorted_as_read(samples)
    marks = sorted(marks, key=lambda one: one.measure("strong_mm2"))
    empty = sorted(empty, key=lambda one: -_dirt(one))
    missed = tuple(one for one in marks if one.field.state is State.EMPTY)
    invented = tuple(one for one in empty if one.field.state is State.MARKED)
    zone = _zone(marks, empty, rule)
    unclear_marks = _share_unclear(marks, zone)
    unclear_empty = _share_unclear(empty, zone)
    found = [one for one in marks if one.measure("darkness") > 0]
    darkness = float(np.median([one.measure("darkness") for one in found])) if found else 0.0
    present = {
        Trouble.FEW: min(len(marks), len(empty)) < LEAST_BOXES,
        Trouble.MISSED: bool(missed),
        Trouble.INVENTED: bool(invented),
        Trouble.PALE: darkness < _DARKNESS_RESERVE * rule.strong,
        Trouble.MARKS_UNCLEAR: max(unclear_marks) > _MOST_UNCLEAR_MARKS,
        Trouble.EMPTY_UNCLEAR: max(unclear_empty) > _MOST_UNCLEAR_EMPTY,
    }
    return Separation(
        tuple(marks),
        tuple(empty),
        tuple(doubtful),
        missed,
        invented,
        zone,
        tuple(trouble for trouble, here in present.items() if here),
        unclear_marks,
        unclear_empty,
        float(np.mean([_dirt(one, "faint_mm2") > 0 for one in empty])) if empty else 0.0,
        darkness,
        min(found, key=lambda one: one.measure("darkness"), default=None),
    )


def dots_per_inch(readings: Iterable[PageReading]) -> int:
    """Return the resolution of a deck as it is measured on its pages; 0 where none was placed."""
    found = [
        px_per_mm(np.reshape(reading.place, (3, 3)), _ABOUT_THE_MIDDLE_MM)
        for reading in readings
        if reading.place is not None
    ]
    return round(25.4 * float(np.median(found))) if found else 0


def _sorted_known(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample], list[Sample]]:
    """Sort by the truth; boxes of which it says nothing tell nothing."""
    return (
        [one for one in samples if one.truth is Truth.MARK],
        [one for one in samples if one.truth is Truth.NOTHING],
        [one for one in samples if one.truth in (Truth.DOUBTFUL, Truth.UNKNOWN)],
    )


def _sorted_as_read(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample], list[Sample]]:
    """Sort by what was read. What is unclear by its amount of ink may be a mark: it counts as a weak one."""
    marks = [
        one
        for one in samples
        if one.field.state is State.MARKED
        or (one.field.state is State.UNCLEAR and one.field.why in ("faint", "slight"))
    ]
    empty = [one for one in samples if one.field.state is State.EMPTY]
    sure = {id(one) for one in (*marks, *empty)}
    return marks, empty, [one for one in samples if id(one) not in sure]


def _zone(marks: Sequence[Sample], empty: Sequence[Sample], rule: MarkRule) -> UnclearZone:
    """Return the zone: from half of the weakest mark's ink to twice the strongest dirt's."""
    dirt = max((_dirt(one) for one in empty), default=0.0)
    weakest = min((one.measure("faint_mm2") for one in marks if one.measure("faint_mm2") > 0), default=None)
    mark_mm2 = min(_RESERVE * dirt, MOST_MM2)
    return UnclearZone(
        mark_mm2=round(mark_mm2, 3) if mark_mm2 > rule.least_area_mm2 else 0.0,
        empty_mm2=None if weakest is None else round(min(weakest / _RESERVE, MOST_MM2), 3),
    )


def _dirt(one: Sample, measure: str = "strong_mm2") -> float:
    """Return how much ink an empty box has that is known by nothing but its amount, unlike a line's."""
    field = one.field
    own = field.why in _BY_AMOUNT if field.state is State.UNCLEAR else field.why not in _FROM_ELSEWHERE
    return one.measure(measure) if own else 0.0


def _share_unclear(samples: Sequence[Sample], zone: UnclearZone) -> tuple[float, float]:
    if not samples:
        return 0.0, 0.0
    before = [one.field for one in samples]
    return (_by_amount(before), _by_amount(zone.over(before)))


def _by_amount(fields: Sequence[FieldReading]) -> float:
    return sum(one.state is State.UNCLEAR and one.why in _BY_AMOUNT for one in fields) / len(fields)
