"""Upright lines that stand exactly above each other in several boxes: a streak that looks like marks in each.

A streak goes on above and below each box, and leaves out none between. Ticks and rings of a hand that puts
them always in the same place have legs and sides above each other, too, but these end.
"""

from collections.abc import Sequence

import numpy as np

from .blank import BlankPage
from .ink import PX_PER_MM
from .kinds import Figure
from .rule import Sight

_STREAK = 3
_STREAK_MM = 0.35
_STREAK_LEAN = 0.14
_STREAK_ASIDE_MM = 1.0
_LEFT_OUT = 0.25
_STREAK_PX = 3
_STREAK_ON = 0.6
"""A streak goes on above and below the box, in so many of the rows of pixels in which it could be seen."""
_OUTLINE_PX, _END_PX = 7, 6


def streaked(
    page: BlankPage,
    marks: Sequence[int],
    clean: Sequence[int],
    sights: Sequence[Sight],
    figures: Sequence[Figure],
) -> list[int]:
    """Return the marks that are upright lines of which three or more stand above each other: a streak.

    What leaves out clean boxes between them is none.
    """
    lines = [
        (m, *(page.centres_mm[marks[m]] + (x - sights[m].ink.shape[1] / 2 / PX_PER_MM, 0.0)))
        for m, one in enumerate(figures)
        for x in one.upright_mm
        if _goes_on(sights[m], x)
    ]
    if len(lines) < _STREAK:
        return []
    which, x, y = (np.array(values) for values in zip(*lines, strict=True))
    apart = y[None] - y[:, None]
    # Two in one box have no lean that would tell anything.
    lean = np.where(np.abs(apart) > 1, (x[None] - x[:, None]) / np.where(apart == 0, 1, apart), 1.0)
    on = np.abs(x[:, None, None] + lean[:, :, None] * (y[None, None] - y[:, None, None]) - x[None, None])
    together = (on < _STREAK_MM) & (np.abs(lean) < _STREAK_LEAN)[:, :, None]
    one, other = np.nonzero(together.sum(axis=2) >= _STREAK)
    there = together[one, other]
    first, last = (np.where(there, y, fill).T for fill in (np.inf, -np.inf))
    at_x, at_y = page.centres_mm[list(clean)].T
    lies = x[one, None] + lean[one, other, None] * (at_y - y[one, None])
    within = np.abs(lies - at_x) < page.sizes_mm[list(clean), 0] / 2 - _STREAK_ASIDE_MM
    within &= (at_y > first.min(axis=0)[:, None]) & (at_y < last.max(axis=0)[:, None])
    there &= (within.sum(axis=1) <= _LEFT_OUT * there.sum(axis=1))[:, None]
    return sorted({int(which[k]) for k in np.flatnonzero(there.any(axis=0))})


def _goes_on(one: Sight, x_mm: float) -> bool:
    """Tell whether there is ink above and below the box where an upright line in it would go on."""
    rows = np.flatnonzero(one.inner.any(axis=1))
    x = round(x_mm * PX_PER_MM)
    part = slice(max(x - _STREAK_PX, 0), x + _STREAK_PX + 1)
    for beyond in (slice(0, max(rows[0] - _OUTLINE_PX, 0)), slice(rows[-1] + _OUTLINE_PX, None)):
        seen = np.logical_not(one.printed[beyond, part].any(axis=1))
        inked = np.logical_and(one.ink[beyond, part].any(axis=1), seen)
        for end in (slice(None), slice(0, _END_PX), slice(-_END_PX, None)):
            if np.count_nonzero(inked[end]) < _STREAK_ON * np.count_nonzero(seen[end]):
                return False
    return True
