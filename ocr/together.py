"""What is measured of all fields with some ink at once, so that few calls do the work of a page.

Most fields are plain: one stroke, all of it in sight, nowhere near a line. What tells them from the others is
asked of all together, of the surroundings stacked above each other; only the others are looked at one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from . import ink, lines, strokes
from .ink import PX_PER_MM, Group, Ink, Levels, Mask, counted
from .place import Gray

_AREA_PX = PX_PER_MM * PX_PER_MM
_SEVENTH = 7
"""A mark's own darkness is what a seventh of it is darker than."""
_NEAR = np.ones((5, 5), np.uint8)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Inked:
    """Fields of one group that have some ink, (n,), and what is measured of each."""

    seen: Ink
    which: NDArray[np.int64]
    """Places in the group, (n,)."""
    strong: Mask
    """(n, height, width), without a seal's ink."""
    faint: Mask
    sealed: NDArray[np.bool_]
    """Whether a seal's ink lies in the box."""

    @classmethod
    def of(cls, seen: Ink, which: Sequence[int]) -> "Inked":
        """Return some of a group's fields."""
        these = np.array(which, dtype=np.int64)
        strong, faint = seen.strong[these], seen.faint[these]
        sealed = np.zeros(len(these), dtype=bool)
        if seen.red is not None:
            red, group = seen.red[these], seen.group
            around, within = counted(red & group.ring[these]), counted(red & group.inner[these])
            # A seal's ink goes on around the box, as a pen's mark in the box does not.
            for k in np.flatnonzero((around > 0.5 * within) & (around > 1.5 * _AREA_PX)):
                seals = strong[k] & red[k]
                strong[k] &= ~red[k]
                sealed[k] = np.count_nonzero(seals & group.inner[these[k]]) > 0.3 * _AREA_PX
                faint[k] &= strong[k] | ~near(seals)
        return cls(seen, these, strong, faint, sealed)

    @property
    def group(self) -> Group:
        """The group they are of."""
        return self.seen.group

    @cached_property
    def inner(self) -> Mask:
        """(n, height, width)."""
        return self.group.inner[self.which]

    @cached_property
    def inner_px(self) -> NDArray[np.int64]:
        """How many pixels the inside has, (n,)."""
        return self.group.inner_px[self.which]

    @cached_property
    def strong_inside(self) -> Mask:
        """(n, rows, columns) of the group's core."""
        return self._core(self.strong) & self._core(self.inner)

    @cached_property
    def faint_inside(self) -> Mask:
        """(n, rows, columns) of the group's core."""
        return self._core(self.faint) & self._core(self.inner)

    @cached_property
    def strong_px(self) -> NDArray[np.int64]:
        """How many pixels inside are strong, (n,)."""
        return counted(self.strong_inside)

    @cached_property
    def all_strong_px(self) -> NDArray[np.int64]:
        """The same with a seal's ink, (n,)."""
        if self.seen.red is None:
            return self.strong_px
        return counted(self._core(self.seen.strong[self.which]) & self._core(self.inner))

    @cached_property
    def faint_px(self) -> NDArray[np.int64]:
        """How many pixels inside are faint at least, (n,)."""
        return counted(self.faint_inside)

    @cached_property
    def faint_ring_px(self) -> NDArray[np.int64]:
        """How many pixels around are faint at least, (n,)."""
        return counted(self.faint & self.group.ring[self.which])

    @cached_property
    def strong_ring_px(self) -> NDArray[np.int64]:
        """How many pixels around are strong, (n,)."""
        return counted(self.strong & self.group.ring[self.which])

    @cached_property
    def ring_px(self) -> NDArray[np.int64]:
        """How many pixels there are around, (n,)."""
        return self.group.ring_px[self.which]

    @cached_property
    def followed(self) -> Numbers:
        """As `strokes.followed` says, if all strong ink inside is the field's own: (n, 2) in mm and mm2."""
        return strokes.all_followed(self.strong_inside, self.faint_inside)

    @cached_property
    def own(self) -> tuple[Mask, NDArray[np.bool_]]:
        """As `strokes.all_own_strokes` says: (n, height, width) and (n,); all ink where none is outside."""
        marks, asked = self.strong.copy(), np.zeros(len(self.which), dtype=bool)
        these = np.flatnonzero((self.strong_px > 0) & (self.faint_ring_px > 0))
        if len(these):
            found = strokes.all_own_strokes(self.strong[these], self.group, self.which[these])
            marks[these], asked[these] = found
        return marks, asked

    @cached_property
    def may_lie_at(self) -> NDArray[np.bool_]:
        """Whether `strokes.lies_at` may be true, (n,)."""
        return strokes.may_lie_at(self.strong, self.group.box_px)

    @cached_property
    def may_cross(self) -> NDArray[np.bool_]:
        """Whether `lines.crosses` may be true, (n,)."""
        return lines.lengthwise(self.faint, self.group.printed[self.which], self.group.box_px)

    @cached_property
    def straight(self) -> tuple[Numbers, NDArray[np.bool_]]:
        """As `lines.straight` says of the strong ink inside, or of the faint where that is all there is."""
        inside = np.where((self.strong_px > 0)[:, None, None], self.strong_inside, self.faint_inside)
        rows, columns = self.group.core_px
        return lines.straight(inside, (columns.start, rows.start), min(self.group.side_mm))

    @cached_property
    def darkness(self) -> Numbers:
        """Of the darkest place inside, as a share of the paper's level, (n,)."""
        rows, columns = self.group.core_px
        smooth = self.seen.smooth[self.which, rows, columns]
        smooth = np.where(self._core(self.inner), smooth, np.uint8(255))
        darkest = smooth.reshape(len(smooth), -1).min(axis=1).astype(np.float64)
        return cast(Numbers, np.maximum(1 - darkest / self.seen.paper[self.which].astype(np.float64), 0.0))

    def _core(self, masks: Mask) -> Mask:
        rows, columns = self.group.core_px
        return masks[:, rows, columns]


def as_dark(smooth: Gray, paper: NDArray[np.floating], marks: Mask, levels: Levels) -> Mask:
    """Return all around that is darker than half of what each mark itself is; print as well.

    Args:
        smooth: (n, height, width), the smoothed scan.
        paper: (n,), the paper's level.
        marks: (n, height, width); each must have some ink.
        levels: how dark ink is.
    """
    n = len(marks)
    at = np.flatnonzero(marks)
    mark = at // marks[0].size
    counts = np.bincount(mark * 256 + smooth.ravel()[at], minlength=256 * n).reshape(n, 256).cumsum(axis=1)
    value = (counts > counts[:, -1:] // _SEVENTH).argmax(axis=1)
    limit = np.minimum(np.maximum(0.4 * (1 - value / paper), 1.6 * levels.faint), levels.strong)
    return ink.below(smooth, paper * (1 - limit))


def near(mask: Mask) -> Mask:
    """Return a mask grown by two pixels."""
    return np.asarray(cv2.dilate(mask.view(np.uint8), _NEAR) > 0)
