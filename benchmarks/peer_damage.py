"""Damage at rising severity, the same for every system: skew, stretch, tear, fold, fading."""

from collections.abc import Callable

import cv2
import numpy as np

from phieu.benchmarks.peer_sheets import PAPER_DPI, Image

_PX = PAPER_DPI / 25.4
Rng = np.random.Generator


def skewed(page: Image, degrees: float, rng: Rng) -> Image:
    """Turn a page about its middle; what leaves the glass is lost."""
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees * rng.choice((-1, 1)), 1)
    return np.asarray(cv2.warpAffine(page, matrix, (width, height), borderValue=(255,)), np.uint8)


def stretched(page: Image, percent: float, rng: Rng) -> Image:
    """Make a page longer along the feed; its end leaves the glass."""
    height, width = page.shape
    longer = cv2.resize(page, (width, round(height * (1 + percent / 100))), interpolation=cv2.INTER_LINEAR)
    cut = int(rng.uniform(0, longer.shape[0] - height))
    return np.asarray(longer[cut : cut + height], np.uint8)


def torn(page: Image, mm: float, rng: Rng) -> Image:
    """Tear off one corner, as far as `mm` along both edges; below lies the white lid."""
    height, width = page.shape
    right, bottom = (bool(v) for v in rng.integers(0, 2, 2))
    x, y = (width - 1 if right else 0), (height - 1 if bottom else 0)
    legs = mm * _PX * rng.uniform(0.9, 1.1, 2)
    ends = [(x, y), (x + (-legs[0] if right else legs[0]), y), (x, y + (-legs[1] if bottom else legs[1]))]
    out = page.copy()
    cv2.fillPoly(out, [np.rint(ends).astype(np.int32)], (255,))
    return out


def folded(page: Image, mm: float, rng: Rng) -> Image:
    """Fold a page across, so that `mm` of its length are hidden; the crease throws a shadow."""
    height, _width = page.shape
    at = int(rng.uniform(0.25, 0.75) * height)
    hidden = round(mm * _PX)
    out = np.full_like(page, 255)
    out[:at] = page[:at]
    out[at : height - hidden] = page[at + hidden :]
    shade = np.clip(1 - 0.35 * np.exp(-(((np.arange(height) - at) / (0.4 * _PX)) ** 2)), 0, 1)
    return np.asarray(np.clip(out * shade[:, None], 0, 255), np.uint8)


def faded(page: Image, percent: float, _rng: Rng) -> Image:
    """Take away so much of the print's and the pen's darkness."""
    return np.asarray(np.clip(255 - (255.0 - page) * (1 - percent / 100), 0, 255), np.uint8)


KINDS: dict[str, tuple[Callable[[Image, float, Rng], Image], str, tuple[float, ...]]] = {
    "skew": (skewed, "degrees", (1, 2, 3, 4, 6, 8, 10)),
    "stretch": (stretched, "%", (0.5, 1, 2, 3, 4, 6)),
    "tear": (torn, "mm", (15, 25, 35, 50, 70)),
    "fold": (folded, "mm", (0.5, 1, 2, 3, 4)),
    "fading": (faded, "%", (30, 50, 65, 75, 85, 90)),
}
"""What each kind does, the unit of its severity, and the severities, rising."""
