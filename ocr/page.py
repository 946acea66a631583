"""Read one page: identify, register, marks and stray ink in a row.

Pure: an image comes in, a `PageReading` goes out.

    corner tags  ->  code  ->  which form and page?  ->  first fix  ->  outlines  ->  marks, names
         |            |                |                                   |
         |            |                not ours, separator                 not trusted: review
         neither: bare paper is blank, anything else is for review

Whatever is not certain about identity or place sends the page to people; whatever is not certain about one
field makes that field unclear.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box, Frame
from . import place, register, tags
from .bare import is_bare
from .blank import BlankPage, KnownForm
from .identify import Found, Identity, Refusal, find_code, find_codes, understand
from .likeness import signature
from .marks import read_marks
from .place import Gray, Points
from .reading import Outcome, PageReading, State
from .register import Fix
from .rule import MarkRule
from .stray import read_names
from .tags import Tag

_CODE_ROOM_MM = 6.0
"""Around where the first fix puts the code: its quiet zone, and what the fix may be wrong by."""


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

    def to_json(self) -> dict[str, Any]:
        """Return the settings as the journal holds them."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ReaderSettings":
        """Return the settings that `to_json` wrote."""
        return cls(**{**data, "marks": MarkRule(**data["marks"])})


def read_page(
    image: NDArray[np.uint8],
    forms: Mapping[str, KnownForm],
    settings: ReaderSettings,
    *,
    source: str = "",
    index: int = 0,
    sha256: str = "",
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
        identity: what the page is, where something else than its code said so (the printed line); it is
            used only if no code is found.
    """
    colour = image if image.ndim == 3 else None
    gray: Gray = image if colour is None else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    empty = PageReading(source, index, sha256, Outcome.REVIEW)
    sight = _look(gray, forms.values(), settings.practice)
    if isinstance(sight.meaning, Refusal):
        if sight.meaning.outcome is not Outcome.REVIEW:
            return replace(empty, outcome=sight.meaning.outcome, notes=(sight.meaning.note,))
        empty = replace(empty, notes=(sight.meaning.note,))
    known = sight.meaning if isinstance(sight.meaning, Identity) else identity
    if sight.notes or known is None:
        return _unknown(gray, forms.values(), sight, empty)
    found = replace(empty, form=known.form, page=known.page, serial=known.serial)
    page = forms[known.form].pages[known.page - 1]
    others = {tag.id for tag in sight.tags} - set(page.tags)
    if others:
        return replace(found, notes=("tags_contradict_code",))
    fix = _fix(sight, page)
    if fix is None:
        return replace(found, notes=("no_place",))
    return _read(gray, colour, page, fix, settings, found)


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a first look at a page shows."""

    tags: tuple[Tag, ...]
    code: Found | None
    meaning: Identity | Refusal | None
    notes: tuple[str, ...] = ()


def _look(gray: Gray, forms: Iterable[KnownForm], practice: bool | None) -> _Sight:
    """Find tags and code, going from the quick places to the whole page only as long as needed."""
    forms = tuple(forms)
    by_id = {known.form.id: known for known in forms}
    frames = _frames(forms)
    seen: tuple[Tag, ...] = ()
    for paper, frame in frames:
        seen = max(seen, tags.find_in_corners(gray, _scale(gray, paper)), key=len)
        fix = register.first_fix(seen, frame.tags) if len(seen) >= 2 else None
        if fix is None:
            continue
        code = find_code(gray, _region(fix, frame.code))
        if code is not None:
            meaning = understand(code.text, by_id, practice)
            if not (isinstance(meaning, Refusal) and meaning.note == "code_foreign"):
                return _Sight(seen, code, meaning)
    codes = find_codes(gray)
    meanings = [understand(code.text, by_id, practice) for code in codes]
    ours = [i for i, m in enumerate(meanings) if not (isinstance(m, Refusal) and m.note == "code_foreign")]
    if len(seen) < 2:
        for paper, _frame in frames:
            everywhere = tags.find_anywhere(gray, _scale(gray, paper))
            seen = max(seen, everywhere, key=len)
    if len({codes[i].text for i in ours}) > 1 or len(ours) > 1:
        return _Sight(seen, codes[ours[0]], meanings[ours[0]], ("several_codes",))
    if ours:
        return _Sight(seen, codes[ours[0]], meanings[ours[0]])
    if codes:
        return _Sight(seen, codes[0], meanings[0])
    return _Sight(seen, None, None)


def _unknown(gray: Gray, forms: Iterable[KnownForm], sight: _Sight, empty: PageReading) -> PageReading:
    """Return what can be said of a page that does not say what it is."""
    if sight.notes:
        return replace(empty, notes=(*empty.notes, *sight.notes))
    frames = _frames(tuple(forms))
    if not sight.tags:
        scale = _scale(gray, frames[0][0]) if frames else max(gray.shape) / 297
        if sight.code is None and is_bare(gray, scale):
            return replace(empty, outcome=Outcome.BLANK)
        return replace(empty, notes=(*empty.notes, "nothing_known"))
    fixes = [register.first_fix(sight.tags, frame.tags) for _paper, frame in frames]
    best = min((fix for fix in fixes if fix is not None), key=lambda fix: fix.misfit_mm, default=None)
    return replace(empty, notes=(*empty.notes, "no_code"), place=None if best is None else _flat(best.matrix))


def _fix(sight: _Sight, page: BlankPage) -> Fix | None:
    code = None
    if sight.code is not None and isinstance(sight.meaning, Identity):
        code = (sight.code.corners_px, page.code)
    return register.first_fix(sight.tags, page.tags, code)


def _read(
    gray: Gray,
    colour: Gray | None,
    page: BlankPage,
    fix: Fix,
    settings: ReaderSettings,
    found: PageReading,
) -> PageReading:
    """Read a page whose identity is known, if its place is certain."""
    where = register.register(gray, page, fix)
    found = replace(found, place=_flat(where.matrix))
    if not np.isfinite(where.residual_mm):
        return replace(found, notes=("no_outlines",))
    found = replace(found, residual_mm=round(where.residual_mm, 3))
    if where.residual_mm > settings.residual_limit_mm:
        return replace(found, notes=(f"residual:{where.residual_mm:.2f}",))
    if 1 - where.held.mean() > settings.unheld_limit:
        return replace(found, notes=("outlines_missing",))
    names = read_names(gray, page, where)
    if not names.is_this_form:
        return replace(found, notes=("print_differs",))
    misplaced = names.misplaced(page.zones)
    fields = tuple(
        replace(one, state=State.UNCLEAR, why="misplaced") if one.contest in misplaced else one
        for one in read_marks(gray, colour, page, where, settings.marks)
    )
    found = replace(found, likeness=signature(gray, page, where, fields))
    return replace(found, outcome=Outcome.READ, fields=fields, stray=names.stray)


def _frames(forms: Sequence[KnownForm]) -> list[tuple[tuple[float, float], Frame]]:
    """Return the different papers and frames among the forms; nearly always there is one."""
    different: dict[object, tuple[tuple[float, float], Frame]] = {}
    for known in sorted(forms, key=lambda known: -known.form.pages):
        frame = known.form.frame
        different.setdefault(
            (known.form.paper_mm, tuple(frame.tags.get(i) for i in range(4))), (known.form.paper_mm, frame)
        )
    return list(different.values())


def _scale(gray: Gray, paper_mm: tuple[float, float]) -> float:
    return float(max(gray.shape) / max(paper_mm))


def _region(fix: Fix, code: Box) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the pixels among which the code must be."""
    x, y, w, h = code
    room = _CODE_ROOM_MM
    corners: Points = np.array(
        [
            (x - room, y - room),
            (x + w + room, y - room),
            (x + w + room, y + h + room),
            (x - room, y + h + room),
        ]
    )
    px = place.to_px(fix.matrix, corners)
    low, high = np.floor(px.min(axis=0)).astype(int), np.ceil(px.max(axis=0)).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def _flat(matrix: place.Matrix) -> tuple[float, ...]:
    return tuple(float(v) for v in (matrix / matrix[2, 2]).ravel())
