"""Which of a name cell's dark pixels are strokes, and where: the part that both looks at a cell share.

Pixels that are darker than print explains are joined over the letters they cross; a piece 4 mm long, or a
blot of 2 mm away from all letters, is ink. So is a thin line that shows only in the gaps of the letters.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import counted
from .struck import Bounds, half_grown, line_through

PX_PER_MM = 5.0
"""Of all name cells."""
LEAST_MM2 = 0.2
"""Less is no ink."""
_LONG_MM = 4.0
_BLOT_MM = 2.0
_BLOT_MM2 = 0.6
_JOIN_PX = (3, 9)
"""Pieces this near are one stroke: letters hide a line that runs through them."""

_GAP = 0.5
"""Blank print, grown, that is lighter than this leaves a stroke to be seen."""
_GAPS_PX = 6
_BESIDE_PX = 4
_DARKER_IN_GAPS = 0.14

Floats = NDArray[np.float32]


def pieces_of(
    extra: NDArray[np.bool_], dark: Floats, print_: Floats, grown: Floats, gain: float
) -> list[Bounds]:
    """Return the bounds of each stroke, blot and line through letters, in pixels of the cell.

    Args:
        extra: (height, width), what is darker than print explains.
        dark: the scan's darkness, 0 to 1.
        print_: the blank form's, smoothed.
        grown: the same, grown by what print may be misplaced or spread.
        gain: how dark this page's print is, times the blank form's.
    """
    pieces = _strokes(extra, grown)
    if pieces:
        return pieces
    printed = np.float32(gain) * half_grown(print_, grown)
    line = line_through(dark, printed, _DARKER_IN_GAPS, PX_PER_MM)
    return [] if line is None else [line]


def _strokes(extra: NDArray[np.bool_], grown: Floats) -> list[Bounds]:
    """Return the bounds of each stroke and blot."""
    joined = cv2.morphologyEx(extra.astype(np.uint8), cv2.MORPH_CLOSE, np.ones(_JOIN_PX, np.uint8))
    count, labels, stats, _middles = cv2.connectedComponentsWithStats(joined, connectivity=8)
    bounds = []
    for label in range(1, count):
        left, top, width, height, _area = (int(v) for v in stats[label])
        own = extra & (labels == label)
        # Print that swelled leaves a rim along letters, never ink on open paper.
        open_mm2 = float((own & (grown < 0.05)).sum()) / PX_PER_MM**2
        span_mm = float(np.hypot(width, height)) / PX_PER_MM
        covered = float(own.any(axis=0 if width >= height else 1).sum()) / max(width, height)
        long = span_mm >= _LONG_MM and covered >= 0.4
        blot = span_mm >= _BLOT_MM and open_mm2 >= _BLOT_MM2
        if long or blot:
            bounds.append((left, top, left + width, top + height))
    if not bounds:
        hidden = _line_behind_letters(extra, grown)
        bounds = [] if hidden is None else [hidden]
    return bounds


def _line_behind_letters(extra: NDArray[np.bool_], grown: Floats) -> Bounds | None:
    """Return the bounds of a thin line that shows only in the gaps of the letters it runs through.

    Along the line nearly every gap must be inked, and a little above and below it nearly none: swollen print
    closes gaps everywhere.
    """
    height, width = extra.shape
    near = cv2.dilate(extra.view(np.uint8), np.ones((3, 1), np.uint8)) > 0
    open_ = grown < _GAP
    # A line for each slope and each row that it crosses in the middle of the cell.
    at = _lines_across(height, width)
    inked, gap = (near & open_).ravel()[at], open_.ravel()[at]
    count = counted(inked.reshape(-1, width)).reshape(at.shape[:2])
    first, last = inked.argmax(axis=2), width - 1 - inked[:, :, ::-1].argmax(axis=2)
    likely = (count >= _GAPS_PX) & ((last - first) / PX_PER_MM >= _LONG_MM)
    best: tuple[int, Bounds] | None = None
    for slope, row in np.argwhere(likely):
        ends = int(first[slope, row]), int(last[slope, row])
        between, seen = slice(ends[0], ends[1] + 1), int(count[slope, row])
        if seen < 0.75 * np.count_nonzero(gap[slope, row, between]):
            continue
        beside = [
            int(np.count_nonzero(inked[slope, r, between]))
            / max(int(np.count_nonzero(gap[slope, r, between])), 1)
            for r in (row - _BESIDE_PX, row + _BESIDE_PX)
            if 0 <= r < height
        ]
        if max(beside, default=1.0) < 0.3 and (best is None or seen > best[0]):
            tops = at[slope, row, list(ends)] // width
            best = seen, (ends[0], int(tops.min()), ends[1] + 1, int(tops.max()) + 1)
    return None if best is None else best[1]


@lru_cache(maxsize=64)
def _lines_across(height: int, width: int) -> NDArray[np.int64]:
    """Return the flat places of lines through a cell, (slopes, rows, columns); they go round at its edges."""
    columns, rows = np.arange(width), np.arange(height)[:, None]
    return np.stack(
        [
            (rows + np.round((columns - width / 2) * slope).astype(np.int64)) % height * width + columns
            for slope in np.tan(np.radians(np.arange(-12, 13, 2)))
        ]
    )
