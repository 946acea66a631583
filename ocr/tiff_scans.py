"""The frames of a TIFF as pages."""

import hashlib
import struct
from pathlib import Path
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

from .fax import has_end
from .pixels import MAX_BYTES, PageImage, ScanError, check_size, damage_reported, from_pillow, opened

# Tags that say where the encoded strips or tiles of a frame are, and how long each is.
_EXTENTS = ((273, 279), (324, 325))

_KIND, _REDUCED = 254, 1
_OLD_KIND, _OLD_REDUCED = 255, 2
_COMPRESSION, _FAX = 259, (2, 3, 4)
_FILL_ORDER = 266
_PADDING = 16
"""Bytes of zeros that writers leave behind a strip."""


def list_frames(path: Path, most: int) -> tuple[tuple[int, ...], bool]:
    """Return which frames of a TIFF are pages, and False where the chain of its frames breaks off.

    A smaller copy of a page, for viewers, is none; but only where the file says so and has a page of at least
    twice that size, so that no page is lost over a wrong tag.

    Args:
        path: the file.
        most: no more frames are looked at.

    Raises:
        ScanError: not even its first frame is there.
    """
    sizes: list[tuple[int, int]] = []
    small: list[bool] = []
    whole = True
    with path.open("rb") as file, opened(file) as image:
        while True:
            sizes.append(image.size)
            small.append(_says_it_is_reduced(image))
            if len(sizes) == most:
                break
            try:
                image.seek(len(sizes))
            except EOFError:
                break
            except (OSError, SyntaxError, ValueError, TypeError, LookupError, OverflowError, struct.error):
                # What Pillow lets escape from a directory that is damaged or lies past the file's end.
                whole = False
                break
    full = [size for size, is_small in zip(sizes, small, strict=True) if not is_small]
    largest = max((width for width, _h in full), default=0), max((height for _w, height in full), default=0)
    pages = tuple(
        place
        for place, (width, height) in enumerate(sizes)
        if not (small[place] and 2 * width <= largest[0] and 2 * height <= largest[1])
    )
    return pages, whole


def _says_it_is_reduced(image: Image.Image) -> bool:
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    kind, old_kind = image.tag_v2.get(_KIND), image.tag_v2.get(_OLD_KIND)
    return (isinstance(kind, int) and bool(kind & _REDUCED)) or old_kind == _OLD_REDUCED


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
    is_fax = tags.get(_COMPRESSION) in _FAX
    for start, length in extents:
        file.seek(start)
        strip = file.read(length)
        if is_fax and _is_filled_up(strip, int(tags.get(_FILL_ORDER, 1))):
            raise ScanError("truncated")
        digest.update(strip)
    return digest.hexdigest()


def _is_filled_up(strip: bytes, fill_order: int) -> bool:
    """Tell a fax strip of which a part was never written: decoders take zeros for white paper."""
    written = strip.rstrip(b"\0")
    if len(strip) - len(written) <= _PADDING:
        return False
    return not written or (fill_order == 1 and not has_end(written))


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
