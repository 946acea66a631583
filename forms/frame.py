"""The frame: what is stamped around each page for the reader. It knows nothing of what is voted on.

Four AprilTags (family 36h11) stand in the corners, their ids telling corner and side; one QR code stands in
the middle of the bottom edge, with its text in print below it for people and for Tesseract. The tags belong
to the blank form and are hashed with it; code and line are stamped when a ballot is printed, since they
name the form.

Places, and why: a tag's outer edges are 8 mm from the paper's, since at 4.5 mm an A4 scan loses it at 1.85
degrees of skew already, at 8 mm it takes 3.3. The code sits on the axis of the sheet, far from every tag:
it survives 10 degrees of skew, and one tag together with the code is enough to find the page.
"""

import io
from collections.abc import Iterator

import cv2
import numpy as np
import pikepdf
import zxingcpp
from numpy.typing import NDArray
from pikepdf import Array, Dictionary, Name

from .code import Code, Kind, encode, in_print
from .form import Box, Form, Frame, FrozenForm
from .lettering import add_face, width_pt

PAPER_MM = {"A5": (148.0, 210.0), "A4": (210.0, 297.0), "A3": (297.0, 420.0)}

TAG_MM = 8.0
"""Outer edge of a tag's black square; it is 8 modules wide, so a module is 1 mm, 8 pixels at 200 dpi."""
EDGE_MM = 8.0
"""From the paper's edge to a tag's outer edge, and to the printed line."""
TAG_QUIET_MM = 2.0
"""White around a tag that nothing may touch: one module is needed, two are kept."""
CODE_MM = 15.0
"""A QR code of version 2 is 25 modules wide: a module is 0.6 mm, 4.7 pixels at 200 dpi."""
CODE_QUIET_MM = 2.4
"""Four modules, as ISO/IEC 18004 wants around the code."""
TEXT_MM = (64.0, 4.0)
"""The printed line's room: it holds a code with a serial, too."""
SEAL_MM = (45.0, 35.0)

_TEXT_PT = 12.0
_TEXT_SPACING_PT = 1.0
_MM = 72 / 25.4
_COPIES_A_NODE = 100
_TAGS = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11)


def frame_for(paper_mm: tuple[float, float], pages: int) -> Frame:
    """Return where tags, code, printed line and seal stand on a paper of this size."""
    width, height = paper_mm
    near, far_x, far_y = EDGE_MM, width - EDGE_MM - TAG_MM, height - EDGE_MM - TAG_MM
    corners = [(near, near), (far_x, near), (far_x, far_y), (near, far_y)]
    text_w, text_h = TEXT_MM
    text_y = height - EDGE_MM - text_h
    inside = EDGE_MM + TAG_MM + TAG_QUIET_MM
    return Frame(
        tags={
            4 * page + corner: Box(x, y, TAG_MM, TAG_MM)
            for page in range(pages)
            for corner, (x, y) in enumerate(corners)
        },
        code=Box((width - CODE_MM) / 2, text_y - CODE_QUIET_MM - CODE_MM, CODE_MM, CODE_MM),
        text=Box((width - text_w) / 2, text_y, text_w, text_h),
        seal=Box(inside, inside, *SEAL_MM),
    )


def tags_of(frame: Frame, page: int) -> dict[int, Box]:
    """Return the four tags of a page (from 1)."""
    return {tag: frame.tags[tag] for tag in range(4 * (page - 1), 4 * page)}


def kept_clear(frame: Frame, page: int) -> dict[str, Box]:
    """Return what a form's own print must stay out of: tags and code with their white."""
    clear = {f"tag {tag}": _grown(box, TAG_QUIET_MM) for tag, box in tags_of(frame, page).items()}
    return {**clear, "code": _grown(frame.code, CODE_QUIET_MM), "text": frame.text}


def tag_image(tag_id: int) -> NDArray[np.uint8]:
    """Return a tag at one pixel a module: uint8 (8, 8), 0 = black, without white around it."""
    image = cv2.aruco.generateImageMarker(_TAGS, tag_id, 8, borderBits=1)
    return np.asarray(image, np.uint8)


def code_image(text: str) -> NDArray[np.uint8]:
    """Return a QR code at one pixel a module: uint8 (25, 25), 0 = black, without white around it.

    Our codes of 13 and of 20 characters both make version 2 at level H, so its size never changes.
    """
    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    image = np.asarray(symbol.to_image(scale=1, add_quiet_zones=False), np.uint8)
    if image.shape != (25, 25):
        raise ValueError(f"{text!r} does not make a QR code of version 2: {image.shape}")
    return image


def code_text(form: Form, page: int, serial: str | None = None) -> str:
    """Return the text of the code on a page (from 1) of a form."""
    return encode(Code(Kind.PRACTICE if form.practice else Kind.REAL, form.id, page, serial))


