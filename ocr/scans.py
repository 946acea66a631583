"""Files and folders in, page images out, one page at a time.

`list_pages` names the pages without decoding them; `load` decodes one. What a file is says its content, never
its name. A ZIP is a folder. A file that can't be opened counts as one page, so that nothing given is ever
lost from the totals.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import archive, pdf_counting, pdf_scans, tiff_scans
from .more_images import has_more_images
from .pixels import MAX_BYTES, decode
from .pixels import PageImage as PageImage
from .pixels import ScanError as ScanError

MAX_PAGES = 50_000
"""Of one file."""

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "__macosx"})
"""What Windows and macOS leave in folders of pictures."""
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class PageRef:
    """One page, not yet decoded."""

    source: str
    """The file's name as given."""
    path: Path
    """Of the file; of one in a ZIP, the ZIP's path and the file's number in it."""
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
    files = (file for path in paths for file in list_files([path]))
    return [page for file in files for page in ([file] if isinstance(file, Unopenable) else pages_of(file))]


def list_files(paths: Sequence[Path]) -> Iterator[Path | Unopenable]:
    """Yield the files given and those in folders given, and what lies in a folder but is no file to read."""
    for path in paths:
        if path.is_dir():
            yield from _files_in(path)
        else:
            yield path


def pages_of(path: Path) -> Iterator[PageRef | Unopenable]:
    """Yield the pages of one file; of a ZIP, those of all files in it, in natural name order."""
    try:
        with _missing_files_reported():
            # Asked first: to open a pipe is to wait for who writes into it.
            if not path.is_file():
                raise ScanError("file_missing")
            inside = archive.members(path) if archive.is_zip(_head(path)) else None
    except ScanError as error:
        yield Unopenable(shown(path), path, 0, error.code)
        return
    if inside is None:
        yield from _pages_of(path, shown(path))
        return
    yield from _pages_in_zip(path, inside)
    release()


def exists(path: Path) -> bool:
    """Tell whether a page's path still leads to a file."""
    return path.is_file() or archive.is_member(path)


def load(ref: PageRef) -> PageImage:
    """Decode one page.

    Raises:
        ScanError: it can't be decoded; its code says why.
    """
    with _missing_files_reported():
        path = _as_file(ref.path)
        head = _head(path)
        if _is_pdf(head):
            return pdf_scans.load_page(path, ref.index)
        if _is_tiff(head):
            return tiff_scans.load_frame(path, ref.index)
        return _plain_image(path)


def release() -> None:
    """Close the files that are kept open between two pages of the same document."""
    pdf_scans.release()
    tiff_scans.release()
    _unpacked.release()


def shown(path: Path) -> str:
    """Return a path as text, also where the file system holds a name that is no text."""
    return _harmless(os.fsencode(path).decode("utf-8", "replace"))


def _files_in(path: Path) -> Iterator[Path | Unopenable]:
    root = path.resolve()
    files = sorted(
        _files_under(path), key=lambda file: [_natural(part) for part in file.relative_to(path).parts]
    )
    for file in files:
        if file.is_symlink() and not (file.resolve().is_relative_to(root) and file.is_file()):
            yield Unopenable(shown(file), file, 0, "link_not_followed")
        else:
            yield file
    if not files:
        yield Unopenable(shown(path), path, 0, "empty_folder")


def _files_under(folder: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        links = [name for name in folders if Path(where, name).is_symlink()]
        folders[:] = [name for name in folders if not _is_of_the_system(name)]
        for name in files + links:
            if not _is_of_the_system(name):
                yield Path(where, name)


def _is_of_the_system(name: str) -> bool:
    return (name.startswith(".") and name != "..") or name.casefold() in _SYSTEM_FILES


def _pages_in_zip(path: Path, inside: Sequence[archive.Member]) -> Iterator[PageRef | Unopenable]:
    mine = [member for member in inside if not any(_is_of_the_system(part) for part in member.name.parts)]
    mine.sort(key=lambda member: [_natural(part) for part in member.name.parts])
    if not mine:
        yield Unopenable(shown(path), path, 0, "empty_folder")
    left = MAX_PAGES
    for member in mine:
        source = f"{shown(path)}/{_harmless(str(member.name))}"
        for page in (
            [Unopenable(source, member.path, 0, member.trouble)]
            if member.trouble
            else _pages_of(member.path, source)
        ):
            if left == 0:
                yield Unopenable(source, member.path, page.index, "too_many_pages")
                return
            left -= 1
            yield page


def _pages_of(path: Path, source: str) -> Iterator[PageRef | Unopenable]:
    try:
        places, rest = _places(path)
    except ScanError as error:
        yield Unopenable(source, path, 0, error.code)
        return
    for index in places[:MAX_PAGES]:
        yield PageRef(source, path, index)
    if len(places) > MAX_PAGES:
        yield Unopenable(source, path, MAX_PAGES, "too_many_pages")
    elif rest:
        yield Unopenable(source, path, places[-1] + 1, rest)


def _places(path: Path) -> tuple[Sequence[int], str]:
    """Return where in a file its pages are, at least one, and a note on what else may be in it."""
    with _missing_files_reported():
        path = _as_file(path)
        head = _head(path)
        if not head:
            raise ScanError("empty_file")
        if archive.is_zip(head):
            raise ScanError("zip_in_zip")
        if head.startswith(_OLD_OFFICE):
            raise ScanError("office_document")
        if _is_pdf(head):
            count, whole = pdf_counting.count_pages(path)
            return range(count), "" if whole else "cut_off"
        if _is_tiff(head):
            frames, whole = tiff_scans.list_frames(path, MAX_PAGES + 1)
            return frames, "" if whole else "cut_off"
        return range(1), "several_images" if has_more_images(path) else ""


def _as_file(path: Path) -> Path:
    """Return the path itself, or a file with what the member of a ZIP holds."""
    if not archive.is_member(path):
        return path
    if not _unpacked.is_at_hand(path):
        # Their files are about to go, which Windows forbids while they are open.
        pdf_scans.release()
        tiff_scans.release()
    return _unpacked.unpack(path)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def _plain_image(path: Path) -> PageImage:
    if path.stat().st_size > MAX_BYTES:
        raise ScanError("too_large")
    data = path.read_bytes()
    if not data:
        raise ScanError("empty_file")
    image, dpi = decode(data)
    return PageImage(image, dpi, hashlib.sha256(data).hexdigest())


_unpacked = archive.UnpackedMember()


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


def _harmless(text: str) -> str:
    """Return a text without control characters, which a terminal would obey."""
    return "".join("\ufffd" if unicodedata.category(sign).startswith("C") else sign for sign in text)
