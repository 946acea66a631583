"""Corner tags on an image: which there are, and where their corners lie to a few hundredths of a pixel.

AprilTags of family 36h11 are looked for in the four corners of the image first, all in one small picture.
OpenCV finds them quickly but only to 1 or 2 pixels; each side is then measured by a dozen profiles across
it, and the corners are where neighbouring sides meet. Sides that grew or shrank evenly in printing leave
the tag's middle in place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from .place import Gray, Points

WINDOW_MM = 24.0
"""A tag of 9 mm whose outer edge is 8 mm from the paper's lies in a corner window of this size up to 3.3
degrees of skew."""

# Two sides of a sheet use ids 0 to 7; a form may have nine pages. Fewer ids, fewer false tags.
_IDS = 36
# Windows are looked at with a tag of 9 mm some 70 px wide: enough for its 8 modules, and quick.
_WINDOW_PX_PER_MM = 8.0
_FULL_PX_PER_MM = 6.0

_PROFILES = 12
_REACH = 0.14
"""How far profiles reach to either side of where OpenCV saw an edge, as a share of the tag's side."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One corner tag on an image."""

    id: int
    corners_px: Points
    """(4, 2): the tag's own top-left corner, then clockwise; sub-pixel."""


def find_in_corners(gray: Gray, px_per_mm: float) -> tuple[Tag, ...]:
    """Return the tags in the four corners of an image, given a guess of its scale."""
    size = int(WINDOW_MM * px_per_mm)
    height, width = gray.shape
    if size < 40 or height < 2 * size or width < 2 * size:
        return ()
    origins = ((0, 0), (width - size, 0), (width - size, height - size), (0, height - size))
    scale = min(1.0, _WINDOW_PX_PER_MM / px_per_mm)
    side = round(size * scale)
    gap = 8
    sheet = np.full((2 * side + gap, 2 * side + gap), 255, np.uint8)
    places = ((0, 0), (side + gap, 0), (side + gap, side + gap), (0, side + gap))
    for (left, top), (x, y) in zip(origins, places, strict=True):
        window = gray[top : top + size, left : left + size]
        if side != size:
            window = cast(Gray, cv2.resize(window, (side, side), interpolation=cv2.INTER_AREA))
        sheet[y : y + side, x : x + side] = window
    tags = []
    for tag in _once(_detect(sheet, _quick_detector()))[0]:
        middle = tag.corners_px.mean(axis=0)
        at = int(middle[0] > side + gap / 2) + 2 * int(middle[1] > side + gap / 2)
        corner = (0, 1, 3, 2)[at]
        tags.append(Tag(tag.id, (tag.corners_px - places[corner]) * (size / side) + origins[corner]))
    return _refined(gray, tags)


