"""Marks as voters make them, and what only looks like one."""

import cv2
import numpy as np
import pytest

from phieu.ocr.reading import PageReading, State

from .sheets import OPTIONS, Desk, Sheet, turned


def why(reading: PageReading, row: int, option: str) -> tuple[State, str]:
    (found,) = (f for f in reading.fields if f.contest == f"row-{row}" and f.option == option)
    return found.state, found.why


def test_crosses_and_ticks_are_read_without_a_question(desk: Desk) -> None:
    reading = desk.check(desk.sheet())
    assert sum(f.state is State.MARKED for f in reading.fields) == desk.rows


def test_an_unmarked_ballot_is_empty(desk: Desk) -> None:
    reading = desk.check(desk.sheet(marked=False))
    assert all(f.state is State.EMPTY for f in reading.fields)


@pytest.mark.parametrize("width_mm", [0.25, 0.35, 0.5, 0.8, 1.2, 1.8])
@pytest.mark.parametrize("gray", [20, 90, 140])
def test_fine_pens_and_felt_pens_are_read(desk: Desk, width_mm: float, gray: int) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        (sheet.cross if row % 2 else sheet.tick)(row, OPTIONS[row % 3], width_mm=width_mm, gray=gray)
    desk.check(sheet)


@pytest.mark.parametrize("gray", [190, 205, 218, 228, 236])
def test_pencil_is_never_silently_empty(desk: Desk, gray: int) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, OPTIONS[row % 3], width_mm=0.4, gray=gray)
    desk.check(sheet, questions=None)


@pytest.mark.parametrize("paper", [235, 200, 160, 120])
def test_a_dark_copier_background_is_only_paper(desk: Desk, paper: int) -> None:
    sheet = desk.sheet()
    rng = np.random.default_rng(3)
    dark = sheet.image * (paper / 255) + rng.normal(0, 4, sheet.image.shape)
    desk.check(sheet, np.clip(dark, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    "bgr",
    [(140, 230, 250), (200, 190, 245), (235, 215, 175), (190, 225, 190)],
    ids=["yellow", "pink", "blue", "green"],
)
def test_coloured_paper_is_only_paper(desk: Desk, bgr: tuple[int, int, int]) -> None:
    sheet = desk.sheet(colour=True)
    scan = (sheet.image.astype(np.float32) * np.array(bgr) / 255).astype(np.uint8)
    desk.check(sheet, scan)


@pytest.mark.parametrize("bgr", [(160, 60, 30), (40, 40, 40), (60, 50, 200)], ids=["blue", "black", "red"])
def test_ink_of_any_colour_counts(desk: Desk, bgr: tuple[int, int, int]) -> None:
    sheet = desk.sheet(marked=False, colour=True)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, OPTIONS[row % 3], bgr=bgr)
    desk.check(sheet)


def test_faded_print_does_not_hide_outlines_or_marks(desk: Desk) -> None:
    faint = (255 - (255 - desk.pages[200].astype(np.float32)) * 0.35).astype(np.uint8)
    sheet = Sheet(desk.form, faint, 200)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, OPTIONS[row % 3])
    desk.check(sheet)


def test_an_image_of_one_bit_is_read(desk: Desk) -> None:
    sheet = desk.sheet()
    soft = cv2.GaussianBlur(turned(sheet.image, 0.7), (0, 0), 0.6)
    desk.check(sheet, np.where(soft > 150, 255, 0).astype(np.uint8))


@pytest.mark.parametrize("quality", [30, 50, 75])
def test_compression_leaves_no_marks(desk: Desk, quality: int) -> None:
    sheet = desk.sheet()
    _done, data = cv2.imencode(".jpg", sheet.image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    desk.check(sheet, np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8))


def test_a_cross_larger_than_its_box_is_a_mark(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, OPTIONS[row % 3], grow=1.5)
    desk.check(sheet)


