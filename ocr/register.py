"""Where on this image is the form? A first fix from tags and code, then each field's own printed outline.

The first fix is a map from mm on the form to pixels, in any orientation and scale. Which one is fitted
depends on what was found:

    four tags                      a homography
    three tags, or two and code    an affine map; a homography where the scan is in perspective
    two tags, or one and the code  turn, scale and shift
    the code alone                 the same, good to a few mm at the far end of the page

It can't know of paper that slipped or stretched between the tags, so the outlines of the fields correct it,
field by field. Where the first fix is anchored on all sides, outlines are looked for within 1 mm, and then
within 3.6 mm; where it is not, the search starts at the anchors and goes on from there, each part where the
last one puts it. No outline is looked for further away than 0.42 of the rows' distance, so that no row can
be taken for the next.

A field is *held* when both pairs of its edges are seen, and the other fields of its row agree to 0.4 mm; or
when it is covered by ink, but edges are dark where its row puts them. A field that is not held is never
read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box
from . import outlines, place
from .blank import BlankPage
from .place import Gray, Matrix, Points
from .tags import Tag

_NEAR_MM = 1.0
_FAR_MM = 3.6
_SHARE_OF_PITCH = 0.42
_ROW_AGREES_MM = 0.4
_TRUST_MM = 80.0
"""How far beyond its anchors a fix that is not anchored on all sides is good to within the search."""

_WEAK = 0.4
"""An outline is seen when it is at least this share as dark as the page's outlines are on average..."""
_FAINTEST = 0.05
"""...and at least this share darker than its paper at all."""
_RIVALRY = 0.8
"""Two places that are nearly as good as each other are no find."""
_TAG_MISFIT_MM = 1.2
"""A tag further than this from where the others put it is not where it was printed."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A first fix: good to about a millimetre near its anchors."""

    matrix: Matrix
    """From mm on the form to pixels."""
    anchors_mm: Points
    """Middles of what it rests on."""
    firm: bool
    """Anchored on all sides of the page."""
    misfit_mm: float
    """How far its anchors lie from where it puts them, at worst."""


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
    """The distance between where an outline was seen and where the other outlines of its row, or of the
    rows next to it, put it: the 95th percentile over the page's fields. Infinite where no outline was
    seen."""
    rows_mm: Points
    """(rows, 3): height on the form of each row of fields in which an outline was seen, and its shift; from
    the top."""
    outline_darkness: float
    """How dark printed outlines are on this image, 0 to 1 of the paper's level."""

    def shift_at(self, y_mm: NDArray[np.float64]) -> Points:
        """Return the shift in mm of the page's print at heights on the form, between and beyond the rows."""
        return _between(self.rows_mm, y_mm)


def first_fix(
    tags: Sequence[Tag], boxes: Mapping[int, Box], code: tuple[Points, Box] | None = None
) -> Fix | None:
    """Return the map that tags and code agree on; None where there is too little to go by.

    Args:
        tags: found on the image; those whose id is not in `boxes` are left out.
        boxes: where the page's tags are on the form.
        code: the code's corners on the image, its own top-left first, clockwise, and its box on the form.
    """
    anchors = [(_corners(boxes[tag.id]), tag.corners_px) for tag in tags if tag.id in boxes]
    if len(anchors) == 0 and code is None:
        return None
    codes = [] if code is None else [(_corners(code[1]), code[0])]
    fix = _fit(anchors, codes)
    while len(anchors) > 2 and fix.misfit_mm > _TAG_MISFIT_MM:
        # One tag may be false, or on a corner that was folded over: the rest without it must agree.
        without = [_fit(anchors[:i] + anchors[i + 1 :], codes) for i in range(len(anchors))]
        best = min(range(len(without)), key=lambda i: without[i].misfit_mm)
        anchors.pop(best)
        fix = without[best]
    return fix


