"""The paper that should be bare: a page made small, and where on it something is darker than its paper.

The page is halved until a millimetre has two to four pixels; there even a thin pencil line is darker than
its paper by a few hundredths, and the scan's noise has averaged out. Dark is what is darker than the paper on
both its sides and narrower than 3 mm: a shadow, a hole, a stain, the lid behind a torn corner have one side
only. Where the paper's own level changes at once, which is the edge of such a thing, nothing is looked at.

Nor is anything looked at where the blank form has print, grown by about a millimetre for blur and misfit;
in boxes, which are read by themselves; on tags, code, printed line and seal zone; and along
the paper's edge. All of it is in mm on the form and laid over the scan, never the other way round.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box
from . import place
from .blank import PX_PER_MM, BlankPage
from .place import Gray, Matrix, Points
from .register import Registration

_LEAST_PX_PER_MM = 1.9
_NARROW_MM = 3.2
"""A felt pen's line is half as wide."""
_STEP = 0.25
"""Of the level: a change of the paper that is the edge of something."""
_FAINT, _STRONG = 0.04, 0.075
_FAINT_SIGMAS, _STRONG_SIGMAS = 5.0, 8.0
"""Of the page's own grain: on a noisy copy, ink must be darker."""
_STREAK_SHARE = 0.3
"""Of a column or row of the scan: nobody writes a line that straight, that long and along the glass."""

MASK_PX_PER_MM = 2.0
_MASK_MATRIX: Matrix = np.array(
    [[MASK_PX_PER_MM, 0, -0.5], [0, MASK_PX_PER_MM, -0.5], [0, 0, 1]], dtype=np.float64
)
_PRINT_DARKNESS = 0.03
EDGE_MM = 3.0
_BESIDE_BOX_MM = 0.8
_SLACK_MM = 0.3
_SHIFTS_MM = 10.0
"""Where print lies further off than the one, the mask is moved, by what is known every so many mm."""


@dataclass(frozen=True, eq=False)
class Small:
    """A small picture of a page, and what is dark on paper that should be bare."""

    image: Gray
    level: Gray
    """The paper's level at each pixel."""
    looked: Gray
    """1 where bare paper should be, else 0."""
    matrix: Matrix
    """From mm on the form to pixels of `image`."""
    px_per_mm: float
    dark: Gray
    """1 where something is darker than its paper, if only faintly."""
    darker: Gray
    """Not 0 where something is, be it print or not."""
    strong: float
    """The share of the level by which ink is darker for certain."""

    def to_mm(self, px: NDArray[np.float64]) -> Points:
        """Return where pixels (n, 2) of `image` lie on the form."""
        back: Matrix = np.asarray(np.linalg.inv(self.matrix), np.float64)
        return place.to_px(back, px)

    def to_form(self, px: NDArray[np.float64], where: Registration) -> Points:
        """Return where on the form stands what lies at pixels (n, 2), wherever the paper slipped."""
        mm = self.to_mm(px)
        return mm - where.shift_of(mm)

    def is_on(self, mm: Points) -> NDArray[np.bool_]:
        """Tell which points of the form, (n, 2), are on the image."""
        px = place.to_px(self.matrix, mm)
        return np.asarray(np.all((px >= 0) & (px < self.image.shape[::-1]), axis=1))

    def darkness(self, px: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how much darker than their paper pixels (n, 2) are, as a share of its level."""
        level = self.level[px[:, 1], px[:, 0]].astype(np.float64)
        return np.asarray(1 - self.image[px[:, 1], px[:, 0]] / np.maximum(level, 1))


def look(gray: Gray, page: BlankPage, where: Registration) -> Small:
    """Return the small picture of a page whose place is known."""
    scale = place.px_per_mm(where.matrix, (page.paper_mm[0] / 2, page.paper_mm[1] / 2))
    small, matrix = gray, where.matrix
    while scale >= 2 * _LEAST_PX_PER_MM:
        small, matrix, scale = halved(small), HALF @ matrix, scale / 2

    looked = laid_over(bare_paper(page), page, where, matrix, small.shape)
    side = 2 * round(_NARROW_MM * scale / 2) + 1
    level = _gray(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)))
    below = _gray(cv2.subtract(level, small))
    grain, spread = _grain(below[::3, ::3][looked[::3, ::3] > 0])
    paper = max(float(np.median(level[::9, ::9])), 1.0)
    strong = max(_STRONG, (grain + _STRONG_SIGMAS * spread) / paper)
    faint = max(_FAINT, (grain + _FAINT_SIGMAS * spread) / paper)
    darker = np.greater(below, cv2.convertScaleAbs(level, alpha=min(faint, 1.0))).view(np.uint8)
    dark = _without_streaks(darker & looked, looked)
    return Small(small, level, looked, matrix, scale, dark, darker, strong)


def without_edges(picture: Small) -> Small:
    """Look no longer where the paper's level changes at once; only asked of pages that have ink."""
    side = 2 * round(_NARROW_MM * picture.px_per_mm / 2) + 1
    steps = _gray(cv2.morphologyEx(picture.level, cv2.MORPH_GRADIENT, np.ones((side, side), np.uint8)))
    even = np.less_equal(steps, cv2.convertScaleAbs(picture.level, alpha=_STEP)).view(np.uint8)
    looked = picture.looked & even
    return replace(picture, looked=looked, dark=picture.dark & looked)


HALF: Matrix = np.array([[0.5, 0, -0.25], [0, 0.5, -0.25], [0, 0, 1]], dtype=np.float64)
"""From pixels of a picture to those of the halved one."""


def halved(image: Gray) -> Gray:
    """Return a picture, gray or BGR, of half the size."""
    height, width = image.shape[0] // 2, image.shape[1] // 2
    # Of exact halves, linear interpolation is the mean of four pixels, and far quicker than INTER_AREA.
    return _gray(
        cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_LINEAR)
    )


