"""A round's totals as a workbook: the rows of `exports`, in the language in force, numbers as numbers."""

import io

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from ..vote.basis import spoken
from ..vote.plan import Round
from ..vote.rules import PercentRule
from ..words import _
from . import views
from .exports import Totals, columns, rows

_WIDTHS = {"round": 14, "date": 12, "ballot": 12, "contest": 24, "name": 26, "position": 44, "outcome": 30}
_WIDTH = 12
_HEAD = PatternFill("solid", fgColor="E7E6E6")
_LINE = Border(bottom=Side("thin", color="BFBFBF"))


def as_xlsx(totals: Totals) -> bytes:
    """Return the totals of each person on one sheet, and what they are of on another."""
    book = Workbook()
    sheet = book.create_sheet(_("Totals"), 0)
    headings = columns(totals.plan.rules)
    sheet.append(list(headings.values()))
    for row in rows(totals):
        sheet.append([_value(name, row[name], totals.plan) for name in headings])
    for name, column in zip(headings, sheet.iter_cols(), strict=True):
        for cell in column:
            if isinstance(cell, Cell):
                _dress(cell, name, totals.plan.rules.percent)
    for number, name in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, _WIDTH)
    sheet.freeze_panes = sheet.cell(2, list(headings).index("name") + 2)
    sheet.auto_filter.ref = sheet.dimensions
    _about(book.create_sheet(_("About")), totals)
    del book["Sheet"]
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _value(name: str, value: object, plan: Round) -> object:
    if name.startswith("percent_"):
        return float(str(value)) if value else None
    if name in ("practice", "final"):
        return _("yes") if value == "yes" else _("no")
    if name == "outcome":
        labels = {one.outcome: spoken(one.label) for one in plan.rules.thresholds}
        return labels.get(str(value or ""), "")
    return value


def _dress(cell: Cell, name: str, percent: PercentRule | None) -> None:
    cell.border = _LINE
    cell.alignment = Alignment(wrap_text=cell.row == 1 or name in _WIDTHS, vertical="top")
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
