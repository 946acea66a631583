"""The formulas of the summary table, computed by LibreOffice, come to the tally, as do the values stored."""

import io
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from phieu.site.papers.formulas import percent_formula, reached
from phieu.site.papers.printed import by_office, office
from phieu.site.papers.summary import workbook
from phieu.vote.basis import Basis, CheckedAgainst, spoken
from phieu.vote.rules import PercentRule, Rounding, Threshold
from phieu.vote.tally import percent

from .closed_round import ROUND, RULES, closed, renamed

DAY = datetime(2026, 12, 7, tzinfo=UTC)
BUNDLE = closed()
Cells = list[list[Any]]


def cells(workbook_bytes: bytes) -> Cells:
    """Return the values of the first sheet as a viewer that computes nothing shows them."""
    [sheet, *_] = openpyxl.load_workbook(io.BytesIO(workbook_bytes), data_only=True).worksheets
    return [["" if value is None else value for value in row] for row in sheet.iter_rows(values_only=True)]


def without_values(workbook_bytes: bytes, typed: dict[str, int] | None = None) -> bytes:
    """Return the workbook with its formulas, without their values, and with some numbers typed in."""
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes))
    for cell, number in (typed or {}).items():
        book.worksheets[0][cell] = number
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def recomputed(**books: bytes) -> dict[str, bytes]:
    """Return workbooks as LibreOffice saves them after computing every formula."""
    program = office()
    assert program, "the tests need LibreOffice; ./run test installs it"
    made = by_office(program, {f"{name}.xlsx": book for name, book in books.items()}, to="xlsx")
    return {name.removesuffix(".xlsx"): book for name, book in made.items()}


def people(rows: Cells) -> dict[str, list[Any]]:
    return {row[1]: row[3:] for row in rows if isinstance(row[0], int)}


def test_the_formulas_and_their_values_come_to_the_tally() -> None:
    full = workbook(ROUND, BUNDLE, "", "", DAY)
    [style] = BUNDLE.tally.styles
    labels = {one.outcome: spoken(one.label) for one in RULES.thresholds}
    for rows in (cells(full), cells(recomputed(full=without_values(full))["full"])):
        assert set(people(rows)) == {contest.name for contest in style.contests}
        for contest in style.contests:
            row = people(rows)[contest.name]
            for column, (option, count) in enumerate(contest.votes.items()):
                assert row[2 * column] == count
                assert row[2 * column + 1] == pytest.approx(float(contest.percent[option]) / 100, abs=1e-12)
            assert row[6:9] == [contest.blank, contest.overvoted, contest.spoiled]
            assert row[9:11] == [style.valid, "khớp"]
            assert row[11] == labels.get(contest.outcome or "", "không đạt ngưỡng nào")


def test_another_count_is_worked_out_anew_and_found_not_to_add_up() -> None:
    full = workbook(ROUND, BUNDLE, "", "", DAY)
    [first] = [
        cell.row
        for row in openpyxl.load_workbook(io.BytesIO(full)).worksheets[0].iter_rows()
        for cell in row
        if cell.value == "Trần Thị Mai Hương"
    ]
    # Low confidence, third of the levels.
    rows = cells(recomputed(other=without_values(full, {f"H{first}": 60}))["other"])
    row = people(rows)["Trần Thị Mai Hương"]
    assert row[4:6] == [60, pytest.approx(0.7317)]
    assert row[10] == "KHÔNG KHỚP"
    assert row[11] == "Từ hai phần ba trở lên đánh giá tín nhiệm thấp"


def test_a_blank_table_counts_what_is_typed_in() -> None:
    blank = workbook(ROUND, None, "", "", DAY)
    rows = cells(blank)
    assert all(cell == "" for row in people(rows).values() for cell in row)
    labels = {row[0]: n for n, row in enumerate(rows, start=1)}
    start = next(n for n, row in enumerate(rows, start=1) if row[0] == 1)
    typed = {f"C{labels['Số phiếu thu về']}": 48, f"C{labels['Số phiếu không hợp lệ']}": 1}
    for column, number in zip("DFHJKL", (16, 0, 31, 0, 0, 0), strict=True):
        typed[f"{column}{start}"] = number
    for column, number in zip("DFHJKL", (15, 0, 32, 0, 0, 0), strict=True):
        typed[f"{column}{start + 1}"] = number
    computed = recomputed(untouched=without_values(blank), typed=without_values(blank, typed))
    assert all(cell == "" for row in people(cells(computed["untouched"])).values() for cell in row)
    first, second, third = people(cells(computed["typed"])).values()
    assert first[:2] == [16, pytest.approx(0.3333)]
    # Of 48 collected 32 are two thirds, 31 are not.
    assert first[11] == "Quá nửa đến dưới hai phần ba đánh giá tín nhiệm thấp"
    assert second[11] == "Từ hai phần ba trở lên đánh giá tín nhiệm thấp"
    assert first[9:11] == [47, "khớp"]
    assert third[9:12] == ["", "", ""]


