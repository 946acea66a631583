"""The networks' second opinion: what it may settle, what it doubts, and that it may be missing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from phieu.ocr import ink, networks, register, sight
from phieu.ocr.page import ReaderSettings
from phieu.ocr.reading import State
from phieu.ocr.rule import MarkRule, Verdict
from phieu.ocr.second import OF_SHAPE, SecondRule, second_look

from .sheets import OPTIONS, Desk, Sheet

Draw = Callable[[Sheet, float, float, float, float], None]
MARKED, EMPTY = Verdict(State.MARKED, "strong"), Verdict(State.EMPTY, "clean")
TRIED = ("row-4", OPTIONS[1])


def at_hand() -> SecondRule:
    rule = SecondRule.at_hand()
    assert rule is not None
    return rule


def nothing(sheet: Sheet, x: float, y: float, w: float, h: float) -> None:
    """The cross alone."""


def struck_beyond(sheet: Sheet, x: float, y: float, w: float, h: float) -> None:
    sheet.line([(x - 0.8, y + h / 2), (x + w + 0.8, y + h / 2 - 0.3)])


def struck_within(sheet: Sheet, x: float, y: float, w: float, h: float) -> None:
    sheet.line([(x + 0.6, y + h / 2), (x + w - 0.6, y + h / 2 - 0.3)])


def scribbled(sheet: Sheet, x: float, y: float, w: float, h: float) -> None:
    sheet.line([(x + (0.6 if k % 2 else w - 0.6), y + 0.5 + k * (h - 1) / 8) for k in range(9)])


def crosses(desk: Desk, add: Draw = nothing, rows: int = 12) -> Sheet:
    """A page of plain crosses, one a row; something more is drawn over the fourth row's."""
    sheet = desk.sheet(marked=False)
    for row in range(1, rows + 1):
        sheet.cross(row, OPTIONS[row % 3])
    add(sheet, *sheet.box(4, OPTIONS[1]))
    return sheet


def after(
    desk: Desk, sheet: Sheet, first: Verdict, others: dict[tuple[str, str], Verdict] | None = None
) -> Verdict:
    """What becomes of a first verdict on the fourth row's cross; all other crosses are called marks."""
    gray = np.asarray(cv2.GaussianBlur(sheet.image, (0, 0), 0.6), np.uint8)
    page, rule = desk.form.pages[0], MarkRule()
    fix = sight.look(gray, [desk.form], None).fix_on(page)
    assert fix is not None
    where = register.register(gray, page, fix)
    seen, _levels = ink.see(gray, None, where.matrix, where.shift_mm, page, rule.strong, rule.faint)
    said = {place: MARKED for place in sheet.truth} | {TRIED: first} | (others or {})
    places = [(one.contest, one.option) for one in page.fields]
    found = second_look(page, [said.get(place, EMPTY) for place in places], seen, at_hand())
    return found[places.index(TRIED)]


def test_without_its_files_there_are_no_networks(tmp_path: Path) -> None:
    assert networks.load(tmp_path) is None


def test_the_networks_come_with_the_program_and_are_small() -> None:
    assert len(at_hand().weights) == 64
    assert sum(path.stat().st_size for path in networks.FOLDER.glob("*.onnx")) < 300_000


def test_settings_say_which_networks_and_come_back() -> None:
    settings = ReaderSettings()
    assert settings.to_json()["second"]["weights"] == at_hand().weights
    assert ReaderSettings.from_json(settings.to_json()) == settings


def test_a_count_begun_without_networks_goes_on_without_them(desk: Desk) -> None:
    before = {name: value for name, value in ReaderSettings().to_json().items() if name != "second"}
    alone = ReaderSettings.from_json(before)
    assert alone.second is None
    reading = desk.read(desk.sheet().image, settings=alone)
    assert {f.state for f in reading.fields} == {State.MARKED, State.EMPTY}
    assert not any(name.startswith("looks") for f in reading.fields for name, _value in f.features)


def test_a_count_begun_with_other_networks_is_refused(desk: Desk) -> None:
    other = ReaderSettings(second=replace(at_hand(), weights="0" * 64))
    with pytest.raises(ValueError, match="networks"):
        ReaderSettings.from_json(other.to_json())
    with pytest.raises(ValueError, match="networks"):
        desk.read(desk.sheet().image, settings=other)


@pytest.mark.parametrize("why", OF_SHAPE)
def test_a_plain_cross_in_doubt_for_its_shape_is_settled_and_says_so(desk: Desk, why: str) -> None:
    found = after(desk, crosses(desk), Verdict(State.UNCLEAR, why))
    assert (found.state, found.why) == (State.MARKED, "settled")
    assert dict(found.features)["looks_plain"] > 0.9


@pytest.mark.parametrize(
    "why", ["line", "paper", "corrected", "crowded", "outline", "faint", "dot", "beside"]
)
def test_no_other_doubt_is_settled(desk: Desk, why: str) -> None:
    assert after(desk, crosses(desk), Verdict(State.UNCLEAR, why)) == Verdict(State.UNCLEAR, why)


@pytest.mark.parametrize("add", [struck_beyond, struck_within, scribbled])
def test_a_mark_taken_back_is_not_settled(desk: Desk, add: Draw) -> None:
    found = after(desk, crosses(desk, add), Verdict(State.UNCLEAR, "tangled"))
    assert (found.state, found.why) == (State.UNCLEAR, "tangled")


@pytest.mark.parametrize("add", [struck_beyond, struck_within])
def test_a_struck_mark_is_doubted_even_if_it_was_called_clear(desk: Desk, add: Draw) -> None:
    found = after(desk, crosses(desk, add), MARKED)
    assert (found.state, found.why) == (State.UNCLEAR, "second")


def test_a_plain_cross_is_not_doubted(desk: Desk) -> None:
    assert after(desk, crosses(desk), MARKED).state is State.MARKED


def test_a_mark_called_empty_is_doubted(desk: Desk) -> None:
    found = after(desk, crosses(desk), Verdict(State.EMPTY, "speck", features=(("faint_mm2", 0.1),)))
    assert (found.state, found.why) == (State.UNCLEAR, "second")


def test_nothing_is_settled_in_a_row_in_which_another_box_has_ink(desk: Desk) -> None:
    beside = {("row-4", OPTIONS[2]): Verdict(State.UNCLEAR, "dot")}
    assert after(desk, crosses(desk), Verdict(State.UNCLEAR, "tangled"), beside).state is State.UNCLEAR


def test_nothing_is_settled_or_doubted_on_a_page_of_few_marks(desk: Desk) -> None:
    assert after(desk, crosses(desk, rows=4), Verdict(State.UNCLEAR, "tangled")).state is State.UNCLEAR
    assert after(desk, crosses(desk, struck_within, rows=4), MARKED).state is State.MARKED
