"""The letters of the printed line under a code: capitals and digits of a face we ship, embedded in the PDF.

The face is Liberation Serif Bold, which the ballot is set in as well. Of the faces tried on blurred lines at
150 and 200 dpi, Tesseract read it with fewer mistakes than Liberation Mono or Sans.
"""

import io
from functools import cache
from pathlib import Path

import pikepdf
from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pikepdf import Array, Dictionary, Name, Object

FONTS = Path(__file__).parent.parent / "templates" / "fonts"
LETTERS = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_FIRST, _LAST = 32, 90


def width_pt(line: str, size_pt: float, spacing_pt: float) -> float:
    """Return how wide a line is set, without the spacing after its last letter."""
    _face, advances = _subset()
    return sum(advances[letter] for letter in line) * size_pt / 1000 + spacing_pt * (len(line) - 1)


def add_face(pdf: pikepdf.Pdf) -> Object:
    """Embed the face and return its font dictionary, for text in ASCII."""
    data, advances = _subset()
    program = pdf.make_stream(data)
    program.Length1 = len(data)
    descriptor = pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name("/PHIEUA+LiberationSerif-Bold"),
            Flags=32,
            FontBBox=Array([-182, -303, 1090, 1007]),
            ItalicAngle=0,
            Ascent=891,
            Descent=-216,
            CapHeight=655,
            StemV=139,
            FontFile2=program,
        )
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=Name("/PHIEUA+LiberationSerif-Bold"),
            FirstChar=_FIRST,
            LastChar=_LAST,
            Widths=Array([advances.get(chr(code), 0) for code in range(_FIRST, _LAST + 1)]),
            Encoding=Name.WinAnsiEncoding,
            FontDescriptor=descriptor,
        )
    )


@cache
def _subset() -> tuple[bytes, dict[str, int]]:
    """Return the face with our letters only, and each letter's advance in thousandths of its size."""
    options = Options(layout_features=[], hinting=False, name_IDs=[6])
    options.drop_tables += ["FFTM"]
    font = TTFont(FONTS / "LiberationSerif-Bold.ttf", recalcTimestamp=False)
    glyphs, unit = font.getBestCmap(), font["head"].unitsPerEm
    advances = {letter: round(font["hmtx"][glyphs[ord(letter)]][0] * 1000 / unit) for letter in LETTERS}
    subsetter = Subsetter(options)
    subsetter.populate(text=LETTERS)
    subsetter.subset(font)
    out = io.BytesIO()
    font.save(out)
    return out.getvalue(), advances
