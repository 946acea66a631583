"""Which lines the table has: each damage at each severity, each mark in each pen, each library effect."""

from collections.abc import Sequence

from . import figures, grid, inks
from .ballots import Wanted
from .pages import Cell

LIBRARY = (
    "InkBleed",
    "InkMottling",
    "LowInkPeriodicLines",
    "LowInkRandomLines",
    "Hollow",
    "Letterpress",
    "BleedThrough",
    "DirtyDrum",
    "DirtyRollers",
    "DirtyScreen",
    "BadPhotoCopy",
    "Faxify",
    "Folding",
    "ShadowCast",
    "LightingGradient",
    "LowLightNoise",
    "NoiseTexturize",
    "BrightnessTexturize",
    "Stains",
    "WaterMark",
    "PageBorder",
    "GlitchEffect",
    "InkShifter",
    "SectionShift",
    "Squish",
    "Moire",
    "DotMatrix",
    "Dithering",
    "DoubleExposure",
    "ReflectedLight",
    "VoronoiTessellation",
    "ColorPaper",
    "Gamma",
    "Jpeg",
)
"""Effects of augraphy that leave ink where people see it; those that draw ink of their own are left out."""


def all_cells() -> list[Cell]:
    """Return every line in the order of the table."""
    return [
        *(Cell("damage", kind, level) for kind, levels in grid.KINDS.items() for level, _do in levels),
        *(
            Cell("marks", mark, pen, Wanted(mark, pen, stray=False))
            for mark in figures.MARKS
            for pen in inks.PENS
        ),
        *(Cell("library", effect, "augraphy", Wanted(stray=False)) for effect in LIBRARY),
    ]


def chosen(kinds: Sequence[str], severity: int | None) -> list[Cell]:
    """Return the lines of some kinds (by the beginning of their names, or a section's name), at one severity.

    Args:
        kinds: none of them means all; `damage`, `marks` and `library` mean all of that section.
        severity: from 1; None for all.

    Raises:
        KeyError: no kind is called so.
    """
    cells = all_cells()
    if kinds:
        for kind in kinds:
            if not any(_is(cell, kind) for cell in cells):
                raise KeyError(kind)
        cells = [cell for cell in cells if any(_is(cell, kind) for kind in kinds)]
    if severity is None:
        return cells
    out = []
    for cell in cells:
        levels = [one.level for one in cells if (one.section, one.kind) == (cell.section, cell.kind)]
        if levels.index(cell.level) + 1 == severity:
            out.append(cell)
    return out


def _is(cell: Cell, kind: str) -> bool:
    return cell.section == kind.lower() or cell.kind.lower().startswith(kind.lower())
