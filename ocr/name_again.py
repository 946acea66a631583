"""A second, slower look at the name cells in which ink was found: what of it is something that is known?

The print is laid onto the scan anew, piece by piece along the name, since paper curls and a photo's
perspective changes within a cell. Then the cell is held against it once more, and all of this is no ink:

    the other side's print   where and as dark as it shines through (`shining`)
    a stain                  a pale area wider than a pen's line that goes on beyond the cell
    grain                    no darker than the noise of the cell's own paper
    broken print             letters of which the scan left pieces, as black as any ink

What is left must be a stroke as in the first look, or most of what was seen there. Nothing is found here that
was not found there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box, Zone
from .blank import BLANK_MATRIX, BlankPage
from .name_ink import LEAST_MM2, PX_PER_MM, Floats, pieces_of
from .place import Gray, sample, to_px
from .reading import Stray
from .register import Registration
from .shining import Shining, shining_through
from .struck import Bounds

_ROOM_MM = 3.0
"""Around the cell: for the rules of the table, and to move the print in."""
_MOVED_MM = 1.6
_WINDOW_MM, _STEP_MM = 11.0, 4.0
"""Of print that is laid onto the scan by itself."""
_LAID_ON = 0.55
"""Correlation of the print with the scan where it was laid."""
_APART_MM = 1.0
"""A window that lies further off than this from the others was laid wrongly."""
_EDGE_MM = 1.0
_DARKER, _BARE = 0.2, 0.03
_STILL_THERE, _AROUND_MM = 0.5, 1.2
"""Of the ink that the first look saw, and so far around its place."""
_WIDE_MM = 2.4
"""A felt pen's line is narrower."""
_PALE = 0.5
"""Of the paper's level: a stain is lighter."""
_SIGMAS = 5.0
_SOLID, _BROKEN = 0.6, 0.1
_AT_MOST = 0.6
"""Darker than this nothing shines through paper."""
_SHINES = 1.3
"""Times what the back's solid print is on the whole: paper is not the same everywhere."""


@dataclass(frozen=True, eq=False)
class _Cell:
    """A name cell with what is around it, on the scan and as it should be: all (height, width)."""

    left_mm: float
    top_mm: float
    dark: Floats
    """The scan's darkness, 0 to 1."""
    print_: Floats
    """The blank form's, smoothed."""
    grown: Floats
    """The same, grown by what print may be misplaced or spread."""
    behind: Floats
    """What the other side's print may darken here."""
    inside: NDArray[np.bool_]


def look_again(
    gray: Gray, page: BlankPage, back: BlankPage, where: Registration, found: Sequence[Stray]
) -> tuple[Stray, ...]:
    """Return those of the name cells with ink in which a second look finds it, too."""
    if not found:
        return ()
    shining = shining_through(gray, page, back, where)
    zones = {zone.contest: zone for zone in page.zones}
    left = []
    for one in found:
        cell = _fetched(gray, page, where, zones[str(one.contest)], shining)
        extra, gain = _unexplained(cell)
        around = _around(one.box_mm, cell)
        cell, extra = replace(cell, dark=np.where(around, cell.dark, np.float32(0))), extra & around
        before = one.ink * one.box_mm.w * one.box_mm.h * PX_PER_MM**2
        if pieces := _pieces(cell, extra, gain):
            left.append(replace(one, box_mm=_box_mm(cell, pieces)))
        elif np.count_nonzero(extra) >= max(_STILL_THERE * before, 1):
            left.append(one)
    return tuple(left)


