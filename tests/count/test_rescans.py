"""Which ballots look like one sheet: pairs found and not found, whatever the hands have in common."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from phieu.count.rescans import LEAST_ROWS, Inked, Twins, twins
from phieu.forms.form import Box, Field, FieldKind, Form, Frame
from phieu.ocr.likeness import WAVES, Signature

Waves = NDArray[np.float64]
OPTIONS = ("high", "confidence", "low")


def form(rows: int, pages: int = 1) -> Form:
    """A form with three boxes a row, as many rows on each page."""
    fields = tuple(
        Field(f"row-{page}-{row}", option, page, FieldKind.CHECK, Box(100 + 20 * i, 20 + 10 * row, 5, 5))
        for page in range(1, pages + 1)
        for row in range(rows)
        for i, option in enumerate(OPTIONS)
    )
    nothing = Box(0, 0, 1, 1)
    frame = Frame({}, nothing, nothing, nothing)
    return Form("AAAAAAAA", "0" * 64, False, (210.0, 297.0), pages, fields, (), frame)


def strokes(rows: int, rng: np.random.Generator, common: Waves | float = 0.0) -> Waves:
    """Marks of one sheet: what its hand has in common, and what is chance in each."""
    return np.asarray(common + rng.normal(0, 1, (rows, WAVES)) * np.linspace(2, 0.5, WAVES))


def rescan(marks: Waves, rng: np.random.Generator, noise: float = 0.5) -> Waves:
    return marks + rng.normal(0, noise, marks.shape)


def ballot(key: str, *pages: Waves, column: Sequence[int] | int = 0) -> Inked:
    found = {}
    for number, marks in enumerate(pages, start=1):
        fields = np.arange(len(marks)) * len(OPTIONS) + np.asarray(column)
        unit = marks / np.linalg.norm(marks, axis=1, keepdims=True)
        found[number] = Signature(fields, unit.astype(np.float32))
    return Inked(key, found)


def one_hand(count: int, rows: int, rng: np.random.Generator) -> list[Waves]:
    """Sheets that one hand filled in: each mark is mostly its manner, all in one column."""
    manner = rng.normal(0, 4, WAVES)
    return [strokes(rows, rng, manner) for _sheet in range(count)]


def found(a_form: Form, ballots: Sequence[Inked], new: Sequence[str] | None = None) -> list[Twins]:
    return twins(a_form, ballots, {one.key for one in ballots} if new is None else set(new))


@pytest.mark.parametrize("rows", [12, 20, 40])
@pytest.mark.parametrize("hands", ["one hand", "many hands"])
def test_a_second_scan_is_found_among_many_sheets_and_nothing_else(rows: int, hands: str) -> None:
    rng = np.random.default_rng(rows)
    sheets = (
        one_hand(60, rows, rng)
        if hands == "one hand"
        else [one_hand(1, rows, rng)[0] for _sheet in range(60)]
    )
    ballots = [ballot(f"s{i:02}", marks) for i, marks in enumerate(sheets)]
    ballots.append(ballot("again", rescan(sheets[17], rng)))
    (pair,) = found(form(rows), ballots)
    assert (pair.one, pair.other, pair.rows) == ("again", "s17", rows)
    assert pair.alike >= 0.9 * rows


def test_a_whole_batch_that_was_scanned_twice_is_found() -> None:
    rng = np.random.default_rng(1)
    sheets = one_hand(40, 20, rng)
    first = [ballot(f"a{i:02}", marks) for i, marks in enumerate(sheets)]
    second = [ballot(f"b{i:02}", rescan(marks, rng)) for i, marks in enumerate(sheets)]
    pairs = found(form(20), [*first, *second], [one.key for one in second])
    assert [(pair.one, pair.other) for pair in pairs] == [(f"a{i:02}", f"b{i:02}") for i in range(40)]


@pytest.mark.parametrize("sheets", [2, 3])
def test_a_second_scan_is_found_where_there_are_hardly_other_sheets(sheets: int) -> None:
    rng = np.random.default_rng(sheets)
    marks = one_hand(sheets, 20, rng)
    ballots = [ballot(f"s{i}", one) for i, one in enumerate(marks)]
    assert found(form(20), ballots) == []
    assert len(found(form(20), [*ballots, ballot("z", rescan(marks[0], rng))])) == 1


def test_of_a_thousand_sheets_of_one_hand_none_is_taken_for_another() -> None:
    rng = np.random.default_rng(2)
    assert found(form(8), [ballot(f"s{i}", one) for i, one in enumerate(one_hand(1000, 8, rng))]) == []


def test_ballots_of_few_rows_are_never_asked_about_however_alike() -> None:
    rng = np.random.default_rng(3)
    rows = LEAST_ROWS - 1
    sheets = one_hand(30, rows, rng)
    ballots = [ballot(f"s{i}", marks) for i, marks in enumerate(sheets)]
    assert found(form(rows), [*ballots, ballot("again", sheets[0])]) == []


def test_marks_that_drift_down_the_page_alike_are_no_second_scan() -> None:
    rng = np.random.default_rng(4)
    away, rows = rng.normal(0, 3, WAVES), 24
    sheets = [
        one + np.outer(np.linspace(-1, 1, rows) * rng.uniform(0.5, 1.5), away)
        for one in one_hand(80, rows, rng)
    ]
    assert found(form(rows), [ballot(f"s{i}", marks) for i, marks in enumerate(sheets)]) == []


def test_lines_drawn_down_a_column_are_no_second_scan_of_each_other() -> None:
    rng = np.random.default_rng(5)
    line, aside, rows = rng.normal(0, 4, WAVES), rng.normal(0, 4, WAVES), 40
    height = np.linspace(-1, 1, rows)
    sheets = [
        line
        + np.outer(rng.uniform(0.5, 1.5) * (height**2 - 1 / 3), aside)
        + rng.normal(0, 0.1, (rows, WAVES))
        for _sheet in range(40)
    ]
    assert found(form(rows), [ballot(f"s{i}", marks) for i, marks in enumerate(sheets)]) == []


def test_what_is_printed_beside_a_field_makes_no_sheets_alike() -> None:
    rng = np.random.default_rng(6)
    left_over = rng.normal(0, 2, (20, WAVES))
    sheets = [one + left_over for one in one_hand(80, 20, rng)]
    assert found(form(20), [ballot(f"s{i}", marks) for i, marks in enumerate(sheets)]) == []


def test_the_same_strokes_in_other_boxes_are_another_sheet() -> None:
    rng = np.random.default_rng(7)
    sheets = one_hand(30, 20, rng)
    ballots = [ballot(f"s{i}", marks) for i, marks in enumerate(sheets)]
    columns = np.arange(20) % 3
    assert found(form(20), [*ballots, ballot("other", sheets[0], column=columns)]) == []
    # Two boxes of twenty in which ink was seen elsewhere don't hide it.
    columns = np.where(np.arange(20) < 2, 1, 0)
    assert len(found(form(20), [*ballots, ballot("again", sheets[0], column=columns)])) == 1


def test_both_sides_of_a_sheet_are_compared_together() -> None:
    rng = np.random.default_rng(8)
    sheets = one_hand(30, 8, rng)
    ballots = [ballot(f"s{i:02}", marks[:4], marks[4:]) for i, marks in enumerate(sheets)]
    again = rescan(sheets[4], rng, 0.1)
    (pair,) = found(form(4, pages=2), [*ballots, ballot("again", again[:4], again[4:])])
    assert (pair.one, pair.other, pair.rows) == ("again", "s04", 8)
    # Where the back of one could not be read, the fronts are compared.
    fronts = [ballot(f"s{i:02}", marks, marks[::-1]) for i, marks in enumerate(one_hand(30, 20, rng))]
    alone = ballot("front", fronts[7].pages[1].waves)
    (pair,) = found(form(20, pages=2), [*fronts, alone])
    assert (pair.one, pair.other, pair.rows) == ("front", "s07", 20)
    # Neither side has rows enough by itself.
    assert found(form(4, pages=2), [*ballots, ballot("front", again[:4])]) == []


def test_pairs_of_ballots_that_came_before_are_not_looked_at_again() -> None:
    rng = np.random.default_rng(9)
    sheets = one_hand(10, 20, rng)
    ballots = [ballot(f"s{i}", marks) for i, marks in enumerate(sheets)]
    ballots.append(ballot("again", rescan(sheets[0], rng)))
    assert found(form(20), ballots, ["s1", "s2"]) == []
    assert len(found(form(20), ballots, ["again"])) == len(found(form(20), ballots, ["s0"])) == 1


def test_the_order_of_ballots_says_nothing() -> None:
    rng = np.random.default_rng(10)
    sheets = one_hand(20, 20, rng)
    ballots = [ballot(f"s{i:02}", marks) for i, marks in enumerate(sheets)]
    ballots += [ballot(f"t{i:02}", rescan(sheets[i], rng)) for i in range(3)]
    assert found(form(20), ballots) == found(form(20), ballots[::-1])


def test_a_signature_with_fields_that_the_form_does_not_have_is_no_error() -> None:
    rng = np.random.default_rng(11)
    assert found(form(6), [ballot("a", strokes(20, rng)), ballot("b", strokes(20, rng))]) == []
