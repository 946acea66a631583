"""Streaks, folds and strokes through a whole row: straight lines that only pass through a field.

A voter's stroke ends a few millimetres beyond its box. What goes on further, at both ends, was not meant
for it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from .blank import BLANK_MATRIX, BlankPage
from .ink import MARGIN_MM, PX_PER_MM, Group, Levels, Mask
from .place import Gray, Matrix, sample
from .register import Registration
from .rule import Sight
from .through import level_ends

_LEANS = np.radians(np.arange(-8, 8.1, 1.0))
"""A streak leans as the sheet did; a fold is not quite level."""
_STEP_MM = 0.25
_ON_LINE_MM = np.arange(-0.6, 0.61, 0.2)
_BESIDE_MM = np.array([-2.6, -2.2, -1.8, 1.8, 2.2, 2.6])
_PRINT_DARKNESS = 0.1
_LEAST_INSIDE = 0.15
"""Of the box's side: less than half of the shortest mark, which is followed on through fainter ink."""
_ARROW_MM = 6.0
"""Beyond what is seen around the box, which is 2 to 3 mm."""
_LEAST_PX = 12
_ASIDE_PX = 0.6 * PX_PER_MM
_Line = tuple[float, float, float, float]

_THICK = np.ones((5, 5), np.uint8)
_TWO_BESIDE = np.ones((1, 5), np.uint8)


def crosses(
    gray: Gray, page: BlankPage, registration: Registration, faint: Mask, group: Group, k: int, levels: Levels
) -> bool:
    """Tell a streak or fold: upright or level, through the box and its surroundings, and on beyond them."""
    rows, columns = group.box_px
    free = ~group.printed[k]
    field = int(group.which[k])
    centre = page.centres_mm[field]
    for upright in (True, False):
        part = (
            (faint[:, columns], free[:, columns], rows) if upright else (faint[rows].T, free[rows].T, columns)
        )
        at = _lengthwise(*part)
        if at is None:
            continue
        from_middle = (
            at - (columns if upright else rows).stop / 2 + (columns if upright else rows).start / 2
        ) / PX_PER_MM
        start = centre + ((from_middle, 0.0) if upright else (0.0, from_middle))
        angles = _LEANS + (np.pi / 2 if upright else 0.0)
        away = group.side_mm[1 if upright else 0] / 2 + MARGIN_MM
        shift = registration.shift_mm[field]
        if runs_on(gray, page, registration.matrix, shift, start, (away, away), angles, levels.faint):
            return True
    return False


def goes_through(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    mask: Mask,
    line: NDArray[np.float64],
    group: Group,
    k: int,
    levels: Levels,
) -> bool:
    """Tell one straight line, at any angle, through the box and its surroundings, and on beyond them.

    Args:
        gray: page image.
        page: the blank page.
        registration: where its fields lie.
        mask: ink in and around the field, (height, width).
        line: the line on which what is inside lies (`straight`).
        group: the field's group.
        k: its place there.
        levels: how dark ink is.
    """
    # What cuts off a corner of the box shows its direction only with what lies around.
    rows, columns = np.nonzero(mask)
    vx, vy, x0, y0 = line
    near = np.abs((columns - x0) * vy - (rows - y0) * vx) <= _ASIDE_PX
    vx, vy, x0, y0 = _fitted(np.stack((columns[near], rows[near]), axis=1).astype(np.float32))
    thick = cv2.dilate(mask.view(np.uint8), _THICK)
    height, width = mask.shape
    ring, ends = group.ring[k], []
    for direction in (-1, 1):
        steps = np.arange(0, 2 * (height + width)) * 0.5 * direction
        xs, ys = (x0 + steps * vx).round().astype(int), (y0 + steps * vy).round().astype(int)
        on = (xs >= 0) & (ys >= 0) & (xs < width) & (ys < height)
        xs, ys = xs[on], ys[on]
        there = ring[ys, xs]
        ends.append(
            there.sum() >= PX_PER_MM
            and np.count_nonzero(thick[ys, xs][there]) >= 0.85 * np.count_nonzero(there)
        )
    if not all(ends):
        return False
    field = int(group.which[k])
    start = page.centres_mm[field] + (np.array([x0 - (width - 1) / 2, y0 - (height - 1) / 2]) / PX_PER_MM)
    away = max(group.side_mm) / 2 + MARGIN_MM
    angles = np.arctan2(vy, vx) + _LEANS / 3
    shift = registration.shift_mm[field]
    return runs_on(gray, page, registration.matrix, shift, start, (away, away), angles, levels.faint)


def lengthwise(faint: Mask, printed: Mask, box_px: tuple[slice, slice]) -> NDArray[np.bool_]:
    """Tell in which fields, of (n, height, width), ink runs upright or level through box and surroundings."""
    rows, columns = box_px
    free = ~printed
    upright = _full_columns(faint[:, :, columns], free[:, :, columns], rows)
    level = _full_columns(faint[:, rows].transpose(0, 2, 1), free[:, rows].transpose(0, 2, 1), columns)
    return np.asarray(upright.any(axis=1) | level.any(axis=1))


