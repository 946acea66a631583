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
    assert (struck.state, struck.why) == (State.UNCLEAR, "tangled")


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
