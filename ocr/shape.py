"""The shape of a mark: how long and wide its strokes are, and whether two straight strokes make it.

A cross, a tick or a slash is made of at most two nearly straight strokes; a circle, a filling, a scribble
and a cross that was struck out are not. A line through a tick lies in two strips as well but for the rest of
the short leg, yet it closes a triangle with the legs, and two strokes enclose nothing. Length and width come
from area and perimeter, since a stroke of length `l` and width `w` has an area of `l w` and a perimeter of
`2 l + 2 w`; the perimeter is counted along four directions (Crofton).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import PX_PER_MM, Mask, counted

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
    area = counted(marks).astype(np.float64)
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
    n, height, width = marks.shape
    # All marks on one strip with paper between them: what paper can't be reached from the edge is enclosed.
    strip = np.ones((n * (height + 1) + 1, width + 2), np.uint8)
    rooms = strip[:-1].reshape(n, height + 1, width + 2)[:, 1:, 1:-1]
    np.logical_not(marks, out=rooms.view(bool))
    cv2.floodFill(strip, None, (0, 0), (0,), flags=4)
    out = np.zeros(n)
    for i in np.flatnonzero(rooms.any(axis=(1, 2))):
        _count, _labels, stats, _middles = cv2.connectedComponentsWithStats(rooms[i], None, None, None, 4)
        out[i] = stats[1:, cv2.CC_STAT_AREA].max()
    return out / PX_PER_MM**2


def two_strokes(marks: Mask, pen_mm: Numbers) -> Numbers:
    """Return the share of each mark's ink, (n,), that lies in the two straight strips that hold most of it.

    Args:
        marks: (n, height, width); each must have some ink.
        pen_mm: (n,), how wide the pen draws.
    """
    n, height, width = marks.shape
    bins, table = _across(height, width)
    angles = len(_ANGLES)
    # In which strip each point lies, for each angle: (angles, n, points).
    at = table[:, _spread(marks)]
    flat = at + (np.arange(angles * n) * bins).reshape(angles, n, 1)
    strip = np.maximum(((pen_mm + _SLACK_MM) * PX_PER_MM).round().astype(np.int64), 2)
    left = np.ones((n, _POINTS), dtype=bool)
    counts = np.bincount(flat.ravel(), minlength=angles * n * bins).astype(np.uint8)
    for stroke in range(2):
        taken = np.zeros((n, _POINTS), dtype=bool)
        for wide in np.unique(strip).tolist():
            these = np.flatnonzero(strip == wide)
            part = counts.reshape(angles, n, bins)[:, these].reshape(-1, bins)
            held = cv2.boxFilter(part, cv2.CV_8U, (wide, 1), anchor=(0, 0), normalize=False)
            held = held[:, : bins + 1 - wide].reshape(angles, len(these), -1)
            angle = held.max(axis=2).argmax(axis=0)
            start = held[angle, np.arange(len(these))].argmax(axis=1)[:, None]
            place = at[angle, these]
            taken[these] = (place >= start) & (place < start + wide)
        taken &= left
        left &= ~taken
        if stroke == 0:
            gone = flat[:, taken]
            counts -= np.bincount(gone.ravel(), minlength=len(counts)).astype(np.uint8)
    return cast(Numbers, 1 - left.mean(axis=1))


@lru_cache(maxsize=16)
def _across(height: int, width: int) -> tuple[int, NDArray[np.int16]]:
    """Return in which strip of a pixel's width each pixel lies: their number, and (angles, pixels)."""
    y, x = (values.ravel() for values in np.mgrid[0:height, 0:width])
    x, y = x - width / 2, y - height / 2
    reach = int(np.hypot(width, height) / 2) + 2
    across = x * np.sin(_ANGLES)[:, None] - y * np.cos(_ANGLES)[:, None]
    return 2 * reach + 1, np.rint(across + reach).astype(np.int16)


def _spread(marks: Mask) -> NDArray[np.int64]:
    """Return `_POINTS` pixels of each mark, evenly chosen in reading order: (n, points), flat places."""
    n = len(marks)
    every = np.flatnonzero(marks)
    bounds = np.searchsorted(every, np.arange(n + 1) * marks[0].size)
    last = bounds[1:] - bounds[:-1] - 1
    chosen = np.linspace(0, last, _POINTS, axis=1).astype(np.int64)
    return cast(NDArray[np.int64], every[bounds[:-1, None] + chosen] - np.arange(n)[:, None] * marks[0].size)


def _perimeter(padded: Mask) -> Numbers:
    level = counted(padded[:, :, 1:] ^ padded[:, :, :-1])
    upright = counted(padded[:, 1:] ^ padded[:, :-1])
    falling = counted(padded[:, 1:, 1:] ^ padded[:, :-1, :-1])
    rising = counted(padded[:, 1:, :-1] ^ padded[:, :-1, 1:])
    return cast(Numbers, np.pi / 8 * (level + upright + (falling + rising) / np.sqrt(2)))


def _extent(used: Mask) -> NDArray[np.int64]:
    """Return from the first to the last True of each row, (n,)."""
    first, last = used.argmax(axis=1), used[:, ::-1].argmax(axis=1)
    return cast(NDArray[np.int64], used.shape[1] - first - last)
