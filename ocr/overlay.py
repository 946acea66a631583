"""What the reader saw, as a picture: for whoever wants to know why a ballot was read as it was.

`draw` lays a page straight and outlines each field in the colour of its state, with the reason in words
beside what is unclear. `crop` cuts a part of the form out of a scan, straightened, for a question to people.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..forms.form import Box, Form
from ..words import N_, _
from .measured import spoken
from .pixels import Pixels
from .place import Matrix, px_per_mm
from .reading import Outcome, PageReading, State, explain

Colour = tuple[int, int, int]

_FONTS = Path(__file__).parent.parent / "templates" / "fonts"
_PX_PER_MM = 6.0
_BESIDE_PX = 470
_EDGE_PX = 24
_TEXT_PX, _SMALL_PX, _TITLE_PX = 26, 22, 34
_COLUMN = 41
"""Characters of small text in a line beside the page."""
_LINE = 70

_INK, _PALE, _PAPER, _GROUND = (35, 35, 35), (110, 110, 110), (255, 255, 255), (246, 246, 243)
_COLOURS: dict[State, Colour] = {
    State.MARKED: (0, 135, 60),
    State.EMPTY: (150, 150, 150),
    State.UNCLEAR: (222, 110, 0),
}
_WIDTHS = {State.MARKED: 4, State.EMPTY: 2, State.UNCLEAR: 5}
_STRAY: Colour = (170, 30, 150)
_STATES = {
    State.MARKED: N_("marked"),
    State.EMPTY: N_("empty"),
    State.UNCLEAR: N_("unclear: for people"),
}
_OUTCOMES: dict[Outcome, tuple[str, Colour]] = {
    Outcome.READ: (N_("Read"), (0, 135, 60)),
    Outcome.BLANK: (N_("Blank page"), (110, 110, 110)),
    Outcome.SEPARATOR: (N_("Batch separator"), (110, 110, 110)),
    Outcome.DUPLICATE: (N_("Duplicate"), (190, 60, 0)),
    Outcome.REVIEW: (N_("For review"), (190, 60, 0)),
    Outcome.NOT_OURS: (N_("Not ours"), (185, 20, 20)),
    Outcome.UNREADABLE: (N_("Unreadable"), (185, 20, 20)),
}


def draw(image: Pixels, form: Form | None, reading: PageReading) -> Pixels:
    """Return a picture of a page with what was read on it, BGR.

    Args:
        image: the page as scanned.
        form: the page's form, if it is known.
        reading: what was read.
    """
    if form is not None and reading.place is not None:
        size = (round(form.paper_mm[0] * _PX_PER_MM), round(form.paper_mm[1] * _PX_PER_MM))
        page = _straightened(image, reading.place, Box(0, 0, *form.paper_mm), _PX_PER_MM)
        remarks = _outline(page, form, reading)
    else:
        page, remarks = _fitted(image), []
        size = page.size
    header = _header(reading, size[0] + _BESIDE_PX)
    whole = Image.new("RGB", (size[0] + _BESIDE_PX, header.height + size[1]), _GROUND)
    whole.paste(header, (0, 0))
    whole.paste(page, (0, header.height))
    _write_beside(whole, remarks, size[0], header.height)
    return np.ascontiguousarray(np.asarray(whole)[:, :, ::-1])


def crop(image: Pixels, reading: PageReading, boxes_mm: Sequence[Box], margin_mm: float) -> Pixels:
    """Return the part of a form around some boxes, straightened, at about the scan's resolution, BGR.

    Raises:
        ValueError: it is not known where the form lies on this page.
    """
    if reading.place is None or not boxes_mm:
        raise ValueError("a crop needs a page whose place is known, and a box")
    left, top = (min(box[side] for box in boxes_mm) - margin_mm for side in (0, 1))
    right, bottom = (max(box[side] + box[side + 2] for box in boxes_mm) + margin_mm for side in (0, 1))
    around = Box(left, top, right - left, bottom - top)
    scale = px_per_mm(_matrix(reading.place), (left + around.w / 2, top + around.h / 2))
    picture = _straightened(image, reading.place, around, float(np.clip(scale, 6, 12)))
    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])


@dataclass(frozen=True, slots=True)
class _Remark:
    """Something to say beside the page about a place on it."""

    corner_px: tuple[float, float]
    """The place's top-right corner on the page; the remark's number goes there."""
    text: str
    colour: Colour


def _outline(page: Image.Image, form: Form, reading: PageReading) -> list[_Remark]:
    """Draw all outlines onto the page, and return what is to be said about some of them."""
    pen, remarks = ImageDraw.Draw(page), []
    places = {
        (field.contest, field.option): field.box_mm for field in form.fields if field.page == reading.page
    }
    for field in sorted(reading.fields, key=lambda one: _WIDTHS[one.state]):
        box = places.get((field.contest, field.option))
        if box is None:
            continue
        corners = _rectangle(pen, box, _COLOURS[field.state], _WIDTHS[field.state])
        if field.state is State.UNCLEAR:
            text = f"{field.contest}, {field.option}: {explain(field.why)}"
            if field.features:
                text = f"{text} ({spoken(field.features)})"
            remarks.append(_Remark((corners[2], corners[1]), text, _COLOURS[field.state]))
    for stray in reading.stray:
        corners = _rectangle(pen, stray.box_mm, _STRAY, 4)
        text = _("ink outside the boxes")
        if stray.contest is not None:
            text = f"{stray.contest}: " + _("ink in the name cell")
        remarks.append(_Remark((corners[2], corners[1]), text, _STRAY))
    return sorted(remarks, key=lambda one: (round(one.corner_px[1], -2), one.corner_px[0]))


def _rectangle(pen: ImageDraw.ImageDraw, box: Box, colour: Colour, width: int) -> tuple[float, ...]:
    gap = width + 2
    corners = (
        box.x * _PX_PER_MM - gap,
        box.y * _PX_PER_MM - gap,
        (box.x + box.w) * _PX_PER_MM + gap,
        (box.y + box.h) * _PX_PER_MM + gap,
    )
    pen.rectangle(corners, outline=colour, width=width)
    return corners


def _header(reading: PageReading, width: int) -> Image.Image:
    word, colour = _OUTCOMES[reading.outcome]
    title = [_(word)]
    if reading.form is not None:
        title.append(_("form {form}, page {page}").format(form=reading.form, page=reading.page))
    if reading.serial is not None:
        title.append(_("serial {serial}").format(serial=reading.serial))
    if reading.residual_mm is not None:
        title.append(_("residual {mm} mm").format(mm=f"{reading.residual_mm:.2f}"))
    where = _("{file}, page {page} of the file").format(file=_plain(reading.source), page=reading.index + 1)
    lines = textwrap.wrap(where, _LINE) + [
        line for note in reading.notes for line in textwrap.wrap(explain(note), _LINE)
    ]
    height = 2 * _EDGE_PX + _TITLE_PX + 14 + len(lines) * (_TEXT_PX + 8) + (52 if reading.fields else 0)
    header = Image.new("RGB", (width, height), _PAPER)
    pen = ImageDraw.Draw(header)
    pen.rectangle((0, 0, 12, height), fill=colour)
    x, y = _EDGE_PX + 12, _EDGE_PX
    pen.text((x, y), title[0], fill=colour, font=_font("Bold", _TITLE_PX))
    after = x + pen.textlength(title[0], font=_font("Bold", _TITLE_PX))
    pen.text((after, y + 6), "".join(f"  ·  {part}" for part in title[1:]), _INK, _font("Regular", _TEXT_PX))
    y += _TITLE_PX + 14
    for number, line in enumerate(lines):
        pen.text((x, y), line, _PALE if number == 0 else _INK, _font("Regular", _TEXT_PX))
        y += _TEXT_PX + 8
    if reading.fields:
        _legend(pen, x, y + 14)
    pen.line((0, height - 1, width, height - 1), fill=(205, 205, 205), width=2)
    return header


def _legend(pen: ImageDraw.ImageDraw, x: float, y: float) -> None:
    entries = [(_COLOURS[state], _WIDTHS[state], _(word)) for state, word in _STATES.items()]
    for colour, width, word in [*entries, (_STRAY, 4, _("ink outside the boxes"))]:
        pen.rectangle((x, y, x + 26, y + 26), outline=colour, width=width)
        pen.text((x + 38, y), word, _INK, _font("Regular", _SMALL_PX))
        x += 38 + pen.textlength(word, font=_font("Regular", _SMALL_PX)) + 44


def _write_beside(whole: Image.Image, remarks: Sequence[_Remark], left: int, top: int) -> None:
    """Number the places, and write what is said of each beside the page, at its height or lower."""
    pen = ImageDraw.Draw(whole)
    font, step, free = _font("Regular", _SMALL_PX), _SMALL_PX + 5, float(top + 8)
    for number, remark in enumerate(remarks, start=1):
        x, y = remark.corner_px
        _badge(pen, x, top + y, number, remark.colour)
        lines = textwrap.wrap(remark.text, _COLUMN)
        free = max(free, top + y)
        if free + len(lines) * step > whole.height:
            pen.text((left + 52, min(free, whole.height - step)), "…", remark.colour, font)
            return
        _badge(pen, left + 28, free + step / 2, number, remark.colour)
        for line in lines:
            pen.text((left + 52, free), line, remark.colour, font)
            free += step
        free += 10


def _badge(pen: ImageDraw.ImageDraw, x: float, y: float, number: int, colour: Colour) -> None:
    radius = 15
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    pen.text((x, y), str(number), _PAPER, _font("Bold", 20), anchor="mm")


def _straightened(image: Pixels, place: Sequence[float], part: Box, scale: float) -> Image.Image:
    """Return a part of the form as it was printed, at `scale` pixels a mm."""
    matrix = _matrix(place)
    shrink = int(px_per_mm(matrix, (part.x + part.w / 2, part.y + part.h / 2)) / scale)
    if shrink > 1:
        height, width = image.shape[:2]
        smaller = (width // shrink, height // shrink)
        image = cv2.resize(image, smaller, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        matrix = np.diag([smaller[0] / width, smaller[1] / height, 1.0]) @ matrix
    to_mm = np.array([(1 / scale, 0, part.x), (0, 1 / scale, part.y), (0, 0, 1)])
    size = max(1, round(part.w * scale)), max(1, round(part.h * scale))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = cv2.warpPerspective(image, matrix @ to_mm, size, flags=flags, borderValue=(230, 230, 230))
    return _as_rgb(flat.astype(np.uint8, copy=False))


def _fitted(image: Pixels) -> Image.Image:
    """Return a page of which nothing is known, as it was scanned, at about the size of a drawn one."""
    scale = min(1.0, 297 * _PX_PER_MM / max(image.shape[:2]))
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return _as_rgb(cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))


def _as_rgb(pixels: Pixels) -> Image.Image:
    code = cv2.COLOR_GRAY2RGB if pixels.ndim == 2 else cv2.COLOR_BGR2RGB
    return Image.fromarray(cv2.cvtColor(pixels, code).astype(np.uint8, copy=False))


def _matrix(place: Sequence[float]) -> Matrix:
    return np.array(place, dtype=np.float64).reshape(3, 3)


def _plain(text: str) -> str:
    """Return a file name without characters that can't be drawn."""
    return "".join(character if character.isprintable() else "?" for character in text)


@cache
def _font(cut: str, size_px: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONTS / f"LiberationSerif-{cut}.ttf"), size_px)
