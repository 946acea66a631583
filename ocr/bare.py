"""Is there nothing on this page at all? Asked only of pages on which neither tag nor code was found."""

import cv2
import numpy as np

from .place import Gray

_PX_PER_MM = 2.0
_EDGE_MM = 8.0
"""Scanners leave shadows along the edges of a sheet."""
_DARKER = 0.06
_COARSE = 0.2
"""On paper so grainy, ink could not be told from grain: not known to be blank."""
_LONG_MM = 2.0
_PIECES = 3
"""A few hairs and crumbs are on every glass."""


def is_bare(gray: Gray, px_per_mm: float) -> bool:
    """Tell whether a page carries no ink beyond dust; a faint or distant print is not nothing."""
    scale = min(1.0, _PX_PER_MM / px_per_mm)
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    edge = int(_EDGE_MM * px_per_mm * scale)
    small = small[edge:-edge, edge:-edge].astype(np.uint8)
    if min(small.shape) < 40:
        return False
    size = int(10 * px_per_mm * scale) | 1
    level = cv2.medianBlur(cv2.dilate(small, np.ones((5, 5), np.uint8)), min(size, 41)).astype(np.float32)
    if float(np.percentile(level, 95) - np.percentile(level, 5)) > 0.35 * float(np.percentile(level, 95)):
        return False
    dark = 1 - small / np.maximum(level, 1)
    # The paper's own grain, from the lighter half: ink makes only the darker one.
    grain = float(np.percentile(dark, 50) - np.percentile(dark, 16))
    if 5 * grain > _COARSE:
        return False
    inked = (dark > float(np.median(dark)) + max(_DARKER, 5 * grain)).astype(np.uint8)
    count, _labels, stats, _middles = cv2.connectedComponentsWithStats(inked, connectivity=8)
    spans = np.hypot(stats[1:count, cv2.CC_STAT_WIDTH], stats[1:count, cv2.CC_STAT_HEIGHT])
    return int((spans > _LONG_MM * px_per_mm * scale).sum()) <= _PIECES and float(inked.mean()) < 0.002
