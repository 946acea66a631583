"""JBIG2 images out of a PDF, decoded by poppler's `pdfimages`: no Python library does it.

Like the fax decoders it paints white what it has no data for; so the lengths that the image itself tells of
its segments are added up first.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pikepdf
from numpy.typing import NDArray

from .pixels import ScanError, decode

_SECONDS = 12
_LENGTH_UNKNOWN = 0xFFFFFFFF
_MANY_REFERRED = 7
_SHORTEST_SEGMENT = 11


def jbig2_samples(image: pikepdf.Stream, raw: bytes) -> NDArray[np.uint8] | None:
    """Return (height, width, 1) samples, 0 or 1; None where `pdfimages` is missing.

    Raises:
        ScanError: it is damaged, cut short, or takes too long.
    """
    if not _is_whole(raw):
        raise ScanError("truncated")
    with tempfile.TemporaryDirectory(prefix="phieu-") as folder:
        alone = Path(folder, "image.pdf")
        _write_alone(image, alone)
        command = ["pdfimages", "-png", str(alone), str(Path(folder, "out"))]
        try:
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except FileNotFoundError:
            return None
        except subprocess.TimeoutExpired as error:
            raise ScanError("too_slow") from error
        found = sorted(Path(folder).glob("out*.png"))
        if len(found) != 1:
            raise ScanError("damaged")
        pixels = decode(found[0].read_bytes())[0]
    if pixels.shape != (int(image.Height), int(image.Width)):
        raise ScanError("damaged")
    return (pixels > 127).astype(np.uint8)[:, :, None]


def _write_alone(image: pikepdf.Stream, path: Path) -> None:
    """Write a PDF with this image only, so that a long document is not opened anew for each page.

    The image goes in as it is stored: its palette and its `Decode` array are the caller's to follow.
    """
    with pikepdf.new() as pdf:
        copy = pdf.copy_foreign(image)
        for key in ("/Decode", "/ImageMask", "/SMask", "/Mask"):
            if key in copy:
                del copy[key]
        copy.ColorSpace, copy.BitsPerComponent = pikepdf.Name.DeviceGray, 1
        page = pdf.add_blank_page(page_size=(100, 100))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=copy))
        page.Contents = pdf.make_stream(b"100 0 0 100 0 0 cm /Im0 Do")
        pdf.save(path)


def _is_whole(raw: bytes) -> bool:
    """Tell whether every segment ends within the data.

    Source: ITU-T T.88, 7.2, "Segment header syntax".
    """
    at = 0
    while at + _SHORTEST_SEGMENT <= len(raw):
        number, flags = int.from_bytes(raw[at : at + 4], "big"), raw[at + 4 : at + 6]
        referred, at = flags[1] >> 5, at + 6
        if referred == _MANY_REFERRED:
            referred = int.from_bytes(raw[at - 1 : at + 3], "big") & 0x1FFFFFFF
            at += 3 + (referred + 8) // 8
        at += referred * (1 if number <= 256 else 2 if number <= 65536 else 4)
        at += 4 if flags[0] & 0x40 else 1
        length = int.from_bytes(raw[at : at + 4], "big")
        at += 4
        if length == _LENGTH_UNKNOWN:
            return at < len(raw)
        at += length
    return 0 < at <= len(raw)
