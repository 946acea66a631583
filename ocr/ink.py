"""Ink around each field that the blank form does not have.

All fields of a page are fetched with 3 mm of their surroundings at 6 pixels per mm, whatever the scan's
resolution, turned upright. A pixel is

    paper   the field's own paper level: what 70 % of its unprinted surroundings are no lighter than
    strong  darker than paper by a fifth of its level and by four times the page's noise
    faint   darker, after smoothing over half a millimetre, by 7 % and by twice the noise: pencil,
    bleed-through

Where the blank form has print (outline, rules, words), grown by a third of a millimetre for blur and
remaining misplacement, nothing is seen. On colour scans red ink is told from other ink, since a red seal
may lie over a field.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from . import outlines
from .blank import BLANK_MATRIX, BlankPage
from .place import Gray, Matrix, Points, sample

PX_PER_MM = 6.0
MARGIN_MM = 3.0
GUARD_MM = 0.35
"""Kept off the outline's inner and outer edge: blur, and what registration may be wrong by."""

_PRINT_DARKNESS = 0.12
_COARSE_PX_PER_MM = 5.5
"""Scans below 140 dpi smear print further."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Group:
    """Fields of one page whose boxes are of one size, and what is known of their surroundings beforehand."""

    which: NDArray[np.int64]
    """Indices into the page's fields, (n,)."""
    side_mm: tuple[float, float]
    """Width and height of the outline's outer edge."""
    dx_mm: NDArray[np.float32]
    dy_mm: NDArray[np.float32]
    printed: Mask
    """(n, height, width): print of the blank form and what it may smear into."""
    inner: Mask
    """(n, height, width): unprinted paper inside the outline."""
    ring: Mask
    """(n, height, width): unprinted paper around the outline."""
    calm: NDArray[np.int64]
    """Flat indices of pixels that are unprinted in all n, on which the paper level is measured."""

    @cached_property
    def unprinted(self) -> Mask:
        """(n, height, width)."""
        return ~self.printed

    @cached_property
    def inner_px(self) -> NDArray[np.int64]:
        """How many pixels `inner` has in each field, (n,), at least 1."""
        return np.maximum(counted(self.inner), 1)

    @cached_property
    def ring_px(self) -> NDArray[np.int64]:
        """How many pixels `ring` has in each field, (n,)."""
        return counted(self.ring)

    @cached_property
    def core_px(self) -> tuple[slice, slice]:
        """Rows and columns out of which no field has anything in `inner`."""
        used: Mask = np.asarray(self.inner.any(axis=0))
        rows, columns = (np.flatnonzero(used.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return slice(0, 1), slice(0, 1)
        return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

    @property
    def box_px(self) -> tuple[slice, slice]:
        """Rows and columns of the box, out to its outer edge."""
        _n, height, width = self.printed.shape
        edge = int(MARGIN_MM * PX_PER_MM)
        return slice(edge, height - edge), slice(edge, width - edge)


@dataclass(frozen=True, eq=False)
class Ink:
    """The ink in and around the fields of a group on one scan."""

    group: Group
    paper: NDArray[np.float32]
    """(n,): the paper's level, 1 to 255."""
    strong: Mask
    """(n, height, width)."""
    faint: Mask
    """(n, height, width); includes strong."""
    red: Mask | None
    """(n, height, width): strong ink that is red; None without colour."""
    smooth: Gray
    """(n, height, width): the smoothed scan, for a second look."""

    def traces(self, k: int, darker: float) -> Mask:
        """Return what is darker than the paper within a millimetre by a share, in the k-th field."""
        crop = self.smooth[k]
        # What is printed would darken the paper beside it.
        unprinted = np.where(self.group.printed[k], np.uint8(self.paper[k]), crop)
        around = cv2.blur(unprinted, (13, 13)).astype(np.float32)
        below = np.less(cv2.blur(crop, (3, 3)), around * np.float32(1 - darker))
        # Smoothed twice, the outline reaches two pixels further.
        smeared = cv2.dilate(self.group.printed[k].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        return cast(Mask, below & ~smeared)


@dataclass(frozen=True, slots=True)
class Levels:
    """How dark ink must be, as shares of the paper's level."""

    strong: float
    faint: float
    noise: float


@lru_cache(maxsize=512)
def groups(page: BlankPage, coarse: bool) -> tuple[Group, ...]:
    """Return the page's fields in groups of one size; `coarse` grows print further, for low resolutions."""
    sizes = np.round(page.sizes_mm, 1)
    return tuple(
        _group(page, np.flatnonzero((sizes == size).all(axis=1)), coarse) for size in np.unique(sizes, axis=0)
    )


def see(
    gray: Gray,
    colour: Gray | None,
    matrix: Matrix,
    shift_mm: Points,
    page: BlankPage,
    strong: float,
    faint: float,
) -> tuple[list[Ink], Levels]:
    """Return the ink around every field, group by group, and the levels that were used.

    Args:
        gray: page image.
        colour: the same in BGR, where the scan has colour.
        matrix: from mm on the form to pixels.
        shift_mm: (fields, 2), each field's own correction.
        page: the blank page.
        strong: the least share by which strong ink is darker than paper.
        faint: the same for faint ink.
    """
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2] / matrix[2, 2]))))
    crops = [
        (group, _fetch(gray, matrix, page, shift_mm, group))
        for group in groups(page, scale < _COARSE_PX_PER_MM)
    ]
    papers, noises = zip(*(_paper(group, crop) for group, crop in crops), strict=True)
    noise = float(np.median(np.concatenate(noises)))
    levels = Levels(max(strong, min(4 * noise, 0.45)), max(faint, min(2 * noise, 0.3)), noise)
    seen = []
    for (group, crop), paper in zip(crops, papers, strict=True):
        blurred = _smoothed(crop)
        dark = below(crop, paper * (1 - levels.strong)) & group.unprinted
        grayish = (below(blurred, paper * (1 - levels.faint)) & group.unprinted) | dark
        red = None if colour is None else dark & _red(_fetch(colour, matrix, page, shift_mm, group))
        seen.append(Ink(group, paper, dark, grayish, red, blurred))
    return seen, levels


