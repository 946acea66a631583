"""What is read does not hang on how a sheet was scanned: orientation, resolution, format, scale, slip."""

import io
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from phieu.count.printed_size import said_once
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.pixels import decode
from phieu.ocr.reading import Outcome, PageReading, State, explain
from phieu.words import spoken

from .sheets import Desk, Image, turned, wrong

few = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def encoded(image: Image, form: str) -> Image:
    """An image as it comes back from a file."""
    out, picture = io.BytesIO(), Pillow.fromarray(image)
    if form == "g4":
        picture.point(lambda value: 255 * (value > 150)).convert("1").save(out, "TIFF", compression="group4")
    else:
        options: dict[str, Any] = {"jpeg": {"quality": 70}}.get(form, {})
        picture.convert("RGB" if form == "colour" else "L").save(
            out, {"jpeg": "JPEG", "colour": "JPEG", "png": "PNG", "tiff": "TIFF"}[form], **options
        )
    return decode(out.getvalue())[0]


def placed(image: Image, scale: float, shift: tuple[float, float] = (0, 0)) -> Image:
    height, width = image.shape
    matrix = np.array(
        [[scale, 0, (1 - scale) * width / 2 + shift[0]], [0, scale, (1 - scale) * height / 2 + shift[1]]]
    )
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(image, matrix, (width, height), flags=flags, borderValue=255)


@few
@given(
    dpi=st.sampled_from([100, 150, 200, 300]),
    turns=st.integers(0, 3),
    degrees=st.floats(-2.5, 2.5),
    form=st.sampled_from(["jpeg", "colour", "png", "tiff", "g4"]),
)
def test_orientation_resolution_and_format_do_not_change_what_is_read(
    desk: Desk, dpi: int, turns: int, degrees: float, form: str
) -> None:
    sheet = desk.sheet(dpi=dpi)
    soft = cv2.GaussianBlur(turned(sheet.image, degrees), (0, 0), 0.5)
    scan = encoded(
        np.ascontiguousarray(np.rot90(soft, turns)), "png" if dpi == 100 and form == "g4" else form
    )
    reading = desk.read(scan, blur=0)
    assert (reading.outcome, wrong(reading, sheet.truth)) == (Outcome.READ, []), reading.notes
    settled = {(f.contest, f.option) for f in reading.fields if f.state is State.MARKED}
    asked = {f.contest for f in reading.fields if f.state is State.UNCLEAR}
    # Thin pens and few dots may leave a question, never another answer.
    assert {key for key in sheet.truth if key[0] not in asked} <= settled
    assert len(asked) <= (1 if form != "g4" else 4)


@pytest.mark.parametrize("dpi", [400, 600])
def test_a_page_of_many_dots_is_read(desk: Desk, dpi: int) -> None:
    sheet = desk.sheet(dpi=300)
    image = cv2.resize(sheet.image, None, fx=dpi / 300, fy=dpi / 300, interpolation=cv2.INTER_CUBIC)
    desk.check(sheet, turned(np.asarray(image, np.uint8), 1.0))


@few
@given(
    at=st.floats(0.04, 0.96),
    slip_mm=st.floats(1, 3).flatmap(lambda by: st.sampled_from([by, -by])),
    sideways=st.booleans(),
)
def test_a_slip_at_any_height_is_never_read_wrong(
    desk: Desk, at: float, slip_mm: float, sideways: bool
) -> None:
    sheet = desk.sheet()
    image = np.ascontiguousarray(sheet.image.T) if sideways else sheet.image
    cut = round(at * len(image))
    again = max(0, cut - round(slip_mm * sheet.scale))
    slipped = np.concatenate((image[:cut], image[again:]))
    scan = np.ascontiguousarray(slipped.T) if sideways else slipped
    reading = desk.read(scan)
    # Where the paper jumped within a name or a box, that row may be asked about.
    doubtful = {f.contest for f in reading.fields if f.state is State.UNCLEAR and f.why in _PLACE}
    assert not wrong(reading, sheet.truth)
    if sideways:
        assert reading.outcome in {Outcome.READ, Outcome.REVIEW}
    else:
        assert reading.outcome is Outcome.READ, reading.notes
        assert len(doubtful) <= 2


_PLACE = {"outline", "misplaced", "outside"}


@pytest.mark.parametrize("percent", [94, 95, 97, 99, 101, 103])
def test_a_ballot_printed_to_fit_the_page_is_read_and_its_size_known(desk: Desk, percent: int) -> None:
    sheet = desk.sheet()
    reading = read_page(
        placed(sheet.image, percent / 100), {desk.form.form.id: desk.form}, ReaderSettings(), dpi=200
    )
    assert (reading.outcome, wrong(reading, sheet.truth)) == (Outcome.READ, [])
    assert reading.print_scale == pytest.approx(percent / 100, abs=0.003)
    assert PageReading.from_json(reading.to_json()) == reading


@pytest.mark.parametrize(("factor", "paper"), [(0.7048, "A5"), (1.414, "A3")])
def test_a_form_printed_on_the_wrong_paper_is_named_as_such(desk: Desk, factor: float, paper: str) -> None:
    sheet = desk.sheet()
    image = cv2.resize(sheet.image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    forms = {desk.form.form.id: desk.form}
    reading = read_page(np.asarray(image, np.uint8), forms, ReaderSettings(), dpi=200)
    assert (reading.outcome, reading.notes) == (Outcome.REVIEW, (f"wrong_paper:{paper}",))
    with spoken("en"):
        assert paper in explain(reading.notes[0])
    glass = np.full((3307, 2339), 255, np.uint8)
    if factor < 1:
        glass[400 : 400 + image.shape[0], 300 : 300 + image.shape[1]] = image
        assert read_page(glass, forms, ReaderSettings(), dpi=200).notes == (f"wrong_paper:{paper}",)


@pytest.mark.parametrize("dpi", [None, 72, 96, 300, 1e9])
def test_a_resolution_that_can_not_be_true_says_nothing_of_the_print(desk: Desk, dpi: float | None) -> None:
    sheet = desk.sheet()
    reading = read_page(sheet.image, {desk.form.form.id: desk.form}, ReaderSettings(), dpi=dpi)
    assert (reading.outcome, reading.print_scale) == (Outcome.READ, None)
    assert "print_scale" not in reading.to_json()


def test_the_size_of_a_batch_is_said_once_and_only_if_it_is_wrong(desk: Desk) -> None:
    def pages(*scales: float | None) -> list[PageReading]:
        return [PageReading("", i, "", Outcome.READ, print_scale=scale) for i, scale in enumerate(scales)]

    assert said_once(pages(None, None)) is None
    assert said_once(pages(1.0, 0.998, 1.004)) is None
    with spoken("en"):
        assert "97 percent" in str(said_once(pages(0.97, 0.971, None, 0.969)))
