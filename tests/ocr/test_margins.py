"""Writing outside boxes and name cells is found, with its place; dirt, damage and marks are not writing."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from phieu.forms.form import Box
from phieu.forms.rehearsal.seal import seal_light

from .sheets import OPTIONS, Desk, Image, Sheet, turned
from .writing import KINDS, PENS, Way, added_name, note, short_signature, signature, stroke, write

FOOT = (28.0, 266.0)
PAPERS: dict[str, Callable[[Image], Image]] = {
    "white": lambda page: page,
    "pink, as gray": lambda page: _image(page * 0.8),
    "gray": lambda page: _image(page * 0.65),
    "photocopied": lambda page: _image(np.clip((page.astype(float) - 40) * 1.15, 18, 225)),
}


def _image(values: np.ndarray) -> Image:
    return np.clip(values, 0, 255).astype(np.uint8)


def grainy(page: Image, seed: int = 3) -> Image:
    return _image(page + np.random.default_rng(seed).normal(0, 4, page.shape))


def written(sheet: Sheet, ways: list[Way], pen: str = "blue ball", seed: int = 1) -> Sheet:
    sheet.image = write(sheet.image, ways, PENS[pen], sheet.dpi, np.random.default_rng(seed))
    return sheet


def elsewhere(desk: Desk, sheet: Sheet, image: Image | None = None) -> list[Box]:
    """Read, hold the fields against the truth, and return where stray ink lies outside the name cells."""
    return [s.box_mm for s in desk.check(sheet, image, questions=None).stray if s.contest is None]


def meets(box: Box, ways: list[Way]) -> bool:
    points = np.concatenate(ways)
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(box.x < high[0] and box.y < high[1] and box.x + box.w > low[0] and box.y + box.h > low[1])


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("pen", PENS)
def test_a_signature_at_the_foot_is_found_with_any_pen_on_any_paper(desk: Desk, pen: str, paper: str) -> None:
    rng = np.random.default_rng(4)
    sheet = desk.sheet()
    ways = signature(FOOT, 40, rng)
    written(sheet, ways, pen)
    (box,) = elsewhere(desk, sheet, grainy(PAPERS[paper](sheet.image)))
    assert meets(box, ways)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [FOOT, (6.0, 200.0), (110.0, 42.0), (76.0, 180.0)])
def test_every_kind_of_writing_is_found_where_paper_is_bare(
    desk: Desk, kind: str, at: tuple[float, float]
) -> None:
    rng = np.random.default_rng(7)
    sheet = desk.sheet()
    ways = KINDS[kind](at, 11 if at[0] < 10 else 38, rng)
    written(sheet, ways, "black ball")
    boxes = elsewhere(desk, sheet, grainy(sheet.image))
    assert any(meets(box, ways) for box in boxes)


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
@pytest.mark.parametrize("degrees", [-4, 0, 90, 180])
def test_a_note_is_found_at_any_resolution_and_either_way_round(desk: Desk, dpi: int, degrees: int) -> None:
    sheet = desk.sheet(dpi=dpi)
    ways = note(FOOT, 40, np.random.default_rng(2))
    written(sheet, ways, "black ball")
    image = np.rot90(sheet.image, degrees // 90).copy() if degrees % 90 == 0 else turned(sheet.image, degrees)
    assert all(meets(box, ways) for box in elsewhere(desk, sheet, image))
    assert elsewhere(desk, sheet, image)


def test_the_place_of_two_notes_is_told(desk: Desk) -> None:
    sheet, rng = desk.sheet(), np.random.default_rng(1)
    first, second = added_name((120, 44), 40, rng), short_signature(FOOT, 20, rng)
    written(written(sheet, first), second)
    above, below = elsewhere(desk, sheet)
    assert meets(above, first) and meets(below, second)


def test_writing_over_print_shows_where_it_leaves_the_print(desk: Desk) -> None:
    sheet = desk.sheet()
    ways = signature((70, 62), 55, np.random.default_rng(9))
    written(sheet, ways)
    assert any(meets(box, ways) for box in elsewhere(desk, sheet))


def test_a_page_with_nothing_but_marks_has_no_writing(desk: Desk) -> None:
    sheet = desk.sheet()
    assert elsewhere(desk, sheet) == elsewhere(desk, sheet, grainy(sheet.image)) == []


@pytest.mark.parametrize("grow", [1.0, 2.5, 4.0])
def test_a_mark_that_runs_out_of_its_box_is_no_writing(desk: Desk, grow: float) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, 13):
        sheet.cross(row, OPTIONS[row % 3], grow=grow)
    assert elsewhere(desk, sheet) == []


def test_the_long_end_of_a_tick_is_no_writing(desk: Desk) -> None:
    sheet = desk.sheet(marked=False)
    for row in range(1, 13):
        x, y, w, h = sheet.box(row, "low")
        sheet.line([(x + 1.2, y + h * 0.5), (x + w * 0.4, y + h - 1.1), (x + w + 6, y - 6)])
        sheet.say(row, "low", "mark")
    assert elsewhere(desk, sheet) == []


def test_what_strikes_a_name_is_told_once(desk: Desk) -> None:
    sheet = desk.sheet()
    (x, y, w, h) = next(z.box_mm for z in sheet.form.form.zones if z.contest == "row-5")
    sheet.line([(x - 9, y + h / 2), (x + w + 20, y + h / 2 + 0.6)])
    assert [s.contest for s in desk.check(sheet, questions=None).stray] == ["row-5"]


@pytest.mark.parametrize("gray", [90, 170, 215])
@pytest.mark.parametrize("along", ["feed", "glass"])
def test_a_streak_is_no_writing(desk: Desk, gray: int, along: str) -> None:
    sheet = desk.sheet()
    image = sheet.image.copy()
    for at in (60, 560, 1300):
        line = (slice(None), slice(at, at + 2)) if along == "feed" else (slice(at, at + 2), slice(None))
        image[line] = np.minimum(image[line], gray)
    assert elsewhere(desk, sheet, image) == []


@pytest.mark.parametrize("gray", [120, 200, 225])
@pytest.mark.parametrize("ends", [((0, 148), (210, 147)), ((104, 0), (106, 297)), ((0, 70), (90, 0))])
def test_a_fold_is_no_writing(
    desk: Desk, gray: int, ends: tuple[tuple[float, float], tuple[float, float]]
) -> None:
    sheet = desk.sheet()
    (x0, y0), (x1, y1) = ends
    along = np.linspace(0, 1, 60)
    waver = np.random.default_rng(5).normal(0, 0.12, (60, 2)).cumsum(axis=0) * 0.4
    way = np.column_stack((x0 + (x1 - x0) * along, y0 + (y1 - y0) * along)) + waver
    sheet.line([(float(x), float(y)) for x, y in way], 0.3, gray)
    assert elsewhere(desk, sheet) == []


def test_a_torn_corner_is_no_writing(desk: Desk) -> None:
    for lid, edge in ((40, 60), (235, 150)):
        sheet = desk.sheet()
        corner = np.array([[1654, 0], [1340, 0], [1395, 96], [1470, 140], [1500, 230], [1654, 260]], np.int32)
        cv2.fillPoly(sheet.image, [corner], lid)
        cv2.polylines(sheet.image, [corner[1:]], False, edge, 2, cv2.LINE_AA)
        assert elsewhere(desk, sheet) == []


@pytest.mark.parametrize("centre", [(12, 150), (100, 47), (108, 230), (60, 268)])
@pytest.mark.parametrize("inside", [30, 225])
def test_a_punched_hole_is_no_writing(desk: Desk, centre: tuple[float, float], inside: int) -> None:
    sheet = desk.sheet()
    at = (round(centre[0] * sheet.scale), round(centre[1] * sheet.scale))
    cv2.circle(sheet.image, at, round(2.9 * sheet.scale), inside, -1, cv2.LINE_AA)
    cv2.circle(sheet.image, at, round(2.9 * sheet.scale), 130, 1, cv2.LINE_AA)
    assert elsewhere(desk, sheet) == []


def test_dust_and_staple_holes_are_no_writing(desk: Desk) -> None:
    sheet, rng = desk.sheet(), np.random.default_rng(8)
    for x, y in rng.uniform((2, 2), (208, 295), (250, 2)):
        at = (round(x * sheet.scale), round(y * sheet.scale))
        cv2.circle(sheet.image, at, int(rng.integers(0, 4)), int(rng.integers(60, 200)), -1, cv2.LINE_AA)
    for x in (14.0, 25.0):
        cv2.circle(sheet.image, (round(x * sheet.scale), round(26 * sheet.scale)), 5, 40, -1, cv2.LINE_AA)
    assert elsewhere(desk, sheet) == []


@pytest.mark.parametrize("at", [(150, 225), (30, 60), (88, 150), (170, 40)])
def test_a_round_stamp_anywhere_is_no_writing(desk: Desk, at: tuple[int, int]) -> None:
    sheet = desk.sheet()
    sheet.image = stamped(sheet.image, at, sheet.scale)
    assert elsewhere(desk, sheet) == []


def test_a_signature_beside_a_stamp_is_writing(desk: Desk) -> None:
    sheet = desk.sheet()
    sheet.image = stamped(sheet.image, (150, 225), sheet.scale)
    ways = signature((122, 270), 38, np.random.default_rng(3))
    written(sheet, ways)
    assert any(meets(box, ways) for box in elsewhere(desk, sheet))


def stamped(page: Image, at_mm: tuple[float, float], scale: float, strength: float = 0.8) -> Image:
    light = seal_light(34, scale, np.random.default_rng(2), strength)
    light = light if page.ndim == 3 else cv2.cvtColor(light, cv2.COLOR_BGR2GRAY)
    left, top = (round(v * scale) for v in at_mm)
    page = page.copy()
    under = page[top : top + light.shape[0], left : left + light.shape[1]]
    under[...] = cv2.multiply(under, light[: under.shape[0], : under.shape[1]], scale=1 / 255)
    return page


def test_the_rim_of_a_cup_is_no_writing(desk: Desk) -> None:
    sheet = desk.sheet()
    layer = np.zeros(sheet.image.shape, np.float32)
    at = (round(150 * sheet.scale), round(60 * sheet.scale))
    cv2.circle(layer, at, round(38 * sheet.scale), 1.0, round(1.4 * sheet.scale), cv2.LINE_AA)
    layer = cv2.GaussianBlur(layer, (0, 0), 2) * 60
    assert elsewhere(desk, sheet, _image(sheet.image - layer)) == []


def test_print_shining_through_from_the_back_is_no_writing(desk: Desk) -> None:
    sheet = desk.sheet()
    back = cv2.GaussianBlur(cv2.flip(desk.sheet().image, 1), (0, 0), 1.5)
    image = _image(sheet.image - 0.22 * (255 - back.astype(np.float32)))
    assert elsewhere(desk, sheet, image) == []


def test_a_shadow_with_a_sharp_edge_is_no_writing(desk: Desk) -> None:
    sheet = desk.sheet()
    dark = np.zeros(sheet.image.shape, np.float32)
    cv2.fillPoly(dark, [np.array([[0, 1500], [900, 1900], [700, 2339], [0, 2339]], np.int32)], 1.0)
    image = _image(sheet.image * (1 - 0.45 * cv2.GaussianBlur(dark, (0, 0), 5)))
    assert elsewhere(desk, sheet, image) == []


@pytest.mark.parametrize("quality", [20, 50])
@pytest.mark.parametrize("blur", [0.6, 1.6])
def test_blur_and_compression_are_no_writing(desk: Desk, quality: int, blur: float) -> None:
    sheet = desk.sheet()
    soft = cv2.GaussianBlur(grainy(sheet.image), (0, 0), blur)
    _done, data = cv2.imencode(".jpg", soft, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert elsewhere(desk, sheet, _image(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))) == []


def test_a_line_drawn_in_the_margin_is_writing(desk: Desk) -> None:
    sheet = desk.sheet()
    ways = stroke(FOOT, 35, np.random.default_rng(3))
    written(sheet, ways)
    (box,) = elsewhere(desk, sheet)
    assert meets(box, ways)
