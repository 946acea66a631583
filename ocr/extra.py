"""Ink of a mark that its strokes do not account for: what is left when they are drawn again with its pen.

A figure (`kinds`) explains its ink by its lines, as wide as the pen. What lies further off belongs to
something else: a line through the mark that runs along one of its arms, an arm that thinning lost.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from .ink import PX_PER_MM, Mask, counted
from .skeleton import Lines, Numbers

_WIDER = 0.75
_WIDER_MM = 0.2
"""A stroke reaches so far from its line: pens' widths, and mm for its unevenness."""


def unexplained(inside: Mask, lines: Sequence[Lines], pen_mm: float) -> Numbers:
    """Return how much ink of each mark inside its box, (n,) in mm2, lies off its lines.

    Args:
        inside: the marks inside their boxes, (n, height, width).
        lines: their lines.
        pen_mm: how wide the pen draws.
    """
    reach = (_WIDER * pen_mm + _WIDER_MM) * PX_PER_MM
    room = int(reach) + 2
    # Lines further off than this are far from all ink.
    low, high = _bounds(inside, room)
    inside = inside[:, low[0] : high[0], low[1] : high[1]]
    n, height, width = inside.shape
    # Marks stand above each other, with room between them in which none is nearer to another's lines.
    away = np.ones((n, height + room, width), np.uint8)
    x: list[Numbers] = [np.zeros(0)]
    y: list[Numbers] = [np.zeros(0)]
    owners: list[int] = []
    for i, drawn in enumerate(lines):
        middles = drawn.middles.values()
        x += [branch.x for branch in drawn.branches]
        y += [branch.y for branch in drawn.branches]
        count = sum(len(branch.x) for branch in drawn.branches) + len(middles)
        if middles:
            x.append(np.array([at.x for at in middles]))
            y.append(np.array([at.y for at in middles]))
        owners += [i] * count
    rows, columns = (np.rint(np.concatenate(part) * PX_PER_MM).astype(int) for part in (y, x))
    rows, columns = rows - low[0], columns - low[1]
    here = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    away[np.array(owners, dtype=int)[here], rows[here], columns[here]] = 0
    distance = cv2.distanceTransform(away.reshape(-1, width), cv2.DIST_L2, 3).reshape(away.shape)
    return counted(inside & (distance[:, :height] > reach)) / PX_PER_MM**2


def _bounds(inside: Mask, room: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the first row and column that are needed, and those behind the last."""
    used = np.asarray(inside.any(axis=0))
    low, high = [], []
    for axis in (1, 0):
        at = np.flatnonzero(used.any(axis=axis))
        low.append(max(int(at[0]) - room, 0) if len(at) else 0)
        high.append(int(at[-1]) + 1 + room if len(at) else 1)
    return (low[0], low[1]), (high[0], high[1])
