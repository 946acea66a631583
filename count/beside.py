"""Two ballots side by side, for people who must say whether they are one sheet. Pure: pictures in and out."""

from collections.abc import Sequence

import cv2
import numpy as np

from ..forms.form import Box, Form
from ..ocr import overlay
from ..ocr.pixels import Pixels
from ..ocr.reading import PageReading

_AROUND_MM = 4.0
_GAP_PX, _GAP = 40, (90, 90, 90)
_TALLEST_PX = 2400
"""Of one page in the picture: enough to compare strokes, and no more than a browser likes."""


def rows(form: Form, reading: PageReading, image: Pixels) -> Pixels:
    """Return the part of a page that has its fields, straightened; all of it where its place is not known."""
    boxes = [field.box_mm for field in form.fields if field.page == reading.page]
    if reading.place is None or not boxes:
        return image
    left, top = (max(0.0, min(box[side] for box in boxes) - _AROUND_MM) for side in (0, 1))
    right, bottom = (
        min(form.paper_mm[side], max(box[side] + box[side + 2] for box in boxes) + _AROUND_MM)
        for side in (0, 1)
    )
    return overlay.crop(image, reading, [Box(left, top, right - left, bottom - top)], 0.0)


def joined(sheets: Sequence[Sequence[Pixels]]) -> Pixels:
    """Return sheets side by side, each one's pages one below the other, BGR; page by page of one height."""
    pages = max(len(sheet) for sheet in sheets)
    columns = [[_coloured(page) for page in sheet] for sheet in sheets]
    heights = [
        min(_TALLEST_PX, max(column[number].shape[0] for column in columns if number < len(column)))
        for number in range(pages)
    ]
    fitted = [
        [_fitted(page, height) for page, height in zip(column, heights, strict=False)] for column in columns
    ]
    width = max(page.shape[1] for column in fitted for page in column)
    size = (sum(heights) + _GAP_PX * (pages - 1), (width + _GAP_PX) * len(fitted) - _GAP_PX, 3)
    picture = np.full(size, _GAP, dtype=np.uint8)
    for across, column in enumerate(fitted):
        top = 0
        for page, height in zip(column, heights, strict=False):
            left = across * (width + _GAP_PX)
            picture[top : top + height, left : left + page.shape[1]] = page
            top += height + _GAP_PX
    return picture


def _coloured(image: Pixels) -> Pixels:
    return image if image.ndim == 3 else np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)


def _fitted(image: Pixels, height: int) -> Pixels:
    width = max(1, round(image.shape[1] * height / image.shape[0]))
    smaller = cv2.INTER_AREA if height < image.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=smaller), np.uint8)
