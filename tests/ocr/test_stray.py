"""Ink in name cells is found; blur, toner and compression are not ink."""

import cv2
import numpy as np
import pytest

from phieu.forms.form import Box

from .sheets import Desk, Sheet, turned


def cell(sheet: Sheet, row: int) -> Box:
    (box,) = (z.box_mm for z in sheet.form.form.zones if z.contest == f"row-{row}")
    return box


def name_line(sheet: Sheet, row: int) -> tuple[float, float, float]:
    """Where a row's printed name starts and ends, and the height of its middle."""
    x, y, w, h = cell(sheet, row)
    scale = sheet.scale
    part = sheet.form.pages[0].image if sheet.dpi == 200 else sheet.image
    inside = part[
        int((y + 1) * scale) : int((y + h - 1) * scale), int((x + 1) * scale) : int((x + w - 1) * scale)
    ]
    ink = np.argwhere(inside < 128)
    (top, left), (bottom, right) = ink.min(axis=0) / scale, ink.max(axis=0) / scale
    return x + 1 + left, x + 1 + right, y + 1 + (top + bottom) / 2


def found(desk: Desk, sheet: Sheet, image: np.ndarray | None = None) -> list[str | None]:
    return [s.contest for s in desk.check(sheet, image).stray]


@pytest.mark.parametrize("row", range(1, 13))
def test_a_struck_name_is_found_in_any_row(desk: Desk, row: int) -> None:
    sheet = desk.sheet()
    left, right, middle = name_line(sheet, row)
    sheet.line([(left - 1.5, middle + 0.3), (right + 1.5, middle - 0.4)])
    assert found(desk, sheet) == [f"row-{row}"]


@pytest.mark.parametrize("width_mm", [0.25, 0.4, 0.8, 1.5])
@pytest.mark.parametrize("gray", [40, 130])
def test_a_name_is_struck_with_any_pen(desk: Desk, width_mm: float, gray: int) -> None:
    sheet = desk.sheet()
    left, right, middle = name_line(sheet, 6)
    sheet.line([(left + 1, middle + 0.3), (right - 1, middle + 0.1)], width_mm, gray)
    assert found(desk, sheet) == ["row-6"]


def test_a_name_written_into_a_cell_is_found_with_its_place(desk: Desk) -> None:
    sheet = desk.sheet()
    x, y, _w, h = cell(sheet, 3)
    wave = np.linspace(0, 18, 60)
    sheet.line([(x + 8 + a, y + h - 2.2 + 0.8 * np.sin(2.2 * a)) for a in wave], 0.35)
    (stray,) = desk.check(sheet).stray
    assert stray.contest == "row-3"
    assert abs(stray.box_mm.x - (x + 8)) < 1.5
    assert abs(stray.box_mm.w - 18) < 2.5


@pytest.mark.parametrize("degrees", [-3, 0, 1.3])
@pytest.mark.parametrize("blur", [0.0, 0.8, 1.5])
def test_blur_is_not_ink(desk: Desk, degrees: float, blur: float) -> None:
    sheet = desk.sheet()
    scan = turned(sheet.image, degrees)
    if blur:
        scan = cv2.GaussianBlur(scan, (0, 0), blur)
    assert found(desk, sheet, scan) == []


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_another_resolution_is_not_ink(desk: Desk, dpi: int) -> None:
    sheet = desk.sheet(dpi=dpi)
    assert found(desk, sheet) == []


def test_thick_toner_is_not_ink(desk: Desk) -> None:
    sheet = desk.sheet()
    assert found(desk, sheet, cv2.erode(sheet.image, np.ones((2, 2), np.uint8))) == []


def test_faded_toner_is_not_ink(desk: Desk) -> None:
    sheet = desk.sheet()
    assert found(desk, sheet, (255 - (255 - sheet.image.astype(np.float32)) * 0.4).astype(np.uint8)) == []


@pytest.mark.parametrize("quality", [25, 50])
def test_compression_is_not_ink(desk: Desk, quality: int) -> None:
    sheet = desk.sheet()
    _done, data = cv2.imencode(".jpg", sheet.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert found(desk, sheet, np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)) == []


def test_a_gray_copy_with_noise_is_not_ink(desk: Desk) -> None:
    sheet = desk.sheet()
    noise = np.random.default_rng(5).normal(0, 9, sheet.image.shape)
    assert found(desk, sheet, np.clip(sheet.image * 0.7 + noise, 0, 255).astype(np.uint8)) == []


@pytest.mark.parametrize("gray", [70, 190])
def test_a_streak_over_the_whole_page_is_no_stroke(desk: Desk, gray: int) -> None:
    sheet = desk.sheet()
    x = int((cell(sheet, 1).x + 30) * sheet.scale)
    sheet.image[:, x : x + 2] = np.minimum(sheet.image[:, x : x + 2], gray)
    assert found(desk, sheet, turned(sheet.image, 0.0)) == []
    assert found(desk, sheet, turned(sheet.image, 1.0)) == []


@pytest.mark.parametrize("gray", [90, 190])
def test_a_fold_over_the_whole_page_is_no_stroke(desk: Desk, gray: int) -> None:
    sheet = desk.sheet()
    _x, y, _w, h = cell(sheet, 7)
    sheet.line([(0, y + h * 0.8), (210, y + h * 0.75)], 0.3, gray)
    scan = sheet.image
    reading = desk.read(scan)
    assert [s.contest for s in reading.stray] == []


def test_a_line_through_number_and_name_is_a_stroke(desk: Desk) -> None:
    sheet = desk.sheet()
    left, right, middle = name_line(sheet, 9)
    sheet.line([(left - 9, middle + 0.3), (right + 40, middle - 0.4)])
    assert found(desk, sheet) == ["row-9"]