def find_anywhere(gray: Gray, px_per_mm: float) -> tuple[tuple[Tag, ...], frozenset[int]]:
    """Return the tags anywhere on an image, and the ids of those that are there more than once.

    Slower, for pages cut, turned or laid on a larger glass. A tag that is there twice, as with two ballots on
    one image, is none of the tags returned.
    """
    scale = min(1.0, _FULL_PX_PER_MM / px_per_mm)
    small = gray
    if scale < 1.0:
        small = cast(Gray, cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    ratio = np.array([gray.shape[1] / small.shape[1], gray.shape[0] / small.shape[0]])
    every = _detect(small, _thorough_detector())
    once, repeated = _once(every)
    return _refined(gray, [Tag(tag.id, tag.corners_px * ratio) for tag in once]), repeated


@cache
def _dictionary() -> cv2.aruco.Dictionary:
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    dictionary.bytesList = dictionary.bytesList[:_IDS]
    return dictionary


@cache
def _quick_detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    # One threshold window, wide enough to span a module.
    parameters.adaptiveThreshWinSizeMin = parameters.adaptiveThreshWinSizeMax = 23
    parameters.minMarkerPerimeterRate = 0.25
    return cv2.aruco.ArucoDetector(_dictionary(), parameters)


@cache
def _thorough_detector() -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.adaptiveThreshWinSizeMax = 33
    parameters.minMarkerPerimeterRate = 0.02
    return cv2.aruco.ArucoDetector(_dictionary(), parameters)


def _detect(image: Gray, detector: cv2.aruco.ArucoDetector) -> list[Tag]:
    corners, ids, _rejected = detector.detectMarkers(image)
    if ids is None:
        return []
    return [
        Tag(int(tag), quad.reshape(4, 2).astype(np.float64))
        for tag, quad in zip(ids.ravel(), corners, strict=True)
    ]


def _once(found: Sequence[Tag]) -> tuple[list[Tag], frozenset[int]]:
    """Part the tags that are there once from the ids of the others.

    The same id twice: two ballots in one image, or a false tag. Neither may be guessed away.
    """
    ids = [tag.id for tag in found]
    repeated = frozenset(one for one in ids if ids.count(one) > 1)
    return [tag for tag in found if tag.id not in repeated], repeated


def _refined(gray: Gray, tags: Sequence[Tag]) -> tuple[Tag, ...]:
    """Measure each tag's sides across their whole length, and return the corners where they meet."""
    if not tags:
        return ()
    quads = np.stack([tag.corners_px for tag in tags])  # (n, 4, 2)
    nexts = np.roll(quads, -1, axis=1)
    along = nexts - quads
    length = np.linalg.norm(along, axis=2, keepdims=True)
    # Corners run clockwise, so turning a side's direction by 90 degrees points into the tag.
    inward = np.stack((-along[..., 1], along[..., 0]), axis=2) / length
    reach = float(length.mean()) * _REACH
    steps = np.arange(-reach, reach + 0.01, 0.5)
    shares = np.linspace(0.12, 0.88, _PROFILES)
    starts = quads[:, :, None] + along[:, :, None] * shares[None, None, :, None]  # (n, 4, profiles, 2)
    points = starts[:, :, :, None] + inward[:, :, None, None] * steps[None, None, None, :, None]
    flat = points.reshape(-1, len(steps), 2).astype(np.float32)
    values = cv2.remap(gray, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    offsets = _edge(values.astype(np.float32), steps).reshape(len(tags), 4, _PROFILES)
    lines = _lines(starts, offsets, inward, along / length)
    corners = _corners(lines, quads)
    return tuple(Tag(tag.id, quad) for tag, quad in zip(tags, corners, strict=True))


def _edge(values: NDArray[np.float32], steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where each profile falls from paper to ink: the middle of its steepest fall."""
    fall = np.maximum(values[:, :-2] - values[:, 2:], 0)
    at = steps[1:-1]
    peak = fall.argmax(axis=1)
    near = np.abs(np.arange(fall.shape[1])[None] - peak[:, None]) <= 4
    weight = fall * near
    total = weight.sum(axis=1)
    place = (weight * at).sum(axis=1) / np.maximum(total, 1e-6)
    return np.where(total > 0, place, np.nan)


def _lines(
    starts: NDArray[np.float64],
    offsets: NDArray[np.float64],
    inward: NDArray[np.float64],
    along: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Fit a line to each side, (n, 4, 4): a point and a direction; outlying profiles are left out."""
    n = len(starts)
    shares = np.linspace(-1, 1, _PROFILES)
    # As `np.nanmedian` does it, but much faster where no profile is without an edge, as is usual.
    median = _median if np.isfinite(offsets).all() else _nanmedian
    middle = median(offsets)
    spread = median(np.abs(offsets - middle))
    # Outliers are told after a first slope, by the median of pairs half a side apart.
    half = _PROFILES // 2
    slope = median(offsets[..., half:] - offsets[..., :half]) / (shares[half] - shares[0])
    flat = offsets - slope * shares
    level = median(flat)
    keep = np.abs(flat - level) <= np.maximum(2.5 * np.minimum(spread, 1.0), 0.4)
    weight = np.where(keep & np.isfinite(offsets), 1.0, 0.0)
    total = np.maximum(weight.sum(axis=2), 1e-6)
    clean = np.nan_to_num(offsets)
    s_mean = (weight * shares).sum(axis=2) / total
    o_mean = (weight * clean).sum(axis=2) / total
    ds, do = shares - s_mean[..., None], clean - o_mean[..., None]
    rise = (weight * ds * do).sum(axis=2) / np.maximum((weight * ds * ds).sum(axis=2), 1e-6)
    centre = starts.mean(axis=2) + inward * (o_mean - rise * s_mean)[..., None]
    half_length = np.linalg.norm(starts[:, :, -1] - starts[:, :, 0], axis=2) / 2
    direction = along + inward * (rise / half_length)[..., None]
    return np.concatenate((centre, direction), axis=2).reshape(n, 4, 4)


def _median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middle of an even number of values, (..., 1); of few, sorting is the quickest way."""
    half = values.shape[-1] // 2
    ordered = np.sort(values, axis=-1)
    return np.asarray((ordered[..., half - 1 : half] + ordered[..., half : half + 1]) / 2)


def _nanmedian(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.nanmedian(values, axis=-1, keepdims=True))


def _corners(lines: NDArray[np.float64], before: Points) -> Points:
    """Intersect neighbouring sides; a corner that moved further than an edge can is left where it was."""
    others = np.roll(lines, 1, axis=1)
    p, d, q, e = others[..., :2], others[..., 2:], lines[..., :2], lines[..., 2:]
    cross = d[..., 0] * e[..., 1] - d[..., 1] * e[..., 0]
    upright = np.abs(cross) > 0.3
    ahead = (q - p)[..., 0] * e[..., 1] - (q - p)[..., 1] * e[..., 0]
    corners = np.where(upright[..., None], p + d * (ahead / np.where(upright, cross, 1))[..., None], before)
    side = np.linalg.norm(before[:, 1] - before[:, 0], axis=1)
    moved = np.linalg.norm(corners - before, axis=2)
    return cast(Points, np.where((moved < 1.5 * _REACH * side[:, None])[..., None], corners, before))
