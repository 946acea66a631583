"""The pages of a PDF as images: the scan itself where a page is one, the page rendered where it is not.

A scanner's page is one image over the whole paper. It is taken out as it was encoded (no loss, no time), and
turned and mirrored as the page shows it. Every other page (several layers, vector print, half a page) is
rendered by poppler. When in doubt, render: what people see in a viewer is what is read.
"""

import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt
from pathlib import Path

import numpy as np
import pdf2image
import pikepdf
from pdf2image import exceptions as poppler

from .pdf_content import Placed, lone_image
from .pixels import (
    MAX_BYTES,
    PageImage,
    Pixels,
    ScanError,
    check_size,
    damage_reported,
    decode,
    from_pillow,
    square,
)

RENDER_DPI = 200
_MAX_RENDER_DPI = 600
_MAX_RENDERED_PIXELS = 40_000_000
"""A page that says it is 3 m wide is rendered at fewer dpi."""
_RENDER_SECONDS = 12
"""Of each of the two programs of poppler that are asked; a page as a whole may take 30 s."""

# Colour spaces in which a JPEG's own gray or colours are the page's.
_PLAIN_COLOURS = frozenset({"/DeviceGray", "/DeviceRGB", "/CalGray", "/CalRGB", "/ICCBased"})
_UNPACKED_BY_PIKEPDF: tuple[list[str], ...] = ([], ["/FlateDecode"], ["/CCITTFaxDecode"])


def count_pages(path: Path) -> tuple[int, bool]:
    """Return how many pages a PDF has, and False where its end is missing, so that pages may be too.

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
        pixels = _taken_out(placed, raw)
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


def _taken_out(placed: Placed, raw: bytes) -> Pixels | None:
    """Return the image's pixels, or None where rendering is the safer way."""
    image = placed.image
    filters = _filters(image)
    plain = "/Decode" not in image and _colour_space(image) in _PLAIN_COLOURS
    if filters == ["/DCTDecode"] and plain:
        return decode(raw, upright=False)[0]
    if filters == ["/JPXDecode"] and "/Decode" not in image and "/ColorSpace" not in image:
        return decode(raw, upright=False)[0]
    if filters in _UNPACKED_BY_PIKEPDF:
        _check_unpacked_size(image, raw, filters)
        try:
            with damage_reported():
                return from_pillow(pikepdf.PdfImage(image).as_pil_image(), upright=False)[0]
        except (pikepdf.UnsupportedImageTypeError, NotImplementedError):
            return None
    return None


def _check_unpacked_size(image: pikepdf.Stream, raw: bytes, filters: list[str]) -> None:
    """Refuse an image whose packed bytes unpack to more, or to less, than its size says.

    Raises:
        ScanError: `too_large` (a bomb) or `truncated`.
    """
    width, height = int(image.Width), int(image.Height)
    check_size(width, height)
    if filters != ["/FlateDecode"]:
        return
    # A pixel has at most 4 components of 2 bytes; a row, one byte that tells how it was predicted.
    most = (width * 8 + 1) * height + 1024
    try:
        unpacked = zlib.decompressobj()
        length = len(unpacked.decompress(raw, most))
    except zlib.error as error:
        raise ScanError("damaged") from error
    if unpacked.unconsumed_tail:
        raise ScanError("too_large")
    bits = int(image.get("/BitsPerComponent", 8))
    if length < (width * bits + 7) // 8 * height:
        raise ScanError("truncated")


def _raw_bytes(image: pikepdf.Stream) -> bytes:
    if int(image.get("/Length", 0)) > MAX_BYTES:
        raise ScanError("too_large")
    return image.read_raw_bytes()


def _digest(image: pikepdf.Stream, raw: bytes) -> str:
    """Return the SHA-256 of the image as encoded; a JBIG2 image partly is in a table that pages share."""
    digest = hashlib.sha256(raw)
    parameters = image.get("/DecodeParms")
    for one in parameters if isinstance(parameters, pikepdf.Array) else [parameters]:
        shared = one.get("/JBIG2Globals") if isinstance(one, pikepdf.Dictionary) else None
        if isinstance(shared, pikepdf.Stream):
            digest.update(shared.read_raw_bytes())
    return digest.hexdigest()


def _filters(image: pikepdf.Stream) -> list[str]:
    filters = image.get("/Filter", pikepdf.Array())
    return [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]


def _colour_space(image: pikepdf.Stream) -> str:
    space = image.get("/ColorSpace")
    return str(space[0] if isinstance(space, pikepdf.Array) and len(space) else space)


def _rendered(path: Path, index: int, page: pikepdf.Page, dpi: float, digest: str | None = None) -> PageImage:
    box = [float(edge) for edge in page.cropbox]
    inches = abs(box[2] - box[0]) / 72 * abs(box[3] - box[1]) / 72
    if inches <= 0:
        raise ScanError("damaged")
    dpi = round(min(dpi, sqrt(_MAX_RENDERED_PIXELS / inches)))
    if dpi < RENDER_DPI / 8:
        raise ScanError("too_large")
    try:
        pictures = pdf2image.convert_from_path(
            path.resolve(),
            dpi,
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