@pytest.mark.parametrize("option", ["high", "confidence"])
@pytest.mark.parametrize("into_mm", [0.8, 2.0])
def test_a_mark_that_overshoots_into_the_next_box_belongs_to_one_box(
    desk: Desk, option: str, into_mm: float
) -> None:
    sheet = desk.sheet(marked=False)
    other = OPTIONS[OPTIONS.index(option) + 1]
    x, y, w, h = sheet.box(5, option)
    right = sheet.box(5, other).x
    for row in (1, 2, 3, 4, 6, 7, 8):
        sheet.cross(row, OPTIONS[row % 3])
    sheet.line([(x + 1, y + 1), (x + w - 1, y + h - 1)])
    sheet.line([(x + 0.6, y + h - 0.6), (x + w - 1, y + 1.2), (right + into_mm, y + 2.6)])
    sheet.say(5, option, "mark")
    reading = desk.check(sheet, questions=2)
    assert why(reading, 5, other)[0] is not State.MARKED


def marked_elsewhere(desk: Desk) -> Sheet:
    """A page of crosses and ticks, row 5 without any."""
    sheet = desk.sheet(marked=False)
    for row in (1, 2, 3, 4, 6, 7, 8):
        (sheet.cross if row % 2 else sheet.tick)(row, OPTIONS[row % 3])
    return sheet


@pytest.mark.parametrize("gray", [25, 110])
@pytest.mark.parametrize("aside_mm", [-1.0, 0.0, 1.0])
def test_a_punched_hole_half_in_a_box_is_no_mark(desk: Desk, aside_mm: float, gray: int) -> None:
    sheet = marked_elsewhere(desk)
    x, y, w, h = sheet.box(5, "high")
    place = x + w + aside_mm, y + h / 2
    sheet.line([place, (place[0] + 0.05, place[1])], width_mm=5.0, gray=gray)
    sheet.say(5, "high", "doubt")
    reading = desk.check(sheet, questions=None)
    assert why(reading, 5, "high")[0] is State.UNCLEAR


@pytest.mark.parametrize("across_mm", [-1.8, 0.0, 1.8])
@pytest.mark.parametrize("width_mm", [3.2, 4.5])
def test_the_rim_of_a_cup_through_a_box_is_no_mark(desk: Desk, width_mm: float, across_mm: float) -> None:
    sheet = marked_elsewhere(desk)
    x, y, w, h = sheet.box(5, "confidence")
    turns = np.linspace(0, 2 * np.pi, 90)
    centre = x + w / 2 + across_mm + 38, y + h / 2
    rim = Sheet(desk.form, np.full_like(sheet.image, 255), sheet.dpi)
    rim.line([(centre[0] + 38 * np.cos(t), centre[1] + 38 * np.sin(t)) for t in turns], width_mm=width_mm)
    stain = (255 - cv2.GaussianBlur(rim.image, (0, 0), 0.25 * sheet.scale).astype(np.float32)) * 0.27
    desk.check(sheet, np.clip(sheet.image - stain, 0, 255).astype(np.uint8), questions=None)


@pytest.mark.parametrize("beside", [False, True])
def test_a_ring_that_keeps_off_its_box_is_asked_about(desk: Desk, beside: bool) -> None:
    sheet = marked_elsewhere(desk)
    x, y, w, h = sheet.box(5, "high")
    turns = np.linspace(0.3, 2 * np.pi, 40)
    reach = w / 2 + 2.2, h / 2 + 2.2
    middle = x + w / 2, y + h / 2
    sheet.line([(middle[0] + reach[0] * np.cos(t), middle[1] + reach[1] * np.sin(t)) for t in turns])
    if beside:  # so that the contest has a mark
        sheet.cross(5, "low")
    sheet.say(5, "high", "doubt")
    desk.check(sheet, questions=None)


@pytest.mark.parametrize("lean_mm", [-1.5, 0.0, 1.5])
@pytest.mark.parametrize("length_mm", [9.0, 13.0])
def test_a_page_of_arrows_to_the_next_box_is_asked_about(
    desk: Desk, lean_mm: float, length_mm: float
) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, desk.rows + 1):
        sheet.cross(row, "high")
        x, y, w, h = sheet.box(row, "high")
        sheet.line([(x - 1, y + h / 2 - 0.2), (x + w + length_mm, y + h / 2 + lean_mm)])
        sheet.say(row, "high", "doubt")
    desk.check(sheet, questions=None)


