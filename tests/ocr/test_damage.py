"""Folds, seals and streaks anywhere, and what must not matter: order, turn, resolution, format."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from phieu.forms.rehearsal.seal import seal_light
from phieu.ocr import scans
from phieu.ocr.reading import Outcome, State

from .sheets import OPTIONS, Desk, Image, Sheet

ROWS = range(1, 13)


def folded(sheet: Sheet, start: tuple[float, float], end: tuple[float, float], gray: int, seed: int) -> Image:
    """The page with a fold: a line with gaps, a soft shadow, and white where the print cracked."""
    rng = np.random.default_rng(seed)
    shade = np.zeros(sheet.image.shape[:2], np.float32)
    ends = [tuple(round(v * sheet.scale) for v in point) for point in (start, end)]
    cv2.line(shade, ends[0], ends[1], 1.0, max(1, round(0.35 * sheet.scale)), cv2.LINE_AA)
    grain = cv2.GaussianBlur(rng.normal(1, 1.0, shade.shape).astype(np.float32), (0, 0), 3)
    soft = cv2.GaussianBlur(shade, (0, 0), 0.8 * sheet.scale)
    cracked = (shade > 0.5) & (grain > 1.25) & (sheet.image < 120)
    dark = (255 - gray) * (shade * np.clip(grain, 0.4, 1.2) + 0.2 * soft / soft.max())
    page = np.clip(sheet.image - dark, 0, 255)
    page[cracked] = 235
    return page.astype(np.uint8)


@pytest.mark.parametrize("gray", [90, 150, 215])
def test_a_fold_through_any_row_of_boxes_is_no_mark_and_hides_none(desk: Desk, gray: int) -> None:
    sheet = desk.sheet()
    for row in ROWS:
        _x, y, _w, h = sheet.box(row, "high")
        at = y + h * (0.15 + 0.7 * (row * 5 % 12) / 11)
        desk.check(sheet, folded(sheet, (0, at + 0.5), (210, at - 0.5), gray, row), questions=None)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("gray", [90, 150, 215])
def test_a_fold_through_any_column_of_boxes_is_no_mark_and_hides_none(
    desk: Desk, option: str, gray: int
) -> None:
    sheet = desk.sheet()
    x, _y, w, _h = sheet.box(1, option)
    for share in (0.1, 0.35, 0.6, 0.9):
        at = x + share * w
        page = folded(sheet, (at - 0.6, 0), (at + 0.6, 297), gray, int(100 * share))
        desk.check(sheet, page, questions=None)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    row=st.sampled_from(ROWS),
    option=st.sampled_from(OPTIONS),
    slope=st.floats(-1.5, 1.5),
    gray=st.integers(80, 230),
)
def test_a_slanting_fold_through_any_box_is_no_mark_and_hides_none(
    desk: Desk, row: int, option: str, slope: float, gray: int
) -> None:
    sheet = desk.sheet()
    x, y, w, h = sheet.box(row, option)
    middle, reach = (x + w / 2, y + h / 2), 120
    ends = ((middle[0] - reach, middle[1] - slope * reach), (middle[0] + reach, middle[1] + slope * reach))
    # A fold through the code may cost the page, never a wrong box.
    desk.check(sheet, folded(sheet, *ends, gray, row), questions=None, review=True)


def sealed(sheet: Sheet, row: int, option: str, strength: float) -> Image:
    """The page with a seal of 34 mm about a box, as the scan's colours show it."""
    rng = np.random.default_rng(row)
    light = seal_light(34.0, sheet.scale, rng, strength)
    x, y, w, h = sheet.box(row, option)
    left = round((x + w / 2 + rng.normal(0, 4)) * sheet.scale) - light.shape[1] // 2
    top = round((y + h / 2 + rng.normal(0, 4)) * sheet.scale) - light.shape[0] // 2
    page = sheet.image.copy()
    if page.ndim == 2:
        light = cv2.cvtColor(light, cv2.COLOR_BGR2GRAY)
    part = page[max(top, 0) : top + light.shape[0], left : left + light.shape[1]]
    part[...] = cv2.multiply(part, light[: part.shape[0], : part.shape[1]], scale=1 / 255)
    return page


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("strength", [0.35, 0.5, 0.9])
def test_a_seal_over_any_box_of_a_gray_scan_is_no_mark_and_hides_none(
    desk: Desk, option: str, strength: float
) -> None:
    sheet = desk.sheet()
    for row in ROWS:
        desk.check(sheet, sealed(sheet, row, option, strength), questions=None, review=True)


