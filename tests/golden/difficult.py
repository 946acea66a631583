"""The difficult pages: what is on each sheet, how it was scanned, and what may be said of it.

Each function takes a printed sheet and returns its scan. What `PAGES` says beside it goes into the page's
truth: outcomes, the places with stray ink (a row's name, or "" for elsewhere), the seal, and how many fields
with a clear answer may be asked about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from phieu.forms.rehearsal.marks import Mark

from .sheets import OPTIONS, Image, Sheet, photographed, scanned

CROSSES = ("cross",) * 5
TICKS = ("tick",) * 5
A5 = (148.0, 210.0)


def pens(kind: str, ink: str, *marks: str, colour: bool = False) -> Callable[[Sheet], Image]:
    """All marks with one pen."""

    def made(sheet: Sheet) -> Image:
        sheet.mark(*(marks or CROSSES), pen=(kind, ink))
        return scanned(sheet, colour=colour)

    return made


def into_the_neighbour(sheet: Sheet) -> Image:
    """Two crosses whose long arms end in the next box of their row."""
    sheet.mark("cross", "", "tick", "", "cross")
    for row, option, turn in ((2, "high", 0.6), (4, "confidence", -0.4)):
        x, y, w, h = sheet.box(row, option)
        sheet.stroke([(x + 1, y + 0.8), (x + w - 1, y + h - 0.5)])
        sheet.stroke([(x + 0.8, y + h - 0.6), (x + w / 2, y + h / 2), (x + 18.2, y + 1.5 + turn)])
        sheet.marks[f"row-{row}", option] = Mark.CROSS
    return scanned(sheet)


def ring_about_the_box(sheet: Sheet) -> Image:
    """Crosses, and in one row a ring around the box."""
    sheet.mark("cross", "cross", "", "cross", "cross")
    x, y, w, h = sheet.box(3, "confidence")
    turn = np.linspace(-1.2, 5.4, 40)
    sheet.stroke([(x + w / 2 + 5.6 * np.cos(a), y + h / 2 + 4.9 * np.sin(a)) for a in turn])
    # Around a box and not in it: whether it is meant is for people.
    sheet.marks["row-3", "confidence"] = Mark.CORRECTED
    return scanned(sheet)


def struck_with_an_arrow(sheet: Sheet) -> Image:
    """A cross that is struck, with an arrow to the box that is meant instead."""
    sheet.mark("cross", "tick", "cross", "", "cross")
    x, y, w, h = sheet.box(4, "high")
    sheet.stroke([(x + 1, y + 1), (x + w - 1, y + h - 1)])
    sheet.stroke([(x + w - 1, y + 1.2), (x + 1, y + h - 1)])
    sheet.stroke([(x - 1.5, y + h / 2 + 0.4), (x + w + 1, y + h / 2 - 0.3)])
    sheet.stroke([(x - 1.2, y + h / 2 + 1.3), (x + w + 1.5, y + h / 2 + 0.6)])
    sheet.stroke([(x + w + 2.5, y + h / 2), (x + 15.2, y + h / 2 - 0.6)])
    sheet.stroke([(x + 13.4, y + h / 2 - 2), (x + 15.3, y + h / 2 - 0.6), (x + 13.5, y + h / 2 + 1.2)])
    sheet.marks["row-4", "high"] = Mark.CORRECTED
    x, y, w, h = sheet.box(4, "confidence")
    sheet.stroke([(x + 1.2, y + 3), (x + 2.8, y + h - 1.2), (x + w + 0.5, y - 0.8)])
    sheet.marks["row-4", "confidence"] = Mark.TICK
    return scanned(sheet)


def line_through_the_row(sheet: Sheet) -> Image:
    """One row is crossed out from its number to its last box, beside clear marks in the others."""
    sheet.mark("cross", "cross", "", "cross", "cross")
    y = sheet.box(3, "high").y + 3
    sheet.stroke([(15, y + 0.8), (60, y - 0.2), (132, y + 0.3)])
    for option in OPTIONS:
        sheet.marks["row-3", option] = Mark.CORRECTED
    return scanned(sheet)


def paper(bgr: tuple[int, int, int], colour: bool = True) -> Callable[[Sheet], Image]:
    """Coloured paper."""

    def made(sheet: Sheet) -> Image:
        sheet.tint(bgr)
        sheet.mark(*TICKS)
        return scanned(sheet, colour=colour)

    return made


def show_through(sheet: Sheet) -> Image:
    """Thin paper: the other side, marked with a felt pen, shines through."""
    back = Sheet(sheet.frozen, sheet.image.copy(), sheet.rng)
    back.mark("fill", "cross", "cross", "fill", "cross", pen=("felt", "black"))
    sheet.mark(*CROSSES)
    sheet.shine_through(back.image, 0.14)
    return scanned(sheet)


def holes(sheet: Sheet) -> Image:
    """Two file holes in the margin, two punched by mistake: beside a box and into one."""
    sheet.mark(*CROSSES)
    for at in ((8.0, 70.0), (8.0, 150.0)):
        sheet.hole(at, 40)
    x, y, w, h = sheet.box(4, "low")
    sheet.hole((x + w + 0.5, y + h / 2), 40)
    x, y, w, h = sheet.box(2, "confidence")
    sheet.hole((x + w / 2, y + h / 2), 215, 2.2)
    return scanned(sheet)


def coffee(sheet: Sheet) -> Image:
    """The ring of a cup over boxes of three rows."""
    sheet.mark(*TICKS)
    x, y, *_size = sheet.box(3, "confidence")
    sheet.coffee((x + 4, y + 2), 19)
    return scanned(sheet, colour=True)


def fold_upright(sheet: Sheet) -> Image:
    """A fold down through a column of boxes."""
    sheet.mark(*CROSSES)
    x = sheet.box(1, "low").x
    sheet.fold((x + 2.2, 0), (x + 3.4, 210), 120)
    return scanned(sheet)


def folded_twice(sheet: Sheet) -> Image:
    """Folded twice as it went into the ballot box; one fold lies across a row of boxes."""
    sheet.mark(*TICKS)
    y = sheet.box(2, "high").y
    sheet.fold((0, y + 3.6), (148, y + 2.6), 150)
    sheet.fold((74, 0), (74.5, 210), 110)
    return scanned(sheet)


def streak_black(sheet: Sheet) -> Image:
    """A black line over the whole length, through a column of boxes."""
    sheet.mark(*CROSSES)
    image = scanned(sheet)
    x = round((sheet.box(1, "high").x + 3.4) * image.shape[1] / A5[0])
    image[:, x : x + 2] = np.minimum(image[:, x : x + 2], 60)
    return image


def streak_white(sheet: Sheet) -> Image:
    """A row of the sensor that sees nothing: a white line, through a column of boxes."""
    sheet.mark(*TICKS)
    image = scanned(sheet)
    x = round((sheet.box(1, "confidence").x + 3.0) * image.shape[1] / A5[0])
    image[:, x : x + 3] = 250
    return image


def three_corners_torn(sheet: Sheet) -> Image:
    """One tag and the code are left."""
    sheet.mark(*TICKS)
    sheet.cover([(0, 0), (24, 0), (16, 9), (0, 26)], (225, 225, 225))
    sheet.cover([(148, 0), (122, 0), (131, 12), (148, 22)], (225, 225, 225))
    sheet.cover([(148, 210), (148, 188), (138, 192), (126, 210)], (225, 225, 225))
    return scanned(sheet, degrees=-1.2)


def folded_over(sheet: Sheet) -> Image:
    """A corner is folded over: its back lies on the page."""
    sheet.mark(*CROSSES)
    sheet.cover([(148, 0), (118, 0), (148, 34)], (225, 225, 225))
    sheet.cover([(118, 0), (148, 34), (122.5, 30.5)], (246, 246, 246))
    return scanned(sheet)


def covered_corner(sheet: Sheet) -> Image:
    """A note sticks on a corner and on a part of the code."""
    sheet.mark(*TICKS)
    sheet.cover([(4, 186), (62, 184), (63, 212), (5, 214)], (120, 225, 245))
    return scanned(sheet, colour=True)


def cut_margin(sheet: Sheet) -> Image:
    """The page was cut, or lay askew on a small bed: the right tags are gone."""
    sheet.mark(*CROSSES)
    image = scanned(sheet, degrees=1.0)
    return np.ascontiguousarray(image[:, : round(133 * image.shape[1] / A5[0])])


def reduced(sheet: Sheet) -> Image:
    """Printed at 94 %, as "fit to page" does."""
    sheet.mark(*CROSSES)
    return scanned(sheet, size=0.94, lid=250)


def enlarged(sheet: Sheet) -> Image:
    """Printed at 103 %."""
    sheet.mark(*TICKS)
    return scanned(sheet, size=1.03)


def larger_bed(sheet: Sheet) -> Image:
    """A small sheet somewhere on a large, dark bed."""
    sheet.mark(*CROSSES)
    return scanned(sheet, bed_mm=(210, 260), shift_mm=(38, 22), lid=35, degrees=2.0)


def phone(tilt: float) -> Callable[[Sheet], Image]:
    """A photo with a phone."""

    def made(sheet: Sheet) -> Image:
        sheet.mark(*TICKS)
        return photographed(sheet, tilt)

    return made


def leaning(sheet: Sheet) -> Image:
    """Askew by eight degrees."""
    sheet.mark(*CROSSES)
    return scanned(sheet, degrees=-8.0, lid=210)


def jumped(sheet: Sheet) -> Image:
    """The feed jumped by 3 mm between two rows."""
    sheet.mark(*TICKS)
    return scanned(sheet, slip=(-3.0, 0.575))


def stretched_and_skewed(sheet: Sheet) -> Image:
    """Longer by one and a half per cent, shorter across, and askew."""
    sheet.mark(*CROSSES)
    return scanned(sheet, size=(0.992, 1.015), degrees=2.2)


def coarse(sheet: Sheet) -> Image:
    """At 100 dpi."""
    sheet.mark(*CROSSES)
    return scanned(sheet, 100)


def fine_one_bit(sheet: Sheet) -> Image:
    """Black and white at 300 dpi, as offices archive."""
    sheet.mark(*TICKS)
    return np.where(scanned(sheet, 300) > 140, 255, 0).astype(np.uint8)


def pale_one_bit(sheet: Sheet) -> Image:
    """Black and white with a low threshold: thin lines break."""
    sheet.mark(*CROSSES, pen=("ball", "black"))
    return np.where(scanned(sheet, 200, noise=5) > 95, 255, 0).astype(np.uint8)


def photocopied(sheet: Sheet) -> Image:
    """Copied on a worn copier: darker, speckled, larger, and with the copier's own edge."""
    sheet.mark(*CROSSES, pen=("ball", "black"))
    image = scanned(sheet, 200, size=1.012, degrees=-1.3, tone=(20, 205), noise=4, blur_mm=0.12, lid=40)
    at = sheet.rng.integers(0, image.shape[::-1], (260, 2))
    for x, y in at.tolist():
        cv2.circle(image, (x, y), int(sheet.rng.integers(0, 2)), 70, -1)
    return image


