"""What a mark is: a line, a tick, a cross, a ring, a filling, or nothing that has a name.

It is judged by its lines (`skeleton`) and not by how much ink there is:

    line    one stroke, nearly straight
    tick    one stroke of two legs
    cross   two strokes that go straight on through each other: four arms from one crossing, without corners
    loop    a cross written in one go: two arms, and a loop that leaves the crossing and comes back to it
    ring    one stroke that goes round
    solid   ink that fills an area
    part    no more arms than a cross has, but not all of it is seen, or an arm is missing
    other   anything else: more arms, more crossings, corners. So is every mark that was struck out, but for
            a slash: struck out, it is a cross
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, combinations
from math import atan2, hypot, pi

import cv2
import numpy as np
from numpy.typing import NDArray

from . import skeleton
from .extra import unexplained
from .ink import PX_PER_MM, Mask
from .rule import Sight
from .skeleton import Branch, Lines, Numbers, cropped, from_way, over_print
from .strokes import stacked

Place = tuple[float, float]
"""x and y in mm, or a unit vector."""

_CRUMB_MM = 1.2
"""A line by itself that is shorter is a speck beside the mark."""
_BOW = 0.16
"""A stroke is a line if it leaves its chord by less than this share of it..."""
_LEGS = 0.12
"""...and a tick if it leaves its two legs by less than this share of them."""
_OPPOSITE = np.cos(np.radians(180 - 40))
_CORNER = 0.28
_CORNER_MM = 0.7
_SAME_CROSSING = 3.0
"""Two meetings nearer than so many pens' widths are one crossing, at which strokes meet at a slant."""
_HIDDEN_ARM_MM = 0.6
_ARM_MM = 1.0
_ARM = 0.25
_UPRIGHT_MM = 2.2
_LEAN = 0.14
_MORE_PX = 6
_NOTHING = np.zeros((1, 1), dtype=bool)
_PLUG_MM = 0.5
_SOLID_MM = 1.9
_SOLID = 0.6
"""No pen for writing draws so wide."""
_PATCH_MM = 2.5
_PATCH_OUTSIDE_MM2 = 2.0
_SMEAR_PX = 3


class Kind(StrEnum):
    """What a mark is."""

    LINE = "line"
    TICK = "tick"
    CROSS = "cross"
    LOOP = "loop"
    RING = "ring"
    SOLID = "solid"
    PART = "part"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Figure:
    """What one mark is, and which way its strokes run."""

    kind: Kind
    ends: int
    """How many free ends the lines have that meet others; those of its one line where none does."""
    crossings: int
    """How many places there are at which lines meet."""
    directions: tuple[float, ...] = ()
    """Of a line's, or a cross's two strokes: radians from the horizontal, 0 to pi."""

    arms: int = 0
    """How many lines of some length leave its crossing."""
    extra_mm2: float = 0.0
    """Ink that its lines do not account for."""
    upright_mm: tuple[float, ...] = ()
    """Where upright lines stand in the field's surroundings, from their left edge."""

    @property
    def crosses(self) -> bool:
        """Whether strokes cross in it, as they do when a line or a tick is struck out."""
        return self.kind is Kind.LOOP or (self.kind in (Kind.CROSS, Kind.PART, Kind.OTHER) and self.arms > 2)

    @property
    def exceeds(self) -> bool:
        """Whether more ends leave its crossings than a cross has."""
        return self.ends > 4


NAMED = (Kind.LINE, Kind.TICK, Kind.CROSS)
"""The kinds that are plainly marks of one or two strokes. A loop is one only of a hand that makes them: a
line through a tick closes one, too."""


