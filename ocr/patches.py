"""Small patches of the page's own print, found again on a scan: names, headings, numbers, corners of rules.

Chosen once per form, where the print has structure in both directions and looks like nothing else within
reach: a patch that could match two places tells nothing and is not used. They say where the page lies where
corner tags and the outlines of boxes can't: far from either, on forms of few boxes, after a slip.

All pictures here have about 4 pixels per mm, so that neither fine noise nor the scan's resolution matters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box
from .blank import BLANK_MATRIX, BlankPage
from .place import Gray, Matrix, Points, px_per_mm, sample

REACH_MM = 3.5
"""How far from where it is expected a patch is looked for: a slip of 3 mm, and what else paper does."""

_PX_PER_MM = 4.0
HALF_MM = (5.5, 2.75)
"""Half a patch: as wide as a word, as high as a line of type."""
_PART_MM = (24.0, 9.0)
"""One patch is chosen for each name cell, and one for each other part of the page of this size."""
_APART_MM = (8.0, 4.0)
_MOST = 60
_TRIED = 6
"""The best places of a part that are looked at before it goes without a patch."""
_LEAST_STRUCTURE = 0.004
"""Mean square of the slope, across its weaker direction, in darkness (0 to 1) per pixel."""
_PEAK_MM = 0.9
"""A peak of likeness is no wider than this."""
_OTHER_PLACE = 0.6
"""A place more alike than this, on the blank form, is another place that the patch could match."""

_LIKE = 0.55
_AHEAD = 0.12
"""By how much the best place on a scan must be more alike than the next."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Patches:
    """The patches of one page."""

    centres_mm: Points
    """(patches, 2)."""
    pictures: NDArray[np.uint8]
    """(patches, height, width): each on the blank form."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where patches were found on a scan."""

    shift_mm: Points
    """(patches, 2): how far each lies from where it was looked for."""
    seen: NDArray[np.bool_]
    """(patches,): whether it was found, and in one place only."""
    likeness: NDArray[np.float64]
    """(patches,): of the best place to the blank form's print, -1 to 1."""


@dataclass(frozen=True, eq=False)
class Coarse:
    """A scan at about 4 to 8 pixels per mm: fine noise is gone, and patches are quick to fetch."""

    image: Gray
    scale: float
    """Of its pixels to those of the scan."""

    @classmethod
    def of(cls, image: Gray, matrix: Matrix, page: BlankPage) -> "Coarse":
        """Halve a scan as often as its patches can bear, given the map from mm on the form to its pixels."""
        scale, fine = 1.0, px_per_mm(matrix, (page.paper_mm[0] / 2, page.paper_mm[1] / 2))
        while fine * scale > 1.6 * _PX_PER_MM and min(image.shape) > 64:
            image = cast(Gray, cv2.pyrDown(image))
            scale /= 2
        return cls(image, scale)


@lru_cache(maxsize=256)
def chosen(page: BlankPage) -> Patches:
    """Return the patches of a page, none where its print has no place that is like no other."""
    fine = Coarse.of(page.image, BLANK_MATRIX, page)
    dark = 1 - cv2.GaussianBlur(fine.image, (0, 0), 0.6).astype(np.float32) / 255
    structure = _structure(dark.astype(np.float32))
    per_mm = px_per_mm(BLANK_MATRIX, (0.0, 0.0)) * fine.scale
    structure[_taken(page, per_mm, structure.shape)] = 0.0
    centres, pictures = np.zeros((0, 2)), []
    for candidates in _best_places(structure, page, per_mm):
        for centre in candidates:
            if (np.abs(centres - centre) < _APART_MM).all(axis=1).any():
                continue
            (area,) = fetched(fine, BLANK_MATRIX, np.array([centre]), REACH_MM + _PEAK_MM)
            picture = _middle(area, REACH_MM + _PEAK_MM)
            if _second(alike(area, picture))[1] < _OTHER_PLACE:
                centres = np.vstack((centres, centre))
                pictures.append(picture)
                break
    keep = _spread(centres, len(page.zones))
    height, width = (2 * round(half * _PX_PER_MM) + 1 for half in reversed(HALF_MM))
    return Patches(
        centres[keep],
        np.array(pictures, dtype=np.uint8).reshape(-1, height, width)[keep],
    )


def find(
    coarse: Coarse,
    matrix: Matrix,
    patches: Patches,
    shift_mm: Points,
    which: NDArray[np.bool_],
    reach_mm: float = REACH_MM,
) -> Found:
    """Look for patches around where `matrix` and `shift_mm` (patches, 2) put them.

    Args:
        coarse: the scan.
        matrix: from mm on the form to pixels of the scan itself.
        patches: as `chosen` gave them.
        shift_mm: where each is looked for, as an offset from its place on the form.
        which: (patches,): the others are not looked for, and not seen.
        reach_mm: at most REACH_MM, within which a patch is like nothing else.
    """
    n = len(patches.centres_mm)
    shift, seen, likeness = np.zeros((n, 2)), np.zeros(n, dtype=bool), np.full(n, -1.0)
    at = np.flatnonzero(which)
    if len(at) == 0:
        return Found(shift, seen, likeness)
    areas = fetched(coarse, matrix, patches.centres_mm[at] + shift_mm[at], reach_mm)
    for i, area in zip(at, areas, strict=True):
        place = alike(area, patches.pictures[i])
        best, second = _second(place)
        row, column = np.unravel_index(int(place.argmax()), place.shape)
        inside = 0 < row < place.shape[0] - 1 and 0 < column < place.shape[1] - 1
        likeness[i] = best
        seen[i] = inside and best >= _LIKE and best - second >= _AHEAD
        if inside:
            middle = (np.array(place.shape) - 1) / 2
            bend_y, bend_x = _top(place[row - 1 : row + 2, column]), _top(place[row, column - 1 : column + 2])
            shift[i] = (column + bend_x - middle[1]) / _PX_PER_MM, (row + bend_y - middle[0]) / _PX_PER_MM
    return Found(shift, seen, likeness)


