"""What a scanner's transport does to a page: skew, stretch, slip, and the view of a camera.

Comes in: a picture of the paper and where its pixels should fall. Goes out: the picture as sampled. `sampled`
does all of it in one resampling, as a scanner does; the functions below it do one thing each, in the form
that `damage.py` explains, for those who want to measure it.
"""

from dataclasses import dataclass
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Feed:
    """How the paper really moved: rows of the picture and those of an ideal one, linear between knots."""

    rows: tuple[float, ...]
    """Rows of the picture, rising, from its first to one past its last."""
    ideal: tuple[float, ...]
    """The rows an even transport would have shown there."""

    @classmethod
    def even(cls, height: int) -> "Feed":
        """Return the feed of a perfect transport."""
        return cls((0.0, float(height)), (0.0, float(height)))

    def slipped(self, at_row: float, by_rows: float, over_rows: float) -> "Feed":
        """Return this feed with one slip: the paper stood still (or jumped, if negative) for a moment."""
        knots = sorted({*self.rows, at_row, min(at_row + over_rows, self.rows[-1])})
        ideal = np.interp(knots, self.rows, self.ideal)
        lag = by_rows * np.clip((np.array(knots) - at_row) / over_rows, 0, 1)
        return Feed(tuple(float(k) for k in knots), tuple(float(v) for v in ideal - lag))


def sampled(paper: Image, place: Matrix, feed: Feed, size: tuple[int, int], background: int) -> Image:
    """Return the picture that a scanner takes of the paper.

    Args:
        paper: what lies in the scanner, at a higher resolution, already blurred by the optics.
        place: homography from pixels of `paper` to pixels of the picture, for an ideal transport.
        feed: how the transport really was.
        size: width and height of the picture.
        background: gray of the lid, seen beside the paper.
    """
    width, height = size
    picture: Image = np.empty((height, width, *paper.shape[2:]), np.uint8)
    for first, last, ideal, next_ideal in zip(
        feed.rows, feed.rows[1:], feed.ideal, feed.ideal[1:], strict=False
    ):
        top, bottom = round(first), round(last)
        if bottom <= top:
            continue
        pace = (next_ideal - ideal) / (last - first)
        pace = pace if abs(pace) > 1e-3 else 1e-3
        at_top = ideal + (top - first) * pace
        band = np.array([[1, 0, 0], [0, 1 / pace, -at_top / pace], [0, 0, 1.0]])
        picture[top:bottom] = cv2.warpPerspective(
            paper,
            band @ place,
            (width, bottom - top),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(background,) * 3,
        )
    return picture


def turned_about(
    centre: tuple[float, float], degrees: float, stretch: tuple[float, float] = (1, 1)
) -> Matrix:
    """Return the homography that turns and stretches about a point; positive degrees turn clockwise."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    there = np.array([[1, 0, centre[0]], [0, 1, centre[1]], [0, 0, 1.0]])
    back = np.array([[1, 0, -centre[0]], [0, 1, -centre[1]], [0, 0, 1.0]])
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])
    return np.asarray(there @ np.diag([*stretch, 1.0]) @ turn @ back)


def skew(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Turn the page; severity 1 is 5 degrees."""
    return _one(image, turned_about(_centre(image), 5 * severity * _either(rng)))


def stretch(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Stretch or shrink the page along the feed; severity 1 is 2 %."""
    return _one(image, turned_about(_centre(image), 0, (1.0, 1 + 0.02 * severity * _either(rng))))


def slip(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Let the feed slip once, somewhere in the middle; severity 1 is 3 mm."""
    height, width = image.shape[:2]
    rows = 3 * severity * dpi / 25.4 * _either(rng)
    over = max(abs(rows) * 1.5, 0.04 * dpi)
    feed = Feed.even(height).slipped(float(rng.uniform(0.2, 0.7)) * height, rows, over)
    return sampled(image, np.eye(3), feed, (width, height), _paper(image))


def perspective(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Look at the page askew, as a hand-held camera does; severity 1 moves corners by 4 % of the width."""
    height, width = image.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inwards = rng.uniform(0, 0.04 * severity * width, (4, 2)) * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    place = cv2.getPerspectiveTransform(corners, (corners + inwards).astype(np.float32))
    return _one(image, np.asarray(place, np.float64))


def upside_down(image: Image, severity: float, rng: np.random.Generator, dpi: float = 200) -> Image:
    """Feed the page the other way round; any severity above 0 does."""
    return np.ascontiguousarray(np.rot90(image, 2)) if severity > 0 else image


def _one(image: Image, place: Matrix) -> Image:
    height, width = image.shape[:2]
    return sampled(image, place, Feed.even(height), (width, height), _paper(image))


def _centre(image: Image) -> tuple[float, float]:
    return image.shape[1] / 2, image.shape[0] / 2


def _paper(image: Image) -> int:
    return int(np.percentile(image[::16, ::16], 80))


def _either(rng: np.random.Generator) -> float:
    return float(rng.choice([-1.0, 1.0]))
