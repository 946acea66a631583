"""A first fix of a page: the map from mm on the form to pixels that corner tags and code agree on.

Which one is fitted depends on what was found, and on whether the page is seen askew, as by a phone's camera:
then tags look of different sizes, or not square.

                                   flat on glass             askew
    four tags                      a homography              the same
    three tags, or two and code    an affine map             a homography
    two tags, or one and the code  turn, scale and shift     a homography, good near the tags only
    tags and code along one edge   the same                  the same
    the code alone                 turn, scale and shift, good to a few mm at the far end of the page

What contradicts the rest is left out: a false tag, or one on a corner that was folded over. Where two are
left that don't agree, there is no fix.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..forms.form import Box
from . import place
from .place import Matrix, Points
from .tags import Tag

_MISFIT_MM = 1.2
"""A tag further than this from where the others put it is not where it was printed."""
_SHAPE_MM = 0.45
"""A tag's corners lie no further than this from where a flat fix puts them around its middle: 3 degrees."""
_LARGER = 1.08
"""On glass, tags are alike in area to a few per cent; a camera askew by 10 degrees makes it a quarter."""
_LONGER = 1.045
"""On glass, paper stretches by 2 % at most."""
_CORNER_TO_CORNER_MM = 60.0


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
    askew: bool = False
    """Seen by a camera that did not look straight down."""
    left_out: int = 0
    """Tags of this page that contradict the rest."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A tag or code: its corners on the form and on the image."""

    mm: Points
    px: Points
    is_tag: bool


def first_fix(
    tags: Sequence[Tag], boxes: Mapping[int, Box], code: tuple[Points, Box] | None = None
) -> Fix | None:
    """Return the map that tags and code agree on; None where there is too little to go by.

    Args:
        tags: found on the image; those whose id is not in `boxes` are left out.
        boxes: where the page's tags are on the form.
        code: the code's corners on the image, its own top-left first, clockwise, and its box on the form.
    """
    tags_here = [tag for tag in tags if tag.id in boxes]
    anchors = [_Anchor(_corners(boxes[tag.id]), tag.corners_px, True) for tag in tags_here]
    if code is not None:
        anchors.append(_Anchor(_corners(code[1]), code[0], False))
    if not anchors:
        return None
    fix = _fit(anchors)
    while fix.misfit_mm > _MISFIT_MM and len(anchors) > 2:
        # The rest without a tag that is not where it was printed must agree.
        tried = [i for i, anchor in enumerate(anchors) if anchor.is_tag]
        without = [_fit(anchors[:i] + anchors[i + 1 :]) for i in tried]
        best = min(range(len(tried)), key=lambda i: without[i].misfit_mm)
        anchors.pop(tried[best])
        fix = without[best]
    left_out = len(tags_here) - sum(anchor.is_tag for anchor in anchors)
    return replace(fix, left_out=left_out) if fix.misfit_mm <= _MISFIT_MM else None


def _fit(anchors: Sequence[_Anchor]) -> Fix:
    mm, px = np.concatenate([a.mm for a in anchors]), np.concatenate([a.px for a in anchors])
    middles = np.array([a.mm.mean(axis=0) for a in anchors])
    tags = [anchor for anchor in anchors if anchor.is_tag]
    askew = _is_askew(tags)
    # Anchors on one side leave the other side loose.
    around = len(anchors) >= 3 and bool(np.ptp(middles, axis=0).min() > _CORNER_TO_CORNER_MM)
    if len(tags) >= 4:
        # The code's corners are whole pixels; four tags need no help.
        mm, px = np.concatenate([a.mm for a in tags]), np.concatenate([a.px for a in tags])
        matrix = place.homography(mm, px)
    elif askew and (len(anchors) >= 3 or len(tags) == 2):
        matrix = place.homography(mm, px)
    else:
        matrix = place.affine(mm, px) if around else place.similarity(mm, px)
    if len(anchors) >= 3 or askew:
        misfit = float(place.misfit_mm(matrix, mm, px).max())
        if len(anchors) >= 3 and len(tags) < 4 and not askew and misfit > _MISFIT_MM:
            other = place.homography(mm, px)
            at_best = float(place.misfit_mm(other, mm, px).max())
            if at_best < misfit:
                matrix, misfit, askew = other, at_best, True
    else:
        # Two anchors always lie where turn and scale put them; whether they agree shows in their own shape.
        misfit = _MISFIT_MM / _SHAPE_MM * _misshape_mm(matrix, anchors)
    return Fix(matrix, middles, around and (len(tags) >= 4 or not askew), misfit, askew)


def _is_askew(tags: Sequence[_Anchor]) -> bool:
    """Tell a camera's view: tags of different size, or all longer in one direction."""
    if not tags:
        return False
    sides = np.array([np.linalg.norm(np.roll(tag.px, -1, axis=0) - tag.px, axis=1) for tag in tags])
    across, down = sides[:, 0::2].mean(axis=1), sides[:, 1::2].mean(axis=1)
    areas, longer = across * down, float(np.median(across / down))
    return bool(areas.max() > _LARGER * areas.min() or not 1 / _LONGER < longer < _LONGER)


def _misshape_mm(matrix: Matrix, anchors: Sequence[_Anchor]) -> float:
    """Return how far a tag's corners lie, at worst, from where a fix puts them around the tag's middle."""
    worst = 0.0
    for anchor in anchors:
        if anchor.is_tag:
            moved = anchor.px - anchor.px.mean(axis=0) + place.to_px(matrix, anchor.mm).mean(axis=0)
            worst = max(worst, float(place.misfit_mm(matrix, anchor.mm, moved).max()))
    return worst


def _corners(box: Box) -> Points:
    x, y, w, h = box
    return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], dtype=np.float64)
