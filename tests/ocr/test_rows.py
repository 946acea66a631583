"""No row of boxes is taken for another, also where no name tells them apart."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from phieu.ocr.blank import KnownForm
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import Outcome, PageReading, State

from .plain_forms import alike, numbered
from .sheets import Image

Form = Callable[[], tuple[KnownForm, Image]]


def marked(form: KnownForm, page: Image) -> tuple[Image, set[tuple[str, str]]]:
    """A page with a cross in one box of each row, in an order that no shift by whole rows repeats."""
    page, crossed = page.copy(), set()
    for field in form.form.fields:
        row = int(field.contest.removeprefix("q-"))
        if field.option != "abc"[(row * row // 3 + row) % 3]:
            continue
        crossed.add((field.contest, field.option))
        x, y, w, h = field.box_mm
        for start, end in (((0.2, 0.2), (0.8, 0.8)), ((0.8, 0.2), (0.2, 0.8))):
            ends = [
                (round((x + w * u) * 200 / 25.4), round((y + h * v) * 200 / 25.4)) for u, v in (start, end)
            ]
            cv2.line(page, ends[0], ends[1], 50, 4, cv2.LINE_AA)
    return page, crossed


def silent(reading: PageReading, crossed: set[tuple[str, str]]) -> list[tuple[str, str]]:
    return [
        (field.contest, field.option)
        for field in reading.fields
        if field.state is not State.UNCLEAR
        and (field.state is State.MARKED) != ((field.contest, field.option) in crossed)
    ]


@pytest.mark.parametrize("form", [alike, numbered])
def test_a_flat_page_is_read(form: Form) -> None:
    known, page = form()
    image, crossed = marked(known, page)
    reading = read_page(image, {known.form.id: known}, ReaderSettings())
    assert (reading.outcome, silent(reading, crossed)) == (Outcome.READ, [])
    assert all(field.state is not State.UNCLEAR for field in reading.fields)


@pytest.mark.parametrize("form", [alike, numbered])
@pytest.mark.parametrize("share", [0.15, 0.3, 0.5, 0.7, 0.85])
@pytest.mark.parametrize("gone", [(), (0, 1), (2, 3)], ids=str)
def test_a_band_that_is_lost_or_comes_twice_moves_no_mark_to_another_row(
    form: Form, share: float, gone: tuple[int, ...]
) -> None:
    known, page = form()
    image, crossed = marked(known, page)
    for corner in gone:
        box = known.pages[0].tags[corner]
        top, left = (int((v - 2) * 200 / 25.4) for v in (box.y, box.x))
        image[max(0, top) : top + 100, max(0, left) : left + 100] = 255
    cut = round(share * len(image))
    for band_mm in (-18, -9, -7, 5, 8, 9, 10, 18):
        again = cut - round(band_mm * 200 / 25.4)
        slipped = np.concatenate((image[:cut], image[max(0, again) :]))
        reading = read_page(slipped, {known.form.id: known}, ReaderSettings())
        assert reading.outcome is Outcome.REVIEW or not silent(reading, crossed), band_mm


def test_numbers_beside_rows_tell_them_where_tags_and_code_are_gone_below() -> None:
    known, page = numbered()
    image, crossed = marked(known, page)
    for corner in (2, 3):
        box = known.pages[0].tags[corner]
        top, left = (int((v - 2) * 200 / 25.4) for v in (box.y, box.x))
        image[top:, max(0, left) : left + 100] = 255
    reading = read_page(image, {known.form.id: known}, ReaderSettings())
    assert (reading.outcome, silent(reading, crossed)) == (Outcome.READ, [])
