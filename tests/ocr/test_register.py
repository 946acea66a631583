"""A form is found on a scan whatever scanner and paper did to it, or the page goes to people."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from phieu.forms.form import Box
from phieu.ocr import place, register, tags
from phieu.ocr.blank import BLANK_MATRIX, PX_PER_MM
from phieu.ocr.reading import Outcome, State
from phieu.ocr.stray import read_names

from .sheets import OPTIONS, Desk, turned, warped, wrong

Image = NDArray[np.uint8]
CORNERS = ("top left", "top right", "bottom right", "bottom left")


def cover(image: Image, box: Box, dpi: int = 200, by: int = 255, grow: float = 2.0) -> None:
    scale = dpi / 25.4
    left, top = (int((v - grow) * scale) for v in box[:2])
    right, bottom = (int((box[i] + box[i + 2] + grow) * scale) for i in (0, 1))
    image[max(top, 0) : bottom, max(left, 0) : right] = by


def torn(desk: Desk, image: Image, *corners: int) -> None:
    for corner in corners:
        cover(image, desk.form.pages[0].tags[corner])


def test_tags_on_a_clean_print_are_measured_to_three_hundredths_of_a_millimetre(desk: Desk) -> None:
    found = {tag.id: tag for tag in tags.find_in_corners(desk.pages[200], PX_PER_MM)}
    assert set(found) == {0, 1, 2, 3}
    for number, box in desk.form.pages[0].tags.items():
        x, y, w, h = box
        corners = np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
        assert place.misfit_mm(BLANK_MATRIX, corners, found[number].corners_px).max() < 0.03


@pytest.mark.parametrize("degrees", [-5, -3, -1, 0.4, 2, 4, 5])
def test_a_skewed_page_is_read_without_a_question(desk: Desk, degrees: float) -> None:
    sheet = desk.sheet()
    desk.check(sheet, turned(sheet.image, degrees))


@pytest.mark.parametrize("degrees", [-10, 8, 10])
def test_a_page_skewed_by_ten_degrees_is_read(desk: Desk, degrees: float) -> None:
    sheet = desk.sheet()
    height, width = sheet.image.shape
    larger = np.full((height + 600, width + 600), 255, np.uint8)
    larger[300:-300, 300:-300] = sheet.image
    desk.check(sheet, turned(larger, degrees))


@pytest.mark.parametrize("code", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE])
def test_orientation_does_not_change_what_is_read(desk: Desk, code: int) -> None:
    sheet = desk.sheet()
    upright = desk.check(sheet)
    other = desk.check(sheet, cv2.rotate(sheet.image, code))
    assert [(f.contest, f.option, f.state) for f in other.fields] == [
        (f.contest, f.option, f.state) for f in upright.fields
    ]


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_resolution_does_not_change_what_is_read(desk: Desk, dpi: int) -> None:
    sheet = desk.sheet(dpi=dpi)
    desk.check(sheet)


@pytest.mark.parametrize("corner", range(4), ids=CORNERS)
def test_a_page_with_one_torn_corner_is_read(desk: Desk, corner: int) -> None:
    sheet = desk.sheet()
    torn(desk, sheet.image, corner)
    desk.check(sheet, turned(sheet.image, 1.5))


@pytest.mark.parametrize("pair", [(0, 1), (1, 2), (2, 3), (0, 3), (0, 2), (1, 3)])
def test_a_page_with_two_torn_corners_is_read(desk: Desk, pair: tuple[int, int]) -> None:
    sheet = desk.sheet()
    torn(desk, sheet.image, *pair)
    desk.check(sheet, turned(sheet.image, -1.5))


@pytest.mark.parametrize("left", range(4), ids=CORNERS)
def test_one_tag_and_the_code_are_enough(desk: Desk, left: int) -> None:
    sheet = desk.sheet()
    torn(desk, sheet.image, *(corner for corner in range(4) if corner != left))
    desk.check(sheet, turned(sheet.image, 1))


@pytest.mark.parametrize("degrees", [0, -2, 3])
def test_the_code_alone_is_enough(desk: Desk, degrees: float) -> None:
    sheet = desk.sheet()
    torn(desk, sheet.image, 0, 1, 2, 3)
    desk.check(sheet, turned(sheet.image, degrees), questions=0)


@pytest.mark.parametrize("corners", [(), (2,), (0, 1), (1, 2, 3), (0, 1, 2, 3)])
def test_stretched_paper_is_followed(desk: Desk, corners: tuple[int, ...]) -> None:
    sheet = desk.sheet()
    torn(desk, sheet.image, *corners)
    middle = (np.array(sheet.image.shape[::-1]) - 1) / 2
    stretched = warped(sheet.image, lambda at: (at - middle) / (1.0, 1.01) + middle)
    desk.check(sheet, stretched)


@pytest.mark.parametrize("corners", [(), (2, 3), (0, 1), (0, 1, 2, 3)])
@pytest.mark.parametrize("at", [0.45, 0.6, 0.8])
@pytest.mark.parametrize("slip_mm", [-3.0, 3.0])
def test_a_slip_of_the_feed_is_never_read_wrong(
    desk: Desk, corners: tuple[int, ...], at: float, slip_mm: float
) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, OPTIONS[row % 3])
    torn(desk, sheet.image, *corners)
    height = sheet.image.shape[0]
    by = slip_mm * PX_PER_MM

    def slipped(places: NDArray[np.float64]) -> NDArray[np.float64]:
        return places - np.column_stack((np.zeros(len(places)), by * (places[:, 1] > at * height)))

    desk.check(sheet, warped(sheet.image, slipped), questions=3, review=bool(corners))


@pytest.mark.parametrize("rows", [-2, -1, 1, 2])
def test_a_fix_that_is_off_by_whole_rows_is_never_trusted(desk: Desk, rows: int) -> None:
    sheet = desk.sheet()
    page = desk.form.pages[0]
    # As if two tags lay exactly whole rows away from where they belong, with nothing to contradict them.
    moved = BLANK_MATRIX @ np.array([[1, 0, 0], [0, 1, rows * page.row_pitch_mm], [0, 0, 1]])
    fix = register.Fix(moved, page.centres_mm[:2], True, 0.0)
    where = register.register(sheet.image, page, fix)
    assert not where.held.all() or not read_names(sheet.image, page, where).is_this_form


def test_a_tag_that_was_folded_elsewhere_is_left_out(desk: Desk) -> None:
    sheet = desk.sheet()
    box = desk.form.pages[0].tags[1]
    scale = PX_PER_MM
    piece = sheet.image[
        int((box.y - 1) * scale) : int((box.y + box.h + 1) * scale),
        int((box.x - 1) * scale) : int((box.x + box.w + 1) * scale),
    ].copy()
    cover(sheet.image, box)
    top, left = int((box.y - 4) * scale), int((box.x - 5) * scale)
    sheet.image[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
    desk.check(sheet)


def test_boxes_that_lost_their_outlines_are_not_read(desk: Desk) -> None:
    sheet = desk.sheet()
    for option in OPTIONS[:2]:
        x, y, w, h = sheet.box(4, option)
        cover(sheet.image, Box(x, y, w, h / 2), grow=1.0)
    reading = desk.check(sheet, questions=2)
    states = {(f.contest, f.option): f.why for f in reading.fields}
    assert states[("row-4", "high")] == states[("row-4", "confidence")] == "outline"


def test_a_page_that_lost_most_of_its_boxes_goes_to_people(desk: Desk) -> None:
    sheet = desk.sheet()
    height = sheet.image.shape[0]
    sheet.image[int(height * 0.45) : int(height * 0.85)] = 255
    reading = desk.read(sheet.image)
    assert reading.outcome is Outcome.REVIEW
    assert reading.fields == ()


def test_a_perspective_as_of_a_phone_is_followed(desk: Desk) -> None:
    sheet = desk.sheet()
    height, width = sheet.image.shape
    before = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    after = np.array(
        [(150, 120), (width - 60, 40), (width - 130, height - 90), (40, height - 200)], np.float32
    )
    matrix = cv2.getPerspectiveTransform(before, after)
    desk.check(sheet, cv2.warpPerspective(sheet.image, matrix, (width, height), borderValue=(90, 90, 90)))


@pytest.mark.parametrize("after_row", [2, 4, 7, 10])
def test_a_sheet_that_lost_or_repeated_a_band_gives_no_row_to_another(desk: Desk, after_row: int) -> None:
    """A pleat, or a jump of the feed, by up to two rows: boxes then lock onto the row above or below."""
    sheet = desk.sheet()
    page = desk.form.pages[0]
    heights = sorted({round(float(y), 2) for y in page.centres_mm[:, 1]})
    cut = round((heights[after_row] - page.row_pitch_mm / 2) * sheet.scale)
    for slip_mm in range(3, int(2 * page.row_pitch_mm), 2):
        band = round(slip_mm * sheet.scale)
        lost = np.concatenate((sheet.image[:cut], sheet.image[cut + band :]))
        again = np.concatenate((sheet.image[:cut], sheet.image[max(cut - band, 0) :]))
        for image in (lost, again):
            reading = desk.read(image)
            asked = {field.contest for field in reading.fields if field.state is State.UNCLEAR}
            silent = [field for field in wrong(reading, sheet.truth) if field.split(".")[0] not in asked]
            assert reading.outcome is Outcome.REVIEW or not silent, f"{slip_mm} mm: {silent}"
