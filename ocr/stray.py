"""Ink in name cells that the blank form does not have: a struck name, a corrected one, an added one.

Each cell is fetched upright at 5 pixels per mm, moved by at most 0.6 mm until its printed name lies on the
blank form's, and held against it: darker than the blank print, grown by a fifth of a millimetre and printed
as darkly as this page is, by more than a fifth of the paper's level. What is left is joined over the
letters it crosses; a piece 4 mm long, or a blot of 2 mm away from all letters, is stray ink. Blur, darker
toner and compression stay below that.

The same comparison proves that each row is the row it is taken for: names differ where rows of boxes do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box, Zone
from .blank import BLANK_MATRIX, BlankPage
from .ink import counted
from .lines import runs_on
from .name_ink import LEAST_MM2, PX_PER_MM, pieces_of
from .place import Gray, Points, sample
from .reading import Stray
from .register import Registration
from .seal import red_stamps
from .struck import Bounds

_SLACK_PX = 6
_STEPS = range(-_SLACK_PX, _SLACK_PX + 1)
_LIKE = 0.65
"""Of one printed name to the blank form's: below, it is not certain to be that name."""
_EDGE_MM = 1.0
"""Left out along a cell's edge, where the table's rules are, but no more than a tenth of its height or
width."""
_DARKER = 0.2

_FAINT = 0.06
_FOLLOWED_MM = 15.0
"""A line this long beyond the cell, on both sides, was not drawn to strike a name."""

_LENGTHY = 2.2
"""Of a piece that may be part of a streak or fold: its length over its width."""
_RULE_MM, _OFF_LETTERS = 1.2, 0.1
_SLIPPED_MM = 0.7
"""Between one row and the next: only there can a rule lie in a cell."""
_STAMP_EDGE_MM = 1.5

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Names:
    """What the name cells of a page say."""

    stray: tuple[Stray, ...]
    likeness: NDArray[np.float64]
    """(zones,): how like each printed name is to the blank form's, -1 to 1."""
    likeness_of_others: NDArray[np.float64]
    """(zones,): the same, held against the print of the cell above or below."""

    @property
    def is_this_form(self) -> bool:
        """Whether the print in the cells is that of the form, row by row."""
        if len(self.likeness) == 0:
            return True
        own = float(np.median(self.likeness))
        other = float(np.median(self.likeness_of_others)) if len(self.likeness) > 1 else 0.0
        return own >= 0.4 and own > other + 0.05

    def misplaced(self, zones: Sequence[Zone]) -> frozenset[str]:
        """Contests whose printed name is not found where it must be, or is likelier a neighbour's.

        The rows of a table look alike: where a sheet slipped or was pleated by about a row, boxes lock onto
        the row above or below, and only the names tell. A struck name still has a likeness of 0.8.
        """
        own, other = self.likeness, self.likeness_of_others
        wrong = (own < _LIKE) | (other > own + 0.05)
        return frozenset(zone.contest for zone, is_wrong in zip(zones, wrong, strict=True) if is_wrong)


@dataclass(frozen=True, eq=False)
class _Cells:
    centres_mm: Points
    dx_mm: Floats
    dy_mm: Floats
    inside: NDArray[np.bool_]
    """(n, height, width): the part of the common grid that belongs to the cell."""
    dark: Floats
    """(n, height, width): blank print, smoothed, 0 to 1; 0 outside the cell."""
    grown: Floats
    """The same, grown by what print may be misplaced or spread."""

    @cached_property
    def strength(self) -> NDArray[np.float64]:
        """The sum of the squares of `dark` in each cell, (n,), above 0."""
        return np.maximum(_products(self.dark, self.dark), 1e-3)

    @cached_property
    def centred(self) -> tuple[Floats, NDArray[np.float64]]:
        """`dark` less its mean in each cell, and the sum of its squares, (n,)."""
        centred = self.dark - self.dark.mean(axis=(1, 2), keepdims=True)
        return centred, _products(centred, centred)

    @cached_property
    def profiles(self) -> tuple[Floats, Floats]:
        """How dark columns and rows are, less the mean, moved by each step: (n, steps, width or height)."""
        columns, rows = (
            np.stack([np.roll(sums - sums.mean(axis=1, keepdims=True), -step, axis=1) for step in _STEPS], 1)
            for sums in (self.dark.sum(axis=1), self.dark.sum(axis=2))
        )
        return columns, rows


