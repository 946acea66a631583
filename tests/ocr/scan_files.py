"""Drawn pages as files: encoded, and placed on the pages of a PDF."""

import io
import zlib
from pathlib import Path

import cv2
import numpy as np
import pikepdf
from PIL import Image, TiffImagePlugin

from phieu.ocr import scans
from phieu.ocr.scans import PageRef


def drawn(width: int = 413, height: int = 585, colour: bool = False) -> Image.Image:
    """A page at 50 dpi on which every turn and mirroring shows, large enough to survive a JPEG."""
    page = np.full((height, width), 250, np.uint8)
    cv2.rectangle(page, (20, 30), (width // 2, 90), 10, -1)
    cv2.line(page, (30, height - 30), (width - 60, height // 2), 60, 9)
    cv2.circle(page, (width - 70, 60), 30, 120, -1)
    if not colour:
        return Image.fromarray(page)
    return Image.fromarray(np.dstack([page, np.roll(page, 5, 0), np.roll(page, 9, 1)]))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def loaded(path: Path, index: int = 0) -> scans.PageImage:
    return scans.load(PageRef(str(path), path, index))


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference in gray levels, of images of any colour."""
    gray = [cv2.cvtColor(i, cv2.COLOR_BGR2GRAY) if i.ndim == 3 else i for i in (one, other)]
    assert gray[0].shape == gray[1].shape
    return float(np.abs(gray[0].astype(int) - gray[1]).mean())


def image_stream(pdf: pikepdf.Pdf, image: Image.Image, kind: str = "jpeg", **keys: object) -> pikepdf.Stream:
    """An image in a PDF, encoded as asked; `keys` are set in its dictionary."""
    width, height = image.size
    space = {"L": "/DeviceGray", "1": "/DeviceGray", "RGB": "/DeviceRGB"}[image.mode]
    bits = 1 if image.mode == "1" else 8
    if kind == "jpeg":
        data, filters = encoded(image, "JPEG", quality=95), "/DCTDecode"
    elif kind == "jpx":
        data, filters = encoded(image, "JPEG2000"), "/JPXDecode"
    elif kind == "flate":
        data, filters = zlib.compress(image.tobytes()), "/FlateDecode"
    elif kind == "ccitt":
        whole = encoded(image, "TIFF", compression="group4")
        tiff = Image.open(io.BytesIO(whole))
        assert isinstance(tiff, TiffImagePlugin.TiffImageFile)
        (start,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]
        data, filters = whole[start : start + length], "/CCITTFaxDecode"
        how = pikepdf.Dictionary(K=-1, Columns=width, Rows=height, BlackIs1=tiff.tag_v2[262] == 1)
        keys = {"DecodeParms": how, **keys}
    else:
        raise AssertionError(kind)
    stream = pikepdf.Stream(pdf, data)
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
    stream.Width, stream.Height = width, height
    stream.Filter = pikepdf.Name(filters)
    if kind != "jpx":
        stream.ColorSpace, stream.BitsPerComponent = pikepdf.Name(space), bits
    for key, value in keys.items():
        stream[f"/{key}"] = value
    return stream


def pdf_page(pdf: pikepdf.Pdf, image: pikepdf.Stream, content: bytes, rotate: int = 0) -> None:
    """Add an A4 page whose content may draw the image as /Im0."""
    pdf.add_blank_page(page_size=(595, 842))
    page = pdf.pages[-1]
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.Contents = pdf.make_stream(content)
    if rotate:
        page.Rotate = rotate


def whole_page() -> bytes:
    """The content of a page that the image fills."""
    return b"q 595 0 0 842 0 0 cm /Im0 Do Q"
