"""Does the sheet bear its red seal? Told on scans that have colour, in the zone that the form keeps for it.

    present   red ink covers enough paper, is about as large as a seal, goes round, and lies in the zone
    absent    no ink in the zone but the form's own print, and no red ink of that size anywhere on the page
    unsure    anything else: a faint or half-missing seal, one that lies elsewhere, one in another colour,
              a pen's red ink

A photocopied seal is gray and so never `present`. A copy in colour, or a seal drawn with skill, is beyond
this: it says that there is a red seal, never that it is the right one.
"""

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box
from . import place, unprinted
from .blank import BLANK_MATRIX, BlankPage
from .place import Gray, Points, sample
from .register import Registration

_PX_PER_MM = 4.0
_COARSE_PX_PER_MM = 1.9
_MOST_STAINS = 200
_AROUND_MM = 7.0
"""Beyond the zone: a seal is pressed by hand."""
_COLOURLESS = 2
"""Scans without colour have three equal channels, but for rounding."""

_RED = 0.12
"""Of the paper's level: so much more red light comes back than green."""
_OWN_RED = 0.5
"""And of that at least this share more than blue: or it is yellow or brown."""
_SIDE_MM = (22.0, 52.0)
_COVERS_MM2 = 60.0
_GOES_ROUND = 0.7
_DIRECTIONS = 24
_RIM = (0.72, 1.15)
_IN_ZONE = 0.75
_TRACE_MM2 = 3.0
_INK_MM2 = 12.0
_INK = 0.12


class Seal(StrEnum):
    """What a scan with colour says of the seal."""

    PRESENT = "present"
    ABSENT = "absent"
    UNSURE = "unsure"


def find_seal(colour: Gray | None, page: BlankPage, where: Registration) -> Seal | None:
    """Return what is seen of the seal; None on a scan without colour, and on pages that bear none."""
    if colour is None or page.number != 1 or not has_colour(colour):
        return None
    x, y, w, h = page.seal
    wide = Box(x - _AROUND_MM, y - _AROUND_MM, w + 2 * _AROUND_MM, h + 2 * _AROUND_MM)
    scan, blank = _crop(colour, page, where, wide)
    red = red_ink(scan)
    mm2 = float(np.count_nonzero(red)) / _PX_PER_MM**2
    if mm2 >= _COVERS_MM2 and _is_a_seal(red, wide, page.seal):
        return Seal.PRESENT
    # Along print, a scanner's colours lie beside each other.
    off_print = cv2.erode(blank, np.ones((7, 7), np.uint8)) > 248
    if float(np.count_nonzero(red & off_print)) / _PX_PER_MM**2 >= _TRACE_MM2:
        return Seal.UNSURE
    if _other_ink(scan, off_print, wide, page.seal) >= _INK_MM2:
        return Seal.UNSURE
    return Seal.UNSURE if red_stamps(colour, page, where) else Seal.ABSENT


def has_colour(image: Gray) -> bool:
    """Tell whether the channels of a BGR image differ at all."""
    some = image[::16, ::16].astype(np.int16)
    return bool(np.abs(some - some[..., 1:2]).max(initial=0) > _COLOURLESS)


def red_ink(scan: Gray) -> NDArray[np.bool_]:
    """Tell red ink from paper of any colour and from other ink, on a BGR crop of mostly bare paper."""
    soft = (np.asarray(channel, np.uint8) for channel in cv2.split(cv2.blur(scan, (3, 3))))
    # Of levels of paper there are 256: a table of quotients is quicker than dividing.
    levels = np.arange(256)
    blue, green, red = (np.asarray(cv2.LUT(one, (levels / _paper(one)).astype(np.float32))) for one in soft)
    over_green, over_blue = red - green, red - blue
    return np.asarray((over_green > _RED) & (over_blue > _OWN_RED * over_green))