def register(image: Gray, page: BlankPage, fix: Fix) -> Registration:
    """Correct a first fix by the printed outlines of the page's fields."""
    thick = outlines.thickness_mm(page)
    outlined = thick > 0
    if not outlined.any():
        nothing = np.zeros((len(page.fields), 2))
        return Registration(
            fix.matrix, nothing, np.zeros(len(page.fields), bool), float("inf"), np.zeros((0, 3)), 0.0
        )
    start = np.zeros((len(page.fields), 2))
    found = outlines.find(image, fix.matrix, page, start, _NEAR_MM)
    seen = _seen(found) & outlined
    shift = found.shift_mm
    if (
        not fix.firm
        or seen.sum() < 0.9 * outlined.sum()
        or np.abs(shift[seen]).max(initial=0) > 0.8 * _NEAR_MM
    ):
        start = _tracked(image, page, fix, outlined)
        found = outlines.find(image, fix.matrix, page, start, _NEAR_MM)
        seen = _seen(found) & outlined
        shift = start + found.shift_mm
    return _settled(image, page, fix, shift, seen, outlined, found)


def _settled(
    image: Gray,
    page: BlankPage,
    fix: Fix,
    shift: Points,
    seen: NDArray[np.bool_],
    outlined: NDArray[np.bool_],
    found: outlines.Found,
) -> Registration:
    """Hold each field against its row, and put those whose outline was not seen where their row puts them."""
    if not seen.any():
        zero = np.zeros_like(shift)
        return Registration(fix.matrix, zero, seen, float("inf"), np.zeros((0, 3)), 0.0)
    matrix, left = _flattened(page, fix.matrix, shift, seen)
    rows = _row_shifts(page, left, seen)
    heights = page.centres_mm[:, 1]
    bare = Registration(matrix, left, seen, 0.0, rows, float(np.median(found.strength[seen])))
    expected = bare.shift_at(heights)
    off = np.linalg.norm(left - expected, axis=1)
    held = seen & (off <= _ROW_AGREES_MM)
    doubtful = ~held & outlined
    put = np.where(held[:, None], left, expected)
    if doubtful.any():
        there = outlines.find(image, matrix, page, put, outlines.RIVAL_MM)
        dark = there.here >= max(_WEAK * float(np.median(found.here[seen])), _FAINTEST)
        near = dark & (np.abs(there.shift_mm) < _ROW_AGREES_MM).all(axis=1)
        held |= doubtful & near
    # What has no outline of its own, as a name that may be struck, is held by the rows around it.
    held |= ~outlined
    residual = float(np.percentile(off[seen], 95))
    return replace(bare, shift_mm=put, held=held, residual_mm=residual)


def _tracked(image: Gray, page: BlankPage, fix: Fix, outlined: NDArray[np.bool_]) -> Points:
    """Return a better start for each field, found outwards from the anchors of the fix."""
    reach = min(_FAR_MM, _SHARE_OF_PITCH * page.row_pitch_mm)
    away = np.linalg.norm(page.centres_mm[:, None] - fix.anchors_mm[None], axis=2).min(axis=1)
    start = np.zeros((len(page.fields), 2))
    known = np.zeros(len(page.fields), dtype=bool)
    shift = np.zeros_like(start)
    trusted = outlined & (fix.firm | (away <= away.min(initial=0) + _TRUST_MM))
    for _round in range(8):
        found = outlines.find(image, fix.matrix, page, start, reach)
        seen = _seen(found) & trusted
        if not seen.any():
            break
        shift = start + found.shift_mm
        good = _consistent(page, shift, seen)
        start = _continued(page, shift, good)
        grown = outlined & (_distance(page, good) <= _TRUST_MM)
        if (grown <= trusted).all() and (good <= known).all():
            break
        known, trusted = known | good, trusted | grown
    return start


