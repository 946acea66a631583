"""A ballot of 60 rows with three boxes each on one side of A4, and decks of it: what speed is measured on.

Denser than any ballot the templates make, whose lists take both sides from some 20 rows on: so it is laid out
here, in two columns of 30 rows with a name cell each, as a fillable PDF like any other. Pages are filled in
and scanned by the rehearsal's office scanner; a deck is made once and kept under `.cache/benchmarks/`.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import weasyprint  # type: ignore[import-untyped]
from PIL import Image
from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]

from phieu.forms import fillable
from phieu.forms.compose import TEMPLATES
from phieu.forms.form import FrozenForm
from phieu.forms.rehearsal.bundle import write_pdf
from phieu.forms.rehearsal.deck import rehearse
from phieu.forms.rehearsal.scanner import Scanner
from phieu.forms.rehearsal.votes import draw_votes

CACHE = Path(__file__).parents[1] / ".cache" / "benchmarks"
ROWS, OPTIONS = 60, ("high", "confidence", "low")
_COLUMN = 30
_SEED = 4

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
_MIDDLE = ("Thị Mai", "Quang", "Ngọc", "Hữu", "Thị Kim", "Minh", "Bảo", "Gia", "Văn", "Thùy", "Thanh")
_GIVEN = ("Hương", "Định", "Thủy", "Tường", "Ánh", "Đăng", "Châu", "Nghĩa", "Khiêm", "Dương", "Tùng", "Vân")

_PAGE = """<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>180</title><style>
@font-face {{ font-family: F; src: url({font}); }}
@page {{ size: 210mm 297mm; margin: 0; }}
body {{ margin: 0; font: 9pt F; }}
h1 {{ position: absolute; left: 66mm; top: 24mm; margin: 0; font-size: 15pt; }}
p {{ position: absolute; left: 66mm; top: 33mm; margin: 0; }}
table {{ position: absolute; top: 46mm; width: 92mm; border-collapse: collapse; table-layout: fixed; }}
td {{ box-sizing: border-box; height: 7.2mm; border: 0.2mm solid; padding: 0; }}
.number {{ width: 8mm; text-align: center; }}
.cell {{ position: relative; height: 7mm; line-height: 7mm; padding-left: 1.5mm; }}
.zone {{ position: absolute; inset: 0; }}
.option {{ width: 13mm; text-align: center; line-height: 0; }}
.box {{ display: inline-block; position: relative; box-sizing: border-box; width: 4.6mm; height: 4.6mm;
  border: 0.3mm solid; }}
.box input {{ position: absolute; top: -0.3mm; left: -0.3mm; width: 4.6mm; height: 4.6mm; margin: 0;
  padding: 0; border: 0; background: none; }}
</style></head><body>{more}<h1>PHIẾU DIỄN TẬP</h1><p>60 người, mỗi người ba ô</p>{tables}</body></html>"""

_ROW = (
    '<tr><td class="number">{number}</td><td><div class="cell"><a class="zone" href="zone:{row}.name"></a>'
    "{name}</div></td>{boxes}</tr>"
)
_BOX = (
    '<td class="option"><span class="box">'
    '<input type="checkbox" name="{row}.{option}" title="{name}"></span></td>'
)


def form() -> FrozenForm:
    """Return the form, a practice form; the same every time."""
    return fillable.freeze(fillable_pdf(), practice=True)


def fillable_pdf(more: str = "") -> bytes:
    """Return the ballot as a fillable PDF, with some further HTML printed on it."""
    rng = np.random.default_rng(_SEED)
    rows = []
    for number in range(1, ROWS + 1):
        name = " ".join(str(rng.choice(part)) for part in (_FAMILY, _MIDDLE, _GIVEN))
        row = f"r{number}"
        boxes = "".join(_BOX.format(row=row, option=option, name=name) for option in OPTIONS)
        rows.append(_ROW.format(number=number, row=row, name=name, boxes=boxes))
    columns = (("12mm", rows[:_COLUMN]), ("106mm", rows[_COLUMN:]))
    tables = "".join(f'<table style="left: {left}">{"".join(part)}</table>' for left, part in columns)
    font = (TEMPLATES / "fonts" / "LiberationSerif-Bold.ttf").as_uri()
    html = weasyprint.HTML(string=_PAGE.format(font=font, tables=tables, more=more))
    pdf: bytes = html.write_pdf(font_config=FontConfiguration(), pdf_forms=True, pdf_variant="pdf/ua-1")
    return pdf


@dataclass(frozen=True, slots=True)
class Deck:
    """Filled-in pages as scanned."""

    form: FrozenForm
    folder: Path
    pages: tuple[Path, ...]
    """JPEG files, one a page."""

    def bitonal(self) -> Path:
        """Return the pages as one TIFF of black and white, packed as fax machines do (CCITT group 4)."""
        path = self.folder / "g4.tiff"
        if not path.exists():
            frames = [
                Image.open(page).convert("L").point(_BLACK_OR_WHITE).convert("1") for page in self.pages
            ]
            dpi = json.loads((self.folder / "truth.json").read_text())["dpi"]
            frames[0].save(
                path, compression="group4", save_all=True, append_images=frames[1:], dpi=(dpi, dpi)
            )
        return path

    def document(self) -> Path:
        """Return the pages as one PDF, each JPEG as it is."""
        return next(self.folder.glob("*/scan.pdf"))


_BLACK_OR_WHITE = [255 if level >= 150 else 0 for level in range(256)]


def deck(pages: int, dpi: int, colour: bool) -> Deck:
    """Return a deck of the dense ballot, made now or earlier."""
    frozen = form()
    folder = CACHE / f"dense-{frozen.form.id}-{pages}-{dpi}{'-colour' if colour else ''}"
    if not (folder / "truth.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        votes = draw_votes(frozen.form, pages, np.random.default_rng(_SEED))
        rehearse({"dense": frozen}, {"dense": votes}, Scanner.OFFICE, _SEED, folder, dpi=dpi, colour=colour)
    return Deck(frozen, folder, tuple(sorted((folder / "dense" / "jpeg").glob("*.jpg"))))


def long_document(one: Deck, pages: int, folder: Path) -> Path:
    """Write a PDF of many pages, the deck's over and over: each page has an image of its own."""
    path = folder / f"{pages}.pdf"
    dpi = json.loads((one.folder / "truth.json").read_text())["dpi"]
    write_pdf([one.pages[i % len(one.pages)] for i in range(pages)], path, dpi)
    return path
