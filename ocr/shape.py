"""The shape of a mark: how long and wide its strokes are, and whether two straight strokes make it.

A cross, a tick or a slash is made of at most two nearly straight strokes; a circle, a filling, a scribble
and a cross that was struck out are not. A line through a tick lies in two strips as well but for the rest of
the short leg, yet it closes a triangle with the legs, and two strokes enclose nothing. Length and width come
from area and perimeter, since a stroke of length `l` and width `w` has an area of `l w` and a perimeter of
`2 l + 2 w`; the perimeter is counted along four directions (Crofton).
"""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import PX_PER_MM, Mask

_POINTS = 128
_ANGLES = np.linspace(0, np.pi, 36, endpoint=False)
_SLACK_MM = 0.5
"""Hands don't draw with a ruler: a strip is this much wider than the pen."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of several marks; all arrays are (n,)."""

    area_mm2: Numbers
    span_mm: Numbers
    """Diagonal of the mark's bounds."""
    width_mm: Numbers
    """Mean width of its strokes."""
    thickest_mm: Numbers
    """Width of the thickest place."""


def measure(marks: Mask) -> Shapes:
    """Return the shapes of marks, (n, height, width); each must have some ink."""
    padded = np.pad(marks, ((0, 0), (1, 1), (1, 1)))
    area = marks.sum(axis=(1, 2)).astype(np.float64)
    half = _perimeter(padded) / 2
    length = (half + np.sqrt(np.maximum(half * half - 4 * area, 0))) / 2
    n, height, width = padded.shape
    tall = padded.reshape(n * height, width).astype(np.uint8)
    inward = cv2.distanceTransform(tall, cv2.DIST_L2, 3).reshape(n, -1).max(axis=1)
    across, down = (np.asarray(padded.any(axis=axis)) for axis in (1, 2))
    return Shapes(
        area / PX_PER_MM**2,
        np.hypot(_extent(across), _extent(down)) / PX_PER_MM,
        area / np.maximum(length, 1) / PX_PER_MM,
        2 * inward.astype(np.float64) / PX_PER_MM,
    )


def enclosed(marks: Mask) -> Numbers:
    """Return the largest patch of paper that each mark's strokes enclose, (n,), in mm2."""
    out = np.zeros(len(marks))
    for i, mark in enumerate(np.pad(marks, ((0, 0), (1, 1), (1, 1)))):
        _count, _labels, stats, _centres = cv2.connectedComponentsWithStats(
            (~mark).astype(np.uint8), None, None, None, 4
        )
        # The first is the ink, the second the paper around the mark.
        out[i] = stats[2:, cv2.CC_STAT_AREA].max(initial=0)
    return out / PX_PER_MM**2


def two_strokes(marks: Mask, pen_mm: Numbers) -> Numbers:
    """Return the share of each mark's ink, (n,), that lies in the two straight strips that hold most of it.

    Args:
        marks: (n, height, width); each must have some ink.
        pen_mm: (n,), how wide the pen draws.
    """
    n, height, width = marks.shape
    x, y = np.zeros((n, _POINTS)), np.zeros((n, _POINTS))
    for i, mark in enumerate(marks):
        at = np.flatnonzero(mark)
        chosen = at[np.linspace(0, len(at) - 1, _POINTS).astype(np.int64)]
        y[i], x[i] = np.divmod(chosen, width)
    x, y = x - width / 2, y - height / 2
    reach = int(np.hypot(width, height) / 2) + 2
    bins = 2 * reach + 1
    across = x[:, None] * np.sin(_ANGLES)[None, :, None] - y[:, None] * np.cos(_ANGLES)[None, :, None]
    at = (across + reach).round().astype(np.int64)  # (n, angles, points)
    rows = np.arange(n * len(_ANGLES)).reshape(n, len(_ANGLES), 1) * bins
    strip = np.maximum(((pen_mm + _SLACK_MM) * PX_PER_MM).round().astype(np.int64), 2)
    left = np.ones((n, _POINTS), dtype=bool)
    for _stroke in range(2):
        weights = np.broadcast_to(left[:, None], at.shape).astype(np.float64)
        counts = np.bincount((rows + at).ravel(), weights=weights.ravel(), minlength=n * len(_ANGLES) * bins)
        sums = np.pad(counts.reshape(n, len(_ANGLES), bins).cumsum(axis=2), ((0, 0), (0, 0), (1, 0)))
        for i in range(n):
            held = sums[i, :, strip[i] :] - sums[i, :, : -strip[i]]
            angle, start = np.unravel_index(int(held.argmax()), held.shape)
            place = at[i, angle]
            left[i] &= (place < start) | (place >= start + strip[i])
    return cast(Numbers, 1 - left.mean(axis=1))


def _perimeter(padded: Mask) -> Numbers:
    level = (padded[:, :, 1:] ^ padded[:, :, :-1]).sum(axis=(1, 2))
    upright = (padded[:, 1:] ^ padded[:, :-1]).sum(axis=(1, 2))
    falling = (padded[:, 1:, 1:] ^ padded[:, :-1, :-1]).sum(axis=(1, 2))
    rising = (padded[:, 1:, :-1] ^ padded[:, :-1, 1:]).sum(axis=(1, 2))
    return cast(Numbers, np.pi / 8 * (level + upright + (falling + rising) / np.sqrt(2)))


def _extent(used: Mask) -> NDArray[np.int64]:
    """Return from the first to the last True of each row, (n,)."""
    first, last = used.argmax(axis=1), used[:, ::-1].argmax(axis=1)
    return cast(NDArray[np.int64], used.shape[1] - first - last)