@pytest.mark.parametrize("option", OPTIONS)
def test_a_seal_over_any_box_of_a_colour_scan_is_no_mark_and_hides_none(desk: Desk, option: str) -> None:
    sheet = desk.sheet(colour=True)
    for row in ROWS[::2]:
        desk.check(sheet, sealed(sheet, row, option, 0.8), questions=None, review=True)


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize(("width_px", "gray"), [(1, 120), (2, 60), (3, 150), (4, 20), (2, 255)])
def test_a_streak_through_any_column_is_no_mark_and_hides_none(
    desk: Desk, option: str, width_px: int, gray: int
) -> None:
    sheet = desk.sheet()
    x, _y, w, _h = sheet.box(1, option)
    for share in (0.08, 0.3, 0.5, 0.75, 0.95):
        left = round((x + share * w) * sheet.scale)
        page = sheet.image.copy()
        part = page[:, left : left + width_px]
        part[...] = np.maximum(part, gray) if gray == 255 else np.minimum(part, gray)
        desk.check(sheet, page, questions=None)


def test_two_streaks_in_one_column_are_no_mark(desk: Desk) -> None:
    sheet = desk.sheet()
    for option in OPTIONS:
        x, _y, w, _h = sheet.box(1, option)
        page = sheet.image.copy()
        for share in (0.35, 0.6):
            left = round((x + share * w) * sheet.scale)
            page[:, left : left + 2] = 70
        desk.check(sheet, page, questions=None)


def written(image: Image, kind: str, folder: Path, dpi: int) -> Path:
    path = folder / f"page.{kind}"
    options = {"jpg": {"quality": 85}, "tif": {"compression": "group4"}}.get(kind, {})
    picture = Pillow.fromarray(image)
    if kind == "tif":
        picture = picture.point(lambda level: 255 * (level > 150)).convert("1")
    if kind == "pdf":
        options = {"resolution": float(dpi)}
    picture.save(path, **options)
    return path


def of_formats() -> list[tuple[int, str, int]]:
    kinds = ("jpg", "png", "tif", "pdf")
    return [
        (dpi, kinds[(i + turns) % 4], turns)
        for i, dpi in enumerate((100, 150, 200, 300))
        for turns in range(4)
    ]


@pytest.mark.parametrize(("dpi", "kind", "turns"), of_formats())
def test_resolution_format_and_turn_do_not_change_what_is_read(
    desk: Desk, tmp_path: Path, dpi: int, kind: str, turns: int
) -> None:
    sheet = desk.sheet(dpi=dpi)
    soft = cv2.GaussianBlur(sheet.image, (0, 0), 0.5)
    path = written(np.ascontiguousarray(np.rot90(soft, turns)), kind, tmp_path, dpi)
    (ref,) = scans.list_pages([path])
    assert isinstance(ref, scans.PageRef)
    reading = desk.read(scans.load(ref).image, blur=0)
    assert reading.outcome is Outcome.READ
    marked = {(f.contest, f.option) for f in reading.fields if f.state is State.MARKED}
    assert marked == set(sheet.truth)
    assert all(f.state is State.EMPTY for f in reading.fields if (f.contest, f.option) not in sheet.truth)


def test_pages_do_not_depend_on_one_another_or_on_their_order(desk: Desk) -> None:
    pages = [desk.sheet().image, desk.sheet(marked=False).image, np.rot90(desk.sheet(dpi=150).image, 2)]
    pages = [np.ascontiguousarray(page) for page in pages]
    alone = [desk.read(page) for page in pages]
    backwards = [desk.read(page) for page in reversed(pages)]
    assert alone == backwards[::-1]
