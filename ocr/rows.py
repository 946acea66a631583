"""Is each row of boxes the row it is taken for? Asked where no name cells tell.

Rows of boxes look alike: where a sheet was pleated, or slipped by about a row, boxes lock onto the row above
or below. What tells is print beside the boxes that other rows don't have, as numbers and words; and corner
tags and code, which are what they say. A row is told where its own print is there, or where what tells above
it and what tells below it both lie where its boxes have them: nothing was lost or came twice between the two.

Columns are told by tags and code alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from . import drift, patches
from .blank import BLANK_MATRIX, BlankPage
from .fix import Fix
from .patches import HALF_MM, Coarse
from .place import Gray, Points
from .register import Registration

_SHARE_OF_PITCH = 0.42
_STEP_MM = 4.0
_CLEAR_MM = 0.8
_SLACK_MM = 0.75
_NEIGHBOURS = (-2, -1, 1, 2)
_LIKE = 0.55
_AHEAD = 0.12
_TELLING = 0.6
"""Print that is more like that of a neighbouring row, on the blank form, tells nothing."""
_MOST = 3


@dataclass(frozen=True, eq=False)
class _Telling:
    """A place beside a row where its print is like that of no neighbouring row."""

    row: int
    centre_mm: tuple[float, float]
    picture: Gray
    others: tuple[Gray, ...]
    """The same place in the neighbouring rows."""


def untold(image: Gray, page: BlankPage, where: Registration, fix: Fix) -> NDArray[np.bool_]:
    """Tell the fields of a page, (fields,), that may be those of another row or column.

    Args:
        image: the page image.
        page: the blank page.
        where: where its fields lie.
        fix: the first fix that it rests on.
    """
    anchors = drift.rebased(fix.matrix, where.matrix, fix.anchors_mm, np.zeros_like(fix.anchors_mm))
    beside = anchors - where.shift_of(fix.anchors_mm)
    columns = _column_pitch_mm(page)
    if (np.abs(beside[:, 0]) > _SHARE_OF_PITCH * columns).any():
        return np.ones(len(page.fields), dtype=bool)
    named = {zone.contest for zone in page.zones}
    nameless = np.array([field.contest not in named for field in page.fields], dtype=bool)
    if not nameless.any() or not np.isfinite(page.row_pitch_mm):
        return np.zeros(len(page.fields), dtype=bool)
    said = _said(image, page, where)
    told = _told(page, where, fix.anchors_mm, anchors, said)
    return nameless & ~told[page.rows]


def _told(
    page: BlankPage, where: Registration, anchors_mm: Points, anchors_shift: Points, said: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Return for each row whether it is told from its neighbours."""
    slack = _SHARE_OF_PITCH * page.row_pitch_mm
    rows = np.arange(len(said))
    heights = np.array([page.centres_mm[page.rows == row, 1].mean() for row in rows])
    shifts = np.array([_row_shift(page, where, int(row)) for row in rows])
    jumps = np.concatenate(([False], np.abs(np.diff(shifts)) > slack))
    above, below = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for told, order, sign in ((above, rows, 1), (below, rows[::-1], -1)):
        beyond = (anchors_mm[:, 1] - heights[order[0]]) * sign < 0
        vouched = bool((np.abs(anchors_shift[beyond, 1] - shifts[order[0]]) <= slack).any())
        for i, row in enumerate(order):
            broken = jumps[row] if sign > 0 else (i > 0 and jumps[row + 1])
            vouched = said[row] > 0 or (vouched and not broken and said[row] == 0)
            told[row] = vouched
    return above & below


def _row_shift(page: BlankPage, where: Registration, row: int) -> float:
    """Return how far down a row's boxes lie from where the map puts them, in mm."""
    here = page.rows == row
    return float(np.median(where.shift_mm[here & where.held if (here & where.held).any() else here, 1]))


