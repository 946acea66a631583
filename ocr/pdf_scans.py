"""The pages of a PDF as images: the scan itself where a page is one, the page rendered where it is not.

A scanner's page is one image over the whole paper. It is taken out as it was encoded (no loss, no time), and
turned and mirrored as the page shows it. Every other page (several layers, vector print, half a page) is
rendered by poppler. When in doubt, render: what people see in a viewer is what is read.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from pathlib import Path

import numpy as np
import pdf2image
import pikepdf
from pdf2image import exceptions as poppler

from .pdf_content import lone_image, unit_of
from .pdf_images import encoding_digest_parts, taken_out
from .pixels import MAX_BYTES, PageImage, ScanError, damage_reported, from_pillow, square

RENDER_DPI = 200
_MAX_RENDER_DPI = 600
_MAX_RENDERED_PIXELS = 40_000_000
"""A page that says it is 3 m wide is rendered at fewer dpi."""
_RENDER_SECONDS = 12
"""Of each of the two programs of poppler that are asked; a page as a whole may take 30 s."""


def counted(path: Path) -> tuple[int, bool]:
    """Return how many pages a PDF has, and False where its end is missing, so that pages may be too.

    However long it takes; `pdf_counting` ends it.

    Raises:
        ScanError: `encrypted`, `damaged` or `no_pages`.
    """
    with _refusals(), pikepdf.open(path) as pdf:
        count = len(pdf.pages)
        whole = not pdf.get_warnings() or b"%%EOF" in _tail(path)
    if count == 0:
        raise ScanError("no_pages" if whole else "truncated")
    return count, whole


def load_page(path: Path, index: int) -> PageImage:
    """Return one page of a PDF as an image.

    Raises:
        ScanError: it can't be decoded or rendered.
    """
    with _refusals():
        pdf = _kept.open(path)
        if index >= len(pdf.pages):
            raise ScanError("damaged")
        page = pdf.pages[index]
        placed = lone_image(page)
        if placed is None:
            return _rendered(path, index, page, RENDER_DPI)
        raw = _raw_bytes(placed.image)
        digest = _digest(placed.image, raw)
        dpi = placed.dpi
        pixels = taken_out(placed.image, raw)
        if pixels is None:
            return _rendered(path, index, page, min(max(dpi), _MAX_RENDER_DPI), digest)
    return PageImage(placed.as_shown(square(pixels, *dpi)), max(dpi), digest)


def release() -> None:
    """Close the document kept open between two of its pages."""
    _kept.release()


class _KeptPdf:
    """The PDF of the last page, kept open: reading its table of contents anew for each page is slow."""

    def __init__(self) -> None:
        self._key: tuple[Path, int, int] | None = None
        self._pdf: pikepdf.Pdf | None = None

    def open(self, path: Path) -> pikepdf.Pdf:
        stat = path.stat()
        key = (path, stat.st_mtime_ns, stat.st_size)
        if self._pdf is None or key != self._key:
            self.release()
            self._pdf = pikepdf.open(path)
            self._key = key
        return self._pdf

    def release(self) -> None:
        if self._pdf is not None:
            self._pdf.close()
        self._key = self._pdf = None


_kept = _KeptPdf()


def _raw_bytes(image: pikepdf.Stream) -> bytes:
    if int(image.get("/Length", 0)) > MAX_BYTES:
        raise ScanError("too_large")
    return image.read_raw_bytes()


def _digest(image: pikepdf.Stream, raw: bytes) -> str:
    digest = hashlib.sha256()
    for part in encoding_digest_parts(image, raw):
        digest.update(part)
    return digest.hexdigest()


def _rendered(path: Path, index: int, page: pikepdf.Page, dpi: float, digest: str | None = None) -> PageImage:
    box = [float(edge) for edge in page.cropbox]
    # Poppler takes a unit for a point whatever the page says.
    unit = unit_of(page)
    inches = abs(box[2] - box[0]) * unit / 72 * abs(box[3] - box[1]) * unit / 72
    if inches <= 0:
        raise ScanError("damaged")
    dpi = round(min(dpi, sqrt(_MAX_RENDERED_PIXELS / inches)))
    if dpi < RENDER_DPI / 8:
        raise ScanError("too_large")
    try:
        pictures = pdf2image.convert_from_path(
            path.resolve(),
            max(1, round(dpi * unit)),
            first_page=index + 1,
            last_page=index + 1,
            use_cropbox=True,
            timeout=_RENDER_SECONDS,
        )
    except poppler.PDFInfoNotInstalledError as error:
        raise ScanError("poppler_missing") from error
    except poppler.PDFPopplerTimeoutError as error:
        raise ScanError("too_slow") from error
    except (poppler.PDFPageCountError, poppler.PDFSyntaxError) as error:
        raise ScanError("damaged") from error
    if len(pictures) != 1:
        raise ScanError("damaged")
    with damage_reported():
        pixels, _dpi = from_pillow(pictures[0])
    if pixels.ndim == 3 and (pixels == pixels[:, :, :1]).all():
        pixels = np.ascontiguousarray(pixels[:, :, 0])
    if digest is None:
        digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return PageImage(pixels, float(dpi), digest)


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2048))
        return file.read()


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except pikepdf.PasswordError as error:
        raise ScanError("encrypted") from error
    except pikepdf.DecompressionBombError as error:
        raise ScanError("too_large") from error
    except (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        # A damaged PDF has the wrong kind of object in any place.
        raise ScanError("damaged") from error