def test_a_tick_that_missed_its_box_is_asked_about_beside_another_mark(desk: Desk) -> None:
    sheet = marked_elsewhere(desk)
    x, y, w, h = sheet.box(5, "high")
    sheet.line([(x + w - 1.2, y + h + 0.6), (x + w + 0.4, y + h + 1.9), (x + w + 2.4, y + h * 0.3)])
    sheet.cross(5, "low")
    sheet.say(5, "high", "doubt")
    desk.check(sheet, questions=None)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("size_mm", [0.3, 0.7, 1.2, 1.6, 2.0])
def test_a_dot_is_no_mark(desk: Desk, size_mm: float, alone: bool) -> None:
    sheet = desk.sheet(marked=False)
    for row in (1, 2, 3, 4, *(() if alone else (5,)), 6, 7):
        sheet.cross(row, OPTIONS[row % 3])
    x, y, w, h = sheet.box(5, "high")
    sheet.line([(x + w / 2, y + h / 2), (x + w / 2 + 0.05, y + h / 2)], width_mm=size_mm)
    desk.check(sheet, questions=1)


def scribble(sheet: Sheet, row: int, option: str) -> None:
    x, y, w, h = sheet.box(row, option)
    rng = np.random.default_rng(row)
    points = [
        (x + w * (0.1 + 0.8 * (i % 2)) + rng.normal(0, 0.4), y + h * i / 12 + rng.normal(0, 0.5))
        for i in range(13)
    ]
    sheet.line(points)
    sheet.say(row, option, "doubt")


@pytest.mark.parametrize("alone", [True, False])
def test_a_mark_scribbled_over_is_asked_about(desk: Desk, alone: bool) -> None:
    sheet = desk.sheet()
    row = 6
    if not alone:
        sheet.cross(row, OPTIONS[(row + 1) % 3])
    sheet.cross(row, OPTIONS[row % 3])
    scribble(sheet, row, OPTIONS[row % 3])
    desk.check(sheet, questions=1)


@pytest.mark.parametrize("row", [2, 5])
def test_a_cross_that_was_struck_out_is_asked_about(desk: Desk, row: int) -> None:
    sheet = desk.sheet(marked=False)
    for other in range(1, desk.rows + 1):
        sheet.cross(other, OPTIONS[other % 3])
    x, y, w, h = sheet.box(row, OPTIONS[row % 3])
    sheet.line([(x - 1.5, y + h * 0.55), (x + w + 1.5, y + h * 0.4)])
    sheet.say(row, OPTIONS[row % 3], "doubt")
    sheet.cross(row, OPTIONS[(row + 1) % 3])
    desk.check(sheet, questions=1)


def test_a_circle_around_a_box_is_not_empty(desk: Desk) -> None:
    sheet = desk.sheet()
    x, y, w, h = sheet.box(8, "low")
    turn = np.linspace(0, 2 * np.pi, 40)
    sheet.line([(x + w / 2 + 4.6 * np.cos(a), y + h / 2 + 4.3 * np.sin(a)) for a in turn])
    sheet.say(8, "low", "doubt")
    desk.check(sheet, questions=1)


@pytest.mark.parametrize("gray", [60, 170, 215])
@pytest.mark.parametrize("option", OPTIONS)
def test_a_streak_through_a_column_makes_no_marks(desk: Desk, option: str, gray: int) -> None:
    sheet = desk.sheet()
    box = sheet.box(3, option)
    x = int((box.x + box.w * 0.6) * sheet.scale)
    sheet.image[:, x : x + 2] = np.minimum(sheet.image[:, x : x + 2], gray)
    reading = desk.check(sheet, turned(sheet.image, 0.0), questions=None)
    for row in range(1, desk.rows + 1):
        assert why(reading, row, option)[0] is not State.MARKED


@pytest.mark.parametrize("slope", [-0.12, 0.0, 0.03])
@pytest.mark.parametrize("gray", [120, 180, 225])
def test_a_fold_through_a_row_makes_no_marks(desk: Desk, slope: float, gray: int) -> None:
    sheet = desk.sheet()
    x, y, _w, h = sheet.box(9, "confidence")
    sheet.line([(0, y + h / 2 - x * slope), (210, y + h / 2 + (210 - x) * slope)], width_mm=0.4, gray=gray)
    desk.check(sheet, questions=None)


