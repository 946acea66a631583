"""Every page ends as what it is, or with people; nothing is guessed and nothing thrown away."""

import json
import pickle
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from phieu.forms import code, frame
from phieu.forms.form import Box
from phieu.ocr.identify import Identity
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import Outcome, PageReading, explain

from .sheets import Desk, Sheet, turned


def stamp(sheet: Sheet, text: str) -> None:
    """Print another code over the page's own."""
    x, y, w, _h = sheet.form.form.frame.code
    left, top, size = round(x * sheet.scale), round(y * sheet.scale), round(w * sheet.scale)
    symbol = cv2.resize(frame.code_image(text), (size, size), interpolation=cv2.INTER_NEAREST)
    sheet.image[top : top + size, left : left + size] = symbol


def uncode(sheet: Sheet) -> None:
    x, y, w, h = sheet.form.form.frame.code
    scale = sheet.scale
    sheet.image[
        int((y - 1) * scale) : int((y + h + 1) * scale), int((x - 1) * scale) : int((x + w + 1) * scale)
    ] = 255


def text_of(desk: Desk) -> str:
    return frame.code_text(desk.form.form, 1)


def test_a_page_says_which_form_and_page_it_is(desk: Desk) -> None:
    reading = desk.check(desk.sheet())
    assert (reading.form, reading.page, reading.serial) == (desk.form.form.id, 1, None)
    assert reading.residual_mm is not None and reading.residual_mm < 0.1
    assert PageReading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


def test_reading_twice_changes_nothing(desk: Desk) -> None:
    image = turned(desk.sheet().image, 0.8)
    before = image.copy()
    assert desk.read(image) == desk.read(image)
    assert (image == before).all()


def test_the_place_leads_from_the_form_to_the_image(desk: Desk) -> None:
    sheet = desk.sheet()
    scan = cv2.rotate(sheet.image, cv2.ROTATE_180)
    place = np.array(desk.read(scan).place).reshape(3, 3)
    x, y, w, h = sheet.box(5, "low")
    u, v, depth = place @ (x + w / 2, y + h / 2, 1)
    expected = (scan.shape[1] - (x + w / 2) * sheet.scale, scan.shape[0] - (y + h / 2) * sheet.scale)
    assert abs(u / depth - expected[0]) < 2 and abs(v / depth - expected[1]) < 2


@pytest.mark.parametrize("paper", [255, 235, 180])
def test_a_blank_sheet_is_blank(desk: Desk, paper: int) -> None:
    rng = np.random.default_rng(1)
    sheet = np.clip(rng.normal(paper, 3, (2339, 1654)), 0, 255).astype(np.uint8)
    for _speck in range(60):
        x, y = rng.integers(0, 1650), rng.integers(0, 2330)
        sheet[y : y + 2, x : x + 2] = 60
    assert desk.read(sheet).outcome is Outcome.BLANK


@pytest.mark.parametrize("strength", [1.0, 0.3, 0.1])
def test_a_print_however_faint_is_not_blank(desk: Desk, strength: float) -> None:
    sheet = desk.sheet()
    for box in (*desk.form.form.frame.tags.values(), desk.form.form.frame.code):
        x, y, w, h = box
        scale = sheet.scale
        sheet.image[
            int((y - 2) * scale) : int((y + h + 2) * scale), int((x - 2) * scale) : int((x + w + 2) * scale)
        ] = 255
    faint = (255 - (255 - sheet.image.astype(np.float32)) * strength).astype(np.uint8)
    reading = desk.read(faint)
    assert reading.outcome is Outcome.REVIEW
    assert reading.notes == ("nothing_known",)


@pytest.mark.parametrize("stroke", [[(60, 150), (110, 160)], [(40, 100), (43, 104), (48, 96)]])
def test_a_sheet_with_nothing_but_a_stroke_of_a_pen_is_not_thrown_away(
    desk: Desk, stroke: list[tuple[float, float]]
) -> None:
    sheet = Sheet(desk.form, np.full((2339, 1654), 250, np.uint8), 200)
    for shift in range(5):
        sheet.line([(x, y + 12 * shift) for x, y in stroke])
    assert desk.read(sheet.image).outcome is Outcome.REVIEW


@pytest.mark.parametrize("spread", [60, 120])
def test_noise_is_not_blank(desk: Desk, spread: float) -> None:
    noise = np.random.default_rng(4).normal(128, spread, (2339, 1654))
    assert desk.read(np.clip(noise, 0, 255).astype(np.uint8)).outcome is Outcome.REVIEW


def test_a_photograph_goes_to_people(desk: Desk) -> None:
    rng = np.random.default_rng(2)
    small = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    photo = cv2.GaussianBlur(cv2.resize(small, (1600, 1200), interpolation=cv2.INTER_CUBIC), (0, 0), 5)
    reading = desk.read(np.asarray(photo, np.uint8))
    assert (reading.outcome, reading.fields) == (Outcome.REVIEW, ())


@pytest.mark.parametrize("shape", [(1, 1), (3, 900), (40, 40), (200, 300, 3)])
def test_an_image_of_any_size_gets_an_outcome(desk: Desk, shape: tuple[int, ...]) -> None:
    reading = desk.read(np.full(shape, 200, np.uint8), blur=0)
    assert reading.outcome in {Outcome.BLANK, Outcome.REVIEW}


