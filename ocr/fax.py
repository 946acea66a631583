"""Fax images (CCITT group 3 and 4) out of a PDF, decoded by libtiff as the one strip of a TIFF.

libtiff paints white what it has no data for, and says nothing. So where the mark of the end is missing, the
image is decoded again with other data behind: if that changes a pixel, a part of the page was missing.
"""

import io
import struct

import numpy as np
import pikepdf
from numpy.typing import NDArray

from .pixels import ScanError, opened

_END_OF_BLOCK = (0b000000000001 << 12) | 0b000000000001
_LINE_END = 0b000000000001
_RLE, _GROUP_3, _GROUP_4 = 2, 3, 4
_TWO_DIMENSIONAL = 1
_BLACK_DOTS = (bytes.fromhex("26a8"), bytes.fromhex("9aa0"), bytes.fromhex("4d54"))
"""Codes of one black dot after another, begun at different bits, since data may stop anywhere in a byte."""


def fax_samples(
    raw: bytes, width: int, height: int, parameters: pikepdf.Dictionary
) -> NDArray[np.uint8] | None:
    """Return (height, width, 1) samples, 0 or 1; None where libtiff does not know this kind of fax.

    Raises:
        ScanError: it is damaged or cut short.
    """
    k = int(parameters.get("/K", 0))
    aligned = bool(parameters.get("/EncodedByteAlign", False))
    if int(parameters.get("/Columns", 1728)) != width:
        return None
    begins_with_line_end = int.from_bytes(raw[:2], "big") >> 4 == _LINE_END
    if k < 0 and not aligned:
        compression = _GROUP_4
    elif k == 0 and aligned and not begins_with_line_end:
        compression = _RLE
    elif begins_with_line_end and not aligned:
        compression = _GROUP_3
    else:
        return None
    white = _decoded(raw, width, height, compression, k)
    if not has_end(raw):
        for dots in _BLACK_DOTS:
            if (_decoded(raw + dots * 64, width, height, compression, k) != white).any():
                raise ScanError("truncated")
    black_is_1 = bool(parameters.get("/BlackIs1", False))
    return (white ^ black_is_1).astype(np.uint8)[:, :, None]


def has_end(raw: bytes) -> bool:
    """Tell whether the mark of the end stands in the last bytes, at any bit."""
    tail = int.from_bytes(raw[-8:], "big")
    return any((tail >> shift) & 0xFFFFFF == _END_OF_BLOCK for shift in range(40))


def _decoded(raw: bytes, width: int, height: int, compression: int, k: int) -> NDArray[np.bool_]:
    """Return where the paper is white."""
    tags = [
        *((256, width), (257, height), (258, 1), (259, compression), (262, 0)),
        *((273, 0), (277, 1), (278, height), (279, len(raw))),
        *([(292, _TWO_DIMENSIONAL if k > 0 else 0)] if compression == _GROUP_3 else []),
    ]
    start = 8 + 2 + 12 * len(tags) + 4
    entries = [(tag, start if tag == 273 else value) for tag, value in tags]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + directory + bytes(4)
    with opened(io.BytesIO(head + raw)) as image:
        return np.asarray(image).astype(bool)