def _group(page: BlankPage, which: NDArray[np.int64], coarse: bool) -> Group:
    width, height = (float(side) for side in page.sizes_mm[which].mean(axis=0))
    reach = tuple(int((side / 2 + MARGIN_MM) * PX_PER_MM) for side in (width, height))
    x = (np.arange(-reach[0], reach[0] + 1) / PX_PER_MM).astype(np.float32)
    y = (np.arange(-reach[1], reach[1] + 1) / PX_PER_MM).astype(np.float32)
    dx, dy = x[None, None, :], y[None, :, None]
    printed = _printed(page, which, x, y, coarse)
    thick = float(outlines.thickness_mm(page)[which].max(initial=0))
    guard = GUARD_MM if thick else 0.0
    within = (np.abs(dx) < width / 2 - thick - guard) & (np.abs(dy) < height / 2 - thick - guard)
    beyond = (np.abs(dx) > width / 2 + guard) | (np.abs(dy) > height / 2 + guard)
    free = ~printed.any(axis=0)
    calm = np.flatnonzero(free if free.mean() > 0.05 else np.ones_like(free))
    return Group(
        which,
        (width, height),
        dx,
        dy,
        printed,
        ~printed & within,
        ~printed & beyond,
        calm[:: max(1, len(calm) // 240)],
    )


def _printed(
    page: BlankPage, which: NDArray[np.int64], x: NDArray[np.float32], y: NDArray[np.float32], coarse: bool
) -> Mask:
    """Return where print is or may smear into: the field's own outline closely, other print more widely.

    Other print follows the outline only as far as paper does not stretch between the two.
    """
    near, far = (3, 5) if coarse else (2, 4)
    wide_x, wide_y = (
        (np.arange(-(len(axis) // 2) - far, len(axis) // 2 + far + 1) / PX_PER_MM).astype(np.float32)
        for axis in (x, y)
    )
    blank = sample(
        page.image, BLANK_MATRIX, page.centres_mm[which], wide_x[None, None, :], wide_y[None, :, None]
    )
    dark = (blank < 255 * (1 - _PRINT_DARKNESS)).astype(np.uint8)
    half = page.sizes_mm[which].mean(axis=0) / 2
    own = (np.abs(wide_x) <= half[0] + 0.2)[None, :] & (np.abs(wide_y) <= half[1] + 0.2)[:, None]
    closely, widely = (np.ones((2 * grow + 1, 2 * grow + 1), np.uint8) for grow in (near, far))
    grown = [np.maximum(cv2.dilate(crop * own, closely), cv2.dilate(crop * ~own, widely)) for crop in dark]
    return np.stack(grown)[:, far:-far, far:-far].astype(bool)


def _fetch(image: Gray, matrix: Matrix, page: BlankPage, shift_mm: Points, group: Group) -> Gray:
    centres = page.centres_mm[group.which] + shift_mm[group.which]
    return sample(image, matrix, centres, group.dx_mm, group.dy_mm)


def _paper(group: Group, crop: Gray) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return each field's paper level, (n,), and the noise of its paper as a share of it, (n,)."""
    last = len(group.calm) - 1
    places = [int(last * share) for share in (0.45, 0.7, 0.95)]
    values = np.partition(crop.reshape(len(crop), -1)[:, group.calm], places, axis=1)
    lower, middle, upper = (values[:, place].astype(np.float32) for place in places)
    paper = np.maximum(middle, 1)
    # From 45 % to 95 % of a normal distribution are 1.77 standard deviations. The darker part may be ink.
    return paper, ((upper - lower) / 1.77 / paper).astype(np.float64)


def below(crop: Gray, limit: NDArray[np.floating]) -> Mask:
    """Tell which pixels of each crop are darker than its limit, (n,); whole numbers are compared, faster."""
    return np.asarray(crop < np.ceil(limit).astype(np.uint8)[:, None, None])


def counted(masks: Mask) -> NDArray[np.int64]:
    """Return how many pixels each mask has, (n,); 20 times as fast as `sum`."""
    rows = np.ascontiguousarray(masks).reshape(len(masks), -1).view(np.uint8)
    return cast(
        NDArray[np.int64], cv2.reduce(rows, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[:, 0].astype(np.int64)
    )


def _smoothed(crop: Gray) -> Gray:
    n, height, width = crop.shape
    tall = cv2.blur(crop.reshape(n * height, width), (3, 3), borderType=cv2.BORDER_REPLICATE)
    return cast(Gray, tall.reshape(n, height, width))


def _red(crop: Gray) -> Mask:
    """Tell red ink: it leaves red light, and takes green."""
    _blue, green, red = (crop[..., i].astype(np.int16) for i in range(3))
    return (red - green > 45) & (red > 110)
