"""Marks held against the hand that made them: what was struck out is asked about, what is usual is not."""

import numpy as np
import pytest

from phieu.ocr.reading import State

from .sheets import OPTIONS, Desk, Sheet

STRUCK = 2


def page_of(desk: Desk, hand: str) -> Sheet:
    """A page of ticks or of crosses, on which one row is still empty."""
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        if row != STRUCK:
            (sheet.tick if hand == "tick" else sheet.cross)(row, OPTIONS[row % 3])
    return sheet


@pytest.mark.parametrize("hand", ["tick", "cross"])
@pytest.mark.parametrize(("left", "right"), [(0.5, 0.52), (0.62, 0.5), (0.4, 0.6)])
def test_a_tick_with_a_line_through_it_is_asked_about(
    desk: Desk, hand: str, left: float, right: float
) -> None:
    sheet = page_of(desk, hand)
    sheet.tick(STRUCK, "high")
    x, y, w, h = sheet.box(STRUCK, "high")
    sheet.line([(x - 1.5, y + h * left), (x + w + 1.5, y + h * right)])
    sheet.say(STRUCK, "high", "doubt")
    reading = desk.check(sheet)
    (struck,) = (f for f in reading.fields if (f.contest, f.option) == (f"row-{STRUCK}", "high"))
    assert struck.state is State.UNCLEAR and struck.why in ("tangled", "unlike")


def test_the_new_mark_beside_a_struck_tick_is_asked_about_with_it(desk: Desk) -> None:
    sheet = page_of(desk, "tick")
    sheet.tick(STRUCK, "high")
    x, y, w, h = sheet.box(STRUCK, "high")
    sheet.line([(x - 1.5, y + h * 0.5), (x + w + 1.5, y + h * 0.52)])
    sheet.tick(STRUCK, "low")
    sheet.say(STRUCK, "high", "doubt")
    sheet.say(STRUCK, "low", "doubt")
    desk.check(sheet)


def test_a_hand_that_writes_its_crosses_in_one_go_is_not_asked_about_each(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    rng = np.random.default_rng(1)
    for row in range(1, desk.rows + 1):
        option = OPTIONS[row % 3]
        x, y, w, h = sheet.box(row, option)
        a = rng.normal(0, 0.2, 8)
        sheet.line(
            [
                (x + 1.3 + a[0], y + 1.3 + a[1]),
                (x + w - 1.6 + a[2], y + h - 1.4 + a[3]),
                (x + w - 1.4 + a[4], y + 1.8 + a[5]),
                (x + 1.3 + a[6], y + h - 1.4 + a[7]),
            ]
        )
        sheet.say(row, option, "mark")
    reading = desk.read(sheet.image)
    asked = sum(f.state is State.UNCLEAR for f in reading.fields)
    assert asked == 0


def slashes(desk: Desk) -> Sheet:
    """A page of slashes, on which one row is still empty."""
    sheet = desk.sheet(marked=False)
    rng = np.random.default_rng(4)
    for row in range(1, desk.rows + 1):
        if row != STRUCK:
            slash(sheet, row, OPTIONS[row % 3], rng)
    return sheet


def slash(sheet: Sheet, row: int, option: str, rng: np.random.Generator) -> None:
    x, y, w, h = sheet.box(row, option)
    a = rng.normal(0, 0.3, 4)
    sheet.line([(x + 1.2 + a[0], y + h - 1.2 + a[1]), (x + w - 1.2 + a[2], y + 1.2 + a[3])])
    sheet.say(row, option, "mark")


def test_slashes_are_read_without_a_question(desk: Desk) -> None:
    sheet = slashes(desk)
    slash(sheet, STRUCK, "high", np.random.default_rng(5))
    desk.check(sheet)


@pytest.mark.parametrize("rise_mm", [-2.0, 0.0, 2.0, 4.0])
@pytest.mark.parametrize("beyond_mm", [0.3, 2.0])
def test_a_slash_struck_out_on_a_page_of_slashes_is_asked_about(
    desk: Desk, rise_mm: float, beyond_mm: float
) -> None:
    sheet = slashes(desk)
    slash(sheet, STRUCK, "high", np.random.default_rng(5))
    x, y, w, h = sheet.box(STRUCK, "high")
    middle = y + h / 2
    sheet.line([(x - beyond_mm, middle - rise_mm / 2), (x + w + beyond_mm, middle + rise_mm / 2)])
    sheet.say(STRUCK, "high", "doubt")
    desk.check(sheet)


@pytest.mark.parametrize("rise_mm", [-1.5, 0.0, 1.5])
@pytest.mark.parametrize("width_mm", [0.35, 0.8])
def test_a_cross_struck_out_by_one_line_is_asked_about_without_another_mark_in_its_row(
    desk: Desk, rise_mm: float, width_mm: float
) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, OPTIONS[row % 3], width_mm=width_mm)
    x, y, w, h = sheet.box(STRUCK, OPTIONS[STRUCK % 3])
    sheet.line([(x - 1.5, y + h / 2 + rise_mm), (x + w + 1.5, y + h / 2 - rise_mm)], width_mm=width_mm)
    sheet.say(STRUCK, OPTIONS[STRUCK % 3], "doubt")
    desk.check(sheet)


def test_a_slash_struck_level_among_crosses_does_not_run_as_they_do(desk: Desk) -> None:
    sheet = page_of(desk, "cross")
    slash(sheet, STRUCK, "high", np.random.default_rng(5))
    x, y, w, h = sheet.box(STRUCK, "high")
    sheet.line([(x - 1, y + h / 2), (x + w + 1, y + h / 2 + 0.2)])
    sheet.say(STRUCK, "high", "doubt")
    desk.check(sheet)


def test_rings_are_read_where_the_voter_draws_rings(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    rng = np.random.default_rng(6)
    for row in range(1, desk.rows + 1):
        x, y, w, h = sheet.box(row, OPTIONS[row % 3])
        across, down = rng.uniform(1.3, 2.1, 2)
        turn = np.linspace(0, rng.uniform(5.9, 6.5), 40) + rng.uniform(0, 6)
        sheet.line([(x + w / 2 + across * np.cos(a), y + h / 2 + down * np.sin(a)) for a in turn])
        sheet.say(row, OPTIONS[row % 3], "mark")
    desk.check(sheet)


def test_crosses_of_bent_strokes_and_of_a_thick_pen_are_read(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    rng = np.random.default_rng(7)
    for row in range(1, desk.rows + 1):
        x, y, w, h = sheet.box(row, OPTIONS[row % 3])
        bend = 0.7 + rng.normal(0, 0.1)
        for rises in (False, True):
            left, right = (y + h - 0.5, y + 0.5) if rises else (y + 0.5, y + h - 0.5)
            t = np.linspace(0, 1, 20)
            points = zip(x + w * t, left + (right - left) * t + bend * np.sin(np.pi * t), strict=True)
            sheet.line([(float(a), float(b)) for a, b in points], width_mm=1.1)
        sheet.say(row, OPTIONS[row % 3], "mark")
    desk.check(sheet)
