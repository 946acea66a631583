"""The frame as it stands on paper."""

import io
from collections.abc import Callable
from itertools import product
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
import segno
import zxingcpp

from phieu.forms.code import Code, Kind, decode, encode
from phieu.forms.form import Box
from phieu.forms.frame import (
    PAPER_MM,
    ballot_pdf,
    ballots_pdf,
    code_image,
    code_text,
    frame_for,
    kept_clear,
    tag_image,
    tags_of,
)

MM = 300 / 25.4


def apart(one: Box, other: Box) -> float:
    """How many mm lie between two boxes."""
    dx = max(one.x - other.x - other.w, other.x - one.x - one.w, 0)
    dy = max(one.y - other.y - other.h, other.y - one.y - one.h, 0)
    return float(np.hypot(dx, dy))


@pytest.mark.parametrize("paper", PAPER_MM)
def test_every_tag_stands_8_mm_from_the_edges_and_away_from_the_code(paper: str) -> None:
    width, height = PAPER_MM[paper]
    frame = frame_for((width, height), 2)
    assert sorted(frame.tags) == list(range(8))
    for box in frame.tags.values():
        assert min(box.x, width - box.x - box.w) == pytest.approx(8)
        assert min(box.y, height - box.y - box.h) == pytest.approx(8)
        assert apart(box, frame.code) >= (60 if paper != "A5" else 50)
    assert frame.code.x + frame.code.w / 2 == pytest.approx(width / 2)
    for one, other in product(tags_of(frame, 1).values(), (frame.code, frame.text, frame.seal)):
        assert apart(one, other) > 0
    assert apart(frame.code, frame.text) == pytest.approx(2.4)
    assert (frame.seal.w, frame.seal.h) == (45, 35)


def test_the_tags_on_paper_are_where_the_frame_says(
    a_form: Callable[..., Any], pictures: Callable[..., Any], tags_seen: Callable[..., Any]
) -> None:
    frozen = a_form(31)
    for number, page in enumerate(pictures(ballot_pdf(frozen), 300), start=1):
        seen = tags_seen(page)
        assert set(seen) == set(tags_of(frozen.form.frame, number))
        for tag, box in tags_of(frozen.form.frame, number).items():
            corners = [
                (box.x, box.y),
                (box.x + box.w, box.y),
                (box.x + box.w, box.y + box.h),
                (box.x, box.y + box.h),
            ]
            assert np.abs(seen[tag] / MM - corners).max() < 0.2


def test_a_tag_image_is_what_the_detector_looks_for() -> None:
    image = tag_image(5)
    assert image.shape == (8, 8)
    big = cv2.copyMakeBorder(
        cv2.resize(image, (160, 160), interpolation=cv2.INTER_NEAREST),
        40,
        40,
        40,
        40,
        cv2.BORDER_CONSTANT,
        value=255,
    )
    family = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)
    _corners, ids, _rejected = cv2.aruco.ArucoDetector(family).detectMarkers(big)
    assert ids.ravel().tolist() == [5]


@pytest.mark.parametrize("serial", [None, "ABCDE12"])
def test_the_code_is_version_2_at_level_h_with_or_without_a_serial(serial: str | None) -> None:
    text = encode(Code(Kind.REAL, "ABCDEFGH", 1, serial))
    image = code_image(text)
    other = segno.make(text, version=2, error="h", boost_error=False, micro=False)
    assert image.shape == (25, 25) == tuple(np.shape(list(other.matrix)))
    # The two symbols differ in their mask only; both are read back.
    for modules in (image, np.where(np.array(list(other.matrix)) != 0, 0, 255).astype(np.uint8)):
        big = cv2.copyMakeBorder(
            cv2.resize(modules, (250, 250), interpolation=cv2.INTER_NEAREST),
            40,
            40,
            40,
            40,
            cv2.BORDER_CONSTANT,
            value=255,
        )
        (found,) = zxingcpp.read_barcodes(big)
        assert (found.text, found.ec_level) == (text, "H")


@pytest.mark.parametrize("paper", PAPER_MM)
def test_the_printed_code_says_form_and_page(
    paper: str, a_form: Callable[..., Any], pictures: Callable[..., Any], text_of: Callable[..., Any]
) -> None:
    frozen = a_form(2, paper=paper)
    (page,) = pictures(ballot_pdf(frozen), 200)
    (found,) = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)
    assert decode(found.text) == Code(Kind.REAL, frozen.form.id, 1)
    corners = np.array([[p.x, p.y] for p in (found.position.top_left, found.position.bottom_right)]) / (
        200 / 25.4
    )
    code = frozen.form.frame.code
    assert np.abs(corners - [(code.x, code.y), (code.x + code.w, code.y + code.h)]).max() < 0.5
    assert code_text(frozen.form, 1) in text_of(ballot_pdf(frozen))[0].replace(" ", "")


def test_a_practice_ballot_says_so_in_its_code(a_form: Callable[..., Any]) -> None:
    assert decode(code_text(a_form(2, practice=True).form, 1)).kind is Kind.PRACTICE


@pytest.mark.parametrize(
    "how",
    [{"rows": 31}, {"rows": 31, "practice": True}, {"rows": 1, "paper": "A5"}, {"rows": 9, "head": "party"}],
)
def test_nothing_of_the_form_is_printed_where_the_frame_must_stay_white(
    how: dict[str, Any], a_form: Callable[..., Any], pictures: Callable[..., Any]
) -> None:
    frozen = a_form(**how)
    for number, page in enumerate(pictures(frozen.blank_pdf, 300), start=1):
        clear = page.copy()
        for box in tags_of(frozen.form.frame, number).values():
            x, y, w, h = (round(side * MM) for side in box)
            clear[y - 2 : y + h + 2, x - 2 : x + w + 2] = 255
        for what, box in kept_clear(frozen.form.frame, number).items():
            x, y, w, h = (round(side * MM) for side in box)
            assert clear[y : y + h, x : x + w].min() == 255, what


def test_many_ballots_are_a_small_file_with_a_page_for_each(a_form: Callable[..., Any]) -> None:
    frozen = a_form(20)
    one, many = ballot_pdf(frozen), ballots_pdf(frozen, 1000)
    assert len(many) < len(one) + 20_000 * frozen.form.pages
    with pikepdf.open(io.BytesIO(many)) as pdf:
        assert len(pdf.pages) == 1000 * frozen.form.pages
        assert not pdf.check_pdf_syntax()
        assert pdf.pages[0].obj.objgen != pdf.pages[frozen.form.pages].obj.objgen


def test_the_last_of_many_ballots_looks_like_the_first(
    a_form: Callable[..., Any], pictures: Callable[..., Any]
) -> None:
    frozen = a_form(31)
    sides = pictures(ballots_pdf(frozen, 103), 40)
    assert len(sides) == 206
    assert all(np.array_equal(side, sides[number % 2]) for number, side in enumerate(sides))


def test_the_same_ballots_are_the_same_bytes(a_form: Callable[..., Any]) -> None:
    frozen = a_form(3)
    assert ballots_pdf(frozen, 5) == ballots_pdf(frozen, 5)
