"""Codes on images, what their text means, and the printed line when the code is gone."""

import itertools

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from phieu.forms.code import Code, Kind, encode, in_print
from phieu.ocr.identify import Identity, Refusal, find_code, find_codes, understand
from phieu.ocr.reading import Outcome, explain
from phieu.ocr.text import read_line

from .papers import Image, papers, without_code

REAL, PRACTICE, OTHER = papers()
FORMS = {REAL.id: REAL.known, PRACTICE.id: PRACTICE.known}


def qr(text: str, module_px: int) -> Image:
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    return np.array(symbol.to_image(scale=module_px, add_quiet_zones=True))


def page_with(*codes: tuple[str, int, int], dpi: int = 200) -> Image:
    """An A4 page with codes at places in mm."""
    page = np.full((round(297 * dpi / 25.4), round(210 * dpi / 25.4)), 245, np.uint8)
    for text, x, y in codes:
        code = qr(text, 8)
        side = round(19.8 * dpi / 25.4)
        left, top = round(x * dpi / 25.4), round(y * dpi / 25.4)
        page[top : top + side, left : left + side] = cv2.resize(
            code, (side, side), interpolation=cv2.INTER_AREA
        )
    return page


OURS = encode(Code(Kind.REAL, REAL.id, 1))


@pytest.mark.parametrize("dpi", [100, 150, 200, 300, 600])
@pytest.mark.parametrize("degrees", [0, 4, -10, 90, 97, 180, 190, 270])
def test_a_code_is_found_whichever_way_the_page_lies(dpi: int, degrees: float) -> None:
    page = page_with((OURS, 95, 260), dpi=dpi)
    height, width = page.shape
    side = max(width, height)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    matrix[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
    turned = cv2.warpAffine(page, matrix, (side, side), borderValue=245)
    found = find_code(turned)
    assert found is not None
    assert found.text == OURS
    # The quiet zone is 4 of 33 modules; the code's own top-left comes first, then clockwise.
    near, far = 19.8 * 4 / 33, 19.8 * 29 / 33
    mm = np.array(
        [(95 + near, 260 + near), (95 + far, 260 + near), (95 + far, 260 + far), (95 + near, 260 + far)]
    )
    expected = np.column_stack((mm * dpi / 25.4, np.ones(4))) @ matrix.T
    assert np.abs(found.corners_px - expected).max() < 0.5 * dpi / 25.4


def test_a_code_is_found_where_it_is_looked_for_only() -> None:
    page = page_with((OURS, 95, 260))
    around = find_code(page, (700, 2000, 300, 339))
    assert around is not None
    whole = find_code(page)
    assert whole is not None
    assert np.abs(around.corners_px - whole.corners_px).max() <= 2
    assert find_code(page, (0, 0, 600, 600)) is None
    assert find_code(page, (1600, 2300, 500, 500)) is None


def test_our_code_comes_before_someone_elses() -> None:
    foreign = "https://example.vn/khao-sat?so=1"
    for page in (
        page_with((foreign, 20, 20), (OURS, 95, 260)),
        page_with((OURS, 20, 20), (foreign, 95, 260)),
    ):
        found = find_code(page)
        assert found is not None
        assert found.text == OURS


def test_two_ballots_on_one_scan_show_two_codes() -> None:
    second = encode(Code(Kind.REAL, REAL.id, 1, "ABCDEFG"))
    assert {code.text for code in find_codes(page_with((OURS, 20, 100), (second, 150, 100)))} == {
        OURS,
        second,
    }


def test_nothing_is_found_on_a_page_without_code() -> None:
    assert find_codes(np.full((2339, 1654), 230, np.uint8)) == ()


@pytest.mark.parametrize(
    ("text", "accept", "expected"),
    [
        (OURS, False, Identity(REAL.id, 1)),
        (OURS, None, Identity(REAL.id, 1)),
        (encode(Code(Kind.REAL, REAL.id, 1, "2345678")), False, Identity(REAL.id, 1, "2345678")),
        (encode(Code(Kind.PRACTICE, PRACTICE.id, 1)), True, Identity(PRACTICE.id, 1)),
        (encode(Code(Kind.PRACTICE, PRACTICE.id, 1)), None, Identity(PRACTICE.id, 1)),
        (encode(Code(Kind.PRACTICE, PRACTICE.id, 1)), False, Refusal(Outcome.NOT_OURS, "practice_in_real")),
        (encode(Code(Kind.PRACTICE, "ZZZZZZZZ", 1)), False, Refusal(Outcome.NOT_OURS, "practice_in_real")),
        (OURS, True, Refusal(Outcome.NOT_OURS, "real_in_practice")),
        (encode(Code(Kind.REAL, OTHER.id, 1)), None, Refusal(Outcome.NOT_OURS, f"unknown_form:{OTHER.id}")),
        (
            encode(Code(Kind.PRACTICE, REAL.id, 1)),
            None,
            Refusal(Outcome.NOT_OURS, f"kind_contradicts_form:{REAL.id}"),
        ),
        (encode(Code(Kind.REAL, REAL.id, 2)), None, Refusal(Outcome.NOT_OURS, "page_out_of_range:2")),
        (encode(Code(Kind.SEPARATOR, "AAAAAAAA", 1)), None, Refusal(Outcome.SEPARATOR, "separator")),
        ("https://example.vn", None, Refusal(Outcome.REVIEW, "code_foreign")),
        ("", None, Refusal(Outcome.REVIEW, "code_foreign")),
        ("Kính gửi bạn!", None, Refusal(Outcome.REVIEW, "code_foreign")),
    ],
)
def test_a_code_means_a_page_of_this_vote_or_says_why_not(
    text: str, accept: bool | None, expected: Identity | Refusal
) -> None:
    meant = understand(text, FORMS, accept)
    assert meant == expected
    if isinstance(meant, Refusal):
        assert explain(meant.note)


@given(
    place=st.integers(0, len(OURS) - 1),
    character=st.characters(min_codepoint=33, max_codepoint=126),
    accept=st.sampled_from([None, False]),
)
def test_a_code_with_any_character_changed_is_not_ours(
    place: int, character: str, accept: bool | None
) -> None:
    changed = OURS[:place] + character + OURS[place + 1 :]
    if changed != OURS:
        assert understand(changed, FORMS, accept) == Refusal(Outcome.NOT_OURS, "code_check_wrong")


@given(st.text(max_size=40))
def test_no_text_is_taken_for_a_ballot_of_this_vote(text: str) -> None:
    assert isinstance(understand(text, FORMS, None), Refusal)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("dpi", [150, 200, 300])
def test_the_printed_line_says_what_the_lost_code_said(turns: int, dpi: int) -> None:
    page = without_code(REAL, tags=False)
    scaled = cv2.resize(page, None, fx=dpi / 200, fy=dpi / 200, interpolation=cv2.INTER_AREA)
    assert find_codes(scaled) == ()
    assert read_line(np.rot90(scaled, turns), FORMS, False) == Identity(REAL.id, 1)


def test_the_printed_line_is_read_through_slant_and_scribble() -> None:
    rng = np.random.default_rng(3)
    page = without_code(REAL)
    for _stroke in range(10):
        ends = rng.integers((740, 2080), (930, 2230), (2, 2))
        cv2.line(page, ends[0].tolist(), ends[1].tolist(), 40, 6)
    for degrees in (-3, 2):
        matrix = cv2.getRotationMatrix2D((827, 1170), degrees, 1)
        slanted = cv2.warpAffine(page, matrix, (1654, 2339), borderValue=255)
        assert read_line(slanted, FORMS, False) == Identity(REAL.id, 1)


def test_characters_that_look_alike_are_told_apart_by_the_check() -> None:
    look_alike = str.maketrans({"O": "0", "I": "1", "B": "8", "S": "5", "Z": "2", "1": "I"})
    text = in_print(OURS)
    line = text[0] + text[1:].translate(look_alike)
    assert read_line(without_code(REAL, line), FORMS, False) == Identity(REAL.id, 1)


def swapped(text: str) -> str:
    """The text with two neighbours exchanged in the form id, so that the check is wrong."""
    for i in itertools.count(3):
        if text[i] != text[i + 1]:
            return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    raise AssertionError(text)


@pytest.mark.parametrize(
    ("line", "accept", "note"),
    [
        (swapped(OURS), False, "line_check_wrong"),
        (encode(Code(Kind.REAL, "KLMNPQRT", 1)), False, "unknown_form:KLMNPQRT"),
        (encode(Code(Kind.PRACTICE, PRACTICE.id, 1)), False, "practice_in_real"),
        (OURS, True, "real_in_practice"),
        ("", False, "line_missing"),
    ],
)
def test_a_line_that_fails_is_a_question_and_no_refusal(line: str, accept: bool, note: str) -> None:
    printed = in_print(line) if line else ""
    assert read_line(without_code(REAL, printed), FORMS, accept) == Refusal(Outcome.REVIEW, note)