def read_names(gray: Gray, page: BlankPage, registration: Registration) -> Names:
    """Hold the name cells of a page against the blank form."""
    if not page.zones:
        return Names((), np.zeros(0), np.zeros(0))
    cells = _cells(page)
    shift = registration.shift_of(cells.centres_mm)
    values = sample(gray, registration.matrix, cells.centres_mm + shift, cells.dx_mm, cells.dy_mm)
    flat = values.reshape(len(values), -1)
    level = _level(flat)[:, None]
    below = _aligned((level - np.minimum(flat, level)).reshape(values.shape), cells)
    dark = below.astype(np.float32)
    dark /= level.astype(np.float32)[:, None]
    likeness, by_previous, by_next = _likeness(dark, cells)
    others = np.maximum(by_previous, by_next)
    gain = _products(dark, cells.dark) / cells.strength
    limit = np.clip(gain, 0.3, 1.3).astype(np.float32)[:, None, None] * cells.grown
    limit += np.float32(_DARKER)
    extra = (dark > limit) & cells.inside
    stray = []
    for i in np.flatnonzero(counted(extra) >= LEAST_MM2 * PX_PER_MM**2):
        zone = page.zones[int(i)]
        pieces = pieces_of(
            extra[i], dark[i], cells.dark[i], cells.grown[i], float(np.clip(gain[i], 0.3, 1.3))
        )
        pieces = [
            b
            for b in pieces
            if not _is_streak(gray, page, registration, _box_mm(zone.box_mm, cells, b), zone.box_mm)
            and not _is_rule(b, cells.grown[i], registration, _box_mm(zone.box_mm, cells, b), zone.box_mm)
        ]
        if pieces:
            lefts, tops, rights, bottoms = zip(*pieces, strict=True)
            found = min(lefts), min(tops), max(rights), max(bottoms)
            stray.append(Stray(zone.contest, _box_mm(zone.box_mm, cells, found), _share(extra[i], found)))
    return Names(tuple(stray), likeness, others)


def without_stamps(
    stray: tuple[Stray, ...], colour: Gray | None, page: BlankPage, where: Registration
) -> tuple[Stray, ...]:
    """Leave out cells in which only a red stamp lies: by red light its ink is hardly seen, a pen's is."""
    if not stray or colour is None:
        return stray
    stamps = red_stamps(colour, page, where)
    if not stamps:
        return stray
    by_red = {one.contest for one in read_names(colour[..., 2].copy(), page, where).stray}
    return tuple(
        one
        for one in stray
        if one.contest in by_red or not any(_lies_in(one.box_mm, stamp) for stamp in stamps)
    )


def _lies_in(box: Box, stamp: Box) -> bool:
    more = _STAMP_EDGE_MM
    return (
        box.x >= stamp.x - more
        and box.y >= stamp.y - more
        and box.x + box.w <= stamp.x + stamp.w + more
        and box.y + box.h <= stamp.y + stamp.h + more
    )


@lru_cache(maxsize=256)
def _cells(page: BlankPage) -> _Cells:
    boxes = np.array([zone.box_mm for zone in page.zones], dtype=np.float64)
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    half = boxes[:, 2:] / 2 - np.minimum(_EDGE_MM, boxes[:, 2:] / 10)
    reach = half.max(axis=0)
    x = (np.arange(-int(reach[0] * PX_PER_MM), int(reach[0] * PX_PER_MM) + 1) / PX_PER_MM).astype(np.float32)
    y = (np.arange(-int(reach[1] * PX_PER_MM), int(reach[1] * PX_PER_MM) + 1) / PX_PER_MM).astype(np.float32)
    dx, dy = x[None, None, :], y[None, :, None]
    inside = (np.abs(dx) <= half[:, 0, None, None]) & (np.abs(dy) <= half[:, 1, None, None])
    blank = sample(page.image, BLANK_MATRIX, centres, dx, dy)
    smooth = np.stack([cv2.blur(cell, (3, 3), borderType=cv2.BORDER_REPLICATE) for cell in blank])
    dark = (1 - smooth / np.float32(255)) * inside
    sharp = (1 - blank / np.float32(255)) * inside
    grown = np.stack(
        [cv2.dilate(np.maximum(*pair), np.ones((3, 3), np.uint8)) for pair in zip(dark, sharp, strict=True)]
    )
    return _Cells(centres, dx, dy, inside, dark.astype(np.float32), grown.astype(np.float32))


def _level(flat: Gray) -> Gray:
    """Return the paper's level in each cell, (n,), at least 1: what three quarters are no lighter than."""
    few = flat[:, ::7]
    # Counting a cell's 256 levels is quicker than sorting its pixels.
    bins = few + 256 * np.arange(len(few))[:, None]
    counts = np.bincount(bins.ravel(), minlength=256 * len(few)).reshape(-1, 256)
    place = int(flat.shape[1] * 0.75) // 7
    level = (counts.cumsum(axis=1) > place).argmax(axis=1)
    return np.asarray(np.maximum(level, 1), np.uint8)