@pytest.mark.parametrize("at", range(13))
def test_a_code_with_a_changed_character_is_not_ours(desk: Desk, at: int) -> None:
    text = text_of(desk)
    other = "7" if text[at] != "7" else "8"
    sheet = desk.sheet()
    stamp(sheet, text[:at] + other + text[at + 1 :])
    reading = desk.read(sheet.image)
    assert reading.outcome is Outcome.NOT_OURS
    assert reading.fields == ()
    assert all(explain(note) for note in reading.notes)


def test_a_ballot_of_another_vote_is_not_ours(desk: Desk) -> None:
    sheet = desk.sheet()
    stamp(sheet, code.encode(code.Code(code.Kind.REAL, "ABCDEFGH", 1)))
    reading = desk.read(sheet.image)
    assert (reading.outcome, reading.notes) == (Outcome.NOT_OURS, ("unknown_form:ABCDEFGH",))


def test_a_real_ballot_in_a_practice_count_is_not_ours(desk: Desk) -> None:
    reading = desk.read(desk.sheet().image, settings=ReaderSettings(practice=True))
    assert (reading.outcome, reading.notes) == (Outcome.NOT_OURS, ("real_in_practice",))


def test_a_separator_is_a_separator(desk: Desk) -> None:
    sheet = desk.sheet()
    stamp(sheet, code.encode(code.Code(code.Kind.SEPARATOR, "ABCDEFGH", 1)))
    assert desk.read(sheet.image).outcome is Outcome.SEPARATOR


def test_without_its_code_a_page_goes_to_people_with_its_place(desk: Desk) -> None:
    sheet = desk.sheet()
    uncode(sheet)
    reading = desk.read(sheet.image)
    assert (reading.outcome, reading.notes, reading.fields) == (Outcome.REVIEW, ("no_code",), ())
    assert reading.place is not None


def test_what_the_printed_line_says_takes_the_place_of_a_lost_code(desk: Desk) -> None:
    sheet = desk.sheet()
    uncode(sheet)
    forms = {desk.form.form.id: desk.form}
    reading = read_page(sheet.image, forms, ReaderSettings(), identity=Identity(desk.form.form.id, 1, None))
    assert reading.outcome is Outcome.READ
    assert [f.state for f in reading.fields] == [f.state for f in desk.check(desk.sheet()).fields]


def test_a_code_never_gives_way_to_what_a_line_says(desk: Desk) -> None:
    sheet = desk.sheet()
    stamp(sheet, text_of(desk)[:-1] + ("7" if text_of(desk)[-1] != "7" else "8"))
    forms = {desk.form.form.id: desk.form}
    reading = read_page(sheet.image, forms, ReaderSettings(), identity=Identity(desk.form.form.id, 1, None))
    assert reading.outcome is Outcome.NOT_OURS


def test_two_ballots_on_one_image_go_to_people(desk: Desk) -> None:
    one, other = desk.sheet(dpi=150), desk.sheet(dpi=150)
    stamp(other, code.encode(code.Code(code.Kind.REAL, desk.form.form.id, 1, "SERIAL7")))
    reading = desk.read(np.hstack((one.image, other.image)))
    assert reading.outcome is Outcome.REVIEW
    assert reading.fields == ()


def test_two_prints_of_one_form_on_one_image_go_to_people(desk: Desk) -> None:
    one = desk.sheet(dpi=150)
    reading = desk.read(np.hstack((one.image, one.image)))
    assert reading.outcome is Outcome.REVIEW


def test_tags_of_another_page_contradict_the_code(desk: Desk) -> None:
    sheet = desk.sheet()
    for corner in range(4):
        x, y, w, _h = desk.form.form.frame.tags[corner]
        left, top, size = round(x * sheet.scale), round(y * sheet.scale), round(w * sheet.scale)
        tag = cv2.resize(frame.tag_image(corner + 4), (size, size), interpolation=cv2.INTER_NEAREST)
        sheet.image[top : top + size, left : left + size] = tag
    reading = desk.read(sheet.image)
    assert (reading.outcome, reading.notes) == (Outcome.REVIEW, ("tags_contradict_code",))


def test_names_that_are_not_the_forms_go_to_people(desk: Desk) -> None:
    sheet = desk.sheet()
    boxes = [zone.box_mm for zone in desk.form.form.zones]

    def pixels(box: Box) -> tuple[slice, slice]:
        x, y, w, h = (round(v * sheet.scale) for v in box)
        return slice(y + 3, y + h - 3), slice(x + 3, x + w - 3)

    cells: list[NDArray[np.uint8]] = [sheet.image[pixels(box)].copy() for box in boxes]
    for box, picture in zip(boxes, [*cells[1:], cells[0]], strict=True):
        rows, columns = pixels(box)
        height = min(rows.stop - rows.start, picture.shape[0])
        sheet.image[rows, columns] = 255
        sheet.image[rows.start : rows.start + height, columns] = picture[:height]
    reading = desk.read(sheet.image)
    assert (reading.outcome, reading.notes) == (Outcome.REVIEW, ("print_differs",))


def test_settings_come_back_from_the_journal(desk: Desk) -> None:
    settings = replace(ReaderSettings(practice=True), residual_limit_mm=0.3)
    assert ReaderSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


def test_a_form_goes_to_another_process(desk: Desk) -> None:
    sheet = desk.sheet()
    form = pickle.loads(pickle.dumps(desk.form))
    reading = read_page(sheet.image, {form.form.id: form}, ReaderSettings())
    assert reading.outcome is Outcome.READ
