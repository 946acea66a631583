"""Read one page: identify, register, marks and stray ink in a row.

Pure: an image comes in, a `PageReading` goes out.

    corner tags  ->  code  ->  which form and page?  ->  first fix  ->  outlines  ->  marks, names
         |            |                |                                   |
         |            |                not ours, separator                 not trusted: review
         neither: bare paper is blank, anything else is for review

Whatever is not certain about identity or place sends the page to people; whatever is not certain about one
field makes that field unclear.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from . import place, register, rows, sight
from .bare import is_bare
from .blank import BlankPage, KnownForm
from .identify import Identity, Refusal
from .likeness import signature
from .margins import read_margins
from .marks import read_marks
from .name_again import look_again
from .place import Gray
from .reading import Outcome, PageReading, State
from .register import Fix, Registration
from .rule import MarkRule
from .scale import print_scale, wrong_paper
from .seal import find_seal
from .second import SecondRule
from .sight import Sight
from .stray import Names, read_names, without_stamps
from .zone import UnclearZone


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What a reader is told beforehand; journalled before the first page and frozen from then on."""

    practice: bool | None = None
    """True: only practice ballots are ours. False: only real ones. None: whatever kind the form is."""
    residual_limit_mm: float = 0.4
    """A page whose outlines lie further than this from where registration puts them is for review."""
    unheld_limit: float = 0.34
    """A page of which a larger share of fields can't be confirmed by their outlines is for review."""
    marks: MarkRule = field(default_factory=MarkRule)
    zone: UnclearZone = field(default_factory=UnclearZone)
    """What else is unclear on this office's scanner (`calibration`)."""
    second: SecondRule | None = field(default_factory=SecondRule.at_hand)
    """The networks that give a second opinion; None: the written rule stands alone."""

    def to_json(self) -> dict[str, Any]:
        """Return the settings as the journal holds them."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ReaderSettings":
        """Return the settings that `to_json` wrote.

        Raises:
            ValueError: they name networks that are not those of this program.
        """
        # Counts begun before scanners were calibrated say nothing of a zone.
        zone = UnclearZone(**data.get("zone", {}))
        second = None if data.get("second") is None else SecondRule(**data["second"])
        if second is not None and not second.is_at_hand:
            raise ValueError("the networks that this count was begun with are not those of this program")
        return cls(**{**data, "marks": MarkRule(**data["marks"]), "zone": zone, "second": second})


def read_page(
    image: NDArray[np.uint8],
    forms: Mapping[str, KnownForm],
    settings: ReaderSettings,
    *,
    source: str = "",
    index: int = 0,
    sha256: str = "",
    dpi: float | None = None,
    identity: Identity | None = None,
) -> PageReading:
    """Return what stands on one page.

    Args:
        image: uint8, gray (height, width) or BGR (height, width, 3), in any of four orientations.
        forms: the forms of this vote by their id.
        settings: what counts as ours, and the numbers to decide by.
        source: the file's name, passed through.
        index: the page's place in its file, passed through.
        sha256: of the encoded image, passed through.
        dpi: what the file says of its resolution; only the scale of print is known by it.
        identity: what the page is, where something else than its code said so (the printed line); it is
            used only if no code is found.
    """
    colour = image if image.ndim == 3 else None
    gray: Gray = image if colour is None else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    empty = PageReading(source, index, sha256, Outcome.REVIEW)
    seen = sight.look(gray, forms.values(), settings.practice)
    if isinstance(seen.meaning, Refusal):
        if seen.meaning.outcome is not Outcome.REVIEW:
            return replace(empty, outcome=seen.meaning.outcome, notes=(seen.meaning.note,))
        empty = replace(empty, notes=(seen.meaning.note,))
    known = seen.meaning if isinstance(seen.meaning, Identity) else identity
    if seen.notes or known is None:
        return _unknown(gray, forms.values(), seen, empty)
    found = replace(empty, form=known.form, page=known.page, serial=known.serial)
    page = forms[known.form].pages[known.page - 1]
    others = {tag.id for tag in seen.tags} - set(page.tags)
    if others:
        return replace(found, notes=("tags_contradict_code",))
    fix = seen.fix_on(page)
    if fix is None:
        return replace(found, notes=("no_place",))
    scale = None if fix.askew else print_scale(fix.matrix, page.paper_mm, gray.shape, dpi)
    if (paper := wrong_paper(scale, page.paper_mm)) is not None:
        return replace(found, place=_flat(fix.matrix), notes=(f"wrong_paper:{paper}",))
    found = replace(found, print_scale=None if scale is None else round(scale, 3))
    return _read(gray, colour, page, forms[known.form].back_of(page), fix, settings, found)


def _unknown(gray: Gray, forms: Iterable[KnownForm], seen: Sight, empty: PageReading) -> PageReading:
    """Return what can be said of a page that does not say what it is."""
    if seen.notes:
        return replace(empty, notes=(*empty.notes, *seen.notes))
    forms = tuple(forms)
    if not seen.tags:
        papers = [known.form.paper_mm for known in forms] or [(210.0, 297.0)]
        if seen.code is None and is_bare(gray, sight.scale_of(gray, papers[0])):
            return replace(empty, outcome=Outcome.BLANK)
        return replace(empty, notes=(*empty.notes, "nothing_known"))
    best = seen.best_fix(forms)
    return replace(empty, notes=(*empty.notes, "no_code"), place=None if best is None else _flat(best.matrix))


def _read(
    gray: Gray,
    colour: Gray | None,
    page: BlankPage,
    back: BlankPage,
    fix: Fix,
    settings: ReaderSettings,
    found: PageReading,
) -> PageReading:
    """Read a page whose identity is known, if its place is certain."""
    where, names = _placed(gray, page, fix, settings)
    found = replace(found, place=_flat(where.matrix))
    if not np.isfinite(where.residual_mm):
        return replace(found, notes=("no_outlines",))
    found = replace(found, residual_mm=round(where.residual_mm, 3))
    if where.residual_mm > settings.residual_limit_mm:
        return replace(found, notes=(f"residual:{where.residual_mm:.2f}",))
    if 1 - where.held.mean() > settings.unheld_limit:
        return replace(found, notes=("outlines_missing",))
    if not names.is_this_form:
        return replace(found, notes=("print_differs",))
    untold = rows.untold(gray, page, where, fix)
    if untold.mean() > settings.unheld_limit:
        return replace(found, notes=("rows_alike",))
    misplaced = names.misplaced(page.zones)
    fields = tuple(
        replace(one, state=State.UNCLEAR, why="misplaced") if one.contest in misplaced or is_untold else one
        for one, is_untold in zip(
            settings.zone.over(read_marks(gray, colour, page, where, settings.marks, back, settings.second)),
            untold,
            strict=True,
        )
    )
    found = replace(found, likeness=signature(gray, page, where, fields))
    in_names = look_again(gray, page, back, where, names.stray)
    elsewhere = read_margins(gray, colour, page, back, where, fields, in_names)
    stray = (*without_stamps(in_names, colour, page, where), *elsewhere)
    seal = find_seal(colour, page, where)
    return replace(found, outcome=Outcome.READ, fields=fields, stray=stray, seal=seal)


def _placed(gray: Gray, page: BlankPage, fix: Fix, settings: ReaderSettings) -> tuple[Registration, Names]:
    """Find fields and names; where anything is not where it should be, once more by all the page's print."""
    where = register.register(gray, page, fix)
    names = read_names(gray, page, where)
    at_once = (
        where.residual_mm <= settings.residual_limit_mm
        and where.held.all()
        and names.is_this_form
        and not names.misplaced(page.zones)
    )
    if at_once or where.is_tracked:
        return where, names
    where = register.register(gray, page, fix, thorough=True)
    return where, read_names(gray, page, where)


def _flat(matrix: place.Matrix) -> tuple[float, ...]:
    return tuple(float(v) for v in (matrix / matrix[2, 2]).ravel())
