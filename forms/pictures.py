"""Pages of one PDF as pictures on the pages of another, sharp at any size.

The printed sheets about a ballot (run sheet, proof sheet) are laid out as HTML, in which a link
`picture:NAME` stretched over an empty box keeps a place free. Here the page of that name is set into it.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Name

from .frame import saved

_SCHEME = "picture:"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page (from 1) of a PDF."""

    pdf: bytes
    page: int


def set_in(sheet: bytes, pictures: Mapping[str, Picture]) -> bytes:
    """Return `sheet` with each picture in its place, under the print there, as large as fits."""
    with pikepdf.open(io.BytesIO(sheet)) as document:
        for page in document.pages:
            drawing = []
            for annotation in page.obj.get("/Annots", Array()):
                target = str(annotation.get("/A", Dictionary()).get("/URI", ""))
                if target.startswith(_SCHEME):
                    place = [float(value) for value in annotation.Rect]
                    drawing.append(_drawing(page, document, pictures[target.removeprefix(_SCHEME)], place))
            if drawing:
                page.contents_add(b"\n".join(drawing), prepend=True)
                del page.obj["/Annots"]
        return saved(document)


def _drawing(page: pikepdf.Page, document: pikepdf.Pdf, picture: Picture, place: list[float]) -> bytes:
    with pikepdf.open(io.BytesIO(picture.pdf)) as source:
        shown = source.pages[picture.page - 1]
        width, height = (float(value) for value in shown.mediabox[2:])
        name = page.add_resource(document.copy_foreign(shown.as_form_xobject()), Name.XObject)
    left, right = sorted(place[::2])
    bottom, top = sorted(place[1::2])
    scale = min((right - left) / width, (top - bottom) / height)
    return b"q %.6f 0 0 %.6f %.4f %.4f cm %s Do Q" % (
        scale,
        scale,
        left,
        top - scale * height,
        str(name).encode(),
    )