def _paper(channel: Gray) -> float:
    """Return the paper's level in one channel, at least 1: the 75th percentile, from a histogram."""
    counts = np.cumsum(np.ravel(cv2.calcHist([channel], [0], None, [256], [0, 256])).astype(np.int64))
    place = 0.75 * (channel.size - 1)
    low = int(place)
    below, above = (int(np.searchsorted(counts, min(at, channel.size - 1) + 1)) for at in (low, low + 1))
    return max(below + (above - below) * (place - low), 1.0)


def _crop(colour: Gray, page: BlankPage, where: Registration, box: Box) -> tuple[Gray, Gray]:
    """Return a part of the form from the scan, BGR, and from the blank page, gray."""
    centre = np.array([[box.x + box.w / 2, box.y + box.h / 2]])
    dx = np.arange(-box.w / 2, box.w / 2, 1 / _PX_PER_MM, dtype=np.float32)[None, None, :]
    dy = np.arange(-box.h / 2, box.h / 2, 1 / _PX_PER_MM, dtype=np.float32)[None, :, None]
    at = centre + where.shift_of(centre)
    return sample(colour, where.matrix, at, dx, dy)[0], sample(page.image, BLANK_MATRIX, centre, dx, dy)[0]


def red_stamps(colour: Gray, page: BlankPage, where: Registration) -> list[Box]:
    """Return where red ink of a seal's size and shape lies on a page, in mm on the form."""
    small, matrix = colour, where.matrix
    scale = place.px_per_mm(matrix, (page.paper_mm[0] / 2, page.paper_mm[1] / 2))
    while scale >= 2 * _COARSE_PX_PER_MM:
        small, matrix, scale = unprinted.halved(small), unprinted.HALF @ matrix, scale / 2
    red = red_ink(small)
    joined = cv2.dilate(red.astype(np.uint8), np.ones((5, 5), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    back = np.asarray(np.linalg.inv(matrix), np.float64)
    stamps = []
    for label in range(1, min(count, _MOST_STAINS)):
        px = np.argwhere(red & (labels == label))[:, ::-1].astype(np.float64)
        if len(px) >= _COVERS_MM2 * scale**2 and _goes_round(mm := place.to_px(back, px)):
            low, high = mm.min(axis=0), mm.max(axis=0)
            stamps.append(Box(*(float(v) for v in (*low, *(high - low)))))
    return stamps


def _is_a_seal(red: NDArray[np.bool_], wide: Box, zone: Box) -> bool:
    """Tell whether red ink has a seal's size, goes round and lies in the zone."""
    mm = np.argwhere(red)[:, ::-1] / _PX_PER_MM + (wide.x, wide.y)
    in_zone = (mm >= zone[:2]).all(axis=1) & (mm <= (zone.x + zone.w, zone.y + zone.h)).all(axis=1)
    return float(in_zone.mean()) >= _IN_ZONE and _goes_round(mm)


def _goes_round(mm: Points) -> bool:
    low, high = np.percentile(mm, (1, 99), axis=0)
    sides = high - low
    if sides.min() < _SIDE_MM[0] or sides.max() > min(_SIDE_MM[1], 1.35 * sides.min()):
        return False
    off = mm - (low + high) / 2
    away = np.hypot(off[:, 0], off[:, 1]) / (sides.mean() / 2)
    rim = off[(away >= _RIM[0]) & (away <= _RIM[1])]
    turns = (np.arctan2(rim[:, 1], rim[:, 0]) + np.pi) / (2 * np.pi)
    return len(np.unique((turns * _DIRECTIONS).astype(int) % _DIRECTIONS)) >= _GOES_ROUND * _DIRECTIONS


def _other_ink(scan: Gray, off_print: NDArray[np.bool_], wide: Box, zone: Box) -> float:
    """Return how many mm2 of the zone bear ink of any colour that the form does not print there."""
    blue, green, red = cv2.split(scan)
    gray = np.asarray(cv2.blur(cv2.min(cv2.min(blue, green), red), (3, 3)), np.uint8)
    dark = (gray < np.float32(1 - _INK) * np.float32(_paper(gray))) & off_print
    edge = round((zone.x - wide.x) * _PX_PER_MM)
    return float(np.count_nonzero(dark[edge:-edge, edge:-edge])) / _PX_PER_MM**2
