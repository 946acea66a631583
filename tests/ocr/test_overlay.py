"""The picture of what was read, and crops for questions."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from phieu import words
from phieu.forms.form import Box
from phieu.ocr.overlay import crop, draw
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import Outcome, PageReading, State, Stray

from .papers import papers

REAL, _PRACTICE, _OTHER = papers()
FORM = REAL.frozen.form
GREEN, GRAY, ORANGE, PURPLE = (60, 135, 0), (150, 150, 150), (0, 110, 222), (150, 30, 170)


def seen(page: np.ndarray) -> PageReading:
    reading = read_page(page, {REAL.id: REAL.known}, ReaderSettings(), source="phiếu.jpg")
    assert reading.outcome is Outcome.READ
    return reading


def count(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour)).all(axis=2).sum())


def outlined(picture: np.ndarray, box: Box) -> set[tuple[int, int, int]]:
    """The colours just outside a box; the page is the lower part of the picture, 6 px a mm."""
    top = picture.shape[0] - round(FORM.paper_mm[1] * 6)
    x, y = round(box.x * 6), round(box.y * 6) + top
    strip = picture[y + 5 : y + round(box.h * 6) - 5, x - 8 : x]
    return {tuple(int(v) for v in pixel) for pixel in strip.reshape(-1, 3)}


@pytest.mark.parametrize("turns", range(4))
def test_each_field_is_outlined_in_the_colour_of_its_state_whichever_way_the_page_lay(turns: int) -> None:
    page = np.ascontiguousarray(np.rot90(REAL.marked(), turns))
    picture = draw(page, FORM, seen(page))
    for field in FORM.fields:
        expected = GREEN if field.option == "high" else GRAY
        assert expected in outlined(picture, field.box_mm)
    assert count(picture[300:], ORANGE) == 0


def test_an_unclear_field_and_stray_ink_are_outlined_and_explained() -> None:
    reading = seen(REAL.marked())
    doubtful = replace(reading.fields[0], state=State.UNCLEAR, why="dot")
    stray = Stray("row-2", Box(30, 150, 20, 5), 0.2)
    told = replace(reading, fields=(doubtful, *reading.fields[1:]), stray=(stray,))
    plain, picture = draw(REAL.marked(), FORM, reading), draw(REAL.marked(), FORM, told)
    assert ORANGE in outlined(picture, FORM.fields[0].box_mm)
    assert PURPLE in outlined(picture, stray.box_mm)
    # The reasons stand beside the page.
    beside = round(FORM.paper_mm[0] * 6) + 10
    assert count(plain[300:, beside:], ORANGE) == 0
    assert count(picture[300:, beside:], ORANGE) > 100
    assert count(picture[300:, beside:], PURPLE) > 100


def test_reasons_are_written_in_the_language_in_force() -> None:
    reading = replace(seen(REAL.marked()), notes=("line_read",))
    pictures = []
    for language in words.LANGUAGES:
        with words.spoken(language):
            pictures.append(draw(REAL.marked(), FORM, reading))
    assert pictures[0].shape != pictures[1].shape or (pictures[0] != pictures[1]).any()


def test_a_page_of_which_nothing_is_known_is_shown_as_it_is() -> None:
    page = np.full((600, 900, 3), 200, np.uint8)
    picture = draw(page, None, PageReading("a\u0007.png", 3, "", Outcome.REVIEW, notes=("nothing_known",)))
    assert (picture[-600:, :900] == page).all()


def test_far_more_remarks_than_fit_do_not_break_the_picture() -> None:
    reading = seen(REAL.marked())
    stray = tuple(Stray(None, Box(20 + i % 9, 250 + i % 40, 5, 5), 0.2) for i in range(200))
    assert draw(REAL.marked(), FORM, replace(reading, stray=stray)).shape[2] == 3


@pytest.mark.parametrize("dpi", [100, 200, 600])
@pytest.mark.parametrize("turns", [0, 1])
def test_a_crop_shows_the_row_upright_at_any_resolution(dpi: int, turns: int) -> None:
    page = cv2.resize(REAL.marked(), None, fx=dpi / 200, fy=dpi / 200, interpolation=cv2.INTER_AREA)
    page = np.ascontiguousarray(np.rot90(page, turns))
    row = [field.box_mm for field in FORM.fields if field.contest == "row-2"]
    cut = crop(page, seen(page), row, 2.0)
    width, height = row[-1].x + row[-1].w - row[0].x + 4, row[0].h + 4
    scale = cut.shape[1] / width
    assert 5.9 <= scale <= 12.1
    assert abs(cut.shape[0] - height * scale) <= 1
    whole = cv2.resize(REAL.marked(), None, fx=scale * 25.4 / 200, fy=scale * 25.4 / 200)
    x, y = round((row[0].x - 2) * scale), round((row[0].y - 2) * scale)
    expected = whole[y : y + cut.shape[0], x : x + cut.shape[1]]
    soft = [cv2.GaussianBlur(one, (0, 0), 3) for one in (expected, cut[:, :, 0])]
    assert np.corrcoef(soft[0].ravel(), soft[1].ravel())[0, 1] > 0.9


def test_a_crop_beyond_the_paper_is_filled_up() -> None:
    reading = seen(REAL.marked())
    assert crop(REAL.marked(), reading, [Box(-5, -5, 20, 20)], 5).shape[2] == 3


def test_no_crop_is_cut_from_a_page_whose_place_is_unknown() -> None:
    with pytest.raises(ValueError, match="place"):
        crop(REAL.page, PageReading("a", 0, "", Outcome.REVIEW), [Box(0, 0, 9, 9)], 1)
