"""What a PDF page draws: is it one image over the whole paper, and how is that image placed?

Only drawing that surely leaves a lone image as it is counts as plain: invisible recognised text, clips around
the whole page, settings. For anything else the answer is no, and the page is rendered.
"""

import zlib
from dataclasses import dataclass
from decimal import Decimal
from math import cos, hypot, radians

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray

from .pixels import Pixels

Matrix = NDArray[np.float64]

_MAX_CONTENT_BYTES = 2 * 1024 * 1024
"""Unpacked. A scan's is some 50 bytes; with recognised text, some 100 kB."""
_EDGE_SHARE = 0.03
"""How far, as a share of the page, an image may miss or pass the page's edges and still be the whole page."""
_LEVEL = cos(radians(3))
"""A scan laid on the page askew by more than 3 degrees is rendered."""
_INVISIBLE = 3
_MAX_UNIT = 75_000.0

_WITHOUT_INK = frozenset(
    {
        *("n", "w", "J", "j", "M", "d", "ri", "i"),
        *("G", "RG", "K", "CS", "SC", "SCN"),
        *("BMC", "EMC", "MP", "DP"),
        *("BT", "ET", "Tc", "Tw", "Tz", "TL", "Tf", "Ts", "Td", "TD", "Tm", "T*"),
    }
)
_BLACK = {"g": [0.0], "rg": [0.0] * 3, "k": [0.0] * 3 + [1.0]}
_SHOWS_TEXT = frozenset({"Tj", "TJ", "'", '"'})


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """An image that is the whole page."""

    image: pikepdf.Stream
    dpi: tuple[float, float]
    """Along the image's rows and columns."""
    right: tuple[int, int]
    """Where the image's right lies on the page as shown: (1, 0) right, (0, 1) down and so on."""
    down: tuple[int, int]
    """Where its lower edge lies."""

    def as_shown(self, pixels: Pixels) -> Pixels:
        """Turn and mirror the image's pixels as the page shows them."""
        if self.right[0] == 0:
            pixels = cv2.transpose(pixels).astype(np.uint8, copy=False)
            across, along = self.down[0], self.right[1]
        else:
            across, along = self.right[0], self.down[1]
        if across < 0 or along < 0:
            both = -1 if across < 0 and along < 0 else 1 if across < 0 else 0
            pixels = cv2.flip(pixels, both).astype(np.uint8, copy=False)
        return pixels


def lone_image(page: pikepdf.Page) -> Placed | None:
    """Return the image that makes up the whole page, or None where the page has to be rendered."""
    if len(page.get("/Annots", pikepdf.Array())) or not _content_is_small(page):
        return None
    drawn = _only_drawing(page)
    return None if drawn is None else _place(*drawn, page)


def _only_drawing(page: pikepdf.Page) -> tuple[pikepdf.Stream, Matrix] | None:
    """Return the only thing that the page draws, if it is a plain image, and its matrix."""
    matrix, kept = np.eye(3), []
    text_mode, black = 0, True
    rectangle: Matrix | None = None
    found: tuple[pikepdf.Stream, Matrix] | None = None
    for instruction in pikepdf.parse_content_stream(page):
        operands, name = list(instruction.operands), str(instruction.operator)
        match name:
            case "q":
                kept.append((matrix, text_mode, black))
            case "Q" if kept:
                matrix, text_mode, black = kept.pop()
            case "cm":
                matrix = _matrix(*operands) @ matrix
            case "Tr":
                text_mode = int(operands[0])
            case "re":
                x, y, width, height = (float(value) for value in operands)
                rectangle = np.array([(x, y, 1), (x + width, y + height, 1)]) @ matrix
            case "W" | "W*":
                if rectangle is None or not _covers(rectangle, page):
                    return None
            case "Do":
                image = page.resources.XObject[str(operands[0])]
                if found is not None or not isinstance(image, pikepdf.Stream) or not _is_plain(image, black):
                    return None
                found = image, matrix
            case "g" | "rg" | "k" | "cs" | "sc" | "scn":
                black = name in _BLACK and [float(str(one)) for one in operands] == _BLACK[name]
            case _:
                if name not in _WITHOUT_INK and not (name in _SHOWS_TEXT and text_mode == _INVISIBLE):
                    return None
    return found


