"""What is dark on bare paper and yet is no writing, told by its shape: folds, streaks, tears, rings, holes.

A fold or a streak is straight and goes on over the page: where it can't be seen at once, its line is still a
little darker than what lies beside it, all along, and that nobody can write. A tear or the corner that was
folded over runs from one side of the paper to another. A stamp, the rim of a cup, a punched hole are round
as no hand draws.
"""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from .place import Points
from .unprinted import EDGE_MM, Small

_STRAIGHT_MM = 0.7
_THIN_PX, _BENT = 2.6, 0.2
"""Pixels for each along a line, and how far off its middle line it may lie, as a share of its length."""
_SHORTEST_MM = 4.0
"""Of a straight piece whose line is looked along."""
_SHOWS = 0.012
"""As a share of the level: by so much the line is darker than what lies beside it..."""
_SHOWS_OVER = 0.68
"""...over this share of what can be seen of it; by chance, over less than a half..."""
_SEEN_MM = 30.0
"""...and so much of it can be seen."""
_AROUND_MM = 3.0
"""Along the line from the piece itself: not counted."""

_LEANS = np.radians(np.arange(-3, 3.1, 0.5))
"""A short piece of a fold tells the fold's direction no better."""

_FEWEST, _POINTS, _TRIES, _MOST_CIRCLES = 8, 400, 1500, 4


@dataclass(frozen=True, slots=True)
class Shape:
    """Something round, in mm."""

    radii_mm: tuple[float, float]
    slack_mm: float
    """How far off the circle its points may lie."""
    apart_mm: float
    """How far apart its pieces may be, where print hides what is between."""
    covered: float
    """How much must be there of what can be seen of it..."""
    of_all: float
    """...and of the whole circle."""
    alone: bool
    """Whether nothing else stands near it."""
    rim_mm: float
    """How far its own ink goes on beyond the circle that is found: a stamp has several rings."""


STAMP = Shape((9.0, 25.0), 0.7, 12.0, 0.55, 0.4, False, 3.0)
CUP = Shape((25.0, 50.0), 1.0, 15.0, 0.55, 0.4, False, 2.0)
HOLE = Shape((1.8, 4.5), 0.45, 2.5, 0.7, 0.6, True, 1.5)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line on the small picture."""

    point: NDArray[np.float64]
    direction: NDArray[np.float64]

    def away(self, px: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how far pixels (n, 2) lie from it."""
        off = px - self.point
        return cast(
            NDArray[np.float64], np.abs(off[:, 0] * self.direction[1] - off[:, 1] * self.direction[0])
        )


@dataclass(frozen=True, slots=True)
class Round:
    """A circle on the form, in mm."""

    centre: NDArray[np.float64]
    radius: float


def line_across(picture: Small, px: NDArray[np.int64]) -> Line | None:
    """Return the line of a piece, (n, 2) pixels of the small picture, if it goes on over the page."""
    piece = _straight(px, picture.px_per_mm)
    if piece is None:
        return None
    turn = np.arctan2(piece.direction[1], piece.direction[0]) + _LEANS
    lines = [Line(piece.point, np.array([np.cos(a), np.sin(a)])) for a in turn]
    shares = [_share_that_shows(picture, line, px) for line in lines]
    best = int(np.argmax(shares))
    return lines[best] if shares[best] >= _SHOWS_OVER else None


def _share_that_shows(picture: Small, line: Line, px: NDArray[np.int64]) -> float:
    height, width = picture.image.shape
    reach = int(np.hypot(height, width))
    along = np.arange(-reach, reach, dtype=np.float64)
    own = (px - line.point) @ line.direction
    around = _AROUND_MM * picture.px_per_mm
    other = (along < own.min() - around) | (along > own.max() + around)
    at = line.point + along[other, None] * line.direction
    at = at[(at >= 2).all(axis=1) & (at < (width - 3, height - 3)).all(axis=1)]
    whole = np.rint(at).astype(int)
    looked = picture.looked[whole[:, 1], whole[:, 0]] > 0
    if looked.sum() < _SEEN_MM * picture.px_per_mm:
        return 0.0
    at, whole = at[looked], whole[looked]
    near, far = (_lowest(picture, at, line, offsets) for offsets in _offsets(picture.px_per_mm))
    level = picture.level[whole[:, 1], whole[:, 0]].astype(np.float64)
    return float((far - near > _SHOWS * level).mean())