def scan_of(degrees: float, dpi: int, tone: tuple[float, float]) -> Callable[[Sheet], Image]:
    """One sheet, scanned once more elsewhere."""

    def made(sheet: Sheet) -> Image:
        sheet.mark("cross", "tick", "cross", "cross", "cross")
        return scanned(sheet, dpi, degrees=degrees, tone=tone, shift_mm=(degrees, 0.5))

    return made


def seal(at: tuple[float, float] | None, colour: bool, pen: str = "blue") -> Callable[[Sheet], Image]:
    """A ballot with its seal, or without."""

    def made(sheet: Sheet) -> Image:
        if at is not None:
            sheet.seal(at)
        sheet.mark(*CROSSES, pen=("ball", pen))
        return scanned(sheet, colour=colour)

    return made


def struck_name(sheet: Sheet) -> Image:
    """A name is struck and another written above it."""
    sheet.mark(*TICKS)
    x, y, w, h = sheet.name(3)
    sheet.stroke([(x + 1, y + h / 2 + 0.6), (x + w * 0.6, y + h / 2), (x + w - 3, y + h / 2 + 0.4)])
    sheet.write("added name", (x + 2, y + 4.6), 26)
    return scanned(sheet)


def written(kind: str, at: tuple[float, float], width_mm: float, pen: str) -> Callable[[Sheet], Image]:
    """Something is written outside the table."""

    def made(sheet: Sheet) -> Image:
        sheet.mark(*CROSSES)
        sheet.write(kind, at, width_mm, pen)
        return scanned(sheet)

    return made


