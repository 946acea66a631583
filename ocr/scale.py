"""At what scale was this ballot printed? Known only where the scan says its resolution, and says it truly.

"Fit to page" prints at 94 to 103 %: boxes are read all the same, and people are told once a batch. A form
that was printed on another paper than its own is something else: its boxes are of another size, and its marks
can't be judged by what was measured on those of its own.
"""

import numpy as np

from . import place
from .place import Matrix

_PAPERS = {
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
    "B4": (250.0, 353.0),
    "B5": (176.0, 250.0),
    "Letter": (215.9, 279.4),
    "Legal": (215.9, 355.6),
}
_LIKE_PAPER = 0.025
"""A scanner's picture of a paper is as large as the paper to a few mm."""
_OUR_PAPER = (0.92, 1.05)
"""Fitting a form to paper of about its own size, with room or to the brim."""
_TWO_PAPERS = 0.05
"""How nearly the scale must be that of one paper to another to name the other."""


def print_scale(
    matrix: Matrix, paper_mm: tuple[float, float], shape: tuple[int, ...], dpi: float | None
) -> float | None:
    """Return the size of the print to its own on the form, 1 being as designed; None where it can't be known.

    Args:
        matrix: from mm on the form to pixels.
        paper_mm: the form's paper.
        shape: of the image.
        dpi: what the file says. Many say anything: it is believed only where it makes the whole image as
            large as a paper or a scanner's glass.
    """
    if dpi is None or dpi <= 0:
        return None
    per_mm = dpi / 25.4
    image_mm = np.sort(np.array(shape[:2]) / per_mm)
    if all(np.abs(image_mm / paper - 1).max() > _LIKE_PAPER for paper in _PAPERS.values()):
        return None
    return place.px_per_mm(matrix, (paper_mm[0] / 2, paper_mm[1] / 2)) / per_mm


def wrong_paper(scale: float | None, paper_mm: tuple[float, float]) -> str | None:
    """Return what paper the form was printed on, if not its own: a name, or the scale in per cent."""
    if scale is None or _OUR_PAPER[0] <= scale <= _OUR_PAPER[1]:
        return None
    own = np.sort(np.array(paper_mm))
    off = {name: float(np.abs(scale * own / paper - 1).max()) for name, paper in _PAPERS.items()}
    nearest = min(off, key=lambda name: off[name])
    return nearest if off[nearest] <= _TWO_PAPERS else f"{100 * scale:.0f} %"