def _said(image: Gray, page: BlankPage, where: Registration) -> NDArray[np.int64]:
    """Return what each row's own print says: 1 it is this row, -1 it is another, 0 nothing."""
    telling = _telling(page)
    said = np.zeros(int(page.rows.max()) + 1, dtype=np.int64)
    if not telling:
        return said
    coarse = Coarse.of(image, where.matrix, page)
    centres = np.array([one.centre_mm for one in telling])
    # The boxes say where their row's print must be; print further off belongs to another row.
    areas = patches.fetched(coarse, where.matrix, centres + _beside(page, where, telling), _SLACK_MM)
    votes: dict[int, list[int]] = {}
    for one, area in zip(telling, areas, strict=True):
        own = float(patches.alike(area, one.picture).max())
        other = max(float(patches.alike(area, picture).max()) for picture in one.others)
        vote = 1 if own >= max(_LIKE, other + _AHEAD) else -1 if other >= max(_LIKE, own + _AHEAD) else 0
        votes.setdefault(one.row, []).append(vote)
    for row, cast_ in votes.items():
        said[row] = 0 if {1, -1} <= set(cast_) else max(cast_, key=abs)
    return said


def _beside(page: BlankPage, where: Registration, telling: Sequence[_Telling]) -> Points:
    """Return the shift of the print beside rows: up and down, it is that of their boxes."""
    shift = where.shift_of(np.array([one.centre_mm for one in telling]))
    for i, one in enumerate(telling):
        here = (page.rows == one.row) & where.held
        if here.any() and np.abs(shift[i, 1] - (own := np.median(where.shift_mm[here, 1]))) > 0.5:
            shift[i, 1] = own
    return shift


@lru_cache(maxsize=64)
def _telling(page: BlankPage) -> tuple[_Telling, ...]:
    """Return the places beside rows that tell them from their neighbours, at most three a row."""
    rows = np.arange(int(page.rows.max()) + 1)
    heights = np.array([page.centres_mm[page.rows == row, 1].mean() for row in rows])
    coarse = Coarse.of(page.image, BLANK_MATRIX, page)
    out: list[_Telling] = []
    across = np.arange(HALF_MM[0] + 1, page.paper_mm[0] - HALF_MM[0] - 1, _STEP_MM)
    for row in rows:
        free = [x for x in across if not _is_taken(page, float(x), float(heights[row]))]
        if not free:
            continue
        own = np.array([(x, heights[row]) for x in free])
        pictures = patches.fetched(coarse, BLANK_MATRIX, own, 0.0)
        inked = np.flatnonzero(pictures.reshape(len(free), -1).std(axis=1) > 12)
        neighbours = [row + by for by in _NEIGHBOURS if 0 <= row + by < len(rows)]
        found = []
        for i in inked:
            there = np.array([(free[i], heights[other]) for other in neighbours])
            areas = patches.fetched(coarse, BLANK_MATRIX, there, _SLACK_MM)
            like = max((float(patches.alike(area, pictures[i]).max()) for area in areas), default=1.0)
            if like < _TELLING:
                others = tuple(patches.fetched(coarse, BLANK_MATRIX, there, 0.0))
                found.append(
                    (like, _Telling(int(row), (float(free[i]), float(heights[row])), pictures[i], others))
                )
        out += [one for _like, one in sorted(found, key=lambda pair: pair[0])[:_MOST]]
    return tuple(out)


def _is_taken(page: BlankPage, x: float, y: float) -> bool:
    boxes = (*(field.box_mm for field in page.fields), *page.tags.values(), page.code, page.seal)
    across, down = HALF_MM[0] + _CLEAR_MM, HALF_MM[1] + _CLEAR_MM
    return any(
        box.x - across < x < box.x + box.w + across and box.y - down < y < box.y + box.h + down
        for box in boxes
    )


@lru_cache(maxsize=256)
def _column_pitch_mm(page: BlankPage) -> float:
    """Return the smallest distance between two fields of one row; infinite where no row has two."""
    steps = [
        np.diff(np.sort(page.centres_mm[page.rows == row, 0])).min(initial=np.inf)
        for row in np.unique(page.rows)
    ]
    return float(min(steps, default=np.inf))
