"""A thin line that runs through the letters of a printed name and shows only in the gaps between them.

Print that swelled or was blurred closes gaps, too, but at every height of the letters; a line closes them at
its own height, and those a millimetre above and below stay open. It need not be straight all the way, and it
need not strike the whole name: a piece of 5 mm is looked for at every height and slope.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Bounds = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels of a cell."""

_SLOPES = np.tan(np.radians(np.arange(-12, 12.1, 2.0)))
_WINDOW_MM = 5.0
_GAP = 0.7
"""Blank print, half grown, that is lighter than this leaves a line to be seen."""
_CLOSED = 0.82
"""Share of the gaps that the line closes..."""
_OPEN_BESIDE = 0.4
"""...and of those above and below it that are closed as well, at most."""
_BESIDE_MM = (0.8, 1.0)
_HIGH = 256
_GAPS_MM = 1.6
"""So many mm of gaps must be seen, all together."""


def line_through(dark: Floats, print_: Floats, limit: float, px_per_mm: float) -> Bounds | None:
    """Return the bounds of the line through a name that closes most of the gaps it meets; None for none.

    Args:
        dark: (height, width), the cell's darkness on the scan, 0 to 1.
        print_: the same of the blank form, as dark as this page prints it, half grown.
        limit: by how much a closed gap is darker than the print, at least.
        px_per_mm: of both.
    """
    inked, gap = dark > print_ + limit, print_ < _GAP
    inked &= gap
    height, width = inked.shape
    window = round(_WINDOW_MM * px_per_mm)
    if width < window:
        return None
    beside = [round(side * away * px_per_mm) for away in _BESIDE_MM for side in (-1, 1)]
    # A line waves by a pixel: the darker of two rows counts.
    inked = _or_below(inked)
    # Both are counted by one call: gaps in the low byte, closed ones in the high one.
    both = np.zeros((height + 2, width), np.uint16)
    both[1:-1] = gap + np.uint16(_HIGH) * inked
    at = _paths(height, width)
    counts = _windows(both.ravel()[at].reshape(-1, width), window).reshape(*at.shape[:2], -1)
    closed, could = counts // _HIGH, counts % _HIGH
    best: tuple[int, Bounds] | None = None
    for path, row, column in np.argwhere((closed >= _CLOSED * could) & (could >= _GAPS_MM * px_per_mm)):
        if best is not None and closed[path, row, column] <= best[0]:
            continue
        open_there = [
            could[path, r, column] >= 4 and closed[path, r, column] <= _OPEN_BESIDE * could[path, r, column]
            for r in (int(row) + away for away in beside)
            if 0 <= r < height
        ]
        above, below = any(open_there[0::2]), any(open_there[1::2])
        if above and below:
            tops = np.clip(at[path, row, [column, column + window - 1]] // width - 1, 0, height - 1)
            bounds = int(column), int(tops.min()), int(column) + window, int(tops.max()) + 1
            best = int(closed[path, row, column]), bounds
    return None if best is None else best[1]


@lru_cache(maxsize=64)
def _paths(height: int, width: int) -> NDArray[np.int64]:
    """Return for each slope, and each row it may cross in the cell's middle, where that line is.

    These are flat places in a cell with a row of nothing above and below, where lines are that leave it:
    (slopes, height, width).
    """
    paths = []
    for slope in _SLOPES:
        bend = np.round((np.arange(width) - width / 2) * slope).astype(np.int64)
        at = np.arange(height)[:, None] + bend
        paths.append((np.clip(at, -1, height) + 1) * width + np.arange(width))
    return np.stack(paths)


def half_grown(print_: Floats, grown: Floats) -> Floats:
    """Return blank print as dark as it is, given a little more room."""
    return np.asarray((print_ + grown) / 2, np.float32)


def _or_below(inked: Mask) -> Mask:
    return np.asarray(cv2.dilate(inked.astype(np.uint8), np.ones((2, 1), np.uint8)) > 0)


def _windows(counts: NDArray[np.uint16], width: int) -> NDArray[np.int32]:
    """Return the sums of each `width` pixels side by side: (height, columns - width + 1)."""
    summed = cv2.boxFilter(counts, cv2.CV_32S, (width, 1), anchor=(0, 0), normalize=False)
    return np.asarray(summed[:, : counts.shape[1] - width + 1], np.int32)
