"""Draws the Word templates of the papers from their source: `python -m phieu.templates.minutes.draw`.

Comes in: `vi/*.html` and `en/*.html` beside this file, a small part of XHTML with Jinja2 in it. Goes out: a
.docx of
the same name for docxtpl, which an office may restyle in Word. The HTML itself makes the PDF where there is
no
LibreOffice, so both say the same words.

Statements of Jinja2 between paragraphs, rows or cells become docxtpl's `{%p`, `{%tr` and `{%tc`.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from docx import Document as new_document
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.parfmt import ParagraphFormat
from lxml import etree  # type: ignore[import-untyped]
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from .looks import CELLS, COLUMNS_MM, FONT, MARGINS_MM, PAGE_MM, PARAGRAPHS, TEXT_MM, Look

HERE = Path(__file__).parent
PAPERS = ("minutes", "announcement", "zero-report", "corrigendum")
LANGUAGES = ("vi", "en")
_STATEMENT = re.compile(r"{%-?\s*(.*?)\s*-?%}", re.S)
_INCLUDE = re.compile(r'{% include "([a-z-]+\.html)" %}')
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_ALIGN = {
    "both": WD_ALIGN_PARAGRAPH.JUSTIFY,
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def draw(source: Path) -> bytes:
    """Return the Word template that a source describes; the same source always makes the same bytes."""
    html = _parsed(source)
    document = new_document()
    _set_up(document, (html.findtext("head/title") or "").strip())
    body = html.find("body")
    section = document.sections[0]
    for edge, part in (("header", section.header), ("footer", section.footer)):
        part.is_linked_to_previous = False
        _fill(part._element, body.find(edge), edge)
        body.remove(body.find(edge))
    blocks = document.element.body
    end = blocks.sectPr
    for block in list(blocks):
        if block is not end:
            blocks.remove(block)
    for block in _blocks(body, "p"):
        end.addprevious(block)
    return _packed(document)


def _parsed(source: Path) -> Element:
    text = source.read_text(encoding="utf-8")
    while _INCLUDE.search(text):
        text = _INCLUDE.sub(lambda found: (source.parent / found[1]).read_text(encoding="utf-8"), text)
    parser = etree.XMLParser(remove_comments=True, resolve_entities=False, no_network=True)
    root = etree.fromstring(text.encode(), parser)
    for element in list(root.iter("header", "footer")):
        # A tail would be lost when the element is taken out of the body.
        if element.tail and element.tail.strip():
            raise ValueError(f"{source}: text beside <{element.tag}>")
        element.tail = ""
    return root


def _set_up(document: Document, title: str) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in PAGE_MM)
    margins = ("top_margin", "right_margin", "bottom_margin", "left_margin")
    for name, size in zip(margins, MARGINS_MM, strict=True):
        setattr(section, name, Mm(size))
    section.header_distance, section.footer_distance = Mm(9), Mm(8)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(13)
    fonts = normal.element.rPr.rFonts
    for script in ("w:eastAsia", "w:cs", "w:hAnsi", "w:ascii"):
        fonts.set(qn(script), FONT)
    about = document.core_properties
    about.title, about.author, about.comments, about.keywords = title, "", "", ""
    about.created = about.modified = _LONG_AGO
    about.last_modified_by = ""


def _fill(part: Element, source: Element, kind: str) -> None:
    for block in list(part):
        part.remove(block)
    part.extend(_blocks(source, "p"))
    if kind == "footer":
        # Word wants a paragraph after a table.
        part.append(_paragraph(None, PARAGRAPHS["fingerprint"]))


def _blocks(parent: Element, look: str) -> Iterator[Element]:
    """Yield the paragraphs and tables of a body, an edge or a cell."""
    yield from _statements(parent.text, "p")
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
            paragraph = _paragraph(block, PARAGRAPHS[name])
            ParagraphFormat(paragraph).page_break_before = new_page or None
            new_page = False
            yield paragraph
        yield from _statements(block.tail, "p")


def _statements(text: str | None, kind: str) -> Iterator[Element]:
    for statement in _STATEMENT.findall(text or ""):
        paragraph = _paragraph(None, PARAGRAPHS["cell"])
        _run(paragraph, f"{{%{kind} {statement} %}}", PARAGRAPHS["cell"])
        yield paragraph


# Paragraphs


def _paragraph(source: Element | None, look: Look) -> Element:
    element = OxmlElement("w:p")
    style = ParagraphFormat(element)
    style.alignment = _ALIGN[look.align]
    style.space_before, style.space_after = Pt(look.before_pt), Pt(look.after_pt)
    style.line_spacing = 1.0
    style.keep_with_next = look.keep_next or None
    if look.indent_mm:
        style.left_indent = Mm(look.indent_mm)
    if look.rule_mm:
        _draw_rule(element, look.rule_mm, look is PARAGRAPHS["rule"])
    if source is None:
        return element
    dots = len(list(source.iter("span"))) if look.leader else 0
    if look.leader:
        _tabs(element, dots or 1)
    _inline(element, source, look)
    if look is PARAGRAPHS["line"]:
        _tab(element, look)
    return element


def _inline(paragraph: Element, source: Element, look: Look, **marks: bool) -> None:
    _run(paragraph, source.text, look, **marks)
    for part in source:
        if part.tag == "br":
            _run(paragraph, "", look)[-1].append(OxmlElement("w:br"))
        elif part.tag == "span" and part.get("class") == "dots":
            _tab(paragraph, look)
        elif part.tag == "span":
            _field(paragraph, {"page-number": "PAGE", "page-count": "NUMPAGES"}[part.get("class")], look)
        else:
            _inline(paragraph, part, look, **marks, **{part.tag: True})
        _run(paragraph, part.tail, look, **marks)


def _run(
    paragraph: Element, text: str | None, look: Look, b: bool = False, i: bool = False, s: bool = False
) -> list[Element]:
    if text is None:
        return []
    run = OxmlElement("w:r")
    properties = OxmlElement("w:rPr")
    fonts = OxmlElement("w:rFonts")
    for script in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(script), look.font)
    properties.append(fonts)
    for tag, wanted in (("w:b", look.bold or b), ("w:i", look.italic or i), ("w:strike", s)):
        if wanted:
            properties.append(OxmlElement(tag))
    for tag in ("w:sz", "w:szCs"):
        size = OxmlElement(tag)
        size.set(qn("w:val"), str(round(look.pt * 2)))
        properties.append(size)
    run.append(properties)
    if text:
        said = OxmlElement("w:t")
        said.text = re.sub(r"[ \n\t]+", " ", text)
        said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(said)
    paragraph.append(run)
    return [run]


def _tab(paragraph: Element, look: Look) -> None:
    _run(paragraph, "", look)[-1].append(OxmlElement("w:tab"))


def _tabs(paragraph: Element, count: int) -> None:
    """Set tab stops that run in dots: the last at the right margin, the others before what follows them."""
    tabs = OxmlElement("w:tabs")
    for number in range(1, count + 1):
        tab = OxmlElement("w:tab")
        at = TEXT_MM if count == number and paragraph.get("ends") else TEXT_MM * number / count
        for key, value in (
            ("val", "left" if number < count else "right"),
            ("leader", "dot"),
            ("pos", Mm(at).twips),
        ):
            tab.set(qn(f"w:{key}"), str(value))
        tabs.append(tab)
    properties = paragraph.get_or_add_pPr()
    properties._insert_tabs(tabs)


def _draw_rule(paragraph: Element, width_mm: float, of_organ: bool) -> None:
    cell_mm = COLUMNS_MM["head"]["organ" if of_organ else "state"]
    style = ParagraphFormat(paragraph)
    style.left_indent = style.right_indent = Mm((cell_mm - width_mm) / 2 - 1)
    style.line_spacing = Pt(3)
    style.space_before = style.space_after = Pt(0)
    borders = OxmlElement("w:pBdr")
    borders.append(_border("w:bottom", 6))
    paragraph.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def _border(tag: str, eighths_pt: int) -> Element:
    border = OxmlElement(tag)
    for key, value in (("val", "single"), ("sz", str(eighths_pt)), ("space", "0"), ("color", "000000")):
        border.set(qn(f"w:{key}"), value)
    return border


def _field(paragraph: Element, name: str, look: Look) -> None:
    for kind in ("begin", None, "separate", "1", "end"):
        [run] = _run(paragraph, "", look)
        if kind is None:
            code = OxmlElement("w:instrText")
            code.text = name
            run.append(code)
        elif kind == "1":
            shown = OxmlElement("w:t")
            shown.text = "1"
            run.append(shown)
        else:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run.append(mark)


# Tables


def _table(source: Element) -> Element:
    kinds = (source.get("class") or "").split()
    columns = COLUMNS_MM[kinds[-1]]
    table = OxmlElement("w:tbl")
    properties = OxmlElement("w:tblPr")
    for tag, values in (
        ("w:tblW", {"w": str(Mm(sum(columns.values())).twips), "type": "dxa"}),
        ("w:jc", {"val": "center"}),
    ):
        properties.append(_with(tag, values))
    if "grid" in kinds:
        borders = OxmlElement("w:tblBorders")
        borders.extend(
            _border(f"w:{side}", 4) for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        properties.append(borders)
    properties.append(_with("w:tblLayout", {"type": "fixed"}))
    margins = OxmlElement("w:tblCellMar")
    margins.extend(_with(f"w:{side}", {"w": str(Mm(1).twips), "type": "dxa"}) for side in ("left", "right"))
    properties.append(margins)
    table.append(properties)
    grid = OxmlElement("w:tblGrid")
    grid.extend(_with("w:gridCol", {"w": str(Mm(width).twips)}) for width in columns.values())
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
        cell.append(_saying(f"{{%tr {statement} %}}"))
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
        cell.append(_saying(f"{{%tc {statement} %}}"))
        yield cell


def _saying(text: str) -> Element:
    paragraph = _paragraph(None, PARAGRAPHS["cell"])
    _run(paragraph, text, PARAGRAPHS["cell"])
    return paragraph


def _cell(source: Element, columns: dict[str, float], fallback: float, merged: str) -> Element:
    kind = source.get("class") or ""
    span = int(source.get("colspan") or 1)
    width = columns["votes"] + columns["percent"] if kind == "level" else columns.get(kind, fallback)
    cell = OxmlElement("w:tc")
    properties = OxmlElement("w:tcPr")
    properties.append(_with("w:tcW", {"w": str(Mm(width).twips), "type": "dxa"}))
    if span > 1:
        properties.append(_with("w:gridSpan", {"val": str(span)}))
    if merged:
        properties.append(_with("w:vMerge", {"val": merged}))
    grid = source.getparent().getparent().tag == "thead" or "grid" in (_of_table(source).get("class") or "")
    properties.append(_with("w:vAlign", {"val": "center" if grid else "top"}))
    cell.append(properties)
    look = "th" if source.tag == "th" else CELLS.get(kind, "cell")
    if merged == "continue":
        cell.append(_paragraph(None, PARAGRAPHS[look]))
    elif any(child.tag == "p" for child in source):
        cell.extend(_blocks(source, look))
    else:
        cell.append(_paragraph(source, PARAGRAPHS[look]))
    return cell


def _of_table(cell: Element) -> Element:
    return next(cell.iterancestors("table"))


def _with(tag: str, values: dict[str, str]) -> Element:
    element = OxmlElement(tag)
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _packed(document: Document) -> bytes:
    """Return the file with fixed times in its archive."""
    package = document.part.package
    for name, relation in list(package.rels.items()):
        if relation.reltype.endswith("/thumbnail"):
            # A picture of python-docx's own first page.
            del package.rels[name]
    drawn, out = io.BytesIO(), io.BytesIO()
    document.save(drawn)
    with zipfile.ZipFile(drawn) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


if __name__ == "__main__":
    for language in LANGUAGES:
        for paper in PAPERS:
            where = HERE / language / f"{paper}.html"
            where.with_suffix(".docx").write_bytes(draw(where))
            print(where.with_suffix(".docx").relative_to(HERE))