def tags_content(frame: Frame, page: int, height_mm: float) -> bytes:
    """Return the PDF drawing instructions for a page's four tags."""
    rects = []
    for tag, box in tags_of(frame, page).items():
        module = box.w / 8
        for row, first, length in _runs(tag_image(tag)):
            rects.append(
                _rect(box.x + first * module, box.y + row * module, length * module, module, height_mm)
            )
    # One path for all modules, so that no hairline shows between two that touch.
    return b"q 0 g\n" + b"\n".join(rects) + b"\nf Q\n"


def code_content(frame: Frame, text: str, height_mm: float) -> bytes:
    """Return the PDF drawing instructions for a code and its printed line; needs the face `/F0`."""
    box, line = frame.code, in_print(text)
    bits = np.packbits(code_image(text) == 0, axis=1).tobytes()
    width = width_pt(line, _TEXT_PT, _TEXT_SPACING_PT)
    text_x = (frame.text.x + frame.text.w / 2) * _MM - width / 2
    baseline = (height_mm - frame.text.y - frame.text.h + 0.5) * _MM
    return b"".join(
        [
            b"q 0 g %.4f 0 0 %.4f %.4f %.4f cm\n"
            % (box.w * _MM, box.h * _MM, box.x * _MM, (height_mm - box.y - box.h) * _MM),
            b"BI /IM true /W 25 /H 25 /BPC 1 /D [1 0] ID ",
            bits,
            b"\nEI Q\n",
            b"q 0 g BT /F0 %.2f Tf %.2f Tc %.4f %.4f Td (" % (_TEXT_PT, _TEXT_SPACING_PT, text_x, baseline),
            line.encode("ascii"),
            b") Tj ET Q\n",
        ]
    )


def ballot_pdf(frozen: FrozenForm, serial: str | None = None) -> bytes:
    """Return one complete ballot as it is printed: all its pages, with code and printed line."""
    return ballots_pdf(frozen, 1, serial)


def ballots_pdf(frozen: FrozenForm, copies: int, serial: str | None = None) -> bytes:
    """Return `copies` alike ballots in one PDF.

    Each copy has pages of its own; what they show is stored once. The page tree is built here, since
    appending page by page takes longer the more there are.
    """
    form = frozen.form
    width, height = (side * _MM for side in form.paper_mm)
    with pikepdf.new() as pdf, pikepdf.open(io.BytesIO(frozen.blank_pdf)) as blank:
        face = add_face(pdf)
        sides = []
        for number, page in enumerate(blank.pages, start=1):
            under = pdf.copy_foreign(page.as_form_xobject())
            stamp = code_content(form.frame, code_text(form, number, serial), form.paper_mm[1])
            resources = pdf.make_indirect(
                Dictionary(XObject=Dictionary(Blank=under), Font=Dictionary(F0=face))
            )
            sides.append((pdf.make_stream(b"q /Blank Do Q\n" + stamp), resources))
        root = pdf.Root.Pages
        root.MediaBox = Array([0, 0, round(width, 4), round(height, 4)])
        root.Kids, root.Count = Array(), copies * len(sides)
        for first in range(0, copies, _COPIES_A_NODE):
            here = min(_COPIES_A_NODE, copies - first)
            node = pdf.make_indirect(Dictionary(Type=Name.Pages, Parent=root, Count=here * len(sides)))
            node.Kids = Array(
                [
                    pdf.make_indirect(
                        Dictionary(Type=Name.Page, Parent=node, Contents=content, Resources=resources)
                    )
                    for _copy in range(here)
                    for content, resources in sides
                ]
            )
            root.Kids.append(node)
        # Printed at 100 % whatever the viewer's habit, front and back on one sheet.
        pdf.Root.ViewerPreferences = Dictionary(
            PrintScaling=Name("/None"),
            Duplex=Name.DuplexFlipLongEdge if len(sides) > 1 else Name.Simplex,
        )
        return saved(pdf)


def saved(pdf: pikepdf.Pdf) -> bytes:
    """Return a PDF's bytes, the same for the same contents: no date, no random id."""
    out = io.BytesIO()
    pdf.save(
        out,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        compress_streams=True,
    )
    return out.getvalue()


def _grown(box: Box, by_mm: float) -> Box:
    return Box(box.x - by_mm, box.y - by_mm, box.w + 2 * by_mm, box.h + 2 * by_mm)


def _runs(image: NDArray[np.uint8]) -> Iterator[tuple[int, int, int]]:
    """Yield (row, first column, length) of each run of black modules."""
    for number, row in enumerate(image):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], (row == 0).astype(np.int8), [0]))))
        for first, end in zip(edges[::2], edges[1::2], strict=True):
            yield number, int(first), int(end - first)


def _rect(x: float, y: float, w: float, h: float, height_mm: float) -> bytes:
    return b"%.4f %.4f %.4f %.4f re" % (x * _MM, (height_mm - y - h) * _MM, w * _MM, h * _MM)


def paper_name(paper_mm: tuple[float, float]) -> str:
    """Return the name of a paper size, or its measure where it has none."""
    for name, size in PAPER_MM.items():
        if max(abs(size[0] - paper_mm[0]), abs(size[1] - paper_mm[1])) < 1:
            return name
    return f"{paper_mm[0]:g} × {paper_mm[1]:g} mm"
