"""A table from outside, .csv or .xlsx, as rows of text.

It knows nothing of people: titles, empty rows and spare columns are still in it. A file that is something
else than its name says is refused with the sentence that says how to make it right.
"""

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import TYPE_ERROR, TYPE_FORMULA

from ..words import _
from .problems import Problem, ProblemsFound

MOST_BYTES = 20_000_000
MOST_UNPACKED_BYTES = 200_000_000
MOST_ROWS = 50_000
MOST_COLUMNS = 100

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    line: int
    """In its file, from 1, as Excel or an editor counts."""
    cells: tuple[str, ...]
    faults: dict[int, str] = field(default_factory=dict)
    """Column, from 0, to the sentence that says why its cell can't be relied on."""


def read_tables(path: Path, name: str) -> list[list[Row]]:
    """Return the tables of a file: the one of a .csv, each sheet of an .xlsx.

    Raises:
        ProblemsFound: it is no such file, too large, or damaged.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        raise _refusal(
            name, _("The list of people can't be read: {reason}.").format(reason=error.strerror)
        ) from error
    kind = path.suffix.lower()
    if kind == ".xls" or start == _OLE:
        raise _refusal(
            name,
            _("This is an old Excel file (.xls), or one with a password; neither can be read."),
            _("Open it in Excel or LibreOffice, and save it as an Excel Workbook (.xlsx), no password."),
        )
    if kind not in (".csv", ".xlsx"):
        raise _refusal(
            name,
            _("A list of people is a .xlsx or a .csv file."),
            _("Save the list as an Excel Workbook (.xlsx)."),
        )
    if size > MOST_BYTES:
        raise _refusal(name, _("The file is larger than {most} MB.").format(most=MOST_BYTES // 1_000_000))
    if (kind == ".xlsx") != (start[:4] == _ZIP):
        raise _refusal(
            name,
            _("What is in the file is not what its name says ({kind}).").format(kind=kind),
            _("Open it in Excel or LibreOffice, and save it as an Excel Workbook (.xlsx)."),
        )
    return _workbook(path, name) if kind == ".xlsx" else [_csv(path, name)]


def _csv(path: Path, name: str) -> list[Row]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(
            name,
            _("The file is not in UTF-8, so Vietnamese letters would come out wrong."),
            _("In Excel choose Save As, `CSV UTF-8 (Comma delimited)`; or use an Excel Workbook (.xlsx)."),
            raw[: error.start].count(b"\n") + 1,
        ) from error
    return list(_rows(text, max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter)), name))


def _evenness(text: str, delimiter: str) -> int:
    """How well a sign parts the columns: cells in rows of the width that most rows have."""
    widths = Counter[int]()
    try:
        for cells in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), MOST_ROWS):
            widths[len(cells)] += len(cells) > 1
    except csv.Error:
        pass  # what was seen so far tells enough; the line is named when the table is read
    return max((width * count for width, count in widths.items()), default=0)


def _rows(text: str, delimiter: str, name: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for count, cells in enumerate(reader):
            if count >= MOST_ROWS:
                raise _too_many_rows(name, line)
            yield Row(line, tuple(cells[:MOST_COLUMNS]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _refusal(
            name,
            _("From this line on the file can't be taken apart into cells."),
            _('Look for a quotation mark (") that is not closed, or use an Excel Workbook (.xlsx).'),
            line,
        ) from error


def _workbook(path: Path, name: str) -> list[list[Row]]:
    damaged = _refusal(
        name,
        _("The file is damaged, or no Excel Workbook."),
        _("Open it in Excel or LibreOffice, and save it as an Excel Workbook (.xlsx)."),
    )
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED_BYTES:
                raise _refusal(name, _("The file is too large when it is unpacked."))
        # Read twice: what a formula came to when the file was saved, and whether there is a formula at all.
        values = openpyxl.load_workbook(path, read_only=True, data_only=True)
        written = openpyxl.load_workbook(path, read_only=True)
        try:
            pairs = zip(values.worksheets, written.worksheets, strict=True)
            return [list(_sheet_rows(a, b, name)) for a, b in pairs]
        finally:
            values.close()
            written.close()
    except ProblemsFound:
        raise
    except Exception as error:  # openpyxl lets through whatever its parsers meet in a damaged file.
        raise damaged from error


def _sheet_rows(values: Any, written: Any, name: str) -> Iterator[Row]:
    for sheet in (values, written):
        # What a sheet says of its own size is often wrong, and may be made so on purpose.
        sheet.reset_dimensions()
    both = zip(values.iter_rows(max_col=MOST_COLUMNS), written.iter_rows(max_col=MOST_COLUMNS), strict=True)
    empty = 0
    for line, (row, formulas) in enumerate(both, 1):
        cells = tuple(_text(cell.value) for cell in row)
        if not any(cells) and not any(cell.data_type == TYPE_FORMULA for cell in formulas):
            empty += 1
            if empty > MOST_ROWS:
                raise _too_many_rows(name, line)
            continue
        if line - empty > MOST_ROWS:
            raise _too_many_rows(name, line)
        yield Row(line, cells, dict(_faults(row, formulas)))


def _faults(row: Any, formulas: Any) -> Iterator[tuple[int, str]]:
    for column, (cell, formula) in enumerate(zip(row, formulas, strict=True)):
        if cell.data_type == TYPE_ERROR:
            yield column, _("The formula in this cell came to an error.")
        elif formula.data_type == TYPE_FORMULA and cell.value is None:
            yield (
                column,
                _("The formula in this cell has no stored value; open the file in Excel, and save it again."),
            )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _too_many_rows(name: str, line: int) -> ProblemsFound:
    return _refusal(name, _("The list has more than {most} lines.").format(most=MOST_ROWS), "", line)


def _refusal(name: str, what: str, instead: str = "", line: int | None = None) -> ProblemsFound:
    return ProblemsFound(Problem(name, line, what, instead, of_people=True))
