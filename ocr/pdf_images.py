"""The pixels of an image in a PDF, exactly as they are stored there, without rendering the page.

An image is a table of samples (packed as JPEG, fax, ...), a colour space that says what a sample means, and a
`Decode` array that may turn black into white. All three are followed to the letter, or the answer is None and
poppler renders the page: a black and white mix-up would turn a page of empty boxes into one of marks.
"""

import zlib

import numpy as np
import pikepdf
from numpy.typing import NDArray

from .fax import fax_samples
from .jbig2 import jbig2_samples
from .pdf_colours import Colours, colours_of
from .pixels import Pixels, ScanError, check_size, decode

Samples = NDArray[np.uint8]
"""(height, width, components), each from 0 to 2 ** bits - 1; of 16 bits, the higher 8."""


def taken_out(image: pikepdf.Stream, raw: bytes) -> Pixels | None:
    """Return an image's pixels, gray or BGR, or None where only rendering is sure to show it as it is.

    Args:
        image: an image without mask; a stencil is taken as one that paints black on white.
        raw: its bytes as encoded.

    Raises:
        ScanError: it is damaged, cut short, or larger than any scan.
    """
    width, height = int(image.Width), int(image.Height)
    check_size(width, height)
    filters = _filters(image)
    if filters == ["/JPXDecode"] and "/ColorSpace" not in image:
        changed = "/Decode" in image or _has_mask_inside(image)
        return None if changed else decode(raw, upright=False)[0]
    colours = colours_of(image)
    if colours is None:
        return None
    if filters in (["/DCTDecode"], ["/JPXDecode"]):
        return _photograph(image, raw, colours)
    samples = _samples(image, raw, filters, colours)
    return None if samples is None else colours.pixels(samples)


def encoding_digest_parts(image: pikepdf.Stream, raw: bytes) -> list[bytes]:
    """Return all bytes of which an image is decoded; a JBIG2 image partly is in a table that pages share."""
    parts = [raw]
    for one in _parameters(image):
        shared = one.get("/JBIG2Globals")
        if isinstance(shared, pikepdf.Stream):
            parts.append(shared.read_raw_bytes())
    return parts


def _photograph(image: pikepdf.Stream, raw: bytes, colours: Colours) -> Pixels | None:
    """Decode a JPEG or JPEG 2000 whose own colours are those that the PDF says."""
    transformed = any("/ColorTransform" in one for one in _parameters(image))
    if colours.palette is not None or transformed or _has_mask_inside(image):
        return None
    pixels = decode(raw, upright=False)[0]
    components = 1 if pixels.ndim == 2 else 3
    if components != colours.components:
        return None
    return np.bitwise_not(pixels) if colours.inverted else pixels


def _samples(image: pikepdf.Stream, raw: bytes, filters: list[str], colours: Colours) -> Samples | None:
    width, height = int(image.Width), int(image.Height)
    if filters == ["/CCITTFaxDecode"] and colours.bits == colours.components == 1:
        parameters = _parameters(image)
        return fax_samples(raw, width, height, parameters[0] if parameters else pikepdf.Dictionary())
    if filters == ["/JBIG2Decode"] and colours.bits == colours.components == 1:
        return jbig2_samples(image, raw)
    if filters in ([], ["/FlateDecode"]):
        row = (width * colours.components * colours.bits + 7) // 8
        data = raw if not filters else _inflated(image, raw, row * height)
        if len(data) < row * height:
            raise ScanError("truncated")
        packed = np.frombuffer(data, np.uint8, row * height).reshape(height, row)
        return _unpacked(packed, width, colours)
    return None


def _inflated(image: pikepdf.Stream, raw: bytes, expected: int) -> bytes:
    """Unpack no more than an image of this size can have.

    Raises:
        ScanError: `too_large` (a bomb) or `damaged`.
    """
    # A row may have one more byte, which tells how it was predicted.
    most = expected + int(image.Height) + 1024
    try:
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(raw, most)
    except zlib.error as error:
        raise ScanError("damaged") from error
    if unpacking.unconsumed_tail:
        raise ScanError("too_large")
    predicted = any(int(one.get("/Predictor", 1)) > 1 for one in _parameters(image))
    return image.read_bytes() if predicted else data


def _unpacked(packed: Samples, width: int, colours: Colours) -> Samples:
    count = width * colours.components
    match colours.bits:
        case 8:
            samples = packed
        case 16:
            samples = packed[:, ::2]
        case 1:
            samples = np.unpackbits(packed, axis=1)
        case bits:
            places = np.arange(8 - bits, -1, -bits, dtype=np.uint8)
            samples = ((packed[:, :, None] >> places) & (2**bits - 1)).reshape(len(packed), -1)
    return samples[:, :count].reshape(len(packed), width, colours.components)


def _has_mask_inside(image: pikepdf.Stream) -> bool:
    return "/SMaskInData" in image and int(image.SMaskInData) != 0


def _filters(image: pikepdf.Stream) -> list[str]:
    filters = image.get("/Filter", pikepdf.Array())
    return [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]


def _parameters(image: pikepdf.Stream) -> list[pikepdf.Dictionary]:
    given = image.get("/DecodeParms")
    each = list(given) if isinstance(given, pikepdf.Array) else [given]
    return [one for one in each if isinstance(one, pikepdf.Dictionary)]