def straight(
    inside: Mask, origin_px: tuple[int, int], side_mm: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the lines on which ink lies inside boxes, and whether nearly all of it does.

    Args:
        inside: (n, height, width), some part of the fields' surroundings.
        origin_px: the first column and row of that part.
        side_mm: the shorter side of the boxes.

    Returns:
        (n, 4): direction and a point, x and y in pixels of the surroundings; and (n,).
    """
    n, height, width = inside.shape
    field, place = np.divmod(np.flatnonzero(inside), height * width)
    y, x = (part.astype(np.float64) for part in np.divmod(place, width))
    count = np.bincount(field, minlength=n)
    least = np.maximum(count, 1)
    middle_x, middle_y = (np.bincount(field, at, minlength=n) / least for at in (x, y))
    x -= middle_x[field]
    y -= middle_y[field]
    xx, xy, yy = (np.bincount(field, values, minlength=n) for values in (x * x, x * y, y * y))
    angle = np.arctan2(2 * xy, xx - yy) / 2
    way_x, way_y = np.cos(angle), np.sin(angle)
    beside = np.abs(x * way_y[field] - y * way_x[field])
    aside = np.bincount(field[beside > _ASIDE_PX], minlength=n)
    along = x * way_x[field] + y * way_y[field]
    extent = np.zeros(n)
    some = np.flatnonzero(count)
    starts = np.searchsorted(field, some)
    if len(some):
        extent[some] = np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts)
    on_line = (count >= _LEAST_PX) & (aside <= 0.05 * count)
    on_line &= extent >= _LEAST_INSIDE * side_mm * PX_PER_MM
    return np.stack((way_x, way_y, middle_x + origin_px[0], middle_y + origin_px[1]), axis=1), on_line


def leaves_far(
    gray: Gray, page: BlankPage, registration: Registration, one: Sight, group: Group, k: int, levels: Levels
) -> bool:
    """Tell a level line that leaves the box on one side and goes on for 8 mm, as that of an arrow does."""
    field = int(group.which[k])
    height, width = one.ink.shape
    for start, end in level_ends(one):
        way = np.subtract(end, start)
        from_middle = (np.array(start) - ((width - 1) / 2, (height - 1) / 2)) / PX_PER_MM
        angles = np.arctan2(way[1], way[0]) + _LEANS
        if runs_on(
            gray,
            page,
            registration.matrix,
            registration.shift_mm[field],
            page.centres_mm[field] + from_middle,
            (0.0, float(np.hypot(*way)) / PX_PER_MM),
            angles,
            levels.faint,
            _ARROW_MM,
            one_end=True,
        ):
            return True
    return False


def _fitted(points: NDArray[np.float32]) -> _Line:
    """Return the straight line through points, (n, 2): its direction, and a point on it."""
    vx, vy, x, y = (float(v) for v in cv2.fitLine(points, cv2.DIST_L2, 0, 0.01, 0.01).ravel())
    return vx, vy, x, y


def runs_on(
    gray: Gray,
    page: BlankPage,
    matrix: Matrix,
    shift_mm: NDArray[np.float64],
    start_mm: NDArray[np.float64],
    away_mm: tuple[float, float],
    angles: NDArray[np.float64],
    faint: float,
    followed_mm: float = 9.0,
    one_end: bool = False,
) -> bool:
    """Tell whether a straight line goes on and on at both ends, as streaks and folds do and strokes do not.

    Args:
        gray: page image.
        page: the blank page.
        matrix: from mm on the form to pixels.
        shift_mm: (2,), the correction of `matrix` around there.
        start_mm: (2,), a point of the line on the form.
        away_mm: how far from `start_mm` the following begins, to the left or top and to the right or bottom.
        angles: the line's direction, or several that it may have, in radians from the horizontal.
        faint: by which share of its level the line is darker than the paper beside it, at least.
        followed_mm: how far it is followed; by default further than a voter's stroke overshoots.
        one_end: only the end that the angles point to is looked at.
    """
    reach = np.arange(0, followed_mm, _STEP_MM)
    along = np.concatenate((-away_mm[0] - reach, away_mm[1] + reach))
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
    free = np.asarray((blank[..., :n] > 255 * (1 - _PRINT_DARKNESS)).all(axis=2))
    at = start[:, None, None] + offset[:, :, :n]
    free &= ((at > 0) & (at < page.paper_mm)).all(axis=(2, 3))
    # Print beside the line is darker than paper, so the lighter samples tell the paper's level.
    paper = np.maximum(np.percentile(scan[..., n:], 75, axis=2), 1)
    inked = (1 - scan[..., :n].min(axis=2) / paper >= faint) & free
    half = len(reach)
    goes_on = np.ones(len(angles), dtype=bool)
    for end in (slice(half, None),) if one_end else (slice(0, half), slice(half, None)):
        could = free[:, end].sum(axis=1)
        goes_on &= (could * _STEP_MM >= followed_mm / 4) & (inked[:, end].sum(axis=1) >= 0.7 * could)
    return bool(goes_on.any())


def _lengthwise(faint: Mask, free: Mask, box: slice) -> float | None:
    """Return the column in which ink runs before, through and behind the box; None where there is none."""
    (through,) = _full_columns(faint[None], free[None], box)
    columns = np.flatnonzero(through)
    return float(columns.mean()) if len(columns) else None


def _full_columns(faint: Mask, free: Mask, box: slice) -> Mask:
    """Return in which columns, (n, width), ink runs before, through and behind the box."""
    n, _height, width = faint.shape
    edge = 4
    parts = (
        slice(0, box.start - edge),
        slice(box.stop + edge, None),
        slice(box.start + edge, box.stop - edge),
    )
    through = np.ones((n, width), dtype=bool)
    for part in parts:
        paper, inked = free[:, part].view(np.uint8), np.ascontiguousarray(faint[:, part])
        wide = np.asarray(cv2.dilate(inked.view(np.uint8).reshape(-1, width), _TWO_BESIDE), np.uint8)
        wide = wide.reshape(inked.shape) & paper
        there, could = (np.add.reduce(mask, axis=1, dtype=np.uint16) for mask in (wide, paper))
        full = (there >= 0.7 * could) & (could >= PX_PER_MM)
        through &= cv2.dilate(full.view(np.uint8), np.ones((1, 7), np.uint8)) > 0
    return through
