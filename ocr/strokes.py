"""Strokes that run out of a field's surroundings: whose are they, and do they end as a pen's strokes do?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from .blank import BLANK_MATRIX, BlankPage
from .ink import Group, Levels
from .place import Gray, Matrix, sample
from .register import Registration

_STEP_MM = 0.25
_ON_LINE_MM = np.arange(-0.6, 0.61, 0.2)
_BESIDE_MM = np.array([-2.6, -2.2, -1.8, 1.8, 2.2, 2.6])
_PRINT_DARKNESS = 0.1
_REACH_MM = (32.0, 20.0)
_WIDE_PX_PER_MM = 4.0
_TAIL = 0.33
_SHARED = 0.67
_OWN = 0.25


def whose(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    field: int,
    at_px: NDArray[np.int64],
    group: Group,
    levels: Levels,
) -> str:
    """Say to which field the stroke at a pixel of a field's surroundings belongs.

    Args:
        gray: page image.
        page: the blank page.
        registration: where the page's fields lie on it.
        field: index of the field in whose surroundings the stroke was met.
        at_px: row and column in those surroundings where the stroke is inside the field.
        group: the group of the field.
        levels: how dark ink is.

    Returns:
        `own` if most of its ink in any box is in this one, `tail` if it belongs to another field and only
        reaches into this one, `shared` if both have much of it, `nobody` if most of it lies in no box at all.
    """
    centre = page.centres_mm[field]
    x = np.arange(-_REACH_MM[0], _REACH_MM[0], 1 / _WIDE_PX_PER_MM).astype(np.float32)[None, None, :]
    y = np.arange(-_REACH_MM[1], _REACH_MM[1], 1 / _WIDE_PX_PER_MM).astype(np.float32)[None, :, None]
    (scan,) = sample(gray, registration.matrix, (centre + registration.shift_mm[field])[None], x, y)
    (blank,) = sample(page.image, BLANK_MATRIX, centre[None], x, y)
    paper = np.percentile(scan, 70)
    printed = cv2.dilate((blank < 225).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    strong = (scan < paper * (1 - levels.strong)) & ~printed
    grown = cv2.dilate(strong.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    count, labels = cv2.connectedComponents((strong | (grown & printed)).astype(np.uint8), connectivity=8)
    row, column = (int(v) for v in at_px)
    here_x = (group.dx_mm[0, 0, column] + _REACH_MM[0]) * _WIDE_PX_PER_MM
    here_y = (group.dy_mm[0, row, 0] + _REACH_MM[1]) * _WIDE_PX_PER_MM
    near = labels[round(here_y) - 2 : round(here_y) + 3, round(here_x) - 2 : round(here_x) + 3]
    near = near[near > 0]
    if len(near) == 0:
        return "shared"
    stroke = (labels == np.bincount(near, minlength=count).argmax()) & strong
    amounts = {
        i: int(stroke[_box(page, i, centre)].sum())
        for i in range(len(page.fields))
        if (np.abs(page.centres_mm[i] - centre) < np.array(_REACH_MM)).all()
    }
    mine = amounts.pop(field, 0)
    theirs = max(amounts.values(), default=0)
    total = int(stroke.sum())
    if max(mine, theirs) < _OWN * total:
        return "nobody"
    if mine < _TAIL * theirs:
        return "tail"
    return "own" if theirs < _SHARED * mine and mine >= _OWN * total else "shared"


def runs_on(
    gray: Gray,
    page: BlankPage,
    matrix: Matrix,
    shift_mm: NDArray[np.float64],
    start_mm: NDArray[np.float64],
    away_mm: float,
    angles: NDArray[np.float64],
    faint: float,
    followed_mm: float = 9.0,
) -> bool:
    """Tell whether a straight line goes on and on at both ends, as streaks and folds do and strokes do not.

    Args:
        gray: page image.
        page: the blank page.
        matrix: from mm on the form to pixels.
        shift_mm: (2,), the correction of `matrix` around there.
        start_mm: (2,), a point of the line on the form.
        away_mm: how far from `start_mm` the following begins, in both directions.
        angles: the line's direction, or several that it may have, in radians from the horizontal.
        faint: by which share of its level the line is darker than the paper beside it, at least.
        followed_mm: how far it is followed; by default further than a voter's stroke overshoots.
    """
    reach = np.arange(0, followed_mm, _STEP_MM)
    along = np.concatenate((-away_mm - reach, away_mm + reach))
    across = np.concatenate((_ON_LINE_MM, _BESIDE_MM))
    direction = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    normal = np.stack((-direction[:, 1], direction[:, 0]), axis=1)
    offset = (
        direction[:, None, None] * along[None, :, None, None]
        + normal[:, None, None] * across[None, None, :, None]
    ).astype(np.float32)
    start = np.repeat(start_mm[None], len(angles), axis=0)
    scan = sample(gray, matrix, start + shift_mm, offset[..., 0], offset[..., 1]).astype(np.float64)
    blank = sample(page.image, BLANK_MATRIX, start, offset[..., 0], offset[..., 1])
    n = len(_ON_LINE_MM)
    free = np.asarray((blank > 255 * (1 - _PRINT_DARKNESS)).all(axis=2))
    paper = np.maximum(np.median(scan[..., n:], axis=2), 1)
    inked = (1 - scan[..., :n].min(axis=2) / paper >= faint) & free
    half = len(reach)
    goes_on = np.ones(len(angles), dtype=bool)
    for end in (slice(0, half), slice(half, None)):
        could = free[:, end].sum(axis=1)
        goes_on &= (could * _STEP_MM >= followed_mm / 4) & (inked[:, end].sum(axis=1) >= 0.7 * could)
    return bool(goes_on.any())


def _box(page: BlankPage, field: int, centre: NDArray[np.float64]) -> tuple[slice, slice]:
    """Return rows and columns of a field's box in the wide crop around `centre`."""
    offset = page.centres_mm[field] - centre + np.array(_REACH_MM)
    low = np.maximum(((offset - page.sizes_mm[field] / 2) * _WIDE_PX_PER_MM).round().astype(int), 0)
    high = np.maximum(((offset + page.sizes_mm[field] / 2) * _WIDE_PX_PER_MM).round().astype(int), 0)
    return slice(low[1], high[1]), slice(low[0], high[0])