def from_the_edge(px: NDArray[np.int64], mm: Points, picture: Small, paper_mm: tuple[float, float]) -> bool:
    """Tell a thin line, not much bent, that begins at the paper's edge: a fold, a crease, a tear."""
    near = EDGE_MM + 1.5
    at_edge = (mm < near) | (mm > np.array(paper_mm) - near)
    if not at_edge.any():
        return False
    along, across = _axes(px)
    length = float(np.ptp(along))
    thin = len(px) <= _THIN_PX * max(length, 1.0)
    slack = max(_STRAIGHT_MM * picture.px_per_mm, _BENT * length)
    return thin and length >= _SHORTEST_MM * picture.px_per_mm and float(np.abs(across).max()) <= slack


def between_sides(mm: Points, paper_mm: tuple[float, float]) -> bool:
    """Tell a piece that runs from one side of the paper to another, as the edge of a tear does."""
    near = EDGE_MM + 2.5
    sides = [mm[:, 0] < near, mm[:, 1] < near, mm[:, 0] > paper_mm[0] - near, mm[:, 1] > paper_mm[1] - near]
    return sum(bool(side.any()) for side in sides) >= 2


def circles(group: Points, around: Points, picture: Small, shape: Shape) -> list[Round]:
    """Return the circles of one shape that a group of pieces is part of.

    Args:
        group: its points on the form, (n, 2).
        around: everything dark that is not print, (n, 2): a stamp goes on where the group does not.
        picture: the small picture.
        shape: what is looked for.
    """
    reach = 2 * shape.radii_mm[1]
    low, high = group.min(axis=0) - reach, group.max(axis=0) + reach
    near = around[((around >= low) & (around <= high)).all(axis=1)]
    found: list[Round] = []
    while len(group) >= _FEWEST and len(near) >= _FEWEST and len(found) < _MOST_CIRCLES:
        circle = _best_circle(group, near, shape)
        if circle is None or not _is_there(circle, group, near, picture, shape):
            break
        found.append(circle)
        group, near = (
            mm[np.linalg.norm(mm - circle.centre, axis=1) > circle.radius + shape.rim_mm]
            for mm in (group, near)
        )
    return found


def _best_circle(group: Points, near: Points, shape: Shape) -> Round | None:
    """Return the circle through a point of the group and two near it that most directions have a point on."""
    rng = np.random.default_rng(len(near))
    some = near[rng.permutation(len(near))[:_POINTS]]
    a = group[rng.integers(0, len(group), _TRIES)]
    b, c = (some[rng.integers(0, len(some), _TRIES)] for _i in range(2))
    centres, radii = _through(a, b, c)
    good = (radii >= shape.radii_mm[0]) & (radii <= shape.radii_mm[1])
    centres, radii = centres[good], radii[good]
    away = np.hypot(some[None, :, 0] - centres[:, None, 0], some[None, :, 1] - centres[:, None, 1])
    on = np.abs(away - radii[:, None]) <= shape.slack_mm
    best, most = None, 0
    for i in np.argsort(-on.sum(axis=1))[:60]:
        seen = np.bincount(_directions(some[on[i]] - centres[i], _bins(radii[i])))
        covered = int(np.count_nonzero(seen))
        if covered > most:
            best, most = Round(centres[i], float(radii[i])), covered
    return best if best is None else _fitted(best, near, shape.slack_mm)