def figures(sights: Sequence[Sight], pen_mm: float) -> list[Figure]:
    """Return what the marks of a page are.

    What lies inside the box is looked at first; where it is not plain and there is more outside, the whole,
    followed over the printed outline.
    """
    shape = tuple(max(one.ink.shape[axis] for one in sights) for axis in (0, 1))
    inside = np.zeros((len(sights), *shape), dtype=bool)
    for i, one in enumerate(sights):
        height, width = one.ink.shape
        inside[i, :height, :width] = one.ink & one.inner
    seen = [over_print(lines, _NOTHING) for lines in skeleton.lines(inside)]
    solid = are_solid(inside)
    out = [
        figure(lines, is_solid, ~one.inner, pen_mm)
        for lines, is_solid, one in zip(seen, solid, sights, strict=True)
    ]
    more = [i for i, one in enumerate(sights) if _continues(one, out[i])]
    if more:
        whole = np.zeros((len(more), *shape), dtype=bool)
        for room, i in zip(whole, more, strict=True):
            height, width = sights[i].ink.shape
            room[:height, :width] = sights[i].ink
        for i, lines, is_solid in zip(more, skeleton.lines(whole), are_solid(whole), strict=True):
            one = sights[i]
            joined = over_print(lines, one.printed)
            again = figure(joined, is_solid, one.printed, pen_mm)
            better = (*NAMED, Kind.LOOP) if out[i].kind is not Kind.PART else (*NAMED, Kind.LOOP, Kind.RING)
            if again.kind in better and not out[i].exceeds:
                out[i], seen[i] = again, joined
    extra = unexplained(inside, seen, pen_mm)
    return [replace(one, extra_mm2=float(mm2)) for one, mm2 in zip(out, extra, strict=True)]


def _continues(one: Sight, seen: Figure) -> bool:
    """Tell whether ink outside the box may make something else of a mark."""
    if seen.kind in (Kind.CROSS, Kind.LOOP, Kind.SOLID):
        return False
    outside = one.ink & ~one.inner
    if seen.kind in (Kind.LINE, Kind.TICK):
        return int(cv2.connectedComponents(outside.view(np.uint8))[0]) > 1 + 2
    return bool(np.count_nonzero(outside) > _MORE_PX)


def figure(lines: Lines, is_solid: bool, unseen: Mask, pen_mm: float) -> Figure:
    """Return what a mark is.

    Args:
        lines: its lines.
        is_solid: whether its ink fills an area.
        unseen: where no ink could be seen, (height, width).
        pen_mm: how wide the pen draws.
    """
    branches = [b for b in lines.branches if any(b.meets) or len(b.x) >= _CRUMB_MM * PX_PER_MM]
    meeting = [b for b in branches if any(b.meets)] or branches
    ends = sum(meet == 0 for branch in meeting for meet in branch.meets)
    crossings = _crossings(lines, branches, pen_mm)
    if is_solid:
        return Figure(Kind.SOLID, ends, len(crossings))
    kind, directions = _named(lines, branches, crossings, unseen, pen_mm)
    return Figure(kind, ends, len(crossings), directions, _arms(branches), upright_mm=_upright(branches))


def _named(
    lines: Lines, branches: list[Branch], crossings: list[set[int]], unseen: Mask, pen_mm: float
) -> tuple[Kind, tuple[float, ...]]:
    if len(branches) == 1 and len(branches[0].tips) == 2 and not any(branches[0].meets):
        return _one_stroke(branches[0])
    if len(branches) == 1 and len(branches[0].tips) < 2:
        return Kind.RING, ()
    if not crossings and len(branches) <= 2 and not any(_has_corner(b) for b in branches):
        return Kind.PART, ()
    if len(crossings) != 1:
        return Kind.OTHER, ()
    (members,) = crossings
    middle = _middle(lines, members)
    arms = [b for b in branches if not set(b.meets) <= members]
    loops = [b for b in branches if set(b.meets) <= members and len(b.tips) == 2]
    loops = [b for b in loops if len(b.x) > 2 * _SAME_CROSSING * pen_mm * PX_PER_MM]
    apart = [b for b in arms if not set(b.meets) & members]
    if apart:
        plain = len(arms) <= 4 and not loops and not any(_has_corner(b) for b in arms)
        return (Kind.PART if plain else Kind.OTHER), ()
    if len(arms) == 4 and not loops:
        return _cross(arms, middle)
    if len(arms) == 3 and not loops:
        radius = max(lines.middles[m].radius_mm for m in members)
        return _cross_at_print(arms, middle, radius, unseen)
    if len(arms) <= 2 and len(loops) == 1:
        length = sum(len(b.x) for b in arms)
        if len(loops[0].x) > 4 * length:
            return Kind.RING, ()
        if len(arms) == 2 and not any(_has_corner(arm) for arm in arms):
            return Kind.LOOP, ()
    return Kind.OTHER, ()


