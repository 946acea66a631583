"""From the anchors of a first fix outwards: where print and boxes lie on a page that is not flat and even.

First the patches of the page's own print, each looked for where those found before put it: they can't be
taken for one another. Then the outlines of the boxes between them. A camera's view is fitted anew after each
step, since what a few tags say of it holds near them only.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from . import drift, outlines, patches, place
from .blank import BlankPage
from .fix import Fix
from .place import Gray, Matrix, Points

_FAR_MM = 3.6
_SHARE_OF_PITCH = 0.42
_STEP_MM = 80.0
"""How far beyond what was found the next is within the search..."""
_STEP_ASKEW_MM = 40.0
"""...and in a camera's view, whose scale changes over the page."""
_NEXT_MM = 15.0
_ROUNDS = 9
_STRETCHES = ((0.0, 0.02), (0.0, -0.02), (0.02, 0.0), (-0.02, 0.0))
"""Across and down: what paper may have done between anchors and the first print, where that is far off."""
_ENOUGH = 4
_REFIT_FROM = 8
_SPREAD_MM = 60.0


@dataclass(frozen=True, slots=True)
class Tracked:
    """What was found of a page."""

    matrix: Matrix
    """From mm on the form to pixels."""
    start_mm: Points
    """(fields, 2): where each field's outline is to be looked for, beside where `matrix` puts it."""
    patches_mm: Points
    """(patches, 2): middles on the form of the patches that were found."""
    patches_shift_mm: Points
    """(patches, 2): how far they lie from where `matrix` puts them."""
    is_tracked: bool = True


def track(image: Gray, page: BlankPage, fix: Fix, outlined: NDArray[np.bool_]) -> Tracked:
    """Find a page's print and outlines, going outwards from the anchors of a first fix.

    Args:
        image: the page image.
        page: the blank page.
        fix: the first fix.
        outlined: (fields,): which have an outline of their own.
    """
    trail = _Trail(image, page, fix, outlined)
    trail.follow_patches()
    trail.follow_outlines()
    known = trail.patch_known
    start = np.where(trail.field_known[:, None], trail.field_shift, trail.at(page.centres_mm))
    return Tracked(trail.matrix, start, trail.patches.centres_mm[known], trail.patch_shift[known])


def seen(found: outlines.Found) -> NDArray[np.bool_]:
    """Tell the fields whose outline was found, (fields,): dark enough, and in one place only."""
    strong = found.strength[found.strength > FAINTEST]
    if len(strong) == 0:
        return np.zeros(len(found.strength), dtype=bool)
    limit = max(FAINTEST, WEAK * float(np.median(strong)))
    return cast(
        NDArray[np.bool_], ((found.strength >= limit) & (found.rival < _RIVALRY * found.strength)).all(axis=1)
    )


WEAK = 0.4
"""An outline is seen when it is at least this share as dark as the page's outlines are on average..."""
FAINTEST = 0.05
"""...and at least this share darker than its paper at all."""
_RIVALRY = 0.8
"""Two places that are nearly as good as each other are no find."""


