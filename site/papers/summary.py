"""The summary table of a round (bảng tổng hợp): a workbook whose formulas recompute it from the counts.

Comes in: a round, and its bundle where it is closed; without one the cells for counts are empty and the
formulas work as they are typed in. Beside each formula stands its value, so that viewers that compute
nothing show it too.
Percentages are worked out in whole numbers, as the tally does: no rounding of binary fractions.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.utility import xl_rowcol_to_cell  # type: ignore[import-untyped]

from ...count.bundle import Bundle
from ...vote.basis import spoken
from ...vote.explained import WHOLES
from ...vote.plan import Round
from ...vote.rules import RuleSet, note_on_checking
from ...vote.tally import ContestTally, StyleTally
from ...words import _
from .contents import FIGURES, OF_TALLY, article
from .filled import clean
from .formulas import percent_formula, quoted, reached

_FIRST = 3
"""Rows above the figures: title, ballot, mark."""
_SHEET_NAME = 31
_NOT_IN_SHEET_NAMES = str.maketrans("[]:*?/\\'", "--------")


@dataclass(frozen=True, slots=True)
class Row:
    """One person; the tally is None where counts are to be typed in."""

    name: str
    position: str
    tally: ContestTally | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One ballot style."""

    id: str
    title: str
    rows: tuple[Row, ...]
    tally: StyleTally | None


