"""A form as the reader knows it: its geometry, and each blank page as a picture rendered once.

Everything that depends on the form alone and not on a scan is measured here or from here, and kept. A
`KnownForm` goes to worker processes as its `FrozenForm`; each process renders it for itself (a few tenths
of a second).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pdf2image import convert_from_bytes

from ..forms.form import Box, Field, Form, FormError, FrozenForm, Zone
from ..words import _
from .place import Gray, Matrix, Points

BLANK_DPI = 200
PX_PER_MM = BLANK_DPI / 25.4

BLANK_MATRIX: Matrix = np.array([[PX_PER_MM, 0, -0.5], [0, PX_PER_MM, -0.5], [0, 0, 1]], dtype=np.float64)
"""From mm on the form to pixels of its blank page; the centre of the first pixel is (0, 0)."""

# Fields whose middles differ in height by less than this stand in one row.
_ROW_MM = 1.5


@dataclass(frozen=True, eq=False)
class BlankPage:
    """One unmarked page of a form; compared by identity, so that what is derived from it can be kept."""

    number: int
    """From 1."""
    paper_mm: tuple[float, float]
    image: Gray
    fields: tuple[Field, ...]
    zones: tuple[Zone, ...]
    tags: Mapping[int, Box]
    """The page's own corner tags."""
    code: Box
    text: Box
    seal: Box
    centres_mm: Points
    """(fields, 2)."""
    sizes_mm: Points
    """(fields, 2): width and height of the outlines' outer edges."""
    rows: NDArray[np.int64]
    """(fields,): the index of the row of fields each stands in, from the top."""
    row_pitch_mm: float
    """The smallest distance between two rows; infinite where there is one."""


@dataclass(frozen=True, eq=False)
class KnownForm:
    """A form with its blank pages."""

    form: Form
    pages: tuple[BlankPage, ...]

    @classmethod
    def load(cls, frozen: FrozenForm) -> "KnownForm":
        """Render the blank pages of a frozen form.

        Raises:
            FormError: the blank form's pages are not as many or not of the size that the geometry says.
        """
        form = frozen.form
        images = [
            np.asarray(page, dtype=np.uint8)
            for page in convert_from_bytes(frozen.blank_pdf, dpi=BLANK_DPI, grayscale=True)
        ]
        wanted = tuple(side * PX_PER_MM for side in form.paper_mm)
        sizes_fit = all(
            abs(im.shape[1] - wanted[0]) <= 2 and abs(im.shape[0] - wanted[1]) <= 2 for im in images
        )
        if len(images) != form.pages or not sizes_fit:
            raise FormError(
                _("The blank pages of form {form} do not fit its geometry.").format(form=form.id),
                hint=_("Put back the two files as they were when the ballots were printed."),
            )
        return cls(form, tuple(_page(form, i + 1, image) for i, image in enumerate(images)))

    def back_of(self, page: BlankPage) -> BlankPage:
        """Return the other side of a page's sheet; the page itself where that is bare."""
        other = (page.number - 1) ^ 1
        return self.pages[other] if other < len(self.pages) else page


def _page(form: Form, number: int, image: Gray) -> BlankPage:
    fields = tuple(field for field in form.fields if field.page == number)
    boxes = np.array([field.box_mm for field in fields], dtype=np.float64).reshape(-1, 4)
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    rows, pitch = _rows(centres)
    return BlankPage(
        number=number,
        paper_mm=form.paper_mm,
        image=image,
        fields=fields,
        zones=tuple(zone for zone in form.zones if zone.page == number),
        tags={tag: box for tag, box in form.frame.tags.items() if tag // 4 == number - 1},
        code=form.frame.code,
        text=form.frame.text,
        seal=form.frame.seal,
        centres_mm=centres,
        sizes_mm=boxes[:, 2:],
        rows=rows,
        row_pitch_mm=pitch,
    )


def _rows(centres_mm: Points) -> tuple[NDArray[np.int64], float]:
    rows = np.zeros(len(centres_mm), dtype=np.int64)
    if len(centres_mm) == 0:
        return rows, float("inf")
    order = np.argsort(centres_mm[:, 1], kind="stable")
    steps = np.diff(centres_mm[order, 1])
    rows[order] = np.concatenate(([0], np.cumsum(steps > _ROW_MM)))
    middles = [centres_mm[rows == row, 1].mean() for row in range(rows.max() + 1)]
    return rows, float(np.diff(middles).min()) if len(middles) > 1 else float("inf")
