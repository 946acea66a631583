"""Blocks of the readable source -> paragraphs and tables of Word, with statements of Jinja2 between."""

import re
from collections.abc import Iterator

from docx.oxml import OxmlElement
from docx.shared import Mm
from docx.text.parfmt import ParagraphFormat
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from .looks import CELLS, COLUMNS_MM, PARAGRAPHS
from .paragraphs import border, element_of, paragraph_of, saying

_STATEMENT = re.compile(r"{%-?\s*(.*?)\s*-?%}", re.S)


def blocks_of(parent: Element, look: str) -> Iterator[Element]:
    """Yield the paragraphs and tables of a body, an edge or a cell."""
    yield from _statements(parent.text)
    new_page = False
    for block in parent:
        if block.tag == "table":
            yield _table(block)
        elif block.tag == "hr":
            # Said of the next paragraph: a break of its own might fall on an empty page.
            new_page = True
            continue
        else:
            name = block.get("class") or (block.tag if block.tag != "p" else look)
            paragraph = paragraph_of(block, PARAGRAPHS[name])
            ParagraphFormat(paragraph).page_break_before = new_page or None
            new_page = False
            yield paragraph
        yield from _statements(block.tail)


def _statements(text: str | None) -> Iterator[Element]:
    for statement in _STATEMENT.findall(text or ""):
        yield saying(f"{{%p {statement} %}}")


def _table(source: Element) -> Element:
    kinds = (source.get("class") or "").split()
    columns = COLUMNS_MM[kinds[-1]]
    table = OxmlElement("w:tbl")
    properties = OxmlElement("w:tblPr")
    for tag, values in (
        ("w:tblW", {"w": str(Mm(sum(columns.values())).twips), "type": "dxa"}),
        ("w:jc", {"val": "center"}),
    ):
        properties.append(element_of(tag, values))
    if "grid" in kinds:
        borders = OxmlElement("w:tblBorders")
        borders.extend(
            border(f"w:{side}", 4) for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        properties.append(borders)
    properties.append(element_of("w:tblLayout", {"type": "fixed"}))
    margins = OxmlElement("w:tblCellMar")
    margins.extend(
        element_of(f"w:{side}", {"w": str(Mm(1).twips), "type": "dxa"}) for side in ("left", "right")
    )
    properties.append(margins)
    table.append(properties)
    grid = OxmlElement("w:tblGrid")
    grid.extend(element_of("w:gridCol", {"w": str(Mm(width).twips)}) for width in columns.values())
    table.append(grid)
    table.extend(_rows(source, columns))
    return table


def _rows(parent: Element, columns: dict[str, float], in_head: bool = False) -> Iterator[Element]:
    yield from _row_statements(parent.text)
    above: list[Element] = []
    for part in parent:
        if part.tag == "thead":
            yield from _rows(part, columns, in_head=True)
        else:
            yield _row(part, columns, in_head, above)
            above = list(part) if in_head and any(cell.get("rowspan") for cell in part) else []
        yield from _row_statements(part.tail)


def _row_statements(text: str | None) -> Iterator[Element]:
    for statement in _STATEMENT.findall(text or ""):
        row = OxmlElement("w:tr")
        cell = OxmlElement("w:tc")
        cell.append(saying(f"{{%tr {statement} %}}"))
        row.append(cell)
        yield row


def _row(source: Element, columns: dict[str, float], in_head: bool, above: list[Element]) -> Element:
    row = OxmlElement("w:tr")
    properties = OxmlElement("w:trPr")
    properties.append(OxmlElement("w:cantSplit"))
    if in_head:
        properties.append(OxmlElement("w:tblHeader"))
    row.append(properties)
    widths = list(columns.values())
    spanned = [cell for cell in above if cell.get("rowspan")]
    leading = [cell for cell in spanned if above.index(cell) < len(spanned) - 1]
    row.extend(_cell(cell, columns, 0, merged="continue") for cell in leading)
    row.extend(_cell_statements(source.text))
    for number, cell in enumerate(source):
        fallback = widths[number] if number < len(widths) else widths[-1]
        row.append(_cell(cell, columns, fallback, merged="restart" if cell.get("rowspan") else ""))
        row.extend(_cell_statements(cell.tail))
    row.extend(_cell(cell, columns, 0, merged="continue") for cell in spanned if cell not in leading)
    return row


def _cell_statements(text: str | None) -> Iterator[Element]:
    for statement in _STATEMENT.findall(text or ""):
        cell = OxmlElement("w:tc")
        cell.append(saying(f"{{%tc {statement} %}}"))
        yield cell


def _cell(source: Element, columns: dict[str, float], fallback: float, merged: str) -> Element:
    kind = source.get("class") or ""
    span = int(source.get("colspan") or 1)
    width = columns["votes"] + columns["percent"] if kind == "level" else columns.get(kind, fallback)
    cell = OxmlElement("w:tc")
    properties = OxmlElement("w:tcPr")
    properties.append(element_of("w:tcW", {"w": str(Mm(width).twips), "type": "dxa"}))
    if span > 1:
        properties.append(element_of("w:gridSpan", {"val": str(span)}))
    if merged:
        properties.append(element_of("w:vMerge", {"val": merged}))
    grid = source.getparent().getparent().tag == "thead" or "grid" in (_of_table(source).get("class") or "")
    properties.append(element_of("w:vAlign", {"val": "center" if grid else "top"}))
    cell.append(properties)
    look = "th" if source.tag == "th" else CELLS.get(kind, "cell")
    if merged == "continue":
        cell.append(paragraph_of(None, PARAGRAPHS[look]))
    elif any(child.tag == "p" for child in source):
        cell.extend(blocks_of(source, look))
    else:
        cell.append(paragraph_of(source, PARAGRAPHS[look]))
    return cell


def _of_table(cell: Element) -> Element:
    return next(cell.iterancestors("table"))
