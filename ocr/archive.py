"""A ZIP of scans, seen as a folder: what is in it, and one member at a time as a file.

A member's path is the ZIP's path and the member's number in it, as in `scans.zip/17`. Its name is shown and
orders the pages; nothing is ever written under it, so it may be anything. A ZIP comes from anywhere: members
and their sizes are limited before anything is unpacked, and no more is unpacked than was announced.
"""

import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from .pixels import ScanError

MAX_MEMBERS = 20_000
MAX_MEMBER_BYTES = 4 * 1024**3
MAX_UNPACKED_BYTES = 40 * 1024**3
"""Of all members together: 20,000 pages of 2 MB."""
_MAX_DIRECTORY_BYTES = 1024 * MAX_MEMBERS
_ENCRYPTED = 1
_OFFICE_MARKS = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"})
_END, _END_64 = b"PK\5\6", b"PK\6\7"


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a ZIP."""

    path: Path
    """The ZIP's path and the member's number: what `unpacked` wants."""
    name: PurePosixPath
    """As the ZIP says: to be shown, never to be written to."""
    trouble: str
    """Why it can't be opened: a code for `reading.explain`; empty where it may."""


def is_zip(head: bytes) -> bool:
    """Tell a ZIP, or one of the many kinds of document that are one, by how it begins."""
    return head.startswith((b"PK\3\4", _END))


def is_member(path: Path) -> bool:
    """Tell a path that leads into a ZIP."""
    return path.parent.is_file()


def members(path: Path) -> list[Member]:
    """Return the files in a ZIP, in the order in which they lie there.

    Raises:
        ScanError: it is none, is damaged, larger than any stack of ballots, or an office document.
    """
    with _refusals(), path.open("rb") as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as opened:
            infos = opened.infolist()
    if not _OFFICE_MARKS.isdisjoint(info.filename for info in infos):
        raise ScanError("office_document")
    if sum(info.file_size for info in infos) > MAX_UNPACKED_BYTES:
        raise ScanError("too_large")
    return [
        Member(path / str(number), PurePosixPath(info.filename.replace("\\", "/")), _trouble(info))
        for number, info in enumerate(infos)
        if not info.is_dir()
    ]


class UnpackedMember:
    """The member of a ZIP that was asked for last, as a file of its own."""

    def __init__(self) -> None:
        self._file: tuple[Path, Path] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._key: tuple[Path, int, int] | None = None
        self._zip: zipfile.ZipFile | None = None

    def is_at_hand(self, path: Path) -> bool:
        """Tell whether this member is the one that is unpacked already."""
        return self._file is not None and self._file[0] == path

    def unpack(self, path: Path) -> Path:
        """Return a file with the member's content; it is gone when another member is asked for.

        Raises:
            ScanError: it can't be unpacked.
        """
        if self._file is not None and self._file[0] == path:
            return self._file[1]
        self._drop()
        with _refusals():
            opened = self._opened(path.parent)
            info = opened.infolist()[int(path.name)]
            if trouble := _trouble(info):
                raise ScanError(trouble)
            self._folder = tempfile.TemporaryDirectory(prefix="phieu-", ignore_cleanup_errors=True)
            target = Path(self._folder.name, path.name)
            with opened.open(info) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file, 1 << 20)
        self._file = path, target
        return target

    def release(self) -> None:
        """Close the ZIP and remove the file."""
        self._drop()
        if self._zip is not None:
            self._zip.close()
        self._key = self._zip = None

    def _drop(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = self._file = None

    def _opened(self, path: Path) -> zipfile.ZipFile:
        stat = path.stat()
        key = (path, stat.st_mtime_ns, stat.st_size)
        if self._zip is None or key != self._key:
            self.release()
            self._zip, self._key = zipfile.ZipFile(path), key
        return self._zip


def _trouble(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "encrypted_zip"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The others may ask for any amount of memory, and no office makes them by itself.
        return "zip_packing"
    return "too_large" if info.file_size > MAX_MEMBER_BYTES else ""


def _check_directory(file: BinaryIO) -> None:
    """Refuse a table of contents that is too long to be read into memory.

    Source: PKWARE's APPNOTE.TXT, 4.3.14 to 4.3.16, "End of central directory record".
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise ScanError("truncated")
    count, length = struct.unpack_from("<HI", tail, at + 10)
    locator = at - 20
    if locator >= 0 and tail[locator : locator + 4] == _END_64:
        (where,) = struct.unpack_from("<Q", tail, locator + 8)
        file.seek(min(where, size))
        record = file.read(56)
        if len(record) < 56:
            raise ScanError("damaged")
        count, length = struct.unpack_from("<QQ", record, 32)
    if count > MAX_MEMBERS or length > _MAX_DIRECTORY_BYTES:
        raise ScanError("too_many_pages")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, struct.error),
        # What zipfile lets escape from damaged headers.
        *(NotImplementedError, RuntimeError, ValueError, LookupError, OverflowError),
    ) as error:
        raise ScanError("damaged") from error