def _place(image: pikepdf.Stream, matrix: Matrix, page: pikepdf.Page) -> Placed | None:
    if not _covers(np.array([(0, 0, 1), (1, 1, 1)]) @ matrix, page, exactly=True):
        return None
    width_pt, height_pt = hypot(*matrix[0, :2]), hypot(*matrix[1, :2])
    # An image's first row is at the top of its unit square, PDF's y points up, ours down.
    right = np.array([matrix[0, 0], -matrix[0, 1]]) / width_pt
    down = np.array([-matrix[1, 0], matrix[1, 1]]) / height_pt
    for _quarter in range(page.rotation // 90 % 4):
        right, down = _quarter_turn(right), _quarter_turn(down)
    if np.abs(right).max() < _LEVEL or np.abs(down).max() < _LEVEL or abs(right @ down) > 0.02:
        return None
    per_inch = 72 / unit_of(page)
    dpi = int(image.Width) * per_inch / width_pt, int(image.Height) * per_inch / height_pt
    return Placed(image, dpi, _nearest(right), _nearest(down))


def unit_of(page: pikepdf.Page) -> float:
    """Return how many points a unit of the page is; 1, but for papers longer than 5 m."""
    unit = float(page.get("/UserUnit", Decimal(1)))
    return unit if 0 < unit <= _MAX_UNIT else 1.0


def _quarter_turn(direction: Matrix) -> Matrix:
    """Turn clockwise, as /Rotate does."""
    return np.array([-direction[1], direction[0]])


def _nearest(direction: Matrix) -> tuple[int, int]:
    x, y = np.rint(direction).astype(int)
    return int(x), int(y)


def _is_plain(image: pikepdf.Stream, black: bool) -> bool:
    """Tell an image that hides nothing and shows itself as it is: a stencil, if it paints in black."""
    if image.get("/Subtype") != pikepdf.Name.Image or (image.get("/ImageMask", False) and not black):
        return False
    masked = any(key in image for key in ("/SMask", "/Mask", "/OC"))
    return not masked and int(image.Width) > 0 and int(image.Height) > 0


def _covers(corners: Matrix, page: pikepdf.Page, exactly: bool = False) -> bool:
    """Tell whether a rectangle covers the page, and no more than the page where `exactly`."""
    edges = np.array([float(edge) for edge in page.cropbox]).reshape(2, 2)
    low, high = edges.min(axis=0), edges.max(axis=0)
    slack = (high - low) * _EDGE_SHARE
    outside_low, outside_high = low - corners[:, :2].min(axis=0), corners[:, :2].max(axis=0) - high
    covers = bool((outside_low >= -slack).all() and (outside_high >= -slack).all())
    return covers and (not exactly or bool((outside_low <= slack).all() and (outside_high <= slack).all()))


def _matrix(a: object, b: object, c: object, d: object, e: object, f: object) -> Matrix:
    rows = ((a, b, 0), (c, d, 0), (e, f, 1))
    return np.array([[float(str(value)) for value in row] for row in rows])


def _content_is_small(page: pikepdf.Page) -> bool:
    """Tell whether the content stream may be parsed: short, and packed in the usual way or not at all."""
    contents = page.get("/Contents")
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    left = _MAX_CONTENT_BYTES
    for stream in streams:
        if not isinstance(stream, pikepdf.Stream):
            return False
        raw = stream.read_raw_bytes()
        if stream.get("/Filter") in (pikepdf.Name.FlateDecode, pikepdf.Array([pikepdf.Name.FlateDecode])):
            try:
                raw = zlib.decompressobj().decompress(raw, left + 1)
            except zlib.error:
                return False
        elif "/Filter" in stream:
            return False
        left -= len(raw)
        if left < 0:
            return False
    return bool(streams)
