"""The frames of a TIFF as pages."""

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

from .pixels import MAX_BYTES, PageImage, ScanError, check_size, damage_reported, from_pillow, opened

# Tags that say where the encoded strips or tiles of a frame are, and how long each is.
_EXTENTS = ((273, 279), (324, 325))


def count_frames(path: Path, most: int) -> tuple[int, bool]:
    """Return how many pages a TIFF has, and False where the chain of its pages breaks off.

    Args:
        path: the file.
        most: no more are counted.

    Raises:
        ScanError: not even its first page is there.
    """
    with path.open("rb") as file, opened(file) as image:
        count = 1
        while count < most:
            try:
                image.seek(count)
            except EOFError:
                return count, True
            except (OSError, SyntaxError, ValueError, TypeError, LookupError, OverflowError, struct.error):
                # What Pillow lets escape from a directory that is damaged or lies past the file's end.
                return count, False
            count += 1
        return count, True


def load_frame(path: Path, index: int) -> PageImage:
    """Return one page of a TIFF.

    Raises:
        ScanError: it can't be decoded.
    """
    try:
        with damage_reported():
            image, file = _kept.open(path)
            image.seek(index)
            check_size(*image.size)
            digest = _encoded_digest(image, file, path.stat().st_size)
            pixels, dpi = from_pillow(image)
    except ScanError:
        _kept.release()
        raise
    return PageImage(pixels, dpi, digest)


def release() -> None:
    """Close the file kept open between two of its frames."""
    _kept.release()


def _encoded_digest(image: Image.Image, file: BinaryIO, size: int) -> str:
    """Return the SHA-256 of a frame's strips, so that a page saved anew in another TIFF is known again.

    Raises:
        ScanError: the file ends before the frame does, which decoders of fax images would fill with white.
    """
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    extents = [
        (int(start), int(length))
        for starts, lengths in _EXTENTS
        for start, length in zip(tags.get(starts, ()), tags.get(lengths, ()), strict=True)
    ]
    if any(start + length > size for start, length in extents):
        raise ScanError("truncated")
    if sum(length for _start, length in extents) > MAX_BYTES:
        raise ScanError("too_large")
    digest = hashlib.sha256()
    for start, length in extents:
        file.seek(start)
        digest.update(file.read(length))
    return digest.hexdigest()


class _KeptTiff:
    """The TIFF of the last page, kept open: finding frame n anew means walking n directories."""

    def __init__(self) -> None:
        self._key: tuple[Path, int, int] | None = None
        self._file: BinaryIO | None = None
        self._image: Image.Image | None = None

    def open(self, path: Path) -> tuple[Image.Image, BinaryIO]:
        stat = path.stat()
        key = (path, stat.st_mtime_ns, stat.st_size)
        if self._image is None or self._file is None or key != self._key:
            self.release()
            self._file = path.open("rb")
            self._image = Image.open(self._file)
            self._key = key
        return self._image, self._file

    def release(self) -> None:
        if self._image is not None:
            self._image.close()
        if self._file is not None:
            self._file.close()
        self._key = self._file = self._image = None


_kept = _KeptTiff()