def _upright(branches: list[Branch]) -> tuple[float, ...]:
    """Return where lines stand upright that meet no other, as streaks of a scanner do."""
    out = []
    for branch in branches:
        if len(branch.tips) == 2 and not any(branch.meets):
            (ax, ay), (bx, by) = branch.tips
            if abs(by - ay) >= _UPRIGHT_MM and abs(bx - ax) <= _LEAN * abs(by - ay):
                out.append((ax + bx) / 2)
    return tuple(out)


def _arms(branches: list[Branch]) -> int:
    """Return how many lines that run into a meeting are long: a tick's corner may leave a short one."""
    lengths = [b.chord_mm for b in branches if any(b.meets)]
    least = max(_ARM_MM, _ARM * max(lengths, default=0.0))
    return sum(length >= least for length in lengths)


def _one_stroke(stroke: Branch) -> tuple[Kind, tuple[float, ...]]:
    """Tell a line, a tick, or a ring that is not quite closed."""
    if stroke.bow_mm <= _BOW * stroke.chord_mm + 0.1:
        (ax, ay), (bx, by) = stroke.tips
        return Kind.LINE, (atan2(by - ay, bx - ax) % pi,)
    away, _chord = from_way(stroke.x, stroke.y, *stroke.tips)
    knee = int(away.argmax())
    corner = (float(stroke.x[knee]), float(stroke.y[knee]))
    first, one = from_way(stroke.x, stroke.y, stroke.tips[0], corner)
    second, two = from_way(stroke.x, stroke.y, corner, stroke.tips[1])
    left = _nearly_most(np.minimum(first, second))
    if left <= _LEGS * (one + two) + 0.1:
        return Kind.TICK, ()
    x, y = stroke.x - stroke.x.mean(), stroke.y - stroke.y.mean()
    radius = np.hypot(x, y)
    seen = np.unique((np.arctan2(y, x) / (2 * np.pi) * 24).astype(int) % 24)
    if len(seen) >= 18 and radius.std() < 0.25 * radius.mean():
        return Kind.RING, ()
    return Kind.OTHER, ()


def _cross(arms: list[Branch], middle: Place) -> tuple[Kind, tuple[float, ...]]:
    """Tell a cross among figures of four arms."""
    if any(_has_corner(arm) for arm in arms):
        return Kind.OTHER, ()
    away = _away(arms, middle)
    far = [_free_tip(arm) for arm in arms]
    pairings = (((0, 1), (2, 3)), ((0, 2), (1, 3)), ((0, 3), (1, 2)))
    best = min(pairings, key=lambda pairs: sum(_along(away[a], away[b]) for a, b in pairs))
    if any(_along(away[a], away[b]) > _OPPOSITE for a, b in best):
        return Kind.OTHER, ()
    return Kind.CROSS, tuple(sorted(_direction(far[b], far[a]) for a, b in best))


