"""How much of a mark's ink has no counterpart in the hand's other marks, laid over it.

Whoever marks forty boxes draws much the same forty times, however odd it is: a cross in one go, a tick with a
loop, an outlined one. A line through such a mark, or a scribble over it, has nothing to match it in the
others, unless most of the page's marks are so.

Two marks are laid upon each other by the middles of their ink or of their bounds, in their own sizes and
scaled to each other, and moved by a third of a millimetre each way; the best of these counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import PX_PER_MM, Mask
from .rule import Sight

_POINTS = 160
_OTHERS = 12
"""So many of the hand's marks, evenly chosen, tell what it does."""
_OFF_PX = 0.2 * PX_PER_MM
_MOVED_PX = 2
_SCALE = (0.7, 1.4)
_ROOM_PX = 20
_BRIDGE = np.ones((7, 7), np.uint8)
_SHIFTS = np.array(list(product((-_MOVED_PX, 0, _MOVED_PX), repeat=2)), np.float32)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A mark's ink, inside the box and what hangs together with it."""

    points: NDArray[np.float32]
    """(n, 2), column and row: some of its pixels, evenly chosen."""
    joined: Mask
    """Its ink, and print between its pieces, which hides it."""
    middles: tuple[NDArray[np.float32], NDArray[np.float32]]
    span: float
    width: float
    """From its left to its right end, in pixels."""


def are_alike(
    which: Sequence[int], sights: Sequence[Sight], most: Numbers, times_as_wide: float
) -> NDArray[np.bool_]:
    """Tell which of some marks, (len(which),), are what at least half of the page's others are.

    Args:
        which: the marks that are asked about, as places in `sights`.
        sights: all marks of the page, at least two.
        most: (len(which),), the share of its ink that the others may lack, half of them.
        times_as_wide: how much wider than theirs it may be, from left to right.
    """
    out = np.zeros(len(which), dtype=bool)
    drawn: dict[int, _Drawn] = {}
    away: dict[int, NDArray[np.float32]] = {}
    for n, m in enumerate(which):
        rest = [k for k in range(len(sights)) if k != m]
        rest = [rest[k] for k in np.unique(np.linspace(0, len(rest) - 1, _OTHERS).astype(int))]
        for k in (m, *rest):
            if k not in drawn:
                drawn[k] = _drawn(sights[k])
        for k in rest:
            if k not in away:
                away[k] = _away(drawn[k].joined)
        wide = np.median([drawn[k].width for k in rest])
        off = np.median([_unmatched(drawn[m], drawn[k], away[k]) for k in rest])
        out[n] = off <= most[n] and drawn[m].width <= times_as_wide * wide
    return out


def _drawn(one: Sight) -> _Drawn:
    ink = one.ink.astype(np.uint8)
    joined = ink | (np.asarray(cv2.dilate(ink, _BRIDGE), np.uint8) & one.printed.astype(np.uint8))
    _count, labels = cv2.connectedComponents(joined, connectivity=8)
    here = np.unique(labels[one.ink & one.inner])
    whole = np.isin(labels, here[here > 0])
    y, x = np.nonzero(whole & one.ink)
    if not len(x):
        y, x = np.nonzero(one.ink)
    at = np.stack((x, y), axis=1).astype(np.float32)
    low, high = at.min(axis=0), at.max(axis=0)
    some = at[np.linspace(0, len(at) - 1, min(_POINTS, len(at))).astype(int)]
    width, height = (high - low + 1).tolist()
    return _Drawn(some, whole, (at.mean(axis=0), (low + high) / 2), float(np.hypot(width, height)), width)


def _away(joined: Mask) -> NDArray[np.float32]:
    """Return how far each place, and those around, is from the ink."""
    paper = np.pad(np.logical_not(joined).astype(np.uint8), _ROOM_PX, constant_values=1)
    return np.asarray(cv2.distanceTransform(paper, cv2.DIST_L2, 3), np.float32)


def _unmatched(one: _Drawn, other: _Drawn, away: NDArray[np.float32]) -> float:
    """Return the share of one mark's ink that lies off another's, as well laid upon it as may be."""
    scale = float(np.clip(other.span / one.span, *_SCALE))
    laid = np.stack(
        [
            (one.points - mine) * size + theirs + _ROOM_PX
            for size in (1.0, scale)
            for mine, theirs in zip(one.middles, other.middles, strict=True)
        ]
    )
    at = np.rint(laid[:, None] + _SHIFTS[None, :, None]).astype(int)
    height, width = away.shape
    x, y = np.clip(at[..., 0], 0, width - 1), np.clip(at[..., 1], 0, height - 1)
    return float((away[y, x] > _OFF_PX).mean(axis=2).min())
