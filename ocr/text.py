"""The printed line under the code, read by Tesseract when the code itself is gone.

The line has the code's text and check. Where Tesseract takes one character for another, the code's layout and
check say which it was; and a line counts only if its check holds and its form belongs to this vote. A line
that fails is a question for people, never a reason to turn a ballot away.

Where corner tags said where the page lies, the line is cut out there; otherwise where the whole scan, in
either of its two likely orientations, would have it.
"""

import itertools
import math
from collections.abc import Iterator, Mapping

import cv2
import numpy as np
import pytesseract  # type: ignore[import-untyped]
from PIL import Image

from ..errors import MissingProgram
from ..forms.code import VERSION, CodeError, decode
from ..forms.form import Box
from ..words import _
from .identify import Identity, Known, Refusal, understand
from .pixels import Pixels
from .reading import Outcome

_READING_DPI = 200
_SECONDS = 10
_WANTED = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_FAINTEST = 40
"""Gray levels between paper and ink; a strip with less has no print in it."""

# What is tried in turn, each 0.08 s: how far the strip reaches beyond the line's box (up, down, to the sides,
# in mm) and how Tesseract cuts it up (7: one line, 6: a block, 11: text anywhere). The first reads nearly
# all; the others found lines that a scribble ran into.
_STRIPS = (((2, 6, 8), 7), ((6, 7, 10), 6), ((6, 7, 10), 11))

# What Tesseract takes for one another in the line's face.
_CONFUSED = ("O0QD", "I1T4L7", "S5", "Z2", "B8", "G6")
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MOST_SPELLINGS = 20_000
_LENGTHS = (13, 20)
"""Tesseract may also see one character as two, as 5 as S5."""


def read_line(
    image: Pixels,
    forms: Mapping[str, Known],
    accept_practice: bool | None,
    place: tuple[float, ...] | None = None,
) -> Identity | Refusal:
    """Return what the printed line says the page is; a refusal is always a case for people.

    Args:
        image: the page as scanned, gray or BGR.
        forms: the forms of this vote by their id.
        accept_practice: as in `identify.understand`.
        place: the map from mm on the form to pixels, as `PageReading.place` has it, if one is known.

    Raises:
        MissingProgram: Tesseract or its English is not installed.
    """
    note = "line_missing"
    for line in _lines(image, forms, place):
        meant = {text: understand(text, forms) for text in _spellings(line)}
        ours = {text for text, meaning in meant.items() if isinstance(meaning, Identity)}
        if len(ours) == 1:
            meaning = understand(ours.pop(), forms, accept_practice)
            return meaning if isinstance(meaning, Identity) else Refusal(Outcome.REVIEW, meaning.note)
        literal = meant.get(line)
        note = literal.note if isinstance(literal, Refusal) else "line_check_wrong"
    return Refusal(Outcome.REVIEW, note)


def _lines(image: Pixels, forms: Mapping[str, Known], place: tuple[float, ...] | None) -> Iterator[str]:
    """Yield every line of text, without spaces, that may be a code."""
    for strip, segmentation in _strips(image, forms, place):
        if not strip.size or int(np.ptp(strip)) < _FAINTEST:
            continue
        for line in _tesseract(strip, segmentation).splitlines():
            text = "".join(line.split())
            if len(text) in (*_LENGTHS, *(length + 1 for length in _LENGTHS)):
                yield text


def _strips(
    image: Pixels, forms: Mapping[str, Known], place: tuple[float, ...] | None
) -> Iterator[tuple[Pixels, int]]:
    """Yield the parts of the page where the line may be, turned upright, at the dpi that Tesseract likes."""
    lines = dict.fromkeys((known.form.paper_mm, known.form.frame.text) for known in forms.values())
    for reach, segmentation in _STRIPS:
        if place is not None:
            for box in dict.fromkeys(box for _paper, box in lines):
                yield _flattened(image, place, _grown(box, reach)), segmentation
            continue
        for paper_mm, box in lines:
            for turns in _likely_turns(image, paper_mm):
                yield _cut(np.rot90(image, turns), paper_mm, _grown(box, reach)), segmentation


def _grown(box: Box, reach_mm: tuple[float, float, float]) -> Box:
    up, down, beside = reach_mm
    return Box(box.x - beside, box.y - up, box.w + 2 * beside, box.h + up + down)


def _flattened(image: Pixels, place: tuple[float, ...], box: Box) -> Pixels:
    """Return a part of the form as it was printed, whichever way the page lies."""
    dots = _READING_DPI / 25.4
    to_mm = np.array([(1 / dots, 0, box.x), (0, 1 / dots, box.y), (0, 0, 1)])
    matrix = np.array(place).reshape(3, 3) @ to_mm
    size = round(box.w * dots), round(box.h * dots)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    strip = cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return _gray(strip.astype(np.uint8, copy=False))


def _likely_turns(image: Pixels, paper_mm: tuple[float, float]) -> tuple[int, int]:
    lying = (image.shape[1] > image.shape[0]) != (paper_mm[0] > paper_mm[1])
    return (1, 3) if lying else (0, 2)


def _cut(upright: Pixels, paper_mm: tuple[float, float], box: Box) -> Pixels:
    """Return a part of a scan that shows the whole page and nothing else."""
    height, width = upright.shape[:2]
    across, down = width / paper_mm[0], height / paper_mm[1]
    rows = slice(max(0, round(box.y * down)), round((box.y + box.h) * down))
    columns = slice(max(0, round(box.x * across)), round((box.x + box.w) * across))
    strip = upright[rows, columns]
    scale = _READING_DPI / 25.4 / across
    if not strip.size or 0.75 < scale < 1.33:
        return _gray(np.ascontiguousarray(strip))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return _gray(
        cv2.resize(strip, None, fx=scale, fy=scale, interpolation=method).astype(np.uint8, copy=False)
    )


def _gray(strip: Pixels) -> Pixels:
    if strip.ndim == 2 or not strip.size:
        return strip
    return cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


def _spellings(line: str) -> Iterator[str]:
    """Yield every code with a true check that the line may have been."""
    lines = [line] if len(line) in _LENGTHS else [line[:i] + line[i + 1 :] for i in range(len(line))]
    for one in lines:
        layout = ["BPT", VERSION, *[_BASE32] * 8, "123456789", *[_WANTED] * (len(one) - 11)]
        choices = [_alternatives(character, allowed) for character, allowed in zip(one, layout, strict=True)]
        if math.prod(len(choice) for choice in choices) <= _MOST_SPELLINGS:
            yield from filter(_is_code, map("".join, itertools.product(*choices)))


def _alternatives(character: str, allowed: str) -> str:
    group = next((group for group in _CONFUSED if character in group), character)
    return "".join(one for one in group if one in allowed)


def _is_code(text: str) -> bool:
    try:
        decode(text)
    except CodeError:
        return False
    return True


def _tesseract(strip: Pixels, segmentation: int) -> str:
    try:
        return str(
            pytesseract.image_to_string(
                Image.fromarray(strip),
                lang="eng",
                config=f"--psm {segmentation} -c tessedit_char_whitelist={_WANTED}",
                timeout=_SECONDS,
            )
        )
    except pytesseract.TesseractNotFoundError as error:
        raise _missing() from error
    except pytesseract.TesseractError as error:
        if "language" in str(error):
            raise _missing() from error
        return ""
    except RuntimeError:
        # Tesseract took too long over what is no line of print.
        return ""


def _missing() -> MissingProgram:
    return MissingProgram(
        _("Tesseract, which reads the printed line of a ballot whose QR code is gone, is not installed."),
        hint=_("`phieu doctor` says how to install it."),
    )
