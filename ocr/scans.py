"""Files and folders in, page images out, one page at a time.

`list_pages` names the pages without decoding them; `load` decodes one. What a file is says its content, never
its name. A file that can't be opened counts as one page, so that nothing given is ever lost from the totals.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, TiffImagePlugin

from . import pdf_scans
from .more_images import has_more_images
from .pixels import MAX_BYTES, check_size, damage_reported, decode, from_pillow, opened
from .pixels import PageImage as PageImage
from .pixels import ScanError as ScanError

MAX_PAGES = 50_000
"""Of one file."""

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini"})
"""What Windows leaves in folders of pictures."""


@dataclass(frozen=True, slots=True)
class PageRef:
    """One page, not yet decoded."""

    source: str
    """The file's name as given."""
    path: Path
    index: int
    """The page's place in its file, from 0."""


@dataclass(frozen=True, slots=True)
class Unopenable:
    """A file, or the rest of one, that can't be opened: it counts as one page."""

    source: str
    path: Path
    index: int
    note: str
    """A code for `reading.explain`."""


def list_pages(paths: Sequence[Path]) -> list[PageRef | Unopenable]:
    """Return every page of the files and folders given, folders in natural name order (2 before 10)."""
    return [page for path in paths for page in _pages_under(path)]


def load(ref: PageRef) -> PageImage:
    """Decode one page.

    Raises:
        ScanError: it can't be decoded; its code says why.
    """
    with _missing_files_reported():
        with ref.path.open("rb") as file:
            head = file.read(1024)
        if _is_pdf(head):
            return pdf_scans.load_page(ref.path, ref.index)
        if _is_tiff(head):
            return _tiff_frame(ref.path, ref.index)
        return _plain_image(ref.path)


def release() -> None:
    """Close the files that are kept open between two pages of the same document."""
    pdf_scans.release()
    _tiff.release()


def _pages_under(path: Path) -> Iterator[PageRef | Unopenable]:
    if not path.is_dir():
        yield from _pages_of(path)
        return
    root = path.resolve()
    files = sorted(
        _files_under(path), key=lambda file: [_natural(part) for part in file.relative_to(path).parts]
    )
    for file in files:
        if file.is_symlink() and not (file.resolve().is_relative_to(root) and file.is_file()):
            yield Unopenable(_shown(file), file, 0, "link_not_followed")
        else:
            yield from _pages_of(file)
    if not files:
        yield Unopenable(_shown(path), path, 0, "empty_folder")


def _files_under(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files + links:
            if not name.startswith(".") and name.casefold() not in _SYSTEM_FILES:
                yield Path(where, name)


def _pages_of(path: Path) -> Iterator[PageRef | Unopenable]:
    source = _shown(path)
    try:
        count, rest = _count_pages(path)
    except ScanError as error:
        yield Unopenable(source, path, 0, error.code)
        return
    for index in range(min(count, MAX_PAGES)):
        yield PageRef(source, path, index)
    if count > MAX_PAGES:
        yield Unopenable(source, path, MAX_PAGES, "too_many_pages")
    elif rest:
        yield Unopenable(source, path, count, rest)


def _count_pages(path: Path) -> tuple[int, str]:
    """Return how many pages a file has that can be read, and a note on what else may be in it."""
    with _missing_files_reported():
        if not path.is_file():
            raise ScanError("file_missing")
        with path.open("rb") as file:
            head = file.read(1024)
        if not head:
            raise ScanError("empty_file")
        if _is_pdf(head):
            count, whole = pdf_scans.count_pages(path)
            return count, "" if whole else "cut_off"
        if _is_tiff(head):
            with path.open("rb") as file, opened(file) as image:
                return int(getattr(image, "n_frames", 1)), ""
        return 1, "several_images" if has_more_images(path) else ""


def _plain_image(path: Path) -> PageImage:
    if path.stat().st_size > MAX_BYTES:
        raise ScanError("too_large")
    data = path.read_bytes()
    if not data:
        raise ScanError("empty_file")
    image, dpi = decode(data)
    return PageImage(image, dpi, hashlib.sha256(data).hexdigest())


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


_tiff = _KeptTiff()

# Tags that say where the encoded strips or tiles of a frame are, and how long each is.
_EXTENTS = ((273, 279), (324, 325))


def _tiff_frame(path: Path, index: int) -> PageImage:
    try:
        with damage_reported():
            image, file = _tiff.open(path)
            image.seek(index)
            check_size(*image.size)
            digest = _encoded_digest(image, file, path.stat().st_size)
            pixels, dpi = from_pillow(image)
    except ScanError:
        _tiff.release()
        raise
    return PageImage(pixels, dpi, digest)


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


def _is_pdf(head: bytes) -> bool:
    # The mark of a PDF may come late, after a scanner's own header; but not in the middle of an image.
    return b"%PDF-" in head and not head.startswith((b"\xff\xd8", b"\x89PNG"))


def _is_tiff(head: bytes) -> bool:
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@contextmanager
def _missing_files_reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ScanError("file_missing") from error


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key in which page 2 comes before page 10."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), part) if part.isdecimal() else (0, part.casefold()) for part in parts]


def _shown(path: Path) -> str:
    """Return a path as text, also where the file system holds a name that is no text.

    Control characters don't reach a terminal, which would obey them.
    """
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join("\ufffd" if unicodedata.category(sign).startswith("C") else sign for sign in text)