def off_print(picture: Small, page: BlankPage, where: Registration) -> Points:
    """Return what is darker than its paper, wherever there is no print, boxes and name cells too: (n, 2) mm.

    Only what is asked of pages that have ink; a stamp may lie over all of the form.
    """
    free = (~near_print(page, 0.5)).view(np.uint8)
    there = picture.darker & laid_over(free, page, where, picture.matrix, picture.image.shape)
    return picture.to_form(np.argwhere(there)[:, ::-1].astype(np.float64), where)


def _grain(below: Gray) -> tuple[float, float]:
    """Return the middle and the spread of bare paper's darkness, in levels."""
    if below.size == 0:
        return 0.0, 0.0
    up_to = np.cumsum(np.bincount(below, minlength=256)) / below.size
    # Linear between levels: a quiet scan has very few of them.
    middle, upper = (float(np.interp(share, up_to, np.arange(256))) for share in (0.5, 0.84))
    return middle, upper - middle


def _without_streaks(dark: Gray, looked: Gray) -> Gray:
    """Take away columns and rows of the scan that are dark over much of its length."""
    for axis in (0, 1):
        there = cv2.reduce(dark, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
        could = cv2.reduce(looked, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
        full = (there > _STREAK_SHARE * could) & (could > 0.25 * dark.shape[axis])
        if full.any():
            wide = cv2.dilate(full.astype(np.uint8)[None], np.ones((1, 3), np.uint8))[0] > 0
            dark[(slice(None), wide) if axis == 0 else (wide, slice(None))] = 0
    return dark


def laid_over(
    mask: Gray, page: BlankPage, where: Registration, matrix: Matrix, shape: tuple[int, ...]
) -> Gray:
    """Return a mask of a form's page, at 2 pixels a mm, as it lies on a small picture."""
    columns, rows = (np.linspace(0, side, int(side / _SHIFTS_MM) + 2) for side in page.paper_mm)
    grid = np.stack(np.meshgrid(columns, rows), axis=2)
    shift = where.shift_of(grid.reshape(-1, 2)).reshape(grid.shape)
    if np.abs(shift).max() > _SLACK_MM:
        size = mask.shape[1], mask.shape[0]
        back = cv2.resize((shift * MASK_PX_PER_MM).astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        x, y = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in size))
        mask = _gray(cv2.remap(mask, x - back[..., 0], y - back[..., 1], cv2.INTER_NEAREST))
    onto = matrix @ np.linalg.inv(_MASK_MATRIX)
    return _gray(cv2.warpPerspective(mask, onto, (shape[1], shape[0]), flags=cv2.INTER_NEAREST))


def _gray(array: object) -> Gray:
    return np.asarray(array, np.uint8)


@lru_cache(maxsize=64)
def bare_paper(page: BlankPage) -> Gray:
    """Return the mask of a form's page, at 2 pixels a mm: 1 where bare paper should be."""
    free = np.where(near_print(page, 0.5), 0, 1).astype(np.uint8)
    edge = round(EDGE_MM * MASK_PX_PER_MM)
    for side in (free[:edge], free[-edge:], free[:, :edge], free[:, -edge:]):
        side[...] = 0
    boxes = [(field.box_mm, _BESIDE_BOX_MM) for field in page.fields]
    boxes += [(box, 2.0) for box in page.tags.values()]
    boxes += [(page.code, 3.0), (page.text, 1.5)]
    boxes += [(page.seal, 0.5)] if page.number == 1 else []
    for box, more in boxes:
        _paint(free, box, more)
    return free


@lru_cache(maxsize=64)
def near_print(page: BlankPage, grown_mm: float) -> NDArray[np.bool_]:
    """Return where print is or may be when it lies `grown_mm` off, at 2 pixels a mm."""
    size = tuple(round(side * MASK_PX_PER_MM) for side in page.paper_mm)
    scale = PX_PER_MM / MASK_PX_PER_MM
    # Each pixel takes the darkest of those it covers, with half a pixel more for blur.
    reach = 2 * int(np.ceil(scale / 2 + 0.25 * PX_PER_MM)) + 1
    darkest = cv2.erode(page.image, np.ones((reach, reach), np.uint8))
    small = cv2.resize(darkest, (size[0], size[1]), interpolation=cv2.INTER_NEAREST)
    printed = (small < 255 * (1 - _PRINT_DARKNESS)).astype(np.uint8)
    more = 2 * round(grown_mm * MASK_PX_PER_MM) + 1
    return np.asarray(cv2.dilate(printed, np.ones((more, more), np.uint8)) > 0)


def is_in(mask: NDArray[np.bool_], mm: Points) -> NDArray[np.bool_]:
    """Tell which points of the form, (n, 2) in mm, lie in a mask of 2 pixels a mm."""
    at = (mm * MASK_PX_PER_MM).astype(np.int64)
    inside = np.all((at >= 0) & (at < mask.shape[::-1]), axis=1)
    at = np.where(inside[:, None], at, 0)
    return np.asarray(mask[at[:, 1], at[:, 0]] & inside)


def _paint(mask: Gray, box: Box, more_mm: float) -> None:
    low = [max(0, round((v - more_mm) * MASK_PX_PER_MM)) for v in box[:2]]
    high = [round((v + side + more_mm) * MASK_PX_PER_MM) for v, side in zip(box[:2], box[2:], strict=True)]
    mask[low[1] : high[1], low[0] : high[0]] = 0


def distance_mm(mm: Points, boxes: Sequence[Box]) -> NDArray[np.float64]:
    """Return how far points (n, 2) lie from boxes: (n, boxes) in mm, 0 inside."""
    sides = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    low, high = sides[:, :2], sides[:, :2] + sides[:, 2:]
    outside = np.maximum(np.maximum(low[None] - mm[:, None], mm[:, None] - high[None]), 0)
    return np.asarray(np.linalg.norm(outside, axis=2))
