"""Where on this image is each field? A first fix, corrected by the page's print and each field's outline.

A first fix (`fix`) can't know of paper that slipped, stretched or curled between its anchors. Where it is
anchored on all sides and nearly all outlines are seen within 1 mm of where it puts them, they correct it at
once, field by field. Otherwise the page is tracked (`track`): from the anchors outwards over patches of its
print, then outlines. No outline is looked for further away than 0.42 of the rows' distance, so that no row
can be taken for the next.

A field is *held* when both pairs of its edges are seen, and others bear it out to 0.4 mm: the other fields of
its row, those above and below it in its column, or patches beside it; or, where it has none of these, the
patches around it to a millimetre; or when it is covered by ink, but edges are dark where its row or column
puts them. A field that is not held is never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from . import drift, outlines, track
from .blank import BlankPage
from .fix import Fix, first_fix
from .place import Gray, Matrix, Points

__all__ = ["Fix", "Registration", "first_fix", "register"]

_NEAR_MM = 1.0
_AGREES_MM = 0.4
_COLUMN_MM = 2.0
"""Fields whose middles differ by less to the side stand in one column."""
_NEXT_MM = 45.0
"""A field this far above or below says what the paper does here."""
_PATCH_BESIDE_MM = 25.0
_PATCH_AGREES_MM = 1.0
_PATCH_WITHIN_MM = 60.0
_FEW = 8
"""On a page with fewer fields, the print is asked too."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Where each field of a page lies on an image."""

    matrix: Matrix
    """From mm on the form to pixels, the best single map of the page."""
    shift_mm: Points
    """(fields, 2): how far each field lies from where the form has it, in mm on the form, after `matrix`."""
    held: NDArray[np.bool_]
    """(fields,): whether the field's own outline confirms its place."""
    residual_mm: float
    """The distance between where an outline was seen and where others put it: the 95th percentile over the
    page's fields. Infinite where no outline was seen."""
    rows_mm: Points
    """(rows, 3): height on the form of each row of fields in which an outline was seen, and its shift; from
    the top."""
    outline_darkness: float
    """How dark printed outlines are on this image, 0 to 1 of the paper's level."""
    print_mm: Points = field(default_factory=lambda: np.zeros((0, 4)))
    """(features, 4): where the page was tracked, the places on the form of patches and outlines that were
    found, and their shifts; else none."""
    is_tracked: bool = False
    """Whether the page's own print was looked for beside the outlines."""

    def shift_at(self, y_mm: NDArray[np.float64]) -> Points:
        """Return the shift in mm of the page's print at heights on the form, between and beyond the rows."""
        return _between(self.rows_mm, y_mm)

    def shift_of(self, points_mm: Points) -> Points:
        """Return the shift in mm of the page's print at points of the form, (n, 2)."""
        if len(self.print_mm):
            return drift.predicted(self.print_mm[:, :2], self.print_mm[:, 2:], points_mm)
        return self.shift_at(points_mm[:, 1])


def register(image: Gray, page: BlankPage, fix: Fix, thorough: bool = False) -> Registration:
    """Correct a first fix by the printed outlines of the page's fields, and by its other print where needed.

    Args:
        image: the page image.
        page: the blank page.
        fix: the first fix.
        thorough: track the page's print even where outlines alone leave no doubt, as when names are not where
            the outlines put them.
    """
    outlined = outlines.thickness_mm(page) > 0
    at_once = track.Tracked(
        fix.matrix, np.zeros_like(page.centres_mm), np.zeros((0, 2)), np.zeros((0, 2)), False
    )
    if not outlined.any():
        return _nothing_seen(at_once, page)
    if fix.firm and not fix.askew and outlined.sum() >= _FEW and not thorough:
        found = outlines.find(image, fix.matrix, page, at_once.start_mm, _NEAR_MM)
        seen = track.seen(found) & outlined
        furthest = np.abs(found.shift_mm[seen]).max(initial=0)
        if seen.sum() >= 0.9 * outlined.sum() and furthest <= 0.8 * _NEAR_MM:
            return _settled(image, page, at_once, found.shift_mm, seen, outlined, found)
    way = track.track(image, page, fix, outlined)
    found = outlines.find(image, way.matrix, page, way.start_mm, _NEAR_MM)
    seen = track.seen(found) & outlined
    return _settled(image, page, way, way.start_mm + found.shift_mm, seen, outlined, found)