def _aligned(below: Gray, cells: _Cells) -> Gray:
    """Move each cell by whole pixels until its columns, then its rows, are as dark as the blank form's."""
    below *= cells.inside.view(np.uint8)
    n, height, width = below.shape
    columns = below.sum(axis=1, dtype=np.uint32)
    # Columns go round: moving them leaves the rows' sums as they are.
    rows = cv2.reduce(below.reshape(-1, width), 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).reshape(n, height)
    for axis, have, wanted in ((2, columns, cells.profiles[0]), (1, rows, cells.profiles[1])):
        scores = wanted @ have.astype(np.float32)[:, :, None]
        best = scores[..., 0].argmax(axis=1) - _SLACK_PX
        for step in np.unique(best[best != 0]):
            here = best == step
            below[here] = np.roll(below[here], int(step), axis=axis)
    return below


def _likeness(have: Floats, cells: _Cells) -> list[NDArray[np.float64]]:
    """Return each cell's correlation with its own print, the last cell's and the next one's, -1 to 1."""
    own, spread = cells.centred
    mean = have.reshape(len(have), -1).mean(axis=1).astype(np.float64)
    norm = np.maximum(_products(have, have) - mean**2 * have[0].size, 0)
    # The blank form's print has no mean, so that the scan's own does not count.
    alike = [
        _products(have, own),
        np.concatenate((_products(have[:1], own[-1:]), _products(have[1:], own[:-1]))),
        np.concatenate((_products(have[:-1], own[1:]), _products(have[-1:], own[:1]))),
    ]
    return [
        products / np.maximum(np.sqrt(norm * np.roll(spread, by)), 1e-6)
        for products, by in zip(alike, (0, 1, -1), strict=True)
    ]


def _products(one: Floats, other: Floats) -> NDArray[np.float64]:
    """Return the sum of the products of each pair of cells, (n,)."""
    n, height, width = one.shape
    pairs = (cells.reshape(n, height * width) for cells in (one, other))
    sums = np.einsum("ij,ij->i", *pairs)
    return cast(NDArray[np.float64], sums.astype(np.float64))


def _is_rule(bounds: Bounds, grown: Floats, registration: Registration, piece: Box, cell: Box) -> bool:
    """Tell the table's own rule that slipped into a cell: level, off the letters, from end to end of it."""
    if piece.h > _RULE_MM or piece.w < 0.9 * (cell.w - 2 * _EDGE_MM):
        return False
    left, top, right, bottom = bounds
    if float(grown[top:bottom, left:right].mean()) > _OFF_LETTERS:
        return False
    middle = np.array([cell.x + cell.w / 2, cell.y + cell.h / 2])
    shift = registration.shift_of(middle + np.array([(0.0, -cell.h), (0.0, 0.0), (0.0, cell.h)]))
    return bool(np.abs(np.diff(shift, axis=0)).max() > _SLIPPED_MM)


def _is_streak(gray: Gray, page: BlankPage, registration: Registration, piece: Box, cell: Box) -> bool:
    """Tell a thin line that runs on far beyond the cell at both ends: a streak of the scanner, or a fold."""
    upright = piece.h > piece.w
    if max(piece.w, piece.h) < _LENGTHY * min(piece.w, piece.h):
        return False
    start = np.array([piece.x + piece.w / 2, piece.y + piece.h / 2])
    at, low, length = (start[1], cell.y, cell.h) if upright else (start[0], cell.x, cell.w)
    away = float(at - low) + 1, float(low + length - at) + 1
    angles = np.radians(np.arange(-8, 8.1, 1.0)) + (np.pi / 2 if upright else 0.0)
    (shift,) = registration.shift_of(start[None])
    return runs_on(gray, page, registration.matrix, shift, start, away, angles, _FAINT, _FOLLOWED_MM)


def _box_mm(zone: Box, cells: _Cells, bounds: Bounds) -> Box:
    left, top, right, bottom = bounds
    x = zone.x + zone.w / 2 + float(cells.dx_mm[0, 0, 0])
    y = zone.y + zone.h / 2 + float(cells.dy_mm[0, 0, 0])
    size = ((right - left) / PX_PER_MM, (bottom - top) / PX_PER_MM)
    return Box(
        round(x + left / PX_PER_MM, 2), round(y + top / PX_PER_MM, 2), round(size[0], 2), round(size[1], 2)
    )


def _share(extra: NDArray[np.bool_], bounds: Bounds) -> float:
    left, top, right, bottom = bounds
    return round(float(extra[top:bottom, left:right].mean()), 4)
