"""Ink of a mark that its strokes do not account for: what is left when they are drawn again with its pen.

A figure (`kinds`) explains its ink by its lines, as wide as the pen. What lies further off belongs to
something else: a line through the mark that runs along one of its arms, an arm that thinning lost.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from .ink import PX_PER_MM
from .rule import Sight
from .skeleton import Lines, Numbers

_WIDER = 0.75
_WIDER_MM = 0.2
"""A stroke reaches so far from its line: pens' widths, and mm for its unevenness."""


def unexplained(sights: Sequence[Sight], lines: Sequence[Lines], pen_mm: float) -> Numbers:
    """Return how much ink of each mark inside its box, (n,) in mm2, lies off its lines."""
    height, width = (max(one.ink.shape[axis] for one in sights) for axis in (0, 1))
    reach = (_WIDER * pen_mm + _WIDER_MM) * PX_PER_MM
    # Marks stand above each other, with room between them in which none is nearer to another's lines.
    away = np.ones((len(sights), height + int(reach) + 2, width), np.uint8)
    x: list[Numbers] = [np.zeros(0)]
    y: list[Numbers] = [np.zeros(0)]
    owners: list[int] = []
    for i, drawn in enumerate(lines):
        middles = drawn.middles.values()
        x += [branch.x for branch in drawn.branches] + [np.array([at.x for at in middles])]
        y += [branch.y for branch in drawn.branches] + [np.array([at.y for at in middles])]
        owners += [i] * (sum(len(branch.x) for branch in drawn.branches) + len(middles))
    rows, columns = (np.rint(np.concatenate(part) * PX_PER_MM).astype(int) for part in (y, x))
    away[owners, rows, columns] = 0
    distance = cv2.distanceTransform(away.reshape(-1, width), cv2.DIST_L2, 3).reshape(away.shape)
    far = np.asarray(distance[:, :height] > reach)
    out = np.zeros(len(sights))
    for i, one in enumerate(sights):
        high, wide = one.ink.shape
        out[i] = np.count_nonzero(one.ink & one.inner & far[i, :high, :wide])
    return out / PX_PER_MM**2
