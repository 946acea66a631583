"""The list of people, from xlsx or csv: who is voted on where, who is not, and why.

Offices' real lists are taken as they are: titles above the header, spare columns, empty rows, headers in
Vietnamese or English.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..words import _
from .legacy import legacy_encoding, refusal
from .problems import Problem, ProblemsFound
from .spreadsheet import Row, read_tables
from .tidy import bare, day, tidy, unfit

LONGEST = 300
"""Of a cell that is used, in characters."""
_HEADER_WITHIN = 50
"""Rows from the top in which the header is looked for."""

COLUMNS = {
    "number": ("number", "no", "stt", "tt", "so tt", "so thu tu"),
    "name": ("name", "full name", "ho va ten", "ho ten", "ten"),
    "position": (
        "position",
        "post",
        "title",
        "chuc vu",
        "chuc danh",
        "chuc vu chuc danh",
        "chuc danh chuc vu",
        "chuc vu hien nay",
        "chuc vu don vi cong tac",
    ),
    "unit": ("unit", "don vi", "co quan", "co quan don vi", "don vi lay phieu"),
    "round": ("round", "dot", "dot lay phieu", "cuoc lay phieu", "ky hop", "lan lay phieu"),
    "block": ("block", "khoi", "nhom", "loai phieu"),
    "notes": ("notes", "note", "ghi chu"),
    "exempt": (
        "exempt",
        "mien",
        "ly do mien",
        "mien lay phieu",
        "khong lay phieu",
        "ly do khong lay phieu",
        "ly do mien lay phieu",
    ),
    "elected": (
        "elected",
        "appointed",
        "elected on",
        "appointed on",
        "ngay bau",
        "ngay bo nhiem",
        "ngay bau bo nhiem",
        "ngay giu chuc vu",
    ),
    "person": ("person", "person code", "ma nguoi", "ma can bo", "so hieu", "so hieu can bo", "ma so"),
}
"""Each column and the headers it is known by, without marks and capitals."""

_SHOWN = {
    "number": "STT",
    "name": "Họ và tên",
    "position": "Chức vụ",
    "unit": "Đơn vị",
    "round": "Đợt lấy phiếu",
    "block": "Khối",
    "notes": "Ghi chú",
    "exempt": "Lý do không lấy phiếu",
    "elected": "Ngày bầu, bổ nhiệm",
    "person": "Mã cán bộ",
}

_NO_REASONS = frozenset(("x", "co", "khong", "yes", "no", "y", "n", "true", "false", "0", "1"))


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list: one person in one place where they are voted on."""

    line: int
    """Of the file, from 1; what an error names."""
    number: int | None
    name: str
    position: str
    unit: str
    round: str
    block: str
    notes: str
    exempt: str
    """Why the person is not voted on; empty for those who are."""
    elected: date | None = None
    """When elected or appointed to this post, where the list tells it."""
    code: str = ""
    """What tells this person from namesakes and ties their lines together; empty where it was not told."""


@dataclass(frozen=True, slots=True)
class People:
    """The list as it was read; lines with a problem are left out of `people`."""

    file: str
    people: tuple[Person, ...]
    columns: frozenset[str]
    problems: tuple[Problem, ...]


def read_people(path: Path, name: str, needed: frozenset[str] = frozenset()) -> People:
    """Read the list of people.

    Args:
        path: a .xlsx or .csv file.
        name: what to call it in a problem.
        needed: columns this plan needs besides name and position.

    Raises:
        ProblemsFound: the file can't be read, or a needed column is missing.
    """
    tables = read_tables(path, name)
    _refuse_several_lists(tables, name)
    rows = max(tables, key=lambda table: len(_header(table)[1]), default=[])
    header_at, columns = _header(rows)
    _refuse_missing(rows, header_at, columns, name, {"name", "position"} | needed)
    people: list[Person] = []
    problems: list[Problem] = []
    for row in rows[header_at + 1 :]:
        cells = {column: tidy(row.cells[at]) if at < len(row.cells) else "" for column, at in columns.items()}
        wrong = list(_wrong(row, cells, columns, name))
        problems += wrong
        if not wrong and any(cells[column] for column in cells if column != "number"):
            people.append(_person(row.line, cells))
    if not people and not problems:
        problems.append(Problem(name, None, _("There is nobody on the list."), of_people=True))
    return People(name, tuple(people), frozenset(columns), tuple(problems))