def _cross_at_print(
    arms: list[Branch], middle: Place, radius_mm: float, unseen: Mask
) -> tuple[Kind, tuple[float, ...]]:
    """Tell a cross of which print hides the fourth arm."""
    if any(_has_corner(arm) for arm in arms):
        return Kind.OTHER, ()
    away = _away(arms, middle)
    a, b = min(combinations(range(3), 2), key=lambda pair: _along(away[pair[0]], away[pair[1]]))
    (c,) = {0, 1, 2} - {a, b}
    if _along(away[a], away[b]) > _OPPOSITE:
        return Kind.OTHER, ()
    x, y = (
        round((at - (radius_mm + _HIDDEN_ARM_MM) * way) * PX_PER_MM)
        for at, way in zip(middle, away[c], strict=True)
    )
    if not unseen[min(max(y, 0), unseen.shape[0] - 1), min(max(x, 0), unseen.shape[1] - 1)]:
        return Kind.PART, ()
    ways = _direction(_free_tip(arms[b]), _free_tip(arms[a])), _direction(middle, _free_tip(arms[c]))
    return Kind.CROSS, tuple(sorted(ways))


def _middle(lines: Lines, members: set[int]) -> Place:
    """Return the middle of a crossing."""
    places = [lines.middles[m] for m in members]
    return sum(at.x for at in places) / len(places), sum(at.y for at in places) / len(places)


def _along(one: Place, other: Place) -> float:
    return one[0] * other[0] + one[1] * other[1]


def _direction(start: Place, end: Place) -> float:
    """Return the direction from one place to another, 0 to pi."""
    return atan2(end[1] - start[1], end[0] - start[0]) % pi


def _crossings(lines: Lines, branches: list[Branch], pen_mm: float) -> list[set[int]]:
    """Return the places where lines meet, each as the meetings that belong to it."""
    places = [{m} for m in {meet for b in branches for meet in b.meets if meet}]
    for branch in branches:
        if len(branch.meets) == 2 and all(branch.meets) and branch.meets[0] != branch.meets[1]:
            a, b = (lines.middles[m] for m in branch.meets)
            if (
                np.hypot(a.x - b.x, a.y - b.y) <= _SAME_CROSSING * pen_mm
                and len(branch.x) / PX_PER_MM < 4 * pen_mm
            ):
                one, two = (next(p for p in places if m in p) for m in branch.meets)
                if one is not two:
                    places.remove(two)
                    one |= two
    return places


def _away(arms: list[Branch], middle: Place) -> list[Place]:
    """Return the unit vectors in which arms leave a crossing."""
    counts = [len(arm.x) for arm in arms]
    starts = [0, *accumulate(counts[:-1])]
    dx = np.concatenate([arm.x for arm in arms]) - middle[0]
    dy = np.concatenate([arm.y for arm in arms]) - middle[1]
    distance = np.hypot(dx, dy)
    reach = np.maximum(np.minimum.reduceat(distance, starts) + 0.6, 1.5)
    near = distance <= np.repeat(reach, counts)
    ways = zip(
        np.add.reduceat(dx * near, starts).tolist(), np.add.reduceat(dy * near, starts).tolist(), strict=True
    )
    return [(x / length, y / length) for x, y in ways for length in (max(hypot(x, y), 1e-9),)]


def _free_tip(arm: Branch) -> Place:
    return next((t for t, m in zip(arm.tips, arm.meets, strict=True) if m == 0), arm.tips[0])


def _has_corner(arm: Branch) -> bool:
    if len(arm.tips) < 2:  # it runs back into itself
        return True
    return arm.bow_mm > max(_CORNER * arm.chord_mm, _CORNER_MM)


def _nearly_most(values: Numbers) -> float:
    """Return the 95th percentile, as `np.percentile` does but without its 50 microseconds."""
    place = 0.95 * (len(values) - 1)
    low = int(place)
    ordered = np.sort(values)
    below, above = float(ordered[low]), float(ordered[min(low + 1, len(values) - 1)])
    return below + (above - below) * (place - low)


_PLUG, _DISC, _PATCH = (
    cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(mm * PX_PER_MM / 2) + 1,) * 2)
    for mm in (_PLUG_MM, _SOLID_MM, _PATCH_MM)
)
_IN_PATCH = np.ones((11, 11), np.uint8)
_SQUARE = np.ones((9, 9), np.uint8)


