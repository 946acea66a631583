"""Read files without a count: what `phieu inspect` does.

Pages are held against each other only, so a page is a duplicate here when the same image stands earlier among
the files given.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2

from ..errors import ExitCode, WorkspaceError
from ..forms.form import FrozenForm
from ..words import _
from . import overlay, pool, scans
from .page import ReaderSettings
from .pixels import Pixels
from .reading import Outcome, PageReading
from .scans import PageRef

EXIT_CODES = {
    Outcome.READ: ExitCode.OK,
    Outcome.SEPARATOR: ExitCode.OK,
    Outcome.BLANK: ExitCode.BLANK_PAGE,
    Outcome.DUPLICATE: ExitCode.DUPLICATE,
    Outcome.REVIEW: ExitCode.REVIEW,
    Outcome.UNREADABLE: ExitCode.UNREADABLE,
    Outcome.NOT_OURS: ExitCode.NOT_OURS,
}
"""What a page of each outcome makes a command leave with; the gravest page decides."""

_NEVER_DUPLICATE = (Outcome.BLANK, Outcome.SEPARATOR, Outcome.UNREADABLE)
_PRINTED = ("source", "index", "outcome", "form", "page", "serial", "residual_mm", "fields", "stray", "notes")


def inspect(
    paths: Sequence[Path], frozen: Sequence[FrozenForm], pictures: Path | None = None
) -> Iterator[PageReading]:
    """Read every page of the files and folders given.

    Args:
        paths: files and folders.
        frozen: the forms that may be among them, real and practice ones alike.
        pictures: where to write a picture of each page with what was read on it, if anywhere.

    Raises:
        WorkspaceError: the pictures can't be written there.
    """
    refs = scans.list_pages(paths)
    forms = {one.form.id: one.form for one in frozen}
    first: dict[str, str] = {}
    for number, reading in enumerate(pool.read_pages(refs, frozen, ReaderSettings())):
        here = f"{reading.source} ({reading.index + 1})"
        if reading.sha256 and reading.outcome not in _NEVER_DUPLICATE:
            if reading.sha256 in first:
                note = f"duplicate_of:{first[reading.sha256]}"
                reading = replace(reading, outcome=Outcome.DUPLICATE, fields=(), stray=(), notes=(note,))
            else:
                first[reading.sha256] = here
        ref = refs[number]
        if pictures is not None and isinstance(ref, PageRef) and reading.outcome is not Outcome.UNREADABLE:
            form = forms.get(reading.form) if reading.form is not None else None
            _write(
                pictures / _picture_name(number, reading), overlay.draw(scans.load(ref).image, form, reading)
            )
        yield reading


def as_printed(reading: PageReading, features: bool = False) -> dict[str, Any]:
    """Return what `phieu inspect --json` says of a page.

    Args:
        reading: of the page.
        features: whether each field also says what was measured in it, by name; nothing where it has no ink.
    """
    everything = reading.to_json()
    printed = {key: everything[key] for key in _PRINTED}
    if features:
        printed["fields"] = [
            {**said, "features": {name: round(value, 4) for name, value in field.features}}
            for said, field in zip(printed["fields"], reading.fields, strict=True)
        ]
    return printed


def _picture_name(number: int, reading: PageReading) -> str:
    """Return a file name that is safe everywhere and of which there is only one."""
    stem = re.sub(r"[^\w-]+", "_", Path(reading.source).stem)[:60]
    return f"{number + 1:04d}-{stem}-p{reading.index + 1}.png"


def _write(path: Path, picture: Pixels) -> None:
    _done, data = cv2.imencode(".png", picture)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise WorkspaceError(
            _("The picture {file} can't be written: {reason}.").format(file=path, reason=error.strerror)
        ) from error
