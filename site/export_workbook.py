"""A round's totals as a workbook: the rows of `exports`, in the language in force, numbers as numbers."""

import io
from collections.abc import Iterable, Mapping

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from ..vote.basis import spoken
from ..vote.plan import Round
from ..vote.rules import PercentRule
from ..words import _
from . import views
from .exports import Totals, columns, rows, split

_APART = {"round", "date", "practice", "final", "contest"}
"""Columns for programs: in a workbook they stand once, on the last sheet, or nowhere."""
_WIDTHS = {"ballot": 10, "number": 6, "name": 24, "position": 36, "outcome": 28}
_WIDTH = 11
_LONGEST_TITLE = 31
"""Of a sheet, in Excel."""
_LINE_PT = 15.0
"""Height of a line of text; programs other than Excel don't find the height of a row by themselves."""
_HEAD = PatternFill("solid", fgColor="E7E6E6")
_LINE = Border(bottom=Side("thin", color="BFBFBF"))


def as_xlsx(totals: Totals) -> bytes:
    """Return a sheet of what each person came to, one of the ballots' figures, one of what they are of."""
    book = Workbook()
    headings = columns(totals.plan.rules)
    of_person, of_ballot = split(headings)
    people = book.create_sheet(_("Totals"), 0)
    shown = [name for name in of_person if name not in _APART]
    _table(people, totals, {name: headings[name] for name in shown}, rows(totals))
    people.freeze_panes = people.cell(2, shown.index("name") + 2)
    people.auto_filter.ref = people.dimensions
    figures = {row["ballot"]: row for row in rows(totals)}.values()
    names = {name: headings[name] for name in ("ballot", *of_ballot)}
    _table(book.create_sheet(_("Ballots")), totals, names, figures)
    _about(book.create_sheet(_("About")), totals)
    del book["Sheet"]
    warnings = [
        *([_("PRACTICE")] if totals.practice else []),
        *([] if totals.tally.final else [_("NOT FINAL")]),
    ]
    for sheet in book.worksheets:
        sheet.title = " ".join((*warnings, sheet.title))[:_LONGEST_TITLE]
        if sheet.oddHeader is not None:
            sheet.oddHeader.right.text = " · ".join(warnings)
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.print_title_rows = "1:1"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _table(
    sheet: Worksheet, totals: Totals, headings: Mapping[str, str], lines: Iterable[Mapping[str, object]]
) -> None:
    sheet.append(list(headings.values()))
    for row in lines:
        sheet.append([_value(name, row[name], totals.plan) for name in headings])
    for number, (name, column) in enumerate(zip(headings, sheet.iter_cols(), strict=True), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, _WIDTH)
        for cell in column:
            if isinstance(cell, Cell):
                _dress(cell, name, totals.plan.rules.percent)
    widths = [_WIDTHS.get(name, _WIDTH) for name in headings]
    for row_number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        lines_of = [
            -(-len(str(value or "")) // (width - 1)) for value, width in zip(cells, widths, strict=True)
        ]
        sheet.row_dimensions[row_number].height = _LINE_PT * (max(lines_of) + (row_number == 1))


def _value(name: str, value: object, plan: Round) -> object:
    if name.startswith("percent_"):
        return float(str(value)) if value else None
    if name == "outcome":
        labels = {one.outcome: spoken(one.label) for one in plan.rules.thresholds}
        return labels.get(str(value or ""), "")
    return value


def _dress(cell: Cell, name: str, percent: PercentRule | None) -> None:
    cell.border = _LINE
    across = "left" if name in ("ballot", "name", "position", "outcome") else "center"
    cell.alignment = Alignment(horizontal=across, wrap_text=True, vertical="top")
    if cell.row == 1:
        cell.font, cell.fill = Font(bold=True), _HEAD
    elif isinstance(cell.value, str):
        cell.data_type = "s"  # a name that begins like a formula is a name
    elif name.startswith("percent_") and percent is not None:
        cell.number_format = f"0.{'0' * percent.decimals}" if percent.decimals else "0"


def _about(sheet: Worksheet, totals: Totals) -> None:
    plan = totals.plan
    lines = [
        *([(_("Practice"), _("PRACTICE: a rehearsal, never counted as real."))] if totals.practice else []),
        (_("Unit"), plan.unit.name),
        (_("Round"), plan.title),
        (_("Day of the vote"), views.day(plan.date)),
        (_("Place"), plan.place),
        (_("Rules"), f"{spoken(plan.rules.title)} ({plan.rules.id}, {plan.rules.version})"),
        (_("State"), _("Final.") if totals.tally.final else " ".join((_("NOT FINAL:"), *totals.tally.open))),
        (_("Results bundle (SHA-256)"), totals.bundle_sha256 or _("the round is not closed yet")),
        (_("Head of the journal"), totals.journal_head),
        *((_("Explained"), f"{one.sentence} {one.explanation} ({one.by})") for one in totals.explained),
    ]
    for line in lines:
        sheet.append(line)
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell, Cell):
                cell.data_type = "s"
                cell.alignment = Alignment(wrap_text=True, vertical="top")
                cell.font = Font(bold=cell.column == 1)
    sheet.column_dimensions["A"].width = 28
    sheet.column_dimensions["B"].width = 90