def _nothing_seen(way: track.Tracked, page: BlankPage) -> Registration:
    n = len(page.fields)
    nothing = Registration(
        way.matrix, np.zeros((n, 2)), np.zeros(n, bool), float("inf"), np.zeros((0, 3)), 0.0
    )
    return replace(nothing, is_tracked=way.is_tracked)


def _settled(
    image: Gray,
    page: BlankPage,
    way: track.Tracked,
    shift: Points,
    seen: NDArray[np.bool_],
    outlined: NDArray[np.bool_],
    found: outlines.Found,
) -> Registration:
    """Hold each field against its neighbours; put those whose outline was not seen where they put them."""
    if not seen.any():
        return _nothing_seen(way, page)
    common = drift.affine_shift(page.centres_mm[seen], shift[seen])
    matrix = _moved(way.matrix, common)
    left = shift - drift.applied(common, page.centres_mm)
    patches = way.patches_shift_mm - drift.applied(common, way.patches_mm)
    expected = [*_by_row(page, left, seen), *_by_column(page, left, seen)]
    if len(patches):
        expected.append(_by_patches(page, way.patches_mm, patches))
    off = np.min([np.nan_to_num(np.linalg.norm(left - one, axis=1), nan=np.inf) for one in expected], axis=0)
    alone = ~np.isfinite(off) & seen
    if alone.any():
        off[alone] = _off_patches(page.centres_mm[alone], left[alone], way.patches_mm, patches)
    held = seen & (off <= _AGREES_MM)
    bare = Registration(
        is_tracked=way.is_tracked,
        matrix=matrix,
        shift_mm=left,
        held=held,
        residual_mm=float(np.percentile(np.minimum(off[seen], 9.99), 95)),
        rows_mm=_row_shifts(page, left, held if held.any() else seen),
        outline_darkness=float(np.median(found.strength[seen])),
    )
    if len(way.patches_mm):
        features = np.vstack((np.hstack((way.patches_mm, patches)), np.hstack((page.centres_mm, left))[held]))
        bare = replace(bare, print_mm=features)
    put = np.where(held[:, None], left, bare.shift_of(page.centres_mm))
    if (~held & outlined).any():
        limit = max(track.WEAK * float(np.median(found.here[seen])), track.FAINTEST)
        put, held = _covered(image, page, matrix, put, held, outlined, [*expected, put], limit)
    # What has no outline of its own, as a name that may be struck, is held by the print around it.
    return replace(bare, shift_mm=put, held=held | ~outlined)


def _covered(
    image: Gray,
    page: BlankPage,
    matrix: Matrix,
    put: Points,
    held: NDArray[np.bool_],
    outlined: NDArray[np.bool_],
    expected: Sequence[Points],
    limit: float,
) -> tuple[Points, NDArray[np.bool_]]:
    """Look for edges under ink where neighbours put them; those that disagree are no help."""
    held, put = held.copy(), put.copy()
    open_ = ~held & outlined
    neighbours = np.array(expected[:-1])
    known = np.isfinite(neighbours[..., 0])
    highest = np.max(np.where(known[..., None], neighbours, -np.inf), axis=0)
    lowest = np.min(np.where(known[..., None], neighbours, np.inf), axis=0)
    agreed = known.any(axis=0) & (highest - lowest <= 2 * _AGREES_MM).all(axis=1)
    for one in expected:
        wanted = open_ & ~held & agreed & np.isfinite(one).all(axis=1)
        if not wanted.any():
            continue
        which = np.flatnonzero(wanted)
        there = outlines.find(image, matrix, page, one[which], outlines.RIVAL_MM, which)
        near = (np.abs(there.shift_mm) < _AGREES_MM).all(axis=1) & (there.here >= limit)
        good = which[near]
        put[good] = one[good]
        held[good] = True
    return put, held


def _moved(matrix: Matrix, common: NDArray[np.float64]) -> Matrix:
    """Move what is common to all shifts, a small affine change, from the fields into the map."""
    # A shift was in mm before the change; it still is, to 1 % of itself.
    return cast(Matrix, matrix @ np.vstack((np.eye(2, 3) + common.T[:, [0, 1, 2]], (0, 0, 1))))


def _by_row(page: BlankPage, left: Points, seen: NDArray[np.bool_]) -> tuple[Points, ...]:
    """Return the shift that the other fields of its row give to each field; NaN where there are none."""
    mates = _neighbours(page).mates
    return (_medians(np.where((seen[mates] & (mates >= 0))[..., None], left[mates], np.nan)),)