def test_shares_and_thresholds_are_those_of_the_tally_at_every_edge() -> None:
    """Every count of many wholes, under each way to round, against the tally's own integers."""
    basis = Basis(checked_against=CheckedAgainst.NOTHING)
    texts: dict[Any, str] = {"vi": "x", "en": "x"}
    half = Threshold(
        outcome="a", option="o", share=Fraction(1, 2), strict=True, label=texts, leads_to=texts, basis=basis
    )
    thirds = Threshold(
        outcome="b", option="o", share=Fraction(2, 3), strict=False, label=texts, leads_to=texts, basis=basis
    )
    ways = [(rounding, decimals) for rounding in Rounding for decimals in (0, 2)]
    pairs = [
        (count, of)
        for of in (1, 3, 7, 16, 47, 48, 81, 160, 481, 999)
        for count in range(0, of + 1, 1 + of // 90)
    ]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    page = book.add_worksheet()
    for row, (count, of) in enumerate(pairs, start=1):
        page.write_number(row - 1, 0, count)
        page.write_number(row - 1, 1, of)
        for column, (rounding, decimals) in enumerate(ways):
            rule = PercentRule(of="valid", decimals=decimals, rounding=rounding, basis=basis)
            page.write_formula(row - 1, 2 + column, percent_formula(f"A{row}", f"B{row}", rule))
        for column, threshold in enumerate((half, thirds)):
            page.write_formula(
                row - 1, 2 + len(ways) + column, f"=IF({reached(threshold, f'A{row}', f'B{row}')},1,0)"
            )
    book.close()
    rows = cells(recomputed(edges=without_values(out.getvalue()))["edges"])
    assert len(rows) == len(pairs) > 400
    for (count, of), row in zip(pairs, rows, strict=True):
        for (rounding, decimals), cell in zip(ways, row[2:], strict=False):
            wanted = percent(count, of, decimals, rounding)
            assert f"{Fraction(cell).limit_denominator(10**6) * 100}" == f"{Fraction(wanted)}", (
                count,
                of,
                rounding,
            )
        assert row[-2:] == [int(2 * count > of), int(3 * count >= 2 * of)]


def test_the_same_round_makes_the_same_bytes() -> None:
    assert workbook(ROUND, BUNDLE, "", "", DAY) == workbook(ROUND, BUNDLE, "", "", DAY)


@pytest.mark.parametrize("name", ["=1+1", "{=SUM(A1)}", "http://a.vn", "@x", "+1", "Nguyễn\x07 <b>&"])
def test_a_name_is_never_a_formula_or_a_link(name: str) -> None:
    a_round, bundle = renamed(name, name)
    sheet = openpyxl.load_workbook(io.BytesIO(workbook(a_round, bundle, "", "", DAY))).worksheets[0]
    found = [cell for row in sheet.iter_rows() for cell in row if cell.value == name.replace("\x07", "")]
    assert len(found) == 2
    assert all(cell.data_type == "s" and cell.hyperlink is None for cell in found)


def test_a_rehearsals_table_says_so_on_the_sheet_and_on_every_page() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(ROUND, BUNDLE, "DIỄN TẬP", "ab12", DAY)))
    for sheet in book.worksheets:
        assert sheet["A3"].value == "DIỄN TẬP"
        assert "DIỄN TẬP" in sheet.oddHeader.center.text
        assert "ab12" in sheet.oddFooter.left.text


def test_the_table_says_what_it_rests_on_and_that_it_was_not_checked() -> None:
    said = [row[0] for row in cells(workbook(ROUND, BUNDLE, "", "", DAY)) if row[0]]
    assert f"{spoken(RULES.title)} (chưa đối chiếu với văn bản đã ký)" in said
    assert any("Điều 12" in str(line) for line in said)
