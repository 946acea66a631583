"""A level line through a mark: the commonest way to strike one out, however the rest of the mark looks.

The line comes in on the left of the box, goes on level through it and leaves on the right, and there is more
in the box than this line. A line that leaves on one side only, but goes on level for more than 2 mm, is an
arrow's.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .ink import PX_PER_MM, Mask
from .rule import Sight

_BAND_PX = 7
"""What print hides on each side of the box."""
_BESIDE_PX = 6
_LEVEL = np.tan(np.radians(24))
_THICK_PX = 2
_COVERED = 0.88
_OFF_LINE = 0.08
_OFF_LINE_PX = 12
"""Of the ink in the box, so much lies off the line: less is the line alone."""
_FAR_PX = 10
_END_PX = 3
_FAR_LEVEL = np.tan(np.radians(18))


def is_struck(one: Sight, pen_mm: float) -> bool:
    """Tell whether a level line goes through a mark and beyond its box on both sides."""
    columns = np.flatnonzero(one.inner.any(axis=0))
    rows = np.flatnonzero(one.inner.any(axis=1))
    if not len(columns):
        return False
    left, right = int(columns[0]), int(columns[-1])
    beside = (
        one.ink[:, max(left - _BAND_PX - _BESIDE_PX, 0) : max(left - _BAND_PX, 0)],
        one.ink[:, right + _BAND_PX + 1 : right + _BAND_PX + _BESIDE_PX + 1],
    )
    if not (beside[0].any() and beside[1].any()):
        return False
    starts, ends = (_runs(side, rows) for side in beside)
    reach = max(pen_mm * PX_PER_MM / 2, _THICK_PX)
    inside = one.ink & one.inner
    total = np.count_nonzero(inside)
    x = np.arange(left, right + 1)
    away = right - left + 2 * _BAND_PX + _BESIDE_PX
    for start in starts:
        for end in ends:
            if abs(end - start) > _LEVEL * away:
                continue
            y = start + (end - start) * (x - left + _BAND_PX + _BESIDE_PX / 2) / away
            near = np.abs(np.arange(inside.shape[0])[:, None] - y[None]) <= reach + _THICK_PX
            on = near & inside[:, left : right + 1]
            hit = np.count_nonzero(on.any(axis=0))
            off = total - np.count_nonzero(on)
            if hit >= _COVERED * len(x) and off >= max(_OFF_LINE * total, _OFF_LINE_PX):
                return True
    return False


def leaves_far(one: Sight) -> bool:
    """Tell a line that goes on level beside the box to the end of what is seen, as that of an arrow does."""
    return bool(level_ends(one))


def may_leave_far(ink: Mask) -> NDArray[np.bool_]:
    """Tell where `level_ends` may find some, (n,), from all ink of marks, (n, height, width)."""
    return np.asarray(ink[:, :, :_END_PX].any(axis=(1, 2)) | ink[:, :, -_END_PX:].any(axis=(1, 2)))


def level_ends(one: Sight) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the level lines beside the box that go on to the end of what is seen.

    Each by where it begins at the box and where it ends, as column and row of the surroundings.
    """
    if not (one.ink[:, :_END_PX].any() or one.ink[:, -_END_PX:].any()):
        return []
    columns = np.flatnonzero(one.inner.any(axis=0))
    rows = np.flatnonzero(one.inner.any(axis=1))
    if not len(columns):
        return []
    left, right = int(columns[0]) - _BAND_PX, int(columns[-1]) + _BAND_PX
    sides = ((one.ink[:, : max(left, 0)][:, ::-1], left, -1), (one.ink[:, right + 1 :], right, 1))
    found = []
    for side, edge, sign in sides:
        if side.shape[1] < _FAR_PX:
            continue
        near, far = (_runs(part, rows) for part in (side[:, :_END_PX], side[:, -_END_PX:]))
        away = side.shape[1] - _END_PX
        x = np.arange(side.shape[1])
        for start in near:
            for end in far:
                if abs(end - start) <= _FAR_LEVEL * away:
                    y = np.rint(start + (end - start) * (x - 1) / away).astype(int)
                    there = [
                        side[max(row - _THICK_PX, 0) : row + _THICK_PX + 1, c].any()
                        for c, row in zip(x.tolist(), y.tolist(), strict=True)
                    ]
                    if sum(there) >= _COVERED * len(there):
                        ends = float(edge + sign), float(edge + sign * (side.shape[1] - 1))
                        found.append(((ends[0], start), (ends[1], end)))
    return found


def _runs(side: Mask, rows: NDArray[np.int64]) -> list[float]:
    """Return the middles of the runs of rows with ink beside a box, level with it."""
    inked = np.zeros(side.shape[0] + 2, dtype=bool)
    inked[1:-1] = side.any(axis=1)
    edges = np.flatnonzero(inked[1:] != inked[:-1])
    middles = [(int(a) + int(b) - 1) / 2 for a, b in pairwise(edges.tolist())][::2]
    return [y for y in middles if rows[0] - _BAND_PX <= y <= rows[-1] + _BAND_PX]