def _by_column(page: BlankPage, left: Points, seen: NDArray[np.bool_]) -> tuple[Points, ...]:
    """Return what the next field above gives to each field, the next below, and both together; or NaN."""
    sides = []
    for next_ones in (_neighbours(page).above, _neighbours(page).below):
        there = seen[next_ones] & (next_ones >= 0)
        first = there.argmax(axis=1)[:, None]
        nearest = np.take_along_axis(next_ones, first, axis=1)[:, 0]
        sides.append(np.where(np.take_along_axis(there, first, axis=1), left[nearest], np.nan))
    above, below = sides
    return above, below, (above + below) / 2


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """The fields around each field, as indices of fields, filled up with -1; all are (fields, some)."""

    mates: NDArray[np.int64]
    """The others of its row."""
    above: NDArray[np.int64]
    """Those above it in its column, the nearest first."""
    below: NDArray[np.int64]


@lru_cache(maxsize=256)
def _neighbours(page: BlankPage) -> _Neighbours:
    x, y = page.centres_mm.T
    mates: list[NDArray[np.int64]] = []
    above: list[NDArray[np.int64]] = []
    below: list[NDArray[np.int64]] = []
    for i in range(len(x)):
        same = page.rows == page.rows[i]
        mates.append(np.flatnonzero(same & (np.arange(len(x)) != i)))
        steps = y - y[i]
        column = ~same & (np.abs(x - x[i]) < _COLUMN_MM) & (np.abs(steps) <= _NEXT_MM)
        for side, sign in ((above, -1), (below, 1)):
            there = np.flatnonzero(column & (steps * sign > 0))
            side.append(there[np.abs(steps[there]).argsort(kind="stable")])
    return _Neighbours(_filled_up(mates), _filled_up(above), _filled_up(below))


def _filled_up(rows: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return rows of indices of different lengths as one array, at least one wide."""
    out = np.full((len(rows), max([1, *map(len, rows)])), -1, dtype=np.int64)
    for row, indices in zip(out, rows, strict=True):
        row[: len(indices)] = indices
    return out


def _medians(values: NDArray[np.float64]) -> Points:
    """Return medians over axis 1 of what is not NaN, (n, 2), of (n, some, 2); NaN where nothing is."""
    known = np.isfinite(values[..., 0]).sum(axis=1)
    ordered = np.sort(values, axis=1)  # NaN comes last
    rows = np.arange(len(values))
    low, high = (
        ordered[rows, np.maximum(known - 1, 0) // 2],
        ordered[rows, np.minimum(known // 2, values.shape[1] - 1)],
    )
    return cast(Points, (low + high) / 2)


def _by_patches(page: BlankPage, patches: Points, patches_shift: Points) -> Points:
    """Return the shift that patches close by give to each field; NaN where there are none."""
    away = np.linalg.norm(page.centres_mm[:, None] - patches[None], axis=2).min(axis=1)
    by = drift.predicted(patches, patches_shift, page.centres_mm)
    by[np.flatnonzero(away > _PATCH_BESIDE_MM)] = np.nan
    return by


def _off_patches(
    points: Points, shift: Points, patches: Points, patches_shift: Points
) -> NDArray[np.float64]:
    """Return how far fields without neighbours lie from where the print around them puts them.

    Within a millimetre they agree; farther than 60 mm from all patches nothing is known.
    """
    if len(patches) == 0:
        return np.full(len(points), np.inf)
    off = np.linalg.norm(shift - drift.predicted(patches, patches_shift, points), axis=1)
    away = np.linalg.norm(points[:, None] - patches[None], axis=2).min(axis=1)
    off = np.where(off <= _PATCH_AGREES_MM, np.minimum(off, _AGREES_MM), off)
    off[away > _PATCH_WITHIN_MM] = np.inf
    return cast(NDArray[np.float64], off)


def _row_shifts(page: BlankPage, shift: Points, seen: NDArray[np.bool_]) -> Points:
    """Return (rows, 3): each row's height on the form and the median shift of its fields that were seen."""
    rows = [here for row in np.unique(page.rows) if len(here := np.flatnonzero(seen & (page.rows == row)))]
    members = _filled_up(rows)
    heights = [page.centres_mm[here, 1].mean() for here in rows]
    medians = _medians(np.where((members >= 0)[..., None], shift[members], np.nan))
    return np.column_stack((heights, medians)).reshape(-1, 3)


def _between(rows: Points, y_mm: NDArray[np.float64]) -> Points:
    if len(rows) == 0:
        return np.zeros((len(y_mm), 2))
    height, dx, dy = rows.T
    return np.column_stack((np.interp(y_mm, height, dx), np.interp(y_mm, height, dy)))
