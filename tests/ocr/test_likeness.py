"""The signature of a sheet's ink: the same however the sheet is scanned, another on any other sheet."""

import base64
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phieu.ocr import inspection, likeness
from phieu.ocr.reading import Outcome, PageReading

from .sheets import Desk, Image, Sheet, turned, warped


def filled_in(desk: Desk, hand: int, sheet: int, dpi: int = 200, width_mm: float = 0.5) -> Sheet:
    """A sheet with a cross in the first box of each row; each hand has its manner, each cross its chances."""
    of_hand, chance = np.random.default_rng(hand), np.random.default_rng([hand, sheet])
    page = desk.sheet(marked=False, dpi=dpi)
    manner = of_hand.normal(0, 0.12, (4, 2))
    for row in range(1, desk.rows + 1):
        x, y, w, h = page.box(row, "high")
        ends = np.array([(0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8)]) + manner
        ends += chance.normal(0, 0.06, (4, 2)) + chance.normal(0, 0.06, 2)
        points = [(x + w * u, y + h * v) for u, v in ends.tolist()]
        page.line(points[:2], width_mm=width_mm)
        page.line(points[2:], width_mm=width_mm)
    return page


def seen(desk: Desk, image: Image) -> likeness.Signature:
    reading = desk.read(image)
    assert reading.outcome is Outcome.READ, reading.notes
    found = likeness.parse(reading.likeness)
    assert found is not None
    return found


def agreement(one: likeness.Signature, other: likeness.Signature) -> float:
    """How alike the marks of two sheets are beyond what each sheet's marks have in common, -1 to 1."""
    assert one.fields.tolist() == other.fields.tolist()
    rests = [sheet.waves - sheet.waves.mean(axis=0) for sheet in (one, other)]
    first, second = (rest / np.linalg.norm(rest, axis=1, keepdims=True) for rest in rests)
    return float((first * second).sum(axis=1).mean())


def _black_and_white(image: Image) -> Image:
    return np.where(image < 140, 0, 255).astype(np.uint8)


def _darker(image: Image) -> Image:
    return cv2.convertScaleAbs(image, alpha=0.7, beta=-8)


def _slipped(image: Image) -> Image:
    return warped(image, lambda at: at + np.column_stack((np.zeros(len(at)), 6.0 * (at[:, 1] > 1100))))


@pytest.mark.parametrize(
    "again",
    [
        lambda image: turned(image, 3),
        lambda image: turned(image, -1.2),
        lambda image: np.ascontiguousarray(image[::-1, ::-1]),
        lambda image: cv2.GaussianBlur(image, (0, 0), 1.6),
        lambda image: cv2.resize(image, None, fx=1.0, fy=1.012),
        _black_and_white,
        _darker,
        _slipped,
    ],
    ids=["askew", "turned", "upside_down", "blurred", "stretched", "1-bit", "darker", "slipped"],
)
def test_another_scan_of_a_sheet_has_the_same_signature(desk: Desk, again: Callable[[Image], Image]) -> None:
    sheet = filled_in(desk, hand=1, sheet=1).image
    assert agreement(seen(desk, sheet), seen(desk, again(sheet))) > 0.8


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_another_resolution_gives_the_same_signature(desk: Desk, dpi: int) -> None:
    usual = seen(desk, filled_in(desk, hand=2, sheet=1).image)
    assert agreement(usual, seen(desk, filled_in(desk, hand=2, sheet=1, dpi=dpi).image)) > 0.8


def test_another_sheet_of_the_same_hand_has_another_signature(desk: Desk) -> None:
    sheets = [seen(desk, filled_in(desk, hand=3, sheet=number).image) for number in range(4)]
    pairs = [agreement(sheets[i], sheets[j]) for i in range(4) for j in range(i)]
    assert max(map(abs, pairs)) < 0.45


def test_the_same_strokes_with_a_thicker_pen_are_still_alike_in_place_and_shape(desk: Desk) -> None:
    thin = seen(desk, filled_in(desk, hand=4, sheet=1).image)
    assert agreement(thin, seen(desk, filled_in(desk, hand=4, sheet=1, width_mm=0.75).image)) > 0.7


def test_a_sheet_without_ink_has_no_signature(desk: Desk) -> None:
    assert desk.read(desk.sheet(marked=False).image).likeness == ""
    assert likeness.rows_with_ink("") == 0 and likeness.parse("") is None


def test_a_page_that_is_not_read_has_no_signature(desk: Desk) -> None:
    reading = desk.read(np.full((2339, 1654), 255, np.uint8))
    assert reading.outcome is not Outcome.READ and reading.likeness == ""


def test_of_each_row_one_field_is_kept_and_the_text_says_how_many(desk: Desk) -> None:
    sheet = filled_in(desk, hand=5, sheet=1)
    sheet.cross(2, "low", grow=0.3)
    reading = desk.read(sheet.image)
    found = likeness.parse(reading.likeness)
    assert found is not None
    assert len(found.fields) == likeness.rows_with_ink(reading.likeness) == desk.rows
    assert np.allclose(np.linalg.norm(found.waves, axis=1), 1, atol=1e-5)


@given(st.one_of(st.text(max_size=400), st.binary(max_size=400).map(lambda b: base64.b64encode(b).decode())))
def test_whatever_stands_in_the_store_is_a_signature_or_none(text: str) -> None:
    found = likeness.parse(text)
    assert found is None or len(found.fields) == len(found.waves) == likeness.rows_with_ink(text)


def test_a_signature_is_stored_with_its_page_and_never_shown(desk: Desk) -> None:
    reading = desk.read(filled_in(desk, hand=6, sheet=1).image)
    assert PageReading.from_json(reading.to_json()).likeness == reading.likeness
    assert "likeness" not in inspection.as_printed(reading)