def workbook(a_round: Round, bundle: Bundle | None, marks: str, fingerprint: str, made: datetime) -> bytes:
    """Return the workbook, always the same bytes for the same values.

    Args:
        a_round: the round of the plan.
        bundle: its results; None for a workbook to be filled in.
        marks: stands over every sheet, as DIỄN TẬP.
        fingerprint: stands under every sheet.
        made: written into the file as its time.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": clean(a_round.title), "created": made.replace(tzinfo=None)})
    rules = bundle.rule_set if bundle else a_round.rules
    for number, sheet in enumerate(_sheets(a_round, bundle), start=1):
        _Written(book, number, sheet, rules, clean(a_round.title), marks, fingerprint).all()
    book.close()
    return out.getvalue()


def _sheets(a_round: Round, bundle: Bundle | None) -> Iterator[Sheet]:
    if bundle is None:
        for style in a_round.styles:
            rows = tuple(Row(one.name, one.position, None) for one in style.contests)
            yield Sheet(style.id, style.title, rows, None)
        return
    for tally in bundle.tally.styles:
        yield Sheet(
            tally.id, tally.title, tuple(Row(one.name, one.position, one) for one in tally.contests), tally
        )


class _Written:
    """One sheet being written. Cells of numbers are named by where they stand: `$C$10`."""

    def __init__(
        self, book: Any, number: int, sheet: Sheet, rules: RuleSet, title: str, marks: str, fingerprint: str
    ) -> None:
        name = f"{number} {sheet.id}"[:_SHEET_NAME].translate(_NOT_IN_SHEET_NAMES)
        self.page = book.add_worksheet(name)
        self.book, self.sheet, self.rules = book, sheet, rules
        self.title, self.marks, self.fingerprint = title, marks, fingerprint
        self.figures: dict[str, str] = {}
        self.looks: dict[tuple[tuple[str, Any], ...], Any] = {}

    def look(self, **wanted: Any) -> Any:
        key = tuple(sorted(wanted.items()))
        if key not in self.looks:
            self.looks[key] = self.book.add_format({"font_name": "Times New Roman", "font_size": 12} | wanted)
        return self.looks[key]

    def all(self) -> None:
        self._set_up()
        self._heading()
        after = self._figures(_FIRST)
        self._people(after + 1)

    def _set_up(self) -> None:
        page = self.page
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        mark = f"&C&B{self.marks}" if self.marks else ""
        page.set_header(mark)
        page.set_footer(f"&L&8{self.fingerprint}&R&P/&N")
        page.set_column(0, 0, 6)
        page.set_column(1, 1, 25)
        page.set_column(2, 2, 34)
        page.set_column(3, 60, 9)
        columns = len(self.rules.options) * (2 if self.rules.percent else 1)
        page.set_column(3 + columns + 4, 3 + columns + 4, 12)
        page.set_column(3 + columns + 5, 3 + columns + 5, 30)
        page.set_default_row(17)

    def _heading(self) -> None:
        self.page.write_string(0, 0, self.title, self.look(bold=True, font_size=14))
        self.page.write_string(1, 0, clean(self.sheet.title), self.look(bold=True))
        self.page.write_string(2, 0, self.marks, self.look(bold=True, font_color="#B00000"))

    def _figures(self, row: int) -> int:
        tally = self.sheet.tally
        wanted = ("members", "summoned", "present", "issued", "collected", "read", "invalid")
        for key in wanted:
            value = None if tally is None else getattr(tally if key in OF_TALLY else tally.figures, key)
            if tally is not None and value is None:
                continue
            self.page.merge_range(row, 0, row, 1, "", self.look(border=1))
            self.page.write_string(row, 0, _(FIGURES[key]), self.look(border=1))
            self._count(row, 2, value, left=True)
            self.figures[key] = _fixed(row, 2)
            row += 1
        # Valid ballots are what is left of those read.
        value = None if tally is None else tally.valid
        self.page.merge_range(row, 0, row, 1, "", self.look(border=1))
        self.page.write_string(row, 0, _(FIGURES["valid"]), self.look(border=1))
        invalid, read, collected = (self.figures.get(key, "") for key in ("invalid", "read", "collected"))
        counted = f"IF(COUNT({read})=0,{collected},{read})" if collected else read
        formula = f'=IF(COUNT({invalid})=0,"",{counted}-{invalid})'
        self._formula(row, 2, formula, "" if value is None else value, align="left")
        self.figures["valid"] = _fixed(row, 2)
        return row + 1

    def _people(self, row: int) -> None:
        options, rule = self.rules.options, self.rules.percent
        heads = [_("No."), _("Full name"), _("Position")]
        for option in options:
            heads += [
                spoken(option.label),
                *([_("Share of {whole}").format(whole=_(WHOLES[rule.of]))] if rule else []),
            ]
        heads += [_("No box"), _("Several"), _("Otherwise spoilt"), _("Sum"), _("Check"), _("Outcome")]
        for column, head in enumerate(heads):
            self.page.write_string(
                row,
                column,
                head,
                self.look(bold=True, border=1, align="center", valign="vcenter", text_wrap=True),
            )
        self.page.set_row(row, 64)
        self.page.repeat_rows(row)
        self.page.freeze_panes(row + 1, 2)
        for number, person in enumerate(self.sheet.rows, start=1):
            self._person(row + number, number, person)
        self._basis(row + len(self.sheet.rows) + 2)

    def _basis(self, row: int) -> None:
        """Write under the table what the figures rest on, and how far that was checked."""
        rules = self.rules
        note = note_on_checking(rules)
        lines = [f"{spoken(rules.title)}{f' ({note})' if note else ''}"]
        if rules.percent:
            share = _("Share of {whole}").format(whole=_(WHOLES[rules.percent.of]))
            lines.append(f"{share}: {article(rules.percent.basis)}")
        lines += [f"{spoken(one.label)}: {article(one.basis)}" for one in rules.thresholds]
        for number, line in enumerate(lines):
            self.page.write_string(row + number, 0, line, self.look(italic=True))

    def _person(self, row: int, number: int, person: Row) -> None:
        text = self.look(border=1, text_wrap=True, valign="vcenter")
        self.page.set_row(row, 33)
        self.page.write_number(row, 0, number, self.look(border=1, align="center", valign="vcenter"))
        self.page.write_string(row, 1, clean(person.name), text)
        self.page.write_string(row, 2, clean(person.position), text)
        column, tally, counts = 3, person.tally, {}
        rule = self.rules.percent
        for option in self.rules.options:
            self._count(row, column, None if tally is None else tally.votes[option.id])
            counts[option.id] = xl_rowcol_to_cell(row, column)
            column += 1
            if rule:
                whole = self.figures.get(rule.of, "")
                cached = (
                    ""
                    if tally is None or not tally.percent[option.id]
                    else float(tally.percent[option.id]) / 100
                )
                self._formula(
                    row,
                    column,
                    percent_formula(counts[option.id], whole, rule),
                    cached,
                    num_format="0%" if not rule.decimals else f"0.{'0' * rule.decimals}%",
                )
                column += 1
        others = []
        for value in (tally.blank, tally.overvoted, tally.spoiled) if tally else (None, None, None):
            self._count(row, column, value)
            others.append(xl_rowcol_to_cell(row, column))
            column += 1
        cells = ",".join([*counts.values(), *others])
        total = (
            None
            if tally is None
            else sum(tally.votes.values()) + tally.blank + tally.overvoted + tally.spoiled
        )
        self._formula(row, column, f'=IF(COUNT({cells})=0,"",SUM({cells}))', "" if total is None else total)
        at = xl_rowcol_to_cell(row, column)
        right, wrong = _("adds up"), _("DOES NOT ADD UP")
        valid = self.figures["valid"]
        formula = f'=IF({at}="","",IF({at}={valid},"{right}","{wrong}"))'
        self._formula(row, column + 1, formula, "" if total is None else right)
        self._outcome(row, column + 2, counts, tally)

    def _outcome(self, row: int, column: int, counts: dict[str, str], tally: ContestTally | None) -> None:
        rules = self.rules
        whole = self.figures.get(rules.percent.of, "") if rules.percent else ""
        if not rules.thresholds or not whole:
            self.page.write_string(row, column, "", self.look(border=1))
            return
        none = _("no threshold reached")
        formula = quoted(none)
        for threshold in reversed(rules.thresholds):
            label = quoted(spoken(threshold.label))
            formula = f"IF({reached(threshold, counts[threshold.option], whole)},{label},{formula})"
        formula = f'=IF(OR(COUNT({",".join(counts.values())})=0,COUNT({whole})=0),"",{formula})'
        labels = {one.outcome: spoken(one.label) for one in rules.thresholds}
        cached = "" if tally is None else labels.get(tally.outcome or "", none)
        self._formula(row, column, formula, cached, text_wrap=True)

    def _count(self, row: int, column: int, value: int | None, left: bool = False) -> None:
        look = self.look(border=1, valign="vcenter", **({"align": "left"} if left else {}))
        if value is None:
            self.page.write_blank(row, column, None, look)
        else:
            self.page.write_number(row, column, value, look)

    def _formula(self, row: int, column: int, formula: str, value: Any, **looks: Any) -> None:
        self.page.write_formula(row, column, formula, self.look(border=1, valign="vcenter", **looks), value)


def _fixed(row: int, column: int) -> str:
    where: str = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
    return where
