"""The lines of a mark: its strokes thinned to one pixel, and where these end and meet.

A mark's ink is thinned; what remains are branches between ends and meetings. Spurs no longer than the pen is
wide are what thinning leaves of an uneven edge and are taken off; meetings no further apart than the pen is
wide are one. Strokes are followed across the printed outline, which hides them: two ends that point at each
other over print are joined.
"""

from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import hypot
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from .ink import PX_PER_MM, Mask

_BRIDGE_MM = 2.8
"""Over print: an outline hides a millimetre, more where a stroke meets it at a slant."""
_GAP_MM = 1.1
"""Over paper, where a pen did not write."""
_SPUR_MM = 0.1
_SPUR_PX = 2
_CORNER_MM = 1.8
_PALE_MM = 1.7
_AIMED = np.cos(np.radians(25))
_KNOWN_PX = 6
"""A line shorter than this points nowhere."""
_FURTHEST_MM = max(_BRIDGE_MM, _PALE_MM)
_FACING = np.cos(np.radians(45))
_NEAR_MM = 0.9
"""So far back from its end a branch's direction is taken."""

Numbers = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Meeting:
    """A place where lines meet."""

    x: float
    y: float
    radius_mm: float
    """Of the largest disc of ink around it."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A line between two places where lines end or meet."""

    x: Numbers
    y: Numbers
    """Its pixels in no order, in mm."""
    tips: tuple[tuple[float, float], ...]
    """Its two ends; none if it runs back into itself."""
    meets: tuple[int, ...]
    """For each tip the number of the meeting it runs into, 0 where it ends freely."""

    bow_mm: float
    """How far it leaves the straight way between its tips."""
    ways: tuple[tuple[float, float], ...] = ()
    """As `way` says, where it was worked out beforehand."""

    def way(self, tip: int) -> tuple[float, float]:
        """Return the unit vector in which the branch arrives at a tip; (0, 0) where that is not known.

        Thinning bends the last bit of a line that is cut off at a slant, so that is left out.
        """
        if self.ways:
            return self.ways[tip]
        x, y = self.tips[tip]
        away = np.hypot(self.x - x, self.y - y)
        near = away <= min(_NEAR_MM, max(float(away.max()), 1e-9) / 2)
        here = int(np.count_nonzero(near))
        there = len(near) - here
        if there == 0:
            return 0.0, 0.0
        near_x, near_y = float(self.x @ near), float(self.y @ near)
        way_x = near_x / here - (float(np.add.reduce(self.x)) - near_x) / there
        way_y = near_y / here - (float(np.add.reduce(self.y)) - near_y) / there
        length = max(hypot(way_x, way_y), 1e-9)
        return way_x / length, way_y / length

    @property
    def chord_mm(self) -> float:
        """From one tip to the other."""
        if len(self.tips) < 2:
            return 0.0
        (ax, ay), (bx, by) = self.tips
        return hypot(bx - ax, by - ay)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one mark."""

    branches: tuple[Branch, ...]
    middles: dict[int, Meeting]
    """Where lines meet, by the numbers that branches name."""

    @property
    def free_tips(self) -> int:
        """How many ends are free."""
        return sum(meet == 0 for branch in self.branches for meet in branch.meets)

    def degree(self, meeting: int) -> int:
        """How many lines run into a meeting."""
        return sum(meet == meeting for branch in self.branches for meet in branch.meets)


def lines(marks: Mask) -> list[Lines]:
    """Return the lines of each mark, (n, height, width)."""
    marks, left, top = cropped(marks)
    n, height, width = marks.shape
    ink = np.pad(marks, ((0, 0), (1, 1), (1, 1))).reshape(n * (height + 2), width + 2).astype(np.uint8)
    tall = _thinned(ink)
    around_each = _neighbours(tall)
    # Lines that cross on a square of four pixels show no more than two runs around any.
    runs, inked = (np.asarray(cv2.LUT(around_each, table)) for table in (_RUNS, _COUNT))
    crossings = ((runs >= 3) | (inked >= 4)) & (tall > 0)
    around = np.ones((3, 3), np.uint8)
    meeting = np.asarray(cv2.dilate(crossings.astype(np.uint8), around), np.uint8) & tall
    meetings, middles = _labelled(meeting, ink, height + 2, left, top)
    last_one = float(meetings.max()) + 1
    one_side = cv2.dilate(meetings.astype(np.float32), around)
    turned = np.where(meetings > 0, last_one - meetings, 0).astype(np.float32)
    other_side = last_one - cv2.dilate(turned, around)
    line = tall & (1 - meeting)
    count, labels = cv2.connectedComponents(line, connectivity=8)
    at = np.flatnonzero(line)
    at = at[np.argsort(labels.ravel()[at], kind="stable")]
    label = labels.ravel()[at]
    last = cv2.LUT(_neighbours(line), _COUNT).ravel()[at] <= 1
    high_meet = one_side.ravel()[at].astype(np.int64)
    low_meet = np.where(high_meet > 0, other_side.ravel()[at], 0).astype(np.int64)
    x, y, mark = _place(at, width + 2, height + 2, left, top)
    edges = np.searchsorted(label, np.arange(1, count + 1)).tolist()
    ends = np.flatnonzero(last)
    ends_of = np.searchsorted(ends, edges).tolist()
    at_end, x_of, y_of, meets_of, others = (a.tolist() for a in (ends, x, y, high_meet, low_meet))
    out: list[list[Branch]] = [[] for _ in range(n)]
    if count == 1:
        return [_tidied(branches, middles) for branches in out]
    ends_at = [
        at_end[first:last][:2] if high - low > 1 else [low, low]
        for (low, high), (first, last) in zip(pairwise(edges), pairwise(ends_of), strict=True)
    ]
    tips_at = np.array([(*tips, low, low)[:2] for tips, low in zip(ends_at, edges[:-1], strict=True)])
    ways = _ways(x, y, np.array(edges), tips_at)
    bows = _bows(x, y, np.array(edges), tips_at)
    for i, (low, high) in enumerate(pairwise(edges)):
        tips = ends_at[i]
        meets = tuple(meets_of[t] for t in tips)
        if high - low == 1:  # a single pixel has its two ends in one place
            meets = (meets[0], others[low] if others[low] != meets[0] else 0)
        branch = Branch(
            x[low:high], y[low:high], tuple((x_of[t], y_of[t]) for t in tips), meets, bows[i], ways[i]
        )
        out[int(mark[low])].append(branch)
    return [_tidied(branches, middles) for branches in out]


def _ways(x: Numbers, y: Numbers, edges: Indices, tips: Indices) -> list[tuple[tuple[float, float], ...]]:
    """Return in which direction branches arrive at their tips: as `Branch.way` says, of all at once.

    Args:
        x: of all pixels of all branches, one after the other.
        y: likewise.
        edges: where each branch begins among them, and where the last ends, (n + 1,).
        tips: the places of each branch's tips among all pixels, (n, some).
    """
    starts, count = edges[:-1], np.diff(edges)
    branch = np.repeat(np.arange(len(count)), count)
    x_sum, y_sum = np.add.reduceat(x, starts), np.add.reduceat(y, starts)
    ways = []
    for tip in tips.T:
        away = np.hypot(x - x[tip][branch], y - y[tip][branch])
        reach = np.minimum(_NEAR_MM, np.maximum(np.maximum.reduceat(away, starts), 1e-9) / 2)
        near = away <= reach[branch]
        here = np.add.reduceat(near.astype(np.float64), starts)
        there = count - here
        near_x, near_y = np.add.reduceat(x * near, starts), np.add.reduceat(y * near, starts)
        some, rest = np.maximum(here, 1), np.maximum(there, 1)
        way_x = near_x / some - (x_sum - near_x) / rest
        way_y = near_y / some - (y_sum - near_y) / rest
        length = np.maximum(np.hypot(way_x, way_y), 1e-9)
        known = there > 0
        pair = np.where(known, way_x / length, 0.0).tolist(), np.where(known, way_y / length, 0.0).tolist()
        ways.append(list(zip(*pair, strict=True)))
    return list(zip(*ways, strict=True))


def _bows(x: Numbers, y: Numbers, edges: Indices, tips: Indices) -> list[float]:
    """Return how far branches leave the straight way between their tips; arguments as of `_ways`."""
    starts, count = edges[:-1], np.diff(edges)
    branch = np.repeat(np.arange(len(count)), count)
    first, last = tips.T
    from_x, from_y = x - x[first][branch], y - y[first][branch]
    way_x, way_y = x[last] - x[first], y[last] - y[first]
    length = np.hypot(way_x, way_y)
    some = np.where(length < 1e-6, 1.0, length)
    ux, uy = (way_x / some)[branch], (way_y / some)[branch]
    along = np.minimum(np.maximum(from_x * ux + from_y * uy, 0), length[branch])
    bow = np.maximum.reduceat(np.hypot(from_x - along * ux, from_y - along * uy), starts)
    return cast(list[float], bow.tolist())


def from_way(x: Numbers, y: Numbers, a: tuple[float, float], b: tuple[float, float]) -> tuple[Numbers, float]:
    """Return how far points lie from the way between two points, and how long that is."""
    wx, wy = b[0] - a[0], b[1] - a[1]
    length = hypot(wx, wy)
    if length < 1e-6:
        return np.hypot(x - a[0], y - a[1]), 0.0
    from_x, from_y, ux, uy = x - a[0], y - a[1], wx / length, wy / length
    along = np.minimum(np.maximum(from_x * ux + from_y * uy, 0), length)
    return np.hypot(from_x - along * ux, from_y - along * uy), length


def cropped(marks: Mask) -> tuple[Mask, int, int]:
    """Return the part of all marks in which there is ink, and how many columns and rows were cut off."""
    columns, rows = (np.flatnonzero(marks.any(axis=(0, axis))) for axis in (1, 2))
    if not len(rows):
        return marks, 0, 0
    left, top = int(columns[0]), int(rows[0])
    return marks[:, top : rows[-1] + 1, left : columns[-1] + 1], left, top


def _labelled(
    meeting: NDArray[np.uint8], ink: NDArray[np.uint8], height: int, left: int, top: int
) -> tuple[NDArray[np.int32], dict[int, Meeting]]:
    count, labels, _stats, centres = cv2.connectedComponentsWithStats(meeting, connectivity=8)
    inward = cv2.distanceTransform(ink, cv2.DIST_L2, 3)
    at = np.flatnonzero(meeting)
    radius = np.zeros(count)
    number = np.asarray(labels, np.int64).ravel()[at]
    np.maximum.at(radius, number, np.asarray(inward, np.float64).ravel()[at])
    x, y = (centres[:, 0] - 1 + left) / PX_PER_MM, (centres[:, 1] % height - 1 + top) / PX_PER_MM
    each = zip(x.tolist(), y.tolist(), (radius / PX_PER_MM).tolist(), strict=True)
    middles = {i: Meeting(*place) for i, place in enumerate(each) if i}
    return np.asarray(labels, np.int32), middles


def _place(at: Indices, width: int, height: int, left: int, top: int) -> tuple[Numbers, Numbers, Indices]:
    """Return x and y in mm, and the mark, of flat places among padded marks that stand above each other."""
    rows, columns = np.divmod(at, width)
    mark, rows = np.divmod(rows, height)
    return (columns - 1 + left) / PX_PER_MM, (rows - 1 + top) / PX_PER_MM, mark


def _tidied(branches: list[Branch], middles: dict[int, Meeting]) -> Lines:
    """Take off spurs, and join two lines where nothing else runs into their meeting."""
    degree: dict[int, int] = {}
    for branch in branches:
        for meet in branch.meets:
            degree[meet] = degree.get(meet, 0) + 1
    kept = []
    for branch in sorted(branches, key=lambda one: len(one.x)):
        meet = max(branch.meets, default=0)
        if meet and 0 in branch.meets and degree[meet] > 2 and _is_spur(branch, middles[meet]):
            degree[meet] -= 1
        elif meet or len(branch.x) >= _SPUR_PX:
            kept.append(branch)
    for meet in [m for m, d in degree.items() if m and d == 2]:
        ends = [(i, t) for i, branch in enumerate(kept) for t, m in enumerate(branch.meets) if m == meet]
        if len(ends) == 2 and ends[0][0] != ends[1][0]:
            (i, s), (j, t) = ends
            joined = _joined(kept[i], s, kept[j], t)
            kept = [branch for k, branch in enumerate(kept) if k not in (i, j)] + [joined]
    used = {meet for branch in kept for meet in branch.meets if meet}
    return Lines(tuple(kept), {meet: middles[meet] for meet in used})


def _reaching(branches: list[Branch], meetings: dict[int, Meeting], printed: Mask) -> list[Branch]:
    """Let lines that print hides, or that a pen began too lightly, reach the meeting they point at."""
    out = list(branches)
    for k, branch in enumerate(branches):
        if any(branch.meets) or len(branch.tips) < 2 or len(branch.x) < _KNOWN_PX:
            continue
        for t, (x, y) in enumerate(branch.tips):
            to_x, to_y = branch.way(t)
            for number, at in meetings.items():
                way = at.x - x, at.y - y
                gap = hypot(*way)
                if gap > _FURTHEST_MM + at.radius_mm or to_x * way[0] + to_y * way[1] < _AIMED * gap:
                    continue
                most = (_BRIDGE_MM if _hidden((x, y), way, printed) else _PALE_MM) + at.radius_mm
                if gap <= most:
                    out[k] = replace(branch, meets=(number, 0) if t == 0 else (0, number))
    return out


def _is_spur(branch: Branch, at: Meeting) -> bool:
    """Tell what thinning leaves of an uneven edge: it does not lead out of the ink around its meeting."""
    return bool(np.hypot(branch.x - at.x, branch.y - at.y).max() <= at.radius_mm + _SPUR_MM)


def _joined(a: Branch, s: int, b: Branch, t: int) -> Branch:
    x, y = np.concatenate((a.x, b.x)), np.concatenate((a.y, b.y))
    tips = a.tips[1 - s], b.tips[1 - t]
    bow = float(from_way(x, y, *tips)[0].max())
    return Branch(x, y, tips, (a.meets[1 - s], b.meets[1 - t]), bow)


def over_print(lines: Lines, printed: Mask) -> Lines:
    """Return lines followed over the print that hides them, and over small gaps of a pen.

    Ends that face each other are joined, the nearest first; then ends that print hides and that would meet
    at a corner under it.
    """
    branches = _reaching(list(lines.branches), lines.middles, printed)
    some_print = bool(printed.any())
    most = (_BRIDGE_MM if some_print else _GAP_MM) + 1e-6
    for corner in (False, True) if some_print else (False,):
        while True:
            tips = [
                (k, t, *b.tips[t])
                for k, b in enumerate(branches)
                for t, meet in enumerate(b.meets)
                if meet == 0
            ]
            pairs = [
                (cost, one[:2], two[:2])
                for one, two in combinations(tips, 2)
                if one[0] != two[0]
                and hypot(one[2] - two[2], one[3] - two[3]) <= most
                and (cost := _apart(branches[one[0]], one[1], branches[two[0]], two[1], printed, corner))
                is not None
            ]
            if not pairs:
                break
            _cost, (i, s), (j, t) = min(pairs)
            joined = _joined(branches[i], s, branches[j], t)
            branches = [b for k, b in enumerate(branches) if k not in (i, j)] + [joined]
    return Lines(tuple(branches), lines.middles)


def _apart(a: Branch, s: int, b: Branch, t: int, printed: Mask, corner: bool) -> float | None:
    """Return how far two ends are from each other if they may be those of one stroke."""
    start, end = a.tips[s], b.tips[t]
    way_x, way_y = end[0] - start[0], end[1] - start[1]
    gap = hypot(way_x, way_y)
    if not 0 < gap <= _BRIDGE_MM:
        return None
    known_a, known_b = len(a.x) >= _KNOWN_PX, len(b.x) >= _KNOWN_PX
    if not (known_a and known_b if corner else known_a or known_b):
        return None
    (a_x, a_y), (b_x, b_y) = a.way(s), b.way(t)
    if corner:
        # Where both go on, they meet under print.
        turn = a_y * b_x - a_x * b_y
        if abs(turn) < 0.3:
            return None
        on_a, on_b = (b_x * way_y - b_y * way_x) / turn, (a_x * way_y - a_y * way_x) / turn
        if not (-0.2 <= on_a <= _CORNER_MM and -0.2 <= on_b <= _CORNER_MM):
            return None
        ahead = max(on_a, 0.5)
        there = start[0] + ahead * a_x, start[1] + ahead * a_y
        return gap if _hidden(there, (0.0, 0.0), printed) else None
    facing = min(
        (a_x * way_x + a_y * way_y) / gap if known_a else 1.0,
        -(b_x * way_x + b_y * way_y) / gap if known_b else 1.0,
    )
    if facing < _FACING or not (gap <= _GAP_MM or _hidden(start, (way_x, way_y), printed)):
        return None
    return gap / facing


_ALONG = np.linspace(0.15, 0.85, 8)[:, None]


def _hidden(start: tuple[float, float], way: tuple[float, float], printed: Mask) -> bool:
    """Tell whether print lies between two places."""
    height, width = printed.shape
    if height == 1:  # there is none
        return False
    at = np.rint((np.array(start) + _ALONG * way) * PX_PER_MM).astype(int)
    x, y = np.minimum(np.maximum(at, 0), (width - 1, height - 1)).T
    return bool(np.count_nonzero(printed[y, x]) >= 0.4 * len(_ALONG))


def _thinned(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the skeleton of ink, 0 or 1, by the two passes of Guo and Hall.

    Source: Z. Guo and R. W. Hall, "Parallel thinning with two-subiteration algorithms", CACM 32 (1989).
    """
    tall = ink.copy()
    before = -1
    while (left := cv2.countNonZero(tall)) != before:
        before = left
        for kept in _KEPT:
            tall &= cast(NDArray[np.uint8], cv2.LUT(_neighbours(tall), kept))
    return tall


