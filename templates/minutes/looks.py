"""How the papers look in Word: sizes of Nghị định 30/2020/NĐ-CP, in points and mm, by class of the source.

`paper.css` says the same for the PDF that is made without LibreOffice.
"""

from dataclasses import dataclass

FONT = "Times New Roman"
PAGE_MM = (210.0, 297.0)
MARGINS_MM = (20.0, 15.0, 24.0, 30.0)
"""Top, right, bottom, left."""
TEXT_MM = PAGE_MM[0] - MARGINS_MM[1] - MARGINS_MM[3]


@dataclass(frozen=True)
class Look:
    """A kind of paragraph."""

    pt: float = 13
    bold: bool = False
    italic: bool = False
    align: str = "both"
    before_pt: float = 3
    after_pt: float = 3
    indent_mm: float = 0
    keep_next: bool = False
    rule_mm: float = 0
    """Draws a rule so wide, centred in the cell, and nothing else."""
    leader: bool = False
    """A tab runs to the right margin in dots."""
    font: str = FONT


_CELL = {"before_pt": 1, "after_pt": 1}
PARAGRAPHS = {
    "p": Look(),
    "h1": Look(pt=15, bold=True, align="center", before_pt=14, after_pt=2, keep_next=True),
    "h2": Look(bold=True, before_pt=9, after_pt=3, keep_next=True),
    "subject": Look(bold=True, align="center", before_pt=0, after_pt=2, pt=14),
    "lead": Look(keep_next=True),
    "item": Look(indent_mm=5),
    "note": Look(pt=11, italic=True, before_pt=3, after_pt=2),
    "fill": Look(leader=True, align="left"),
    "line": Look(leader=True, align="left"),
    "mark": Look(bold=True, align="center", before_pt=0, after_pt=4),
    "organ": Look(pt=12, align="center", before_pt=0, after_pt=0),
    "issuing": Look(pt=12, bold=True, align="center", before_pt=0, after_pt=0),
    "star": Look(pt=14, align="center", before_pt=0, after_pt=0),
    "rule": Look(rule_mm=24),
    "nation": Look(pt=12, bold=True, align="center", before_pt=0, after_pt=0),
    "motto": Look(bold=True, align="center", before_pt=0, after_pt=0),
    "motto-rule": Look(rule_mm=56),
    "party": Look(pt=15, bold=True, align="center", before_pt=0, after_pt=0),
    "party-rule": Look(rule_mm=76),
    "place": Look(italic=True, align="center", before_pt=6, after_pt=0),
    "title": Look(bold=True, align="center", before_pt=0, after_pt=0),
    "how": Look(pt=11, italic=True, align="center", before_pt=0, after_pt=0),
    "space": Look(align="center", before_pt=0, after_pt=66),
    "row": Look(before_pt=5, after_pt=5),
    "fingerprint": Look(pt=9, align="left", before_pt=0, after_pt=0),
    "hash": Look(pt=8, align="left", before_pt=0, after_pt=0, font="Courier New"),
    "page": Look(pt=11, align="right", before_pt=0, after_pt=0),
    "th": Look(pt=11, bold=True, align="center", **_CELL),  # type: ignore[arg-type]
    "cell": Look(pt=12, align="left", **_CELL),  # type: ignore[arg-type]
    "centred": Look(pt=12, align="center", **_CELL),  # type: ignore[arg-type]
    "right": Look(pt=12, align="right", **_CELL),  # type: ignore[arg-type]
}

CELLS = {
    "number": "centred",
    "count": "right",
    "share": "right",
    "votes": "right",
    "percent": "right",
    "rest": "right",
    "old": "right",
    "new": "right",
    "organ": "organ",
    "state": "nation",
}
"""The look of what stands in a cell of this class; `cell` where it is not named."""

COLUMNS_MM = {
    "head": {"organ": 72.0, "state": 93.0},
    "foot": {"fingerprint": 141.0, "page": 24.0},
    "figures": {"number": 12.0, "what": 60.0, "count": 22.0, "words": 46.0, "share": 25.0},
    "reasons": {"what": 60.0, "count": 20.0, "words": 37.0, "article": 48.0},
    "people": {
        "number": 11.0, "name": 48.0, "votes": 13.0, "percent": 18.0, "votes2": 13.0, "percent2": 18.0,
        "votes3": 13.0, "percent3": 18.0, "rest": 13.0,
    },
    "decided": {"what": 87.0, "count": 26.0, "count2": 26.0, "count3": 26.0},
    "signatures": {"left": 82.5, "right": 82.5},
    "members": {"number": 12.0, "name": 68.0, "task": 35.0, "sign": 50.0},
    "forms": {"what": 66.0, "form": 32.0, "count": 22.0, "count2": 22.0, "count3": 23.0},
    "changes": {"what": 89.0, "old": 38.0, "new": 38.0},
}  # fmt: skip
"""The columns of each table. A level's two columns are repeated for each level of the rule set."""