def fetched(coarse: Coarse, matrix: Matrix, centres_mm: Points, reach_mm: float) -> Gray:
    """Return patches with their surroundings, turned upright."""
    x, y = (
        (np.arange(-n, n + 1) / _PX_PER_MM).astype(np.float32)
        for n in (round(half * _PX_PER_MM) + round(reach_mm * _PX_PER_MM) for half in HALF_MM)
    )
    scaled = np.diag([coarse.scale, coarse.scale, 1.0]) @ matrix
    return sample(coarse.image, scaled, centres_mm, x[None, None, :], y[None, :, None])


def _middle(area: Gray, reach_mm: float) -> Gray:
    reach = round(reach_mm * _PX_PER_MM)
    return area[reach:-reach, reach:-reach]


def alike(area: Gray, picture: Gray) -> Floats:
    """Return how like a picture each place of an area around it is, -1 to 1."""
    return np.nan_to_num(cv2.matchTemplate(area, picture, cv2.TM_CCOEFF_NORMED)).astype(np.float32)


def _second(likeness: Floats) -> tuple[float, float]:
    """Return the likeness of the best place, and of the best one that is not beside it."""
    row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
    near = round(_PEAK_MM * _PX_PER_MM)
    rest = likeness.copy()
    rest[max(0, row - near) : row + near + 1, max(0, column - near) : column + near + 1] = -1
    return float(likeness.max()), float(rest.max())


def _top(three: Floats) -> float:
    """Return the offset of a peak's top from its middle sample, by a parabola, -0.5 to 0.5."""
    left, middle, right = (float(v) for v in three)
    bend = left - 2 * middle + right
    return float(np.clip((left - right) / (2 * bend), -0.5, 0.5)) if bend < -1e-6 else 0.0


def _structure(dark: Floats) -> Floats:
    """Return for each pixel how much structure a patch around it has in its weaker direction."""
    across, down = (
        cv2.Sobel(dark, cv2.CV_32F, 1, 0, scale=0.25),
        cv2.Sobel(dark, cv2.CV_32F, 0, 1, scale=0.25),
    )
    size = tuple(2 * round(half * _PX_PER_MM) + 1 for half in HALF_MM)
    xx, yy, xy = (cv2.blur(one, size) for one in (across * across, down * down, across * down))
    return cast(Floats, (xx + yy) / 2 - np.sqrt(((xx - yy) / 2) ** 2 + xy**2))


def _taken(page: BlankPage, per_mm: float, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where no patch may have its middle: near fields, tags, the seal, and the edge of the paper."""
    taken = np.ones(shape, dtype=bool)
    room_x, room_y = HALF_MM[0] + REACH_MM, HALF_MM[1] + REACH_MM
    right, bottom = (
        int((side - room) * per_mm) for side, room in zip(page.paper_mm, (room_x, room_y), strict=True)
    )
    taken[int(room_y * per_mm) : bottom, int(room_x * per_mm) : right] = False
    marked = [field.box_mm for field in page.fields]
    stamped = [page.seal] if page.number == 1 else []
    for box in (*marked, *page.tags.values(), page.code, *stamped):
        rows, columns = _pixels(box, (HALF_MM[0] + 0.8, HALF_MM[1] + 0.8), per_mm)
        taken[rows, columns] = True
    return taken


def _pixels(box: Box, grown_mm: tuple[float, float], per_mm: float) -> tuple[slice, slice]:
    across, down = grown_mm
    return (
        slice(max(0, int((box.y - down) * per_mm)), max(0, int((box.y + box.h + down) * per_mm) + 1)),
        slice(max(0, int((box.x - across) * per_mm)), max(0, int((box.x + box.w + across) * per_mm) + 1)),
    )


def _best_places(
    structure: Floats, page: BlankPage, per_mm: float
) -> Iterator[Sequence[tuple[float, float]]]:
    """Yield for each name cell, then for each part of the page, its best places, in mm."""
    across, down = (round(side * per_mm) for side in _PART_MM)
    grid = [
        (slice(top, top + down), slice(left, left + across))
        for top in range(0, structure.shape[0], down)
        for left in range(0, structure.shape[1], across)
    ]
    for rows, columns in (*(_pixels(zone.box_mm, (0.0, 0.0), per_mm) for zone in page.zones), *grid):
        part = structure[rows, columns].copy()
        places = []
        for _try in range(_TRIED if part.size else 0):
            row, column = np.unravel_index(int(part.argmax()), part.shape)
            if part[row, column] < _LEAST_STRUCTURE:
                break
            x, y = (column + columns.start + 0.5) / per_mm, (row + rows.start + 0.5) / per_mm
            places.append((float(x), float(y)))
            part[max(0, row - 4) : row + 5, max(0, column - 8) : column + 9] = 0
        if places:
            yield places


def _spread(centres: Points, first: int) -> NDArray[np.int64]:
    """Return the patches to keep: at most as many as are needed, far from one another."""
    if len(centres) <= _MOST:
        return np.arange(len(centres))
    kept = list(range(min(max(first, 1), _MOST)))
    away = np.linalg.norm(centres[:, None] - centres[kept][None], axis=2).min(axis=1)
    while len(kept) < _MOST:
        kept.append(int(away.argmax()))
        away = np.minimum(away, np.linalg.norm(centres - centres[kept[-1]], axis=1))
    return np.array(sorted(kept))
