"""The files of a batch, kept as they came in: copied into its folder before they are read.

A copy's name holds the hash of its content, so a run that was killed leaves nothing that a second run could
mistake for something else. The name is made safe; the content is never touched.
"""

import hashlib
import os
import re
import unicodedata
from dataclasses import replace
from pathlib import Path

from ..errors import WorkspaceError
from ..ocr.scans import PageRef, Unopenable
from ..words import _

_COPY_BYTES = 1 << 20


class KeptFiles:
    """The files of a batch, copied into its folder under safe names."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, str] = {}
        """Name in the folder to SHA-256."""
        self._folder = folder
        self._copies: dict[Path, tuple[Path, str]] = {}
        self._new: list[Path] = []
        for part in folder.glob("*.part"):  # of a run that was killed
            part.unlink(missing_ok=True)

    def keep(self, ref: PageRef | Unopenable) -> tuple[PageRef | Unopenable, str, Path]:
        """Return the page in the copy of its file, the copy's name, and where the file came from."""
        if isinstance(ref, Unopenable):
            return ref, "", ref.path
        if ref.path not in self._copies:
            self._copies[ref.path] = self._copy(ref.path)
        path, name = self._copies[ref.path]
        return replace(ref, path=path), name, ref.path

    def drop(self) -> None:
        """Remove the copies made, since nothing in them was new."""
        for path in self._new:
            path.unlink(missing_ok=True)
        if self._folder.is_dir() and not any(self._folder.iterdir()):
            self._folder.rmdir()

    def _copy(self, path: Path) -> tuple[Path, str]:
        try:
            source = path.open("rb")
        except OSError:
            return path, ""  # the reader will say so, in that page's line
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
                name = f"{_safe(path.stem)}-{digest.hexdigest()[:12]}{_safe_suffix(path)}"
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
        return target_path, name


def _safe(stem: str) -> str:
    plain = (
        unicodedata.normalize("NFKD", stem.replace("đ", "d").replace("Đ", "D"))
        .encode("ascii", "ignore")
        .decode()
    )
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:40] or "scan"


def _safe_suffix(path: Path) -> str:
    return path.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,5}", path.suffix) else ""