def test_a_seal_over_boxes_makes_no_marks(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    for row in (1, 2, 3, 9, 10, 11):
        sheet.cross(row, OPTIONS[row % 3])
    x, y, *_size = sheet.box(6, "confidence")
    turn = np.linspace(0, 2 * np.pi, 90)
    for radius in (17.5, 16.0, 11.0):
        sheet.line([(x + 3 + radius * np.cos(a), y + 3 + radius * np.sin(a)) for a in turn], 0.6, gray=110)
    for a in turn[::5]:
        sheet.line(
            [(x + 3 + r * np.cos(a + 0.03 * r), y + 3 + r * np.sin(a + 0.03 * r)) for r in (12, 13.5, 15)],
            0.5,
            gray=110,
        )
    desk.check(sheet, questions=None)


def test_under_a_red_seal_the_pen_is_seen_where_there_is_colour(desk: Desk) -> None:
    sheet = desk.sheet(colour=True)
    x, y, *_size = sheet.box(6, "confidence")
    turn = np.linspace(0, 2 * np.pi, 90)
    red = (70, 60, 215)
    for radius in (17.5, 15.0, 9.0, 6.0, 2.0):
        sheet.line([(x + 3 + radius * np.cos(a), y + 3 + radius * np.sin(a)) for a in turn], 0.9, bgr=red)
    reading = desk.check(sheet, questions=None)
    assert sum(f.state is State.MARKED for f in reading.fields) >= desk.rows - 3


def test_dust_makes_no_questions(desk: Desk) -> None:
    sheet = desk.sheet()
    rng = np.random.default_rng(11)
    for _speck in range(400):
        x, y = rng.uniform(5, 205), rng.uniform(5, 290)
        sheet.line([(x, y), (x + 0.1, y)], width_mm=float(rng.uniform(0.1, 0.35)), gray=80)
    desk.check(sheet)


def test_a_hole_is_no_mark(desk: Desk) -> None:
    sheet = desk.sheet()
    x, y, w, h = sheet.box(5, "high")
    for gray, row in ((20, 5), (255, 8)):
        x, y, w, h = sheet.box(row, "high")
        middle = (int((x + w / 2) * sheet.scale), int((y + h / 2) * sheet.scale))
        cv2.circle(sheet.image, middle, int(3 * sheet.scale), gray, -1, cv2.LINE_AA)
        sheet.truth.pop((f"row-{row}", "high"), None)
    reading = desk.check(sheet, questions=None)
    assert why(reading, 5, "high")[0] is not State.MARKED


def test_features_are_told_where_ink_was_seen_and_never_stored(desk: Desk) -> None:
    reading = desk.read(desk.sheet().image)
    marked = next(f for f in reading.fields if f.state is State.MARKED)
    measured = dict(marked.features)
    assert 4 < measured["span_mm"] < 9 and 0.3 < measured["darkness"] < 1
    assert all(not f.features for f in reading.fields if f.why == "clean")
    assert "features" not in reading.to_json()["fields"][0]
    assert PageReading.from_json(reading.to_json()) == reading


@pytest.mark.parametrize("out_mm", [1.2, 2.0])
@pytest.mark.parametrize("lean_mm", [-1.2, 0.0, 1.2])
def test_a_slash_with_a_level_line_through_it_is_asked_about_among_crosses(
    desk: Desk, lean_mm: float, out_mm: float
) -> None:
    sheet = desk.sheet(marked=False)
    for row in (1, 2, 3, 4, 6, 7, 8):
        sheet.cross(row, OPTIONS[row % 3])
    x, y, w, h = sheet.box(5, "high")
    sheet.line([(x + 1.6, y + h - 1.1), (x + w - 1.6, y + 1.1)])
    sheet.line([(x - out_mm, y + h / 2 + lean_mm), (x + w + out_mm, y + h / 2 - lean_mm)])
    sheet.say(5, "high", "doubt")
    desk.check(sheet, questions=None)