def _fetched(gray: Gray, page: BlankPage, where: Registration, zone: Zone, shining: Shining | None) -> _Cell:
    x, y, w, h = zone.box_mm
    across = np.arange(x - _ROOM_MM, x + w + _ROOM_MM, 1 / PX_PER_MM)
    down = np.arange(y - _ROOM_MM, y + h + _ROOM_MM, 1 / PX_PER_MM)
    origin = np.array([[across[0], down[0]]])
    dx = (across - across[0]).astype(np.float32)[None, None, :]
    dy = (down - down[0]).astype(np.float32)[None, :, None]
    (blank,) = sample(page.image, BLANK_MATRIX, origin, dx, dy)
    mm = _expected(where, across, down)
    mm += _moved(_on_scan(gray, where, mm), blank)[None]
    scan = _on_scan(gray, where, mm)
    level = _level(scan)
    dark = np.maximum(1 - scan / level, 0).astype(np.float32)
    smooth = cv2.blur(blank, (3, 3))
    print_ = (1 - smooth / np.float32(255)).astype(np.float32)
    darkest = np.maximum(print_, 1 - blank / np.float32(255)).astype(np.float32)
    grown = np.asarray(cv2.dilate(darkest, np.ones((3, 3), np.uint8)), np.float32)
    behind = np.zeros_like(dark)
    if shining is not None and shining.darkness <= _AT_MOST:
        behind = shining.seen_at(across, down) * np.float32(_SHINES)
    edge_x, edge_y = min(_EDGE_MM, w / 10), min(_EDGE_MM, h / 10)
    in_x = (across >= x + edge_x) & (across <= x + w - edge_x)
    in_y = (down >= y + edge_y) & (down <= y + h - edge_y)
    return _Cell(float(across[0]), float(down[0]), dark, print_, grown, behind, in_y[:, None] & in_x[None, :])


def _expected(where: Registration, across: NDArray[np.float64], down: NDArray[np.float64]) -> Floats:
    """Return where each point of a grid lies by the registration, (height, width, 2) in mm."""
    few = np.stack(np.meshgrid(np.linspace(across[0], across[-1], 5), np.linspace(down[0], down[-1], 3)), 2)
    shift = where.shift_of(few.reshape(-1, 2)).reshape(few.shape).astype(np.float32)
    size = (len(across), len(down))
    mm = np.stack(np.meshgrid(across, down), axis=2)
    return np.asarray(mm + cv2.resize(shift, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _on_scan(gray: Gray, where: Registration, mm: Floats) -> Gray:
    """Fetch points, (height, width, 2) in mm, by the page's whole map, not by its slopes at one of them."""
    px = to_px(where.matrix, mm.reshape(-1, 2).astype(np.float64)).reshape(mm.shape).astype(np.float32)
    at = px[..., 0], px[..., 1]
    picture = cv2.remap(gray, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,))
    return np.asarray(picture, np.uint8)


def _moved(scan: Gray, blank: Gray) -> Floats:
    """Return by how many mm the print lies off at each column, (width, 2): as far as it can be laid on."""
    reach = round(_MOVED_MM * PX_PER_MM)
    wide, step = round(_WINDOW_MM * PX_PER_MM), round(_STEP_MM * PX_PER_MM)
    width = blank.shape[1]
    found = []
    for left in range(reach, max(width - reach - wide, reach) + 1, step):
        part = blank[reach:-reach, left : left + wide]
        right = left + part.shape[1]
        if right + reach > width or part.std() < 8:
            continue
        match = cv2.matchTemplate(scan[:, left - reach : right + reach], part, cv2.TM_CCOEFF_NORMED)
        _low, score, _at, best = cv2.minMaxLoc(match)
        if score >= _LAID_ON:
            found.append(((left + right) / 2, best[0] - reach, best[1] - reach))
    if not found:
        return np.zeros((width, 2), np.float32)
    at, moved = np.array(found)[:, 0], np.array(found)[:, 1:]
    fits = (np.abs(moved - np.median(moved, axis=0)) <= _APART_MM * PX_PER_MM).all(axis=1)
    if not fits.any():
        return np.zeros((width, 2), np.float32)
    columns = np.arange(width)
    both = [np.interp(columns, at[fits], moved[fits, axis]) for axis in (0, 1)]
    return np.asarray(np.stack(both, axis=1) / PX_PER_MM, np.float32)


def _level(scan: Gray) -> Floats:
    """Return the paper's level at each pixel, lower where a stain lies, at least 1."""
    paper = max(float(np.percentile(scan, 75)), 1.0)
    wide = round(_WIDE_MM * PX_PER_MM) | 1
    closed = cv2.morphologyEx(
        scan, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wide, wide))
    ).astype(np.float32)
    stained = ((closed < 0.96 * paper) & (closed > _PALE * paper)).astype(np.uint8)
    _count, labels = cv2.connectedComponents(stained, connectivity=8)
    beyond = np.unique(np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1])))
    is_stain = np.isin(labels, beyond[beyond > 0])
    return np.where(is_stain, closed, paper).astype(np.float32)