def _consistent(page: BlankPage, shift: Points, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep, in each row, the finds that agree with its median."""
    good = seen.copy()
    for row in np.unique(page.rows[seen]):
        here = seen & (page.rows == row)
        middle = np.median(shift[here], axis=0)
        good &= ~here | (np.abs(shift - middle).max(axis=1) <= 2 * _ROW_AGREES_MM)
    return good if good.any() else seen


def _continued(page: BlankPage, shift: Points, good: NDArray[np.bool_]) -> Points:
    """Return where every field is expected: on a fit of what was found, with its nearest row's own shift."""
    matrix = _affine_shift(page.centres_mm[good], shift[good])
    smooth = _apply(matrix, page.centres_mm)
    rows = _row_shifts(page, shift - smooth, good)
    return smooth + _between(rows, page.centres_mm[:, 1])


def _distance(page: BlankPage, good: NDArray[np.bool_]) -> NDArray[np.float64]:
    away = np.linalg.norm(page.centres_mm[:, None] - page.centres_mm[good][None], axis=2)
    return cast(NDArray[np.float64], away.min(axis=1))


def _flattened(
    page: BlankPage, matrix: Matrix, shift: Points, seen: NDArray[np.bool_]
) -> tuple[Matrix, Points]:
    """Move what is common to all shifts, a small affine change, from the fields into the map."""
    common = _affine_shift(page.centres_mm[seen], shift[seen])
    change = np.vstack((np.eye(2, 3) + common.T[:, [0, 1, 2]], (0, 0, 1)))
    left = shift - _apply(common, page.centres_mm)
    # A shift was in mm before the change; it still is, to 1 % of itself.
    return matrix @ change, left


def _affine_shift(points: Points, shift: Points) -> NDArray[np.float64]:
    """Fit shift = [x y 1] @ result, (3, 2), robustly; simpler where points are few or near each other."""
    span = np.ptp(points, axis=0) if len(points) else np.zeros(2)
    weight = np.ones(len(points))
    result = np.zeros((3, 2))
    columns = [i for i in (0, 1) if span[i] >= 25] if len(points) >= 4 else []
    design = np.column_stack([points[:, i] for i in columns] + [np.ones(len(points))])
    for _round in range(5):
        root = np.sqrt(weight)[:, None]
        solution, *_rest = np.linalg.lstsq(design * root, shift * root, rcond=None)
        off = np.linalg.norm(shift - design @ solution, axis=1)
        weight = 1 / np.maximum(off, 0.05)
    result[[*columns, 2]] = solution
    return result


def _apply(common: NDArray[np.float64], points: Points) -> Points:
    return np.column_stack((points, np.ones(len(points)))) @ common


def _row_shifts(page: BlankPage, shift: Points, seen: NDArray[np.bool_]) -> Points:
    """Return (rows, 3): each row's height on the form and the median shift of its fields that were seen."""
    out = [
        (page.centres_mm[here, 1].mean(), *np.median(shift[here], axis=0))
        for row in np.unique(page.rows[seen])
        for here in (seen & (page.rows == row),)
    ]
    return np.array(out, dtype=np.float64).reshape(-1, 3)


def _between(rows: Points, y_mm: NDArray[np.float64]) -> Points:
    if len(rows) == 0:
        return np.zeros((len(y_mm), 2))
    height, dx, dy = rows.T
    return np.column_stack((np.interp(y_mm, height, dx), np.interp(y_mm, height, dy)))


def _seen(found: outlines.Found) -> NDArray[np.bool_]:
    strong = found.strength[found.strength > _FAINTEST]
    if len(strong) == 0:
        return np.zeros(len(found.strength), dtype=bool)
    limit = max(_FAINTEST, _WEAK * float(np.median(strong)))
    return cast(
        NDArray[np.bool_], ((found.strength >= limit) & (found.rival < _RIVALRY * found.strength)).all(axis=1)
    )


def _fit(anchors: list[tuple[Points, Points]], codes: list[tuple[Points, Points]]) -> Fix:
    every = [*anchors, *codes]
    mm, px = np.concatenate([a[0] for a in every]), np.concatenate([a[1] for a in every])
    middles = np.array([a[0].mean(axis=0) for a in every])
    if len(every) <= 2:
        matrix = place.similarity(mm, px)
        firm = False
    else:
        tags_mm, tags_px = (np.concatenate([a[i] for a in anchors]) for i in (0, 1))
        if len(anchors) >= 4:
            # The code's corners are whole pixels; four tags need no help.
            mm, px = tags_mm, tags_px
            matrix = place.homography(mm, px)
        else:
            matrix = place.affine(mm, px)
            if place.misfit_mm(matrix, mm, px).max() > _TAG_MISFIT_MM:
                matrix = place.homography(mm, px)
        # Anchors on one side leave the other side loose.
        firm = bool(np.ptp(middles, axis=0).min() > 60) and len(every) >= 3
    return Fix(matrix, middles, firm, float(place.misfit_mm(matrix, mm, px).max()))


def _corners(box: Box) -> Points:
    x, y, w, h = box
    return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], dtype=np.float64)
