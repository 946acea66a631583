"""A new workspace: a commented plan and a list of invented people, in the language in force, to change."""

import csv
from pathlib import Path

import openpyxl
from openpyxl.styles import Alignment, Font

from ..errors import WorkspaceError
from ..words import _, language

_TEMPLATES = Path(__file__).parents[1] / "templates" / "workspace"
_WIDTHS = (6, 28, 36, 22, 18, 12, 24, 34)
"""Of the list's columns, in characters."""


def write_workspace(folder: Path) -> Path:
    """Write a new workspace, and return the path of its plan.

    Raises:
        WorkspaceError: the folder is not empty, or can't be written to.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorkspaceError(
            _("{folder} is not empty, so nothing was written.").format(folder=folder),
            hint=_("Name a new folder."),
        )
    try:
        for inside in ("forms", "print", "scans"):
            (folder / inside).mkdir(parents=True, exist_ok=True)
        plan = folder / "plan.yaml"
        plan.write_bytes((_TEMPLATES / f"plan.{language()}.yaml").read_bytes())
        _write_list(_TEMPLATES / f"people.{language()}.csv", folder / "people.xlsx")
    except OSError as error:
        raise WorkspaceError(
            _("{folder} can't be written to: {reason}.").format(folder=folder, reason=error.strerror),
            hint=_("Name a folder in which you may write."),
        ) from error
    return plan


def _write_list(source: Path, target: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "people"
    with source.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            cells: list[str | int | None] = [cell or None for cell in row]
            if number:
                cells[0] = int(row[0])
            sheet.append(cells)
    for column, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        sheet.column_dimensions[column].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.freeze_panes = "A2"
    book.save(target)