def _unexplained(cell: _Cell) -> tuple[NDArray[np.bool_], float]:
    """Return which pixels are darker than all that is known, and the gain of this page's print."""
    dark, print_, grown = cell.dark, cell.print_, cell.grown
    bare = (grown < _BARE) & cell.inside
    sigma = _spread(dark[bare])
    if sigma > _DARKER / _SIGMAS:
        dark, grown = (np.asarray(cv2.blur(one, (3, 3)), np.float32) for one in (dark, grown))
        sigma = _spread(dark[bare])
    gain = _gain(dark[cell.inside], print_[cell.inside])
    least = max(_DARKER, _SIGMAS * sigma)
    known = np.maximum(np.float32(gain) * grown, cell.behind)
    return (dark > known + np.float32(least)) & cell.inside, gain


def _pieces(cell: _Cell, extra: NDArray[np.bool_], gain: float) -> list[Bounds]:
    if np.count_nonzero(extra) < LEAST_MM2 * PX_PER_MM**2:
        return []
    rows, columns = (np.flatnonzero(cell.inside.any(axis=axis)) for axis in (1, 0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    print_, grown = (np.maximum(one, cell.behind)[part] for one in (cell.print_, cell.grown))
    pieces = pieces_of(extra[part], cell.dark[part], print_, grown, gain)
    left, top = int(columns[0]), int(rows[0])
    return [(a + left, b + top, c + left, d + top) for a, b, c, d in pieces]


def _around(box: Box, cell: _Cell) -> NDArray[np.bool_]:
    """Return which pixels of a cell lie in a box or near it."""
    height, width = cell.dark.shape
    x = cell.left_mm + np.arange(width) / PX_PER_MM
    y = cell.top_mm + np.arange(height) / PX_PER_MM
    rows = (y >= box.y - _AROUND_MM) & (y <= box.y + box.h + _AROUND_MM)
    return rows[:, None] & ((x >= box.x - _AROUND_MM) & (x <= box.x + box.w + _AROUND_MM))[None]


def _gain(dark: Floats, print_: Floats) -> float:
    """Return how dark this page's print is, times the blank form's."""
    gain = float((dark * print_).sum() / max(float((print_ * print_).sum()), 1e-3))
    solid = dark[print_ > _SOLID]
    if solid.size:
        # Where much of it is gone, the rest is as black as before.
        deep = float(np.percentile(solid, 75))
        gain = deep if deep > gain + _BROKEN else gain
    return min(max(gain, 0.3), 1.3)


def _spread(values: Floats) -> float:
    """Return the standard deviation of most of the values."""
    if values.size < 50:
        return 0.0
    return 1.48 * float(np.median(np.abs(values - np.median(values))))


def _box_mm(cell: _Cell, pieces: Sequence[Bounds]) -> Box:
    lefts, tops, rights, bottoms = zip(*pieces, strict=True)
    left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
    return Box(
        *(
            round(float(value), 2)
            for value in (
                cell.left_mm + left / PX_PER_MM,
                cell.top_mm + top / PX_PER_MM,
                (right - left) / PX_PER_MM,
                (bottom - top) / PX_PER_MM,
            )
        )
    )
