"""Several ballots, parts of ballots and sheets of other forms on one image: never read as one of ours."""

import cv2
import numpy as np
import pytest
import zxingcpp

from phieu.forms.form import Box
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import Outcome, State

from .papers import painted, papers, without_code
from .sheets import Image, turned

REAL, _PRACTICE, OTHER = papers()
FORMS = {REAL.id: REAL.known}


def read(image: Image) -> tuple[Outcome, tuple[str, ...]]:
    reading = read_page(image, FORMS, ReaderSettings())
    return reading.outcome, reading.notes


def side_by_side(*pages: Image) -> Image:
    return np.hstack(pages)


@pytest.mark.parametrize("degrees", [0, 90, 180, 4])
def test_two_ballots_on_one_glass_are_several(degrees: float) -> None:
    both = side_by_side(REAL.marked(1), REAL.marked(2))
    image = np.rot90(both, int(degrees // 90)) if degrees % 90 == 0 else turned(both, degrees)
    assert read(np.ascontiguousarray(image)) == (Outcome.REVIEW, ("several_codes",))


@pytest.mark.parametrize("order", [1, -1])
def test_a_second_ballot_whose_code_is_gone_is_not_overlooked(order: int) -> None:
    pages = [REAL.marked(1), without_code(REAL)][::order]
    outcome, notes = read(side_by_side(*pages))
    assert outcome is Outcome.REVIEW
    assert set(notes) <= {"several_sheets", "no_place"}


def test_a_ballot_in_a_corner_of_a_glass_does_not_hide_another() -> None:
    one = REAL.marked(1)
    second = cv2.resize(REAL.marked(2), None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA)
    glass = np.full((one.shape[0], one.shape[1] + second.shape[1] + 40), 255, np.uint8)
    glass[:, : one.shape[1]] = one
    glass[-second.shape[0] :, -second.shape[1] :] = second
    assert read(glass)[0] is Outcome.REVIEW


def test_a_ballot_of_another_form_beside_ours_is_not_counted_with_it() -> None:
    assert read(side_by_side(REAL.marked(1), OTHER.marked(2))) == (Outcome.REVIEW, ("several_codes",))


def test_a_sheet_of_another_form_is_not_ours() -> None:
    assert read(OTHER.marked(1)) == (Outcome.NOT_OURS, (f"unknown_form:{OTHER.id}",))


def test_our_code_on_a_sheet_that_lacks_a_row_of_ours_reads_nothing_there() -> None:
    """Someone pasted, or printed, our code on the sheet of another vote: its first rows are the same."""
    frame = OTHER.frozen.form.frame
    sheet = OTHER.marked(1)
    scale = 200 / 25.4
    box = Box(frame.code.x - 2, frame.code.y - 2, frame.code.w + 4, frame.code.h + 4)
    rows = slice(round(box.y * scale), round((box.y + box.h) * scale))
    columns = slice(round(box.x * scale), round((box.x + box.w) * scale))
    sheet[rows, columns] = REAL.page[rows, columns]
    reading = read_page(sheet, FORMS, ReaderSettings())
    assert all(field.state is State.UNCLEAR for field in reading.fields if field.contest == "row-4")


def test_a_sticker_with_someone_elses_code_does_not_stand_in_the_way() -> None:
    symbol = zxingcpp.create_barcode("https://example.vn", zxingcpp.BarcodeFormat.QRCode)
    sticker = np.array(symbol.to_image(scale=4, add_quiet_zones=True))
    page = REAL.marked(1)
    page[20 : 20 + sticker.shape[0], 700 : 700 + sticker.shape[1]] = sticker
    assert read(page)[0] is Outcome.READ


@pytest.mark.parametrize("corner", range(4))
def test_a_tag_of_the_other_side_contradicts_the_code(corner: int) -> None:
    page = REAL.marked(1)
    box = REAL.frozen.form.frame.tags[corner]
    tag = cv2.aruco.generateImageMarker(
        cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11), 4 + corner, 63, borderBits=1
    )
    left, top = (round(value * 200 / 25.4) for value in (box.x, box.y))
    page = painted(page, box)
    page[top : top + 63, left : left + 63] = tag
    assert read(page) == (Outcome.REVIEW, ("tags_contradict_code",))
