"""What an office's scanner is read by: `settings/reading.json`, written by `phieu calibrate`.

The file holds the limits of the unclear zone and what they rest on. A count takes them over when its first
batch comes in, writes them into its journal, and keeps to those whatever becomes of the file.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import WorkspaceError
from ..ocr.zone import MOST_MM2, UnclearZone
from ..words import _
from ..workspace import Workspace
from . import record
from .store import Store

_MOST_BYTES = 65_536


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Zone(_Strict):
    mark_mm2: float = Field(ge=0, le=MOST_MM2)
    empty_mm2: float | None = Field(ge=0, le=MOST_MM2)


class Evidence(_Strict):
    """What a calibration rests on."""

    pages: int = Field(ge=0)
    dpi: int = Field(ge=0)
    answers_known: bool
    marks: int = Field(ge=0)
    empty_boxes: int = Field(ge=0)
    weakest_mark_mm2: float = Field(ge=0)
    strongest_empty_mm2: float = Field(ge=0)
    faintest_darkness: float = Field(ge=0, le=1)


class _File(_Strict):
    version: Literal[1]
    made: str = Field(max_length=40)
    zone: _Zone
    evidence: Evidence


def load(path: Path) -> UnclearZone:
    """Return the zone of the office's scanner; the rule's own where none was calibrated.

    Raises:
        WorkspaceError: the file is there and can't be used.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return UnclearZone()
    except OSError as error:
        raise _unusable(path, str(error.strerror)) from error
    if len(text) > _MOST_BYTES:
        raise _unusable(path, _("it is too large"))
    try:
        zone = _File.model_validate_json(text).zone
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])[:80]
        raise _unusable(path, place or _("it is no JSON")) from error
    return UnclearZone(zone.mark_mm2, zone.empty_mm2)


def save(path: Path, zone: UnclearZone, evidence: Evidence) -> None:
    """Write what a calibration found; as a whole or not at all.

    Raises:
        WorkspaceError: it can't be written.
    """
    told = _File(
        version=1,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        zone=_Zone(mark_mm2=zone.mark_mm2, empty_mm2=zone.empty_mm2),
        evidence=evidence,
    )
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(told.model_dump(), indent=1) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise WorkspaceError(
            _("{file} can't be written: {reason}.").format(file=path, reason=error.strerror)
        ) from error


def begun(workspace: Workspace) -> bool:
    """Tell whether a count's reading settings are in its journal already, so that they stay as they are."""
    if not workspace.count_id.is_file():
        return False
    store = Store.open(workspace.database, workspace.practice, workspace.count_id)
    try:
        with store.reading() as connection:
            return record.settings(connection) is not None
    finally:
        store.close()


def _unusable(path: Path, what: str) -> WorkspaceError:
    return WorkspaceError(
        _("The reading settings in {file} can't be used: {what}.").format(file=path, what=what),
        hint=_("Run `phieu calibrate` again, or delete the file to read by the program's own limits."),
    )
