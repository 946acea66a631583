"""Scans in a PDF: the image is taken out as a viewer shows it, or else the page is rendered."""

import io
from pathlib import Path

import cv2
import numpy as np
import pdf2image
import pikepdf
import pytest
from PIL import Image

from .scan_files import difference, drawn, encoded, image_stream, loaded, pdf_page, whole_page

PLACEMENTS = {
    "upright": "595 0 0 842 0 0",
    "upside down": "-595 0 0 -842 595 842",
    "mirrored": "-595 0 0 842 595 0",
    "mirrored down": "595 0 0 -842 0 842",
}
TURNED = {
    "a quarter": "0 842 -595 0 595 0",
    "three quarters": "0 -842 595 0 0 842",
    "transposed": "0 842 595 0 0 0",
    "transposed back": "0 -842 -595 0 595 842",
}


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("placement", [*PLACEMENTS, *TURNED])
def test_an_image_is_taken_out_of_a_pdf_as_the_page_shows_it(
    tmp_path: Path, placement: str, rotate: int
) -> None:
    path = tmp_path / "scan.pdf"
    image = drawn(585, 413) if placement in TURNED else drawn()
    with pikepdf.new() as pdf:
        matrix = {**PLACEMENTS, **TURNED}[placement]
        pdf_page(pdf, image_stream(pdf, image), f"q {matrix} cm /Im0 Do Q".encode(), rotate)
        pdf.save(path)
    found = loaded(path)
    shown = viewed(path, found.image)
    assert abs(found.dpi - 50) < 0.5
    assert difference(found.image, shown) < 3
    raw = encoded(image, "JPEG", quality=95)
    assert sorted(np.unique(found.image)) == sorted(np.unique(np.asarray(Image.open(io.BytesIO(raw)))))


def test_rotation_is_inherited_from_the_page_tree(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), whole_page())
        pdf.Root.Pages.Rotate = 90
        pdf.save(path)
    assert loaded(path).image.shape == (413, 585)


@pytest.mark.parametrize(
    ("kind", "mode", "keys"),
    [
        ("jpeg", "L", {}),
        ("jpeg", "RGB", {}),
        ("jpeg", "L", {"Decode": [1, 0]}),
        ("jpx", "L", {}),
        ("jpx", "RGB", {}),
        ("flate", "L", {}),
        ("flate", "RGB", {}),
        ("flate", "1", {}),
        ("flate", "1", {"Decode": [1, 0]}),
        ("flate", "1", {"ImageMask": True}),
        ("ccitt", "1", {}),
        ("ccitt", "1", {"Decode": [1, 0]}),
    ],
)
def test_every_encoding_in_a_pdf_reads_as_a_viewer_shows_it(
    tmp_path: Path, kind: str, mode: str, keys: dict[str, object]
) -> None:
    path = tmp_path / "scan.pdf"
    page = drawn(colour=True) if mode == "RGB" else drawn().convert(mode, dither=Image.Dither.NONE)
    with pikepdf.new() as pdf:
        stream = image_stream(pdf, page, kind, **keys)
        if "ImageMask" in keys:
            del stream["/ColorSpace"]
        pdf_page(pdf, stream, whole_page())
        pdf.save(path)
    found = loaded(path)
    shown = viewed(path, found.image)
    assert difference(found.image, shown) < 3


CONTENTS = {
    "invisible recognised text": (b"q 595 0 0 842 0 0 cm /Im0 Do Q BT 3 Tr /F1 9 Tf (chu) Tj ET", True),
    "visible text": (b"q 595 0 0 842 0 0 cm /Im0 Do Q BT 0 Tr /F1 9 Tf (chu) Tj ET", False),
    "a line over it": (b"q 595 0 0 842 0 0 cm /Im0 Do Q 9 w 0 0 m 500 500 l S", False),
    "a clip around the page": (b"q 0 0 595 842 re W n 595 0 0 842 0 0 cm /Im0 Do Q", True),
    "a clip to a part": (b"q 0 0 595 400 re W n 595 0 0 842 0 0 cm /Im0 Do Q", False),
    "two images": (b"q 595 0 0 842 0 0 cm /Im0 Do Q q 200 0 0 300 0 0 cm /Im0 Do Q", False),
    "half the page": (b"q 298 0 0 421 0 0 cm /Im0 Do Q", False),
    "cut by the page": (b"q 1190 0 0 1684 0 0 cm /Im0 Do Q", False),
    "slightly askew": (b"q 594.6 8 -11 841.5 5 -4 cm /Im0 Do Q", True),
    "well askew": (b"q 575 154 -218 813 100 -50 cm /Im0 Do Q", False),
    "two steps": (b"q 5.95 0 0 8.42 0 0 cm q 100 0 0 100 0 0 cm /Im0 Do Q Q", True),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_only_a_page_that_is_one_image_is_taken_out(tmp_path: Path, content: str) -> None:
    path = tmp_path / "scan.pdf"
    drawing, taken_out = CONTENTS[content]
    with pikepdf.new() as pdf:
        pdf_page(pdf, image_stream(pdf, drawn()), drawing)
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Times
        )
        pdf.pages[0].Resources.Font = pikepdf.Dictionary(F1=font)
        pdf.save(path)
    found = loaded(path)
    assert (found.image.shape == (585, 413)) == taken_out
    shown = viewed(path, found.image)
    if content != "slightly askew":
        assert difference(found.image, shown) < 3


def viewed(path: Path, like: np.ndarray) -> np.ndarray:
    """The first page of a PDF as a viewer shows it, at the size of another image."""
    (page,) = pdf2image.convert_from_path(path, 100)
    assert abs(page.width / page.height - like.shape[1] / like.shape[0]) < 0.01
    return cv2.resize(np.asarray(page)[:, :, ::-1], like.shape[1::-1], interpolation=cv2.INTER_AREA)
