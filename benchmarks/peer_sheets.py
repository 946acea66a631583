"""The sheets that readers are compared on: the dense ballot with the marks that each of them needs.

Each system gets its own sheet (`OWN`) with its marks where its own forms have them: ours the frame; Auto
Multiple Choice four discs of 3.6 mm and the number of the page in binary boxes; OMRChecker four targets in
the corners. On one more sheet (`SHARED`) are the marks of all three, so that all read the same pixels. Boxes
and names are the same on all. Marks are boxes filled in with a dark pen, which all three understand.
"""

from dataclasses import dataclass
from functools import cache
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_bytes

from phieu.benchmarks import dense
from phieu.forms import fillable, frame
from phieu.forms.form import Box, FrozenForm

Image = NDArray[np.uint8]
Votes = tuple[int, ...]
"""For each row, which of its boxes is filled in."""

PAPER_DPI, SCAN_DPI = 300, 200
SHARED, PHIEU, AMC, OMR = "shared", "phieu", "amc", "omrchecker"

DISC_MM = 3.6
DISCS_MM = ((27.0, 18.0), (183.0, 18.0), (183.0, 278.0), (27.0, 278.0))
"""Middles, clockwise from the top left: where the LaTeX style of Auto Multiple Choice has them."""
DIGITS = ((12, 1), (6, 1), (6, 1))
"""Binary digits and value of the three numbers at the page's head: student, page, check."""
_DIGIT_MM, _DIGIT_STEP_MM, _DIGITS_AT_MM = 2.4, 3.0, (68.0, 9.0)

TARGET_MM = 10.0
TARGETS_MM = {
    OMR: ((8.0, 8.0), (192.0, 8.0), (8.0, 279.0), (192.0, 279.0)),
    SHARED: ((7.0, 24.0), (193.0, 24.0), (7.0, 264.5), (193.0, 264.5)),
}
"""Top left corners: top left, top right, bottom left, bottom right."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed sheet, not filled in."""

    image: Image
    """At `PAPER_DPI`."""
    boxes: tuple[tuple[Box, ...], ...]
    """Row by row, in mm."""
    form: FrozenForm | None
    """Where the frame is on it."""


@cache
def sheet(kind: str) -> Sheet:
    """Print the sheet of one system, or the one for all."""
    more = ""
    if kind in (AMC, SHARED):
        more += "".join(map(_disc, DISCS_MM)) + "".join(map(_digit, digit_boxes()))
    if kind in (OMR, SHARED):
        more += "".join(map(_target, TARGETS_MM[kind]))
    pdf = dense.fillable_pdf(more)
    geometry = fillable.read(pdf)
    form = fillable.freeze(pdf, practice=True) if kind in (PHIEU, SHARED) else None
    (page,) = convert_from_bytes(frame.ballot_pdf(form) if form else pdf, dpi=PAPER_DPI, grayscale=True)
    rows: dict[str, list[Box]] = {}
    for field in geometry.fields:
        rows.setdefault(field.contest, []).append(field.box_mm)
    return Sheet(np.asarray(page, np.uint8), tuple(tuple(boxes) for boxes in rows.values()), form)


def digit_boxes() -> list[tuple[Box, bool]]:
    """Return the binary boxes of the three numbers, and whether each is filled in."""
    boxes, at = [], 0
    for digits, value in DIGITS:
        for i in range(digits):
            x = _DIGITS_AT_MM[0] + at * _DIGIT_STEP_MM
            boxes.append(
                (Box(x, _DIGITS_AT_MM[1], _DIGIT_MM, _DIGIT_MM), bool(value >> (digits - 1 - i) & 1))
            )
            at += 1
    return boxes


def target_picture(px: int) -> Image:
    """Return OMRChecker's target as a picture of some size, for its template."""
    picture = np.full((px, px), 255, np.uint8)
    for radius, level in ((0.5, 0), (0.36, 255), (0.22, 0)):
        cv2.circle(picture, (px // 2, px // 2), round(px * radius), (level,), -1, cv2.LINE_AA)
    return picture


def draw_votes(pages: int, seed: int) -> list[Votes]:
    """Return what some pages say."""
    rng = np.random.default_rng(seed)
    rows = len(sheet(PHIEU).boxes)
    return [tuple(int(v) for v in rng.integers(0, len(dense.OPTIONS), rows)) for _page in range(pages)]


def filled(one: Sheet, votes: Votes, seed: int) -> Image:
    """Fill in a sheet by hand: no box quite to its edges, no two alike."""
    rng = np.random.default_rng(seed)
    page, scale = one.image.copy(), PAPER_DPI / 25.4
    for boxes, vote in zip(one.boxes, votes, strict=True):
        x, y, w, h = boxes[vote]
        inset = rng.uniform(0.0, 0.14, (4, 2))
        corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * (1 - 2 * inset) + inset
        points = (np.array((x, y)) + corners * (w, h)) * scale
        cv2.fillPoly(
            page, [np.rint(points * 16).astype(np.int32)], (int(rng.integers(45, 75)),), cv2.LINE_AA, 4
        )
    return page


def scanned(page: Image, seed: int) -> Image:
    """Return the scan of a page at `SCAN_DPI`: a little blur, a little noise."""
    rng = np.random.default_rng(seed)
    size = tuple(round(side * SCAN_DPI / PAPER_DPI) for side in page.shape[::-1])
    small = cv2.resize(cv2.GaussianBlur(page, (0, 0), 0.8), (size[0], size[1]), interpolation=cv2.INTER_AREA)
    noise = cv2.GaussianBlur(rng.normal(0, 6, size[::-1]).astype(np.float32), (0, 0), 0.7)
    return cast(Image, np.clip(small * 0.93 + 12 + noise, 0, 255).astype(np.uint8))


def _placed(x: float, y: float, w: float, h: float, style: str, inside: str = "") -> str:
    place = f"left: {x}mm; top: {y}mm; width: {w}mm; height: {h}mm"
    return f'<div style="position: absolute; box-sizing: border-box; {place}; {style}">{inside}</div>'


def _disc(middle: tuple[float, float]) -> str:
    corner = (middle[0] - DISC_MM / 2, middle[1] - DISC_MM / 2)
    return _placed(*corner, DISC_MM, DISC_MM, "background: #000; border-radius: 50%")


def _digit(digit: tuple[Box, bool]) -> str:
    return _placed(*digit[0], f"border: 0.2mm solid; background: {'#000' if digit[1] else '#fff'}")


def _target(corner: tuple[float, float]) -> str:
    rings = "".join(
        f'<circle cx="50" cy="50" r="{radius}" fill="{fill}"/>'
        for radius, fill in ((50, "#000"), (36, "#fff"), (22, "#000"))
    )
    picture = f'<svg viewBox="0 0 100 100" style="display: block; width: 100%; height: 100%">{rings}</svg>'
    return _placed(*corner, TARGET_MM, TARGET_MM, "", picture)
