"""Corners, edges and glass: whatever of them is left, the page is read right or goes to people."""

from itertools import combinations

import cv2
import numpy as np
import pytest

from phieu.forms.form import Box
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import Outcome

from .plain_forms import one_question
from .sheets import Desk, Image, turned

GONE = [corners for count in (1, 2, 3) for corners in combinations(range(4), count)]


def covered(image: Image, box: Box, gray: int, dpi: int = 200, grown_mm: float = 2.0) -> None:
    scale = dpi / 25.4
    rows = slice(max(0, int((box.y - grown_mm) * scale)), int((box.y + box.h + grown_mm) * scale))
    columns = slice(max(0, int((box.x - grown_mm) * scale)), int((box.x + box.w + grown_mm) * scale))
    image[rows, columns] = gray


@pytest.mark.parametrize("gray", [255, 20], ids=["torn", "covered"])
@pytest.mark.parametrize("gone", GONE, ids=str)
def test_a_page_is_read_with_any_one_two_or_three_corners_gone(
    desk: Desk, gone: tuple[int, ...], gray: int
) -> None:
    sheet = desk.sheet()
    for corner in gone:
        covered(sheet.image, desk.form.pages[0].tags[corner], gray)
    desk.check(sheet, turned(sheet.image, 2.0 if gray == 255 else -3.0))


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
@pytest.mark.parametrize("cut_mm", [6, 12, 17])
def test_a_page_with_a_cut_margin_is_read(desk: Desk, side: str, cut_mm: int) -> None:
    sheet = desk.sheet()
    n = round(cut_mm * sheet.scale)
    image = {
        "left": sheet.image[:, n:],
        "right": sheet.image[:, :-n],
        "top": sheet.image[n:],
        "bottom": sheet.image[:-n],
    }[side]
    reading = desk.read(np.ascontiguousarray(image))
    if side == "bottom" and cut_mm > 8:
        # The code may be gone with the edge: then people, or the printed line, say which ballot it is.
        assert reading.outcome in {Outcome.READ, Outcome.REVIEW}
        return
    desk.check(sheet, np.ascontiguousarray(image))


@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("size_mm", [20, 35])
def test_a_folded_corner_is_not_missed(desk: Desk, corner: int, size_mm: int) -> None:
    sheet = desk.sheet()
    height, width = sheet.image.shape
    size = size_mm * sheet.scale
    x, y = ((0, 0), (width, 0), (width, height), (0, height))[corner]
    inward = size if x == 0 else -size, size if y == 0 else -size
    flap = [(x + inward[0], y + inward[1]), (x + inward[0], y), (x, y + inward[1])]
    cv2.fillPoly(sheet.image, [np.array([(x, y), *flap[1:]], np.int32)], 30)
    cv2.fillPoly(sheet.image, [np.array(flap, np.int32)], 235)
    desk.check(sheet, sheet.image, questions=3)


def test_edges_that_were_written_on_do_not_matter(desk: Desk) -> None:
    sheet = desk.sheet()
    rng = np.random.default_rng(4)
    for x in (3.0, 207.0):
        sheet.line([(x + dx, y) for y, dx in zip(range(4, 290, 4), rng.normal(0, 3, 72), strict=True)], 0.7)
    desk.check(sheet)


@pytest.mark.parametrize("lid", [255, 25], ids=["white", "black"])
@pytest.mark.parametrize(("at_mm", "degrees"), [((0, 0), 0), ((80, 100), 3), ((40, 60), -8)])
@pytest.mark.parametrize("gone", [(), (1, 2)], ids=str)
def test_a_page_on_a_larger_glass_is_read(
    desk: Desk, gone: tuple[int, ...], at_mm: tuple[int, int], degrees: float, lid: int
) -> None:
    sheet = desk.sheet(dpi=150)
    for corner in gone:
        covered(sheet.image, desk.form.pages[0].tags[corner], 255, dpi=150)
    glass = np.full((2480, 1754), lid, np.uint8)  # A3
    left, top = (round(mm * sheet.scale) for mm in at_mm)
    height, width = sheet.image.shape
    across = min(width, glass.shape[1] - left)
    if across < width:
        glass = np.full((2480, left + width), lid, np.uint8)
    glass[top : top + height, left : left + width] = sheet.image
    desk.check(sheet, turned(glass, degrees, lid))


@pytest.mark.parametrize("gone", [(), (0, 1), (2, 3), (1, 2, 3)], ids=str)
@pytest.mark.parametrize("slip_mm", [-3.0, -1.5, 1.5, 3.0])
def test_a_form_of_two_boxes_is_found_by_its_words(gone: tuple[int, ...], slip_mm: float) -> None:
    form, page = one_question()
    image = page.copy()
    for corner in gone:
        covered(image, form.pages[0].tags[corner], 255)
    yes, no = form.form.fields
    for start, end in (((0.2, 0.2), (0.8, 0.8)), ((0.8, 0.2), (0.2, 0.8))):
        x, y, w, h = yes.box_mm
        ends = [(round((x + w * u) * 200 / 25.4), round((y + h * v) * 200 / 25.4)) for u, v in (start, end)]
        cv2.line(image, ends[0], ends[1], 50, 4, cv2.LINE_AA)
    cut, band = round(0.6 * image.shape[0]), round(abs(slip_mm) * 200 / 25.4)
    again = cut - band if slip_mm > 0 else cut + band
    slipped = np.concatenate((image[:cut], image[again:]))
    reading = read_page(slipped, {form.form.id: form}, ReaderSettings())
    assert reading.outcome is Outcome.READ, reading.notes
    assert [(f.option, str(f.state)) for f in reading.fields] == [("yes", "marked"), ("no", "empty")]
    assert no.option == "no"