def is_patch(dark: Mask, mark: Mask, box_px: tuple[slice, slice]) -> bool:
    """Tell ink that is solid and goes on so beyond the box, as a hole, a drop or a rim of coffee does.

    Args:
        dark: (height, width), all that is as dark as the mark; print too, whose lines are narrow.
        mark: the mark inside the box.
        box_px: rows and columns of the box.
    """
    solid = _solid(dark)
    if np.count_nonzero(solid & mark) < _SOLID * np.count_nonzero(mark):
        return False
    _count, labels = cv2.connectedComponents(solid.astype(np.uint8), connectivity=8)
    beyond = np.isin(labels, np.unique(labels[solid & mark])) & solid
    down, across = box_px
    # A filled box is smeared over its outline's outer edge, by blur.
    beyond[_grown(down), _grown(across)] = False
    return bool(np.count_nonzero(beyond) >= _PATCH_OUTSIDE_MM2 * PX_PER_MM**2)


def may_be_patches(dark: Mask, core_px: tuple[slice, slice]) -> NDArray[np.bool_]:
    """Tell which fields may have a patch, (n,): in few is there even a square as large as fits into one.

    Args:
        dark: (n, height, width), as in `is_patch`.
        core_px: rows and columns in which all marks lie.
    """
    reach = _PATCH.shape[0] + 1
    rows, columns = (slice(max(part.start - reach, 0), part.stop + reach) for part in core_px)
    near = stacked(dark[:, rows, columns], 1)
    held = cv2.erode(near, _IN_PATCH, borderType=cv2.BORDER_CONSTANT, borderValue=(1,))
    return np.asarray(held.reshape(len(dark), -1).any(axis=1))


def _grown(box: slice) -> slice:
    return slice(max(box.start - _SMEAR_PX, 0), box.stop + _SMEAR_PX)


def _solid(dark: Mask) -> Mask:
    """Return the patches that are wider than any pen's stroke, along print too."""
    padded = np.pad(dark.astype(np.uint8), _PATCH.shape[0], mode="edge")
    opened = np.asarray(cv2.morphologyEx(padded, cv2.MORPH_OPEN, _PATCH), np.uint8)
    inside = slice(_PATCH.shape[0], -_PATCH.shape[0])
    return np.asarray(opened[inside, inside] > 0)


def are_solid(marks: Mask) -> NDArray[np.bool_]:
    """Tell which marks, (n, height, width), fill an area: hardly any holds even the square in the disc."""
    marks, _left, _top = cropped(marks)
    n, height, width = marks.shape
    room = 2 * _PLUG.shape[0]
    ink = np.zeros((n, height + room, width + room), np.uint8)
    ink[:, room // 2 : -(room // 2), room // 2 : -(room // 2)] = marks
    closed = cv2.morphologyEx(ink.reshape(-1, width + room), cv2.MORPH_CLOSE, _PLUG)
    held = np.asarray(cv2.erode(closed, _SQUARE), np.uint8).reshape(n, -1)
    out = np.asarray(held.any(axis=1))
    for i in np.flatnonzero(out):
        out[i] = _solid_share(marks[i]) > _SOLID
    return out


def _solid_share(mark: Mask) -> float:
    """Return the share of a mark that lies in patches wider than a pen, small gaps within them filled."""
    pixels, edge = np.ascontiguousarray(mark).view(np.uint8), (8, 8, 8, 8)
    left, top, width, height = cv2.boundingRect(pixels)
    part = pixels[top : top + height, left : left + width]
    if not part.size:
        return 0.0
    ink = np.asarray(cv2.copyMakeBorder(part, *edge, cv2.BORDER_CONSTANT, value=(0,)), np.uint8)
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, _PLUG)
    solid = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, _DISC), np.uint8)
    return cv2.countNonZero(solid & ink) / max(cv2.countNonZero(ink), 1)
