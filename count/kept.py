"""The files of a batch, kept as they came in: copied into its folder before they are read.

A copy is named by the hash of its content alone, so a run that was killed leaves nothing that a second run
could mistake for something else, and neither a file's name nor its time, which count up with the sheets, is
kept. The content is never touched: what a scanner wrote into its files stays in them.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ..errors import ExitCode, PhieuError, WorkspaceError
from ..ocr.scans import PageRef, Unopenable, list_files, pages_of, shown
from ..words import _

_COPY_BYTES = 1 << 20
_NO_TIME = 946_684_800  # 2000-01-01: the time of every copy


class BeingRead(PhieuError):
    """Another process reads a batch of this name at this moment."""

    exit_code = ExitCode.USAGE


@contextmanager
def reading_alone(folder: Path) -> Iterator[None]:
    """Hold a batch's folder for one reading; a process that is killed lets go of it.

    Raises:
        BeingRead: another process holds it.
    """
    # No batch's name begins with a dot.
    path = folder.parent / f".{folder.name}.lock"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("ab")
    except OSError as error:
        raise WorkspaceError(
            _("{folder} can't be written to: {reason}.").format(folder=folder.parent, reason=error.strerror)
        ) from error
    with lock:
        try:
            _lock(lock.fileno())
        except OSError as error:
            raise BeingRead(
                _("Batch {name} is being read at this moment, in another window.").format(name=folder.name),
                hint=_("Wait until that is done, or give these sheets another batch name."),
            ) from error
        try:
            yield
        finally:
            # Windows removes no open file, so there it stays, empty.
            with suppress(PermissionError):
                path.unlink()


def _lock(descriptor: int) -> None:
    """Hold an open file for this process alone until it is closed or the process ends; else OSError."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class KeptFiles:
    """The files of a batch, copied into its folder under names made of their hashes."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, str] = {}
        """Name in the folder to SHA-256."""
        self._folder = folder
        self._copies: dict[Path, Path] = {}
        self._new: list[Path] = []
        for part in folder.glob("*.part"):  # of a run that was killed
            part.unlink(missing_ok=True)

    def pages(self, paths: Sequence[Path]) -> Iterator[tuple[PageRef | Unopenable, str, Path]]:
        """Copy the files and folders given; yield each page of a copy, its name, where the file came from.

        A ZIP is kept as it is; its members' names are like those of files in a folder of the ZIP's name.
        """
        for given in list_files(paths):
            if isinstance(given, Unopenable):
                yield given, "", given.path
                continue
            copy = self._copied(given)
            for page in pages_of(copy):
                inside = page.path != copy
                source = shown(given) + page.source.removeprefix(shown(copy))
                name = page.path.relative_to(self._folder).as_posix() if copy != given else ""
                yield (
                    replace(page, source=source),
                    "" if isinstance(page, Unopenable) else name,
                    Path(source).parent / page.path.name if inside else given,
                )

    def drop(self) -> None:
        """Remove the copies made, since nothing in them was new."""
        for path in self._new:
            path.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _copied(self, path: Path) -> Path:
        """Return the copy of a file, or the file itself where it can't be opened: the reader will say so."""
        if path not in self._copies:
            self._copies[path] = self._copy(path)
        return self._copies[path]

    def _copy(self, path: Path) -> Path:
        if not path.is_file():
            return path
        try:
            source = path.open("rb")
        except OSError:
            return path
        with source:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                part = self._folder / f"{os.getpid()}.part"
                digest = hashlib.sha256()
                with part.open("wb") as target:
                    while block := source.read(_COPY_BYTES):
                        digest.update(block)
                        target.write(block)
                    target.flush()
                    os.fsync(target.fileno())
                os.utime(part, (_NO_TIME, _NO_TIME))
                name = f"{digest.hexdigest()}{_safe_suffix(path)}"
                target_path = self._folder / name
                if not target_path.exists():
                    self._new.append(target_path)
                part.replace(target_path)
            except OSError as error:
                raise WorkspaceError(
                    _("{file} can't be kept in {folder}: {reason}.").format(
                        file=path, folder=self._folder, reason=error.strerror
                    ),
                    hint=_("Make room, or see who may write there; then read the batch again."),
                ) from error
        self.files[name] = digest.hexdigest()
        return target_path


def _safe_suffix(path: Path) -> str:
    return path.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", path.suffix) else ""
