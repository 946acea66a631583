"""What most marks of a page share is that voter's way, however odd; what it lacks is asked about."""

import numpy as np
import pytest

from phieu.ocr.reading import State

from .sheets import OPTIONS, Desk, Sheet

STRUCK = 4


def looped_tick(sheet: Sheet, row: int, option: str, rng: np.random.Generator) -> None:
    """A tick whose pen goes up and down the short leg twice, and closes a loop there."""
    x, y, w, h = sheet.box(row, option)
    a = rng.normal(0, 0.15, 6)
    sheet.line(
        [
            (x + 1.6 + a[0], y + 1.2 + a[1]),
            (x + 1.2 + a[2], y + h - 1.4),
            (x + 2.6 + a[3], y + h * 0.35),
            (x + 1.9 + a[4], y + h - 1.2),
            (x + w + 0.6 + a[5], y + 0.6),
        ],
        width_mm=0.4,
    )
    sheet.say(row, option, "mark")


def outlined_cross(sheet: Sheet, row: int, option: str, rng: np.random.Generator) -> None:
    """A cross of double strokes, as people draw who fill the time."""
    x, y, w, h = sheet.box(row, option)
    a = rng.normal(0, 0.12, (4, 2))
    for shift in (0.0, 0.9):
        sheet.line(
            [
                (x + 1.0 + shift + a[0, 0], y + 1.0 + a[0, 1]),
                (x + w - 1.9 + shift + a[1, 0], y + h - 1.0 + a[1, 1]),
            ],
            width_mm=0.35,
        )
        sheet.line(
            [
                (x + 1.0 + shift + a[2, 0], y + h - 1.0 + a[2, 1]),
                (x + w - 1.9 + shift + a[3, 0], y + 1.0 + a[3, 1]),
            ],
            width_mm=0.35,
        )
    sheet.say(row, option, "mark")


@pytest.mark.parametrize("mark", [looped_tick, outlined_cross])
def test_a_hand_whose_marks_are_odd_but_all_alike_is_not_asked_about_each(desk: Desk, mark: object) -> None:
    assert callable(mark)
    sheet = desk.sheet(marked=False)
    rng = np.random.default_rng(3)
    for row in range(1, desk.rows + 1):
        mark(sheet, row, OPTIONS[row % 3], rng)
    desk.check(sheet)


@pytest.mark.parametrize("rise_mm", [-1.2, 0.0, 1.2])
@pytest.mark.parametrize("mark", [looped_tick, outlined_cross])
def test_a_line_through_one_of_them_is_asked_about(desk: Desk, mark: object, rise_mm: float) -> None:
    assert callable(mark)
    sheet = desk.sheet(marked=False)
    rng = np.random.default_rng(3)
    for row in range(1, desk.rows + 1):
        mark(sheet, row, OPTIONS[row % 3], rng)
    x, y, w, h = sheet.box(STRUCK, OPTIONS[STRUCK % 3])
    sheet.line([(x - 1.5, y + h / 2 + rise_mm), (x + w + 1.5, y + h / 2 - rise_mm)], width_mm=0.4)
    sheet.say(STRUCK, OPTIONS[STRUCK % 3], "doubt")
    desk.check(sheet)


def test_a_hand_whose_crosses_have_a_level_stroke_is_not_asked_where_it_is_long(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    rng = np.random.default_rng(5)
    for row in range(1, desk.rows + 1):
        x, y, w, h = sheet.box(row, OPTIONS[row % 3])
        a = rng.normal(0, 0.2, 4)
        out = -0.8 if row % 3 else 1.8
        sheet.line([(x - out + a[0], y + h * 0.7), (x + w + out + a[1], y + h * 0.35)])
        sheet.line([(x + 1.4 + a[2], y + 0.6), (x + w - 1.6 + a[3], y + h - 0.7)])
        sheet.say(row, OPTIONS[row % 3], "mark")
    desk.check(sheet)


@pytest.mark.parametrize("mark", ["cross", "tick"])
def test_two_plain_marks_in_a_row_are_asked_about_as_a_row_is_anyway(desk: Desk, mark: str) -> None:
    sheet = desk.sheet()
    row = 6
    second = OPTIONS[(row + 1) % 3]
    (sheet.cross if mark == "cross" else sheet.tick)(row, second)
    reading = desk.check(sheet, questions=None)
    row_of = [f for f in reading.fields if f.contest == f"row-{row}" and f.state is not State.EMPTY]
    assert len(row_of) == 2 and all(f.state is State.UNCLEAR for f in row_of)


def test_where_most_rows_bear_two_marks_that_is_what_is_voted_by(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, OPTIONS[row % 3])
        if row % 4:
            sheet.cross(row, OPTIONS[(row + 1) % 3])
    desk.check(sheet)


@pytest.mark.parametrize("size_mm", [0.4, 0.5, 0.6])
def test_where_a_pen_rested_beside_a_plain_mark_nobody_is_asked(desk: Desk, size_mm: float) -> None:
    sheet = desk.sheet()
    x, y, w, h = sheet.box(5, OPTIONS[0])
    sheet.line([(x + w / 2, y + h / 2), (x + w / 2 + 0.05, y + h / 2)], width_mm=size_mm)
    sheet.say(5, OPTIONS[0], "nothing")
    desk.check(sheet)


def test_where_nothing_else_is_in_the_row_such_a_dot_is_asked_about(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        if row != STRUCK:
            sheet.cross(row, OPTIONS[row % 3])
    x, y, w, h = sheet.box(STRUCK, "high")
    sheet.line([(x + w / 2, y + h / 2), (x + w / 2 + 0.05, y + h / 2)], width_mm=1.1)
    sheet.say(STRUCK, "high", "doubt")
    desk.check(sheet)


def test_legs_of_ticks_that_stand_above_each_other_are_no_streak(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        option = "high" if row % 2 else "low"
        x, y, w, h = sheet.box(row, option)
        sheet.line(
            [(x + 1.4, y - 0.6), (x + 1.7, y + h + 0.4), (x + w - 1.9, y + h + 0.4), (x + w - 1.6, y - 0.9)]
        )
        sheet.say(row, option, "mark")
    reading = desk.check(sheet, questions=None)
    assert not [f for f in reading.fields if f.why == "line"]
