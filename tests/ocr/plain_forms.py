"""Forms that others drew: fillable PDFs with boxes, but without name cells."""

from functools import cache

import numpy as np
from pdf2image import convert_from_bytes

from phieu.forms import compose, fillable, frame
from phieu.ocr.blank import KnownForm

from .sheets import Image

_BOX = (
    '<span style="display:inline-block;position:relative;box-sizing:border-box;width:{s}mm;height:{s}mm;'
    'border:0.3mm solid"><input type="checkbox" name="{n}" style="position:absolute;top:-0.3mm;left:-0.3mm;'
    'width:{s}mm;height:{s}mm;margin:0;padding:0;border:0"></span>'
)
_PAGE = (
    '<!doctype html><html lang="vi"><head><title>x</title><style>@page{{size:210mm 297mm;'
    'margin:22mm 18mm 34mm}}html{{font:12pt "Phieu Serif"}}</style></head><body>'
    '<p style="margin-left:50mm;height:36mm">{head}</p>{body}</body></html>'
)


def _box(name: str, size: float) -> str:
    return _BOX.format(n=name, s=size)


def _known(head: str, body: str) -> tuple[KnownForm, Image]:
    document = compose.lay_out(_PAGE.format(head=head, body=body), fillable=True)
    frozen = fillable.freeze(document.write_pdf(pdf_forms=True, pdf_variant="pdf/ua-1"), False)
    (page,) = convert_from_bytes(frame.ballot_pdf(frozen), dpi=200, grayscale=True)
    return KnownForm.load(frozen), np.array(page)


@cache
def alike() -> tuple[KnownForm, Image]:
    """Sixteen rows of three boxes with nothing printed beside them, and the page's print at 200 dpi."""
    rows = "".join(
        '<tr style="height:9mm">'
        + "".join(f'<td style="padding:0 6mm;line-height:0">{_box(f"q-{row}.{o}", 5)}</td>' for o in "abc")
        + "</tr>"
        for row in range(1, 17)
    )
    return _known("PHIẾU Ý KIẾN", f'<table style="border-collapse:collapse">{rows}</table>')


@cache
def numbered() -> tuple[KnownForm, Image]:
    """The same, with the number of each row before it."""
    rows = "".join(
        f'<tr style="height:9mm"><td style="width:14mm">Câu {row}</td>'
        + "".join(f'<td style="padding:0 6mm;line-height:0">{_box(f"q-{row}.{o}", 5)}</td>' for o in "abc")
        + "</tr>"
        for row in range(1, 17)
    )
    return _known("PHIẾU KHẢO SÁT", f'<table style="border-collapse:collapse">{rows}</table>')


@cache
def one_question() -> tuple[KnownForm, Image]:
    """Two boxes on an otherwise nearly white page."""
    boxes = f"<p>{_box('q-1.yes', 6.5)} Đồng ý</p><p>{_box('q-1.no', 6.5)} Không đồng ý</p>"
    return _known(
        "ỦY BAN NHÂN DÂN XÃ",
        f"<h2>Phiếu lấy ý kiến</h2><p>Đồng ý với đề án sắp xếp đơn vị hành chính?</p>{boxes}",
    )