def written_over_tags(sheet: Sheet) -> Image:
    """Someone scribbled over two tags and the edges."""
    sheet.mark(*TICKS)
    for x, y in ((7, 9), (133, 196)):
        sheet.stroke([(x, y), (x + 8, y + 2), (x + 1, y + 4), (x + 9, y + 6), (x, y + 8)], ("felt", "blue"))
    return scanned(sheet)


def wrong_size(sheet: Sheet) -> Image:
    """Printed on A4 instead of A5."""
    sheet.mark(*CROSSES)
    return scanned(sheet, 100, size=2**0.5, bed_mm=(210, 297), shift_mm=(31, 43.5))


def two_at_once(sheet: Sheet) -> Image:
    """Two ballots beside one another on the glass."""
    other = Sheet(sheet.frozen, sheet.image.copy(), sheet.rng)
    sheet.mark(*CROSSES)
    other.mark(*TICKS)
    return np.hstack([scanned(sheet, 110), scanned(other, 110, degrees=-0.6)])


@dataclass(frozen=True)
class Page:
    """How a page is drawn, and what else its truth says."""

    make: Callable[[Sheet], Image]
    questions: int = 0
    more: dict[str, Any] | None = None
    seed: int = 0
    """0: one of its own, by its name."""


READ_OR_REVIEW = {"outcomes": ["read", "review"]}
PAGES: dict[str, Page] = {
    "felt_pen": Page(pens("felt", "black")),
    "pencil": Page(pens("pencil", "", *TICKS)),
    "red_ink": Page(pens("ball", "red", colour=True)),
    "blue_ink": Page(pens("ball", "blue", *TICKS, colour=True)),
    "fine_gel": Page(pens("gel", "black", "tick", "cross", "tick", "line", "tick"), questions=2),
    "into_the_neighbour": Page(into_the_neighbour, questions=4),
    "ring_about_the_box": Page(ring_about_the_box, more={"stray_or": [""]}, questions=2),
    "struck_with_an_arrow": Page(struck_with_an_arrow, questions=2),
    "line_through_the_row": Page(line_through_the_row, more={"stray": ["row-3"]}),
    "pink_paper": Page(paper((190, 180, 250))),
    "blue_paper": Page(paper((245, 215, 165))),
    "green_paper": Page(paper((175, 240, 180))),
    "dark_yellow_in_gray": Page(paper((90, 190, 225), colour=False)),
    "show_through": Page(show_through, questions=9),
    "holes": Page(holes, questions=5),
    "coffee": Page(coffee, questions=4),
    "fold_upright": Page(fold_upright, questions=5),
    "folded_twice": Page(folded_twice, questions=3),
    "streak_black": Page(streak_black, questions=5),
    "streak_white": Page(streak_white),
    "three_corners_torn": Page(three_corners_torn),
    "folded_over": Page(folded_over),
    "covered_corner": Page(covered_corner),
    "cut_margin": Page(cut_margin),
    "reduced": Page(reduced),
    "enlarged": Page(enlarged),
    "larger_bed": Page(larger_bed),
    "phone": Page(phone(12.0), questions=2),
    "phone_tilted": Page(phone(27.0), questions=3),
    "leaning": Page(leaning),
    "jumped": Page(jumped, more=READ_OR_REVIEW),
    "stretched_and_skewed": Page(stretched_and_skewed),
    "coarse": Page(coarse),
    "fine_one_bit": Page(fine_one_bit),
    "pale_one_bit": Page(pale_one_bit),
    "photocopied": Page(photocopied),
    "scanned_once": Page(scan_of(0.3, 150, (25, 245)), seed=77, questions=3),
    "scanned_again": Page(scan_of(-1.9, 120, (50, 225)), seed=77, questions=3),
    "seal_in_place": Page(seal((40.5, 35.5), True), more={"seal": "present"}),
    "seal_missing": Page(seal(None, True), more={"seal": "absent"}),
    "seal_over_boxes": Page(seal((112, 118), True), questions=6),
    "seal_over_red_marks": Page(
        seal((112, 130), True, "red"),
        questions=7,
        more={"why": "the seal lies in or at seven boxes, and the pen is as red as it"},
    ),
    "corrected_name": Page(struck_name, more={"stray": ["row-3"]}),
    "added_name": Page(written("added name", (30, 173), 50, "blue ball"), more={"stray": [""]}),
    "signed": Page(written("signature", (96, 178), 36, "black ball"), more={"stray": [""]}, questions=2),
    "noted": Page(written("note", (66, 60), 60, "pencil"), more={"stray": [""]}),
    "initialled": Page(written("initials", (132, 112), 12, "fine gel"), more={"stray": [""]}),
    "written_over_tags": Page(written_over_tags),
    "wrong_size": Page(wrong_size, more=READ_OR_REVIEW, questions=2),
    "two_at_once": Page(two_at_once, more={"outcomes": ["review"]}),
}  # fmt: skip
"""Each by its name, which is its file's."""
