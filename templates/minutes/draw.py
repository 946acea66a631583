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
from datetime import UTC, datetime
from pathlib import Path

from docx import Document as new_document
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from lxml import etree  # type: ignore[import-untyped]
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from .looks import FONT, MARGINS_MM, PAGE_MM, PARAGRAPHS
from .paragraphs import paragraph_of
from .tables import blocks_of

HERE = Path(__file__).parent
PAPERS = ("minutes", "announcement", "zero-report", "corrigendum")
LANGUAGES = ("vi", "en")
_INCLUDE = re.compile(r'{% include "([a-z-]+\.html)" %}')
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


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
    for block in blocks_of(body, "p"):
        end.addprevious(block)
    if end.getprevious().tag == qn("w:tbl"):
        # Word wants a paragraph after a table.
        end.addprevious(paragraph_of(None, PARAGRAPHS["how"]))
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
    part.extend(blocks_of(source, "p"))
    if kind == "footer":
        # Word wants a paragraph after a table.
        part.append(paragraph_of(None, PARAGRAPHS["fingerprint"]))


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
