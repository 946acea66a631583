"""A closed round's bundle as files in `results/`, and what becomes of void ones.

The journal holds each bundle; the files are copies that can be written again at any time. What is void is
moved into `results/void/N/` with a note, never deleted: a paper may have been signed.
"""

import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from ..errors import WorkspaceError
from ..words import _
from .bundle import Bundle

SUFFIX = ".bundle.json"
NOTE = "note.txt"


def bundle_path(results: Path, round_id: str) -> Path:
    """Return where a round's bundle lies."""
    return results / f"{round_id}{SUFFIX}"


def files_of(results: Path, bundle: Bundle) -> dict[Path, bytes]:
    """Return the files of a bundle: itself, and its SHA-256 in the form of `sha256sum`."""
    path = bundle_path(results, bundle.round)
    return {
        path: bundle.to_bytes(),
        path.with_name(f"{path.name}.sha256"): f"{bundle.sha256}  {path.name}\n".encode(),
    }


def write(results: Path, bundle: Bundle) -> None:
    """Write a bundle's files where they are missing or not as they should be; each whole or not at all.

    Raises:
        WorkspaceError: they can't be written; the round is closed all the same.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        for path, data in files_of(results, bundle).items():
            if path.is_file() and path.read_bytes() == data:
                continue
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
    except OSError as error:
        raise WorkspaceError(
            _("Round {name} is closed, but {file} can't be written: {reason}.").format(
                name=bundle.round, file=error.filename or results, reason=error.strerror or error
            ),
            hint=_(
                "Make room, or see who may write there; then `phieu close {name}` writes it again."
            ).format(name=bundle.round),
        ) from error


def void(results: Path, round_id: str, note: str, keep: Collection[str] = ()) -> Path | None:
    """Move a round's bundle and papers out of the way.

    Args:
        results: the folder of results.
        round_id: the round.
        note: why they are void, for `note.txt` beside them.
        keep: papers, by name in `results/ROUND/`, that stay.

    Returns:
        The folder they are in now; None where there was nothing to move.

    Raises:
        WorkspaceError: they can't be moved.
    """
    bundle, papers = bundle_path(results, round_id), results / round_id
    moving = [path for path in (bundle, bundle.with_name(f"{bundle.name}.sha256")) if path.exists()]
    if papers.is_dir():
        inside = sorted(path for path in papers.rglob("*") if path.is_file())
        moving += [path for path in inside if path.relative_to(papers).as_posix() not in keep]
    if not moving:
        return None
    try:
        folder = _next(results / "void")
        (folder / NOTE).write_text(note, encoding="utf-8")
        for path in moving:
            target = folder / path.relative_to(results)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        for left in sorted(papers.rglob("*"), reverse=True):
            with suppress(OSError):  # it holds what stays
                left.rmdir()
        with suppress(OSError):
            papers.rmdir()
    except OSError as error:
        raise WorkspaceError(
            _("{file}, which is void, can't be moved: {reason}.").format(
                file=error.filename or results, reason=error.strerror or error
            ),
            hint=_("Close what has it open, and run the command again."),
        ) from error
    return folder


def _next(folder: Path) -> Path:
    """Make the next numbered folder."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(path.name) for path in folder.iterdir() if path.name.isdecimal()), default=0)
    made = folder / str(number)
    made.mkdir()
    return made
