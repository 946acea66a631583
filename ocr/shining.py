"""The other side's print where it shines through: on thin paper it may be as dark as a pencil.

What the back prints is known, and so is its mirror image. If the page's paper, off its own print, is darker
where that image is dark, and more so at one place of the image than at all others within a few millimetres,
it shines through, and there. A mark that lies on it, or where the back has its boxes, and is no darker than
it, may be the back's.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from . import place
from .blank import BlankPage
from .place import Gray, Points
from .register import Registration
from .unprinted import MASK_PX_PER_MM, is_in, near_print

_REACH_MM = 6.0
"""So far off may the two sides be printed."""
_STANDS_OUT = 6.0
"""Times the spread of all other places."""
_SOLID = 0.5
_EVEN = 0.25
"""Of the darkest of the back's solid print, the middle of it: 0.5 to 0.6. Where a page's own print lies off
its place, and on the back's by chance, most of that is bare: below 0.05."""
_GROWN_MM = 0.5
_BOXES_MM = 1.5
MARKS_MM = 4.0
"""The back's own marks reach this far out of its boxes."""
_NO_DARKER = 1.5
"""Times what is seen of it at two pixels a mm, where thin strokes are paler."""
_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Shining:
    """How the back shines through a page."""

    back: BlankPage
    offset_mm: tuple[float, float]
    darkness: float
    """Of the back's solid print, as a share of the paper's level."""

    def may_be(self, mm: Points, darkness: float) -> bool:
        """Tell whether ink at points of the form, (n, 2), so dark, may be the other side's."""
        return darkness <= _NO_DARKER * self.darkness and bool(self.lies_on(mm, _BOXES_MM).mean() >= _SHARE)

    def lies_on(self, mm: Points, beside_mm: float) -> NDArray[np.bool_]:
        """Tell which points of the form, (n, 2), lie on the back's print, or so near its boxes."""
        behind = mm - self.offset_mm
        behind[:, 0] = self.back.paper_mm[0] - behind[:, 0]
        there = is_in(near_print(self.back, _GROWN_MM), behind)
        for field in self.back.fields:
            x, y, w, h = field.box_mm
            low, high = np.array((x, y)) - beside_mm, np.array((x + w, y + h)) + beside_mm
            there |= ((behind >= low) & (behind <= high)).all(axis=1)
        return there

    def seen_at(self, across_mm: NDArray[np.float64], down_mm: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return how dark the other side may make each point of a grid: print, and all around its boxes."""
        mm = np.stack(np.meshgrid(across_mm, down_mm), axis=2)
        there = self.lies_on(mm.reshape(-1, 2), MARKS_MM).reshape(mm.shape[:2])
        return there.astype(np.float32) * np.float32(self.darkness)


def shining_through(gray: Gray, page: BlankPage, back: BlankPage, where: Registration) -> Shining | None:
    """Return how the back shines through a page image; None if it does not."""
    mirrored = _mirrored(back)
    height, width = mirrored.shape
    grid: NDArray[np.float64] = np.diag([MASK_PX_PER_MM, MASK_PX_PER_MM, 1.0])
    scale = place.px_per_mm(where.matrix, (page.paper_mm[0] / 2, page.paper_mm[1] / 2)) / MASK_PX_PER_MM
    soft = cv2.blur(gray, (max(round(scale), 1),) * 2)
    picture = cv2.warpPerspective(
        soft, grid @ np.linalg.inv(where.matrix), (width, height), flags=cv2.INTER_LINEAR, borderValue=(255,)
    )
    free = ~near_print(page, _GROWN_MM)[:height, :width]
    level = cv2.blur(cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), (9, 9))
    dark = np.clip(1 - picture / np.maximum(level.astype(np.float32), 1), 0, 1)
    looked = np.where(free, dark - dark[free].mean(), 0).astype(np.float32)
    edge = round(_REACH_MM * MASK_PX_PER_MM)
    inner = mirrored[edge:-edge, edge:-edge]
    alike = cv2.matchTemplate(looked, inner - inner.mean(), cv2.TM_CCORR)
    y, x = (int(v) for v in np.unravel_index(int(alike.argmax()), alike.shape))
    rows, columns = np.indices(alike.shape)
    rest = alike[np.hypot(rows - y, columns - x) > 2 * MASK_PX_PER_MM]
    usual = float(np.median(rest))
    spread = 1.48 * float(np.median(np.abs(rest - usual)))
    if float(alike[y, x]) - usual < _STANDS_OUT * spread:
        return None
    off = x - edge, y - edge
    moved = np.roll(mirrored, off[::-1], axis=(0, 1))
    solid = dark[free & (moved > _SOLID)]
    if solid.size == 0:
        return None
    darkness = float(np.percentile(solid, 95))
    if float(np.median(solid)) < _EVEN * darkness:
        return None
    return Shining(back, (off[0] / MASK_PX_PER_MM, off[1] / MASK_PX_PER_MM), darkness)


@lru_cache(maxsize=64)
def _mirrored(back: BlankPage) -> NDArray[np.float32]:
    """Return the darkness of a page's print as seen from its other side, 0 to 1, at 2 pixels a mm."""
    size = tuple(round(side * MASK_PX_PER_MM) for side in back.paper_mm)
    small = cv2.resize(back.image, (size[0], size[1]), interpolation=cv2.INTER_AREA)
    return np.asarray(1 - cv2.flip(small, 1).astype(np.float32) / 255, np.float32)
