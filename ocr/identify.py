"""Which form, page and serial is this sheet? The QR code on an image, and what its text means to this vote.

`find_code` and `find_codes` turn pixels into text and corners; `understand` turns text into an identity, or
into a refusal that names its reason. What to do with a page is for `page.py` to decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from ..forms.code import CodeError, CodeProblem, Kind, decode
from ..forms.form import Form
from .reading import Outcome


@dataclass(frozen=True, slots=True)
class Found:
    """A QR code on an image."""

    text: str
    corners_px: NDArray[np.float64]
    """(4, 2): the code's own top-left corner, then clockwise; so the page's rotation follows from them."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A page of a form that this vote knows."""

    form: str
    page: int
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a code's text is not a page of this vote."""

    outcome: Outcome
    """What the page becomes if this is all that is known of it: `not_ours`, `separator`, or `review` for a
    code that has nothing to do with ballots (someone's sticker), which tells nothing about the page."""
    note: str
    """A code for `reading.explain`."""


class Known(Protocol):
    """Whatever carries a form: a frozen form, or one with its blank pages."""

    @property
    def form(self) -> Form:
        """The geometry."""


Region = tuple[int, int, int, int]
"""A crop of an image: left, top, width, height in pixels."""

# Enlarging helps where modules have 2 to 3 px: of 40 blurred codes at 100 dpi it finds all instead of 31, at
# 85 dpi all instead of 1. A crop up to twice this size may hold such.
_SMALL_CROP_PX = 160


def find_code(gray: NDArray[np.uint8], region_px: Region | None = None) -> Found | None:
    """Return the QR code on an image, one of ours before any other.

    Args:
        gray: page image, uint8 (height, width), or BGR.
        region_px: where the code must be. With a region the search is quick (0.3 ms); without, the whole page
            is searched in any orientation (2 ms at 200 dpi, 40 ms at 600).
    """
    found = find_codes(gray, region_px)
    return min(found, key=lambda code: _foreign(code.text), default=None)


def find_codes(gray: NDArray[np.uint8], region_px: Region | None = None) -> tuple[Found, ...]:
    """Return every QR code on an image: two of ours mean that two ballots lie on one scan."""
    left, top = 0, 0
    if region_px is not None:
        left, top, width, height = region_px
        left, top = max(left, 0), max(top, 0)
        gray = gray[top : region_px[1] + height, left : region_px[0] + width]
    if min(gray.shape[:2]) < 20:
        return ()
    if region_px is None:
        return _read(gray, (left, top), 1, anywhere=True)
    found = _read(gray, (left, top), 1, anywhere=False)
    if not found and max(gray.shape[:2]) <= 2 * _SMALL_CROP_PX:
        enlarged = cv2.resize(gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        found = _read(enlarged.astype(np.uint8), (left, top), 2, anywhere=False)
    return found


def understand(
    text: str, forms: Mapping[str, Known], accept_practice: bool | None = None
) -> Identity | Refusal:
    """Return what a code's text means to this vote.

    Args:
        text: as `find_code` gave it.
        forms: the forms of this vote by their id.
        accept_practice: True in a practice count, False in a real one, None where both are welcome.
    """
    try:
        code = decode(text)
    except CodeError as error:
        return _REFUSALS[error.problem if error.problem is not CodeProblem.FOREIGN else _foreign_kind(text)]
    if code.kind is Kind.SEPARATOR:
        return Refusal(Outcome.SEPARATOR, "separator")
    practice = code.kind is Kind.PRACTICE
    if accept_practice is not None and practice != accept_practice:
        return Refusal(Outcome.NOT_OURS, "practice_in_real" if practice else "real_in_practice")
    if code.form not in forms:
        return Refusal(Outcome.NOT_OURS, f"unknown_form:{code.form}")
    form = forms[code.form].form
    if form.practice != practice:
        return Refusal(Outcome.NOT_OURS, f"kind_contradicts_form:{code.form}")
    if code.page > form.pages:
        return Refusal(Outcome.NOT_OURS, f"page_out_of_range:{code.page}")
    return Identity(code.form, code.page, code.serial)


_REFUSALS = {
    CodeProblem.CHECK: Refusal(Outcome.NOT_OURS, "code_check_wrong"),
    CodeProblem.VERSION: Refusal(Outcome.NOT_OURS, "code_version_unknown"),
    CodeProblem.FOREIGN: Refusal(Outcome.REVIEW, "code_foreign"),
}


def _foreign_kind(text: str) -> CodeProblem:
    """Tell a code of ours with a character nobody prints (a false code) from a code that was never ours."""
    # One changed character may also leave the alphabet; 12 of 13 in place is no coincidence.
    printable = sum(character.isdigit() or "A" <= character <= "Z" for character in text)
    ours = len(text) in (13, 20) and printable >= len(text) - 1
    return CodeProblem.CHECK if ours else CodeProblem.FOREIGN


def _foreign(text: str) -> bool:
    try:
        decode(text)
    except CodeError:
        return True
    return False


def _read(gray: NDArray[np.uint8], offset: tuple[int, int], scale: int, anywhere: bool) -> tuple[Found, ...]:
    codes = zxingcpp.read_barcodes(
        np.ascontiguousarray(gray),
        # Not kept in a constant: the binding complains at exit of what is still held then.
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        try_rotate=anywhere,
        try_downscale=anywhere,
        try_invert=False,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return tuple(Found(code.text, _corners(code.position) / scale + offset) for code in codes)


def _corners(position: "zxingcpp.Position") -> NDArray[np.float64]:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    # A pixel's place is its centre; zxing-cpp rounds to whole pixels.
    return np.array([(corner.x, corner.y) for corner in corners], dtype=np.float64)