class _Trail:
    """What is known so far."""

    def __init__(self, image: Gray, page: BlankPage, fix: Fix, outlined: NDArray[np.bool_]) -> None:
        self._image, self._page, self._fix, self._outlined = image, page, fix, outlined
        self.matrix = fix.matrix
        self._coarse = patches.Coarse.of(image, fix.matrix, page)
        self.patches = patches.chosen(page)
        self._anchor_shift = np.zeros_like(fix.anchors_mm)
        self.patch_shift = np.zeros_like(self.patches.centres_mm)
        self.patch_known = np.zeros(len(self.patches.centres_mm), dtype=bool)
        self.field_shift = np.zeros_like(page.centres_mm)
        self.field_known = np.zeros(len(page.fields), dtype=bool)

    def _known(self) -> tuple[Points, Points]:
        points = (
            self._fix.anchors_mm,
            self.patches.centres_mm[self.patch_known],
            self._page.centres_mm[self.field_known],
        )
        shifts = (
            self._anchor_shift,
            self.patch_shift[self.patch_known],
            self.field_shift[self.field_known],
        )
        return np.concatenate(points), np.concatenate(shifts)

    def at(self, points: Points) -> Points:
        """Return the shift that is expected at points, (n, 2)."""
        return drift.predicted(*self._known(), points)

    def _within_reach(self, points: Points) -> NDArray[np.bool_]:
        known, _shift = self._known()
        step = _STEP_ASKEW_MM if self._fix.askew else _STEP_MM
        away = np.linalg.norm(points[:, None] - known[None], axis=2).min(axis=1, initial=np.inf)
        # Where nothing is so near, the nearest have to do: a page may be white for half its height.
        return cast(NDArray[np.bool_], away <= max(step, float(away.min(initial=np.inf)) + _NEXT_MM))

    def follow_patches(self) -> None:
        """Find patches, from the anchors outwards."""
        places = self.patches.centres_mm
        for _round in range(_ROUNDS):
            wanted = ~self.patch_known & self._within_reach(places) if len(places) else self.patch_known
            if not wanted.any():
                return
            start = self.at(places)
            found = patches.find(self._coarse, self.matrix, self.patches, start, wanted)
            news = self._take_patches(found.seen, start + found.shift_mm)
            if not news and (self.patch_known.any() or not self._leap(wanted)):
                return
            self._refit()

    def _leap(self, wanted: NDArray[np.bool_]) -> bool:
        """Look for the first patches further off, where paper may have stretched on the way to them."""
        places = self.patches.centres_mm
        away = places - self._fix.anchors_mm.mean(axis=0)
        for stretch in _STRETCHES:
            start = self.at(places) + away * stretch
            found = patches.find(self._coarse, self.matrix, self.patches, start, wanted)
            if found.seen.sum() >= max(_ENOUGH, 0.5 * wanted.sum()):
                return self._take_patches(found.seen, start + found.shift_mm)
        return False

    def _take_patches(self, seen: NDArray[np.bool_], shift: Points) -> bool:
        candidates = seen | self.patch_known
        shift = np.where(self.patch_known[:, None], self.patch_shift, shift)
        points = np.concatenate((self._fix.anchors_mm, self.patches.centres_mm[candidates]))
        company = drift.in_company(points, np.concatenate((self._anchor_shift, shift[candidates])))
        good = candidates.copy()
        good[candidates] = company[len(self._fix.anchors_mm) :]
        news = bool((good & ~self.patch_known).any())
        self.patch_known, self.patch_shift = good, shift
        return news

    def follow_outlines(self) -> None:
        """Find outlines, each where the patches and outlines found before put it."""
        page = self._page
        reach = min(_FAR_MM, _SHARE_OF_PITCH * page.row_pitch_mm)
        for _round in range(_ROUNDS):
            start = self.at(page.centres_mm)
            wanted = self._outlined & self._within_reach(page.centres_mm)
            found = outlines.find(self._image, self.matrix, page, start, reach)
            candidates = seen(found) & wanted
            shift = start + found.shift_mm
            good = candidates.copy()
            good[candidates] = drift.in_company(page.centres_mm[candidates], shift[candidates])
            if candidates.sum() == 1:
                good = candidates
            news = bool((good & ~self.field_known).any())
            self.field_known, self.field_shift = good, shift
            if not news:
                return
            self._refit()

    def _refit(self) -> None:
        """Fit a camera's view to all that is known; what is left over are shifts, as before."""
        points, shift = self._known()
        if not self._fix.askew or len(points) < _REFIT_FROM or np.ptp(points, axis=0).min() < _SPREAD_MM:
            return
        after = place.homography(points, place.to_px(self.matrix, points + shift))
        self._anchor_shift = drift.rebased(self.matrix, after, self._fix.anchors_mm, self._anchor_shift)
        self.patch_shift = drift.rebased(self.matrix, after, self.patches.centres_mm, self.patch_shift)
        self.field_shift = drift.rebased(self.matrix, after, self._page.centres_mm, self.field_shift)
        self.matrix = after
