"""Whether an image file holds further pages after the one that is read of it.

GIF, WebP, PNG and the PGM family can hold several images, and so can a JPEG (MPO). Nobody scans ballots into
those, but a tool that puts pages together may; then the pages after the first must not vanish without a word.
A phone adds previews and depth maps to its photos: an image of another size is none of these pages.
"""

import re
from pathlib import Path
from typing import BinaryIO

from PIL import Image, MpoImagePlugin

from .pixels import MAX_BYTES, ScanError, opened

_NUMBER = rb"(?:\s|#[^\n]*\n)+(\d+)"
_BITMAP, _GRAYMAP = (re.compile(rb"P(\d)" + numbers * _NUMBER + rb"\s") for numbers in (2, 3))


def has_more_images(path: Path) -> bool:
    """Return whether a file holds a second page; a damaged file is left to who decodes it."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size > MAX_BYTES:
                return False
            if file.read(2) in (b"P4", b"P5", b"P6"):
                return _netpbm_goes_on(file)
            file.seek(0)
            with opened(file) as image:
                if isinstance(image, MpoImagePlugin.MpoImageFile) or image.format == "HEIF":
                    return _same_size_again(image)
                return int(getattr(image, "n_frames", 1)) > 1
    except ScanError:
        return False


def _netpbm_goes_on(file: BinaryIO) -> bool:
    """Return whether another header follows the first image of a PBM, PGM or PPM."""
    file.seek(0)
    head = file.read(1024)
    header = (_BITMAP if head.startswith(b"P4") else _GRAYMAP).match(head)
    if header is None:
        return False
    kind, width, height = (int(header[i]) for i in (1, 2, 3))
    row = (width + 7) // 8 if kind == 4 else width * (3 if kind == 6 else 1)
    deep = 2 if kind != 4 and int(header[4]) > 255 else 1
    file.seek(header.end() + row * deep * height)
    return re.match(rb"\s*P[1-6]\s", file.read(64)) is not None


def _same_size_again(image: Image.Image) -> bool:
    """Return whether one of the further images of a phone's photo is as large as the one that is read."""
    first, read = sorted(image.size), image.tell()
    for index in range(int(getattr(image, "n_frames", 1))):
        image.seek(index)
        if index != read and sorted(image.size) == first:
            return True
    return False