def _refuse_several_lists(tables: list[list[Row]], name: str) -> None:
    """Refuse a workbook with people on more than one sheet: those on the others would not be voted on."""
    lists = 0
    for rows in tables:
        header_at, columns = _header(rows)
        below = rows[header_at + 1 :]
        if {"name", "position"} <= columns.keys():
            lists += any(
                tidy(row.cells[columns["name"]]) for row in below if len(row.cells) > columns["name"]
            )
    if lists > 1:
        what = _("The workbook has people on {count} sheets; only one sheet can be the list.")
        raise ProblemsFound(
            Problem(
                name,
                None,
                what.format(count=lists),
                _("Put everybody on one sheet, with the columns unit, round and block; delete the others."),
                of_people=True,
            )
        )


def _header(rows: list[Row]) -> tuple[int, dict[str, int]]:
    known = {bare(header): column for column, headers in COLUMNS.items() for header in headers}
    best: tuple[int, dict[str, int]] = (0, {})
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        found: dict[str, int] = {}
        for place, cell in enumerate(row.cells):
            if column := known.get(bare(cell)):
                found.setdefault(column, place)
        if len(found) > len(best[1]):
            best = at, found
    return best


def _refuse_missing(
    rows: list[Row], header_at: int, columns: dict[str, int], name: str, needed: frozenset[str] | set[str]
) -> None:
    missing = [column for column in COLUMNS if column in needed and column not in columns]
    if not missing:
        return
    headers = ", ".join(_quoted(column) for column in missing)
    if not columns:
        what = _("No line with the names of the columns was found.")
    else:
        what = _("The list has no column {headers}.").format(headers=headers)
    raise ProblemsFound(
        Problem(
            name,
            rows[header_at].line if columns else None,
            what,
            _("Add to the line that names the columns: {headers}.").format(headers=headers),
            of_people=True,
        )
    )


def _quoted(column: str) -> str:
    return f"`{column}` ({_SHOWN[column]})"


def _wrong(row: Row, cells: dict[str, str], columns: dict[str, int], file: str) -> Iterator[Problem]:
    for column, at in columns.items():
        fault = row.faults.get(at) or unfit(cells[column], LONGEST)
        if not fault and (encoding := legacy_encoding(cells[column])):
            fault = refusal(encoding)
        if fault:
            what = _("Column {column}: {fault}").format(column=_quoted(column), fault=fault)
            yield Problem(file, row.line, what, of_people=True)
    if not any(cells[column] for column in cells if column not in ("number", "notes")):
        return
    for column, what in (
        ("name", _("This line has no name.")),
        ("position", _("This line has no position.")),
    ):
        if not cells[column] and columns[column] not in row.faults:
            instead = _("Fill it in, or delete the line if it stands for nobody.")
            yield Problem(file, row.line, _named(what, cells), instead, of_people=True)
    elected = cells.get("elected", "")
    if elected and day(elected) is None:
        what = _("`{text}` is no date on which {name} was elected or appointed.").format(
            text=elected, name=cells["name"]
        )
        instead = _("Write the date as 2023-03-01 or 01/03/2023, or leave the cell empty.")
        yield Problem(file, row.line, what, instead, of_people=True)
    reason = cells.get("exempt", "")
    if reason and (bare(reason) in _NO_REASONS or not any(sign.isalpha() for sign in reason)):
        yield Problem(
            file,
            row.line,
            _("`{text}` is no reason why {name} is not voted on.").format(text=reason, name=cells["name"]),
            _("Write the reason in words, or leave the cell empty if the person is voted on."),
            of_people=True,
        )


def _named(what: str, cells: dict[str, str]) -> str:
    told = cells["name"] or cells["position"]
    return f"{what} ({told})" if told else what


def _person(line: int, cells: dict[str, str]) -> Person:
    number = cells.get("number", "").rstrip(".)")
    return Person(
        line=line,
        number=int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None,
        name=cells["name"],
        position=cells["position"],
        unit=cells.get("unit", ""),
        round=cells.get("round", ""),
        block=cells.get("block", ""),
        notes=cells.get("notes", ""),
        exempt=cells.get("exempt", ""),
        elected=day(cells.get("elected", "")),
        code=cells.get("person", ""),
    )
