"""A paragraph of the readable source -> a paragraph of Word, with its look, its rules, dots and fields."""

import re

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.parfmt import ParagraphFormat
from lxml.etree import _Element as Element  # type: ignore[import-untyped]

from .looks import COLUMNS_MM, PARAGRAPHS, TEXT_MM, Look

_ALIGN = {
    "both": WD_ALIGN_PARAGRAPH.JUSTIFY,
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}


def paragraph_of(source: Element | None, look: Look) -> Element:
    """Return a paragraph with this look; an empty one without a source."""
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


def saying(text: str) -> Element:
    """Return a paragraph of plain text, as a statement of the template."""
    paragraph = paragraph_of(None, PARAGRAPHS["cell"])
    _run(paragraph, text, PARAGRAPHS["cell"])
    return paragraph


def element_of(tag: str, values: dict[str, str]) -> Element:
    """Return an element of Word with these attributes."""
    element = OxmlElement(tag)
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
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
    borders.append(border("w:bottom", 6))
    paragraph.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def border(tag: str, eighths_pt: int) -> Element:
    """Return one side of a border."""
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