def _through(a: Points, b: Points, c: Points) -> tuple[Points, NDArray[np.float64]]:
    """Return the centres and radii of the circles through triples of points; infinite where there is none."""
    u, v = b - a, c - a
    cross = 2 * (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        uu, vv = (u**2).sum(axis=1), (v**2).sum(axis=1)
        off = np.stack((v[:, 1] * uu - u[:, 1] * vv, u[:, 0] * vv - v[:, 0] * uu), axis=1) / cross[:, None]
    off = np.where(np.isfinite(off), off, np.inf)
    return a + off, np.hypot(off[:, 0], off[:, 1])


def _fitted(circle: Round, mm: Points, slack_mm: float) -> Round:
    for _round in range(3):
        away = np.abs(np.linalg.norm(mm - circle.centre, axis=1) - circle.radius)
        near = mm[away <= slack_mm]
        if len(near) < 6:
            return circle
        design = np.column_stack((2 * near, np.ones(len(near))))
        solution, *_rest = np.linalg.lstsq(design, (near**2).sum(axis=1), rcond=None)
        square = float(solution[2] + solution[:2] @ solution[:2])
        if square <= 0:
            return circle
        circle = Round(solution[:2], float(np.sqrt(square)))
    return circle


def _is_there(circle: Round, group: Points, near: Points, picture: Small, shape: Shape) -> bool:
    if not shape.radii_mm[0] <= circle.radius <= shape.radii_mm[1]:
        return False
    bins = _bins(circle.radius)
    turns = (np.arange(bins) + 0.5) / bins * 2 * np.pi - np.pi
    rim = circle.centre + circle.radius * np.column_stack((np.cos(turns), np.sin(turns)))
    seen = picture.is_on(rim)
    if shape.alone and (np.linalg.norm(group - circle.centre, axis=1) > circle.radius + 0.7).any():
        return False
    off = near - circle.centre
    away = np.hypot(off[:, 0], off[:, 1])
    on = np.abs(away - circle.radius) <= shape.slack_mm
    there = np.zeros(bins, dtype=bool)
    there[_directions(off[on], bins)] = True
    return bool((there & seen).sum() >= max(shape.covered * seen.sum(), shape.of_all * bins))


def _bins(radius: float) -> int:
    # About a millimetre and a half each, as far as a small picture shows.
    return int(np.clip(round(2 * np.pi * radius / 1.5), 12, 72))


def _directions(off: Points, bins: int) -> NDArray[np.int64]:
    turns = (np.arctan2(off[:, 1], off[:, 0]) + np.pi) / (2 * np.pi)
    return (turns * bins).astype(np.int64) % bins


def _straight(px: NDArray[np.int64], px_per_mm: float) -> Line | None:
    along, across = _axes(px)
    if (
        np.ptp(along) < _SHORTEST_MM * px_per_mm
        or np.percentile(np.abs(across), 95) > _STRAIGHT_MM * px_per_mm
    ):
        return None
    first, last = px[np.argmin(along)], px[np.argmax(along)]
    ahead = (last - first) / max(float(np.linalg.norm(last - first)), 1e-9)
    return Line(px.mean(axis=0), ahead)


def _axes(px: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where pixels lie along their longest direction, and across it."""
    off = px - px.mean(axis=0)
    _u, _s, axes = np.linalg.svd(off, full_matrices=False)
    return off @ axes[0], off @ axes[1]


def _offsets(px_per_mm: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what counts as on a line (folds waver), and what as beside it: as many samples of each."""
    on = np.linspace(-1.0, 1.0, 5) * px_per_mm
    beside = np.concatenate((np.linspace(-3.4, -2.4, 3), np.linspace(2.4, 3.4, 3)[:2])) * px_per_mm
    return on, beside


def _lowest(
    picture: Small, at: NDArray[np.float64], line: Line, offsets: NDArray[np.float64]
) -> NDArray[np.float64]:
    normal = np.array([-line.direction[1], line.direction[0]])
    grid = (at[:, None] + offsets[None, :, None] * normal).astype(np.float32)
    values = cv2.remap(
        picture.image, grid[..., 0], grid[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cast(NDArray[np.float64], values.min(axis=1).astype(np.float64))
