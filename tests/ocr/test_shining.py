"""The other side shining through: mirrored, soft, and never a mark."""

import cv2
import numpy as np
import pytest

from phieu.ocr.reading import State

from .sheets import OPTIONS, Desk, Image, Sheet


def shone_through(sheet: Sheet, back: Image, share: float, off_mm: tuple[float, float]) -> Image:
    """The page with another one shining through, the other way round and out of place."""
    soft = cv2.GaussianBlur(255 - cv2.flip(back, 1), (0, 0), 0.12 * sheet.scale)
    move = np.array([[1, 0, off_mm[0] * sheet.scale], [0, 1, off_mm[1] * sheet.scale]])
    moved = cv2.warpAffine(soft, move, soft.shape[1::-1])
    return np.clip(sheet.image - share * moved.astype(np.float32), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("off_mm", [(0.5, -1.5), (-2.5, 1.0), (3.5, 3.0)])
@pytest.mark.parametrize("share", [0.15, 0.25, 0.35, 0.5])
def test_what_shines_through_is_no_mark_and_hides_none(
    desk: Desk, share: float, off_mm: tuple[float, float]
) -> None:
    sheet, back = desk.sheet(), desk.sheet()
    desk.check(sheet, shone_through(sheet, back.image, share, off_mm), questions=None, review=True)


def test_dark_marks_are_still_read_where_the_back_shines_through(desk: Desk) -> None:
    sheet, back = desk.sheet(), desk.sheet()
    reading = desk.check(sheet, shone_through(sheet, back.image, 0.25, (1.0, 0.5)), questions=None)
    assert not [one for one in reading.fields if one.why == "shines"]
    assert sum(one.state is State.MARKED for one in reading.fields) >= desk.rows / 3


def test_nothing_shines_through_where_a_page_is_only_dirty(desk: Desk) -> None:
    sheet = desk.sheet()
    rng = np.random.default_rng(1)
    for row in range(1, desk.rows + 1):
        for option in OPTIONS:
            x, y, w, h = sheet.box(row, option)
            at = x + w * rng.uniform(0.2, 0.8), y + h * rng.uniform(0.2, 0.8)
            sheet.line([at, (at[0] + 0.3, at[1])], width_mm=0.3, gray=150)
    reading = desk.check(sheet, questions=None)
    assert not [one for one in reading.fields if one.why == "shines"]