def _neighbours(tall: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return each pixel's eight neighbours as the bits of a byte, clockwise from the top."""
    return cast(NDArray[np.uint8], cv2.filter2D(tall, -1, _BITS, borderType=cv2.BORDER_CONSTANT))


_BITS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def _tables() -> tuple[NDArray[np.uint8], ...]:
    """Return tables by the eight neighbours: runs of ink, count of ink, and what the two passes keep."""
    codes = np.arange(256)
    p2, p3, p4, p5, p6, p7, p8, p9 = ((codes >> i) & 1 for i in range(8))
    ring = np.stack((p2, p3, p4, p5, p6, p7, p8, p9))
    runs = ((ring == 0) & (np.roll(ring, -1, axis=0) == 1)).sum(axis=0)
    joins = ((1 - p2) & (p3 | p4)) + ((1 - p4) & (p5 | p6)) + ((1 - p6) & (p7 | p8)) + ((1 - p8) & (p9 | p2))
    n = np.minimum(
        (p9 | p2) + (p3 | p4) + (p5 | p6) + (p7 | p8), (p2 | p3) + (p4 | p5) + (p6 | p7) + (p8 | p9)
    )
    edge = (joins == 1) & (n >= 2) & (n <= 3)
    first = edge & (((p6 | p7 | (1 - p9)) & p8) == 0)
    second = edge & (((p2 | p3 | (1 - p5)) & p4) == 0)
    return tuple(np.asarray(t, np.uint8) for t in (runs, ring.sum(axis=0), ~first, ~second))


_RUNS, _COUNT, *_KEPT = _tables()
