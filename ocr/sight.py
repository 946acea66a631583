"""A first look at a page: which corner tags and which code are on it, and what they say it is.

Quick places first: tags in the four corners, the code where they put it. Only where that is not all there is,
or does not agree, the whole page is searched: a larger glass may hold another ballot, which must not go
unseen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..forms.form import Box, Frame
from . import place, tags
from .blank import BlankPage, KnownForm
from .fix import Fix, first_fix
from .identify import Found, Identity, Refusal, find_code, find_codes, understand
from .place import Gray, Points
from .tags import Tag

_CODE_ROOM_MM = 6.0
"""Around where the first fix puts the code: its quiet zone, and what the fix may be wrong by."""
_FILLS = 0.75
"""A page that covers less of its image leaves room for another ballot."""

Paper = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a first look at a page shows."""

    tags: tuple[Tag, ...]
    code: Found | None
    meaning: Identity | Refusal | None
    notes: tuple[str, ...] = ()
    """Why it can't be said which ballot this is though codes or tags were found."""

    def fix_on(self, page: BlankPage) -> Fix | None:
        """Return where the page lies, by all that was seen of it."""
        code = None
        if self.code is not None and isinstance(self.meaning, Identity):
            code = (self.code.corners_px, page.code)
        return first_fix(self.tags, page.tags, code)

    def best_fix(self, forms: Iterable[KnownForm]) -> Fix | None:
        """Return where the page lies by its tags alone, whichever of these forms it is."""
        fixes = (first_fix(self.tags, frame.tags) for _paper, frame in frames(forms))
        return min((fix for fix in fixes if fix is not None), key=lambda fix: fix.misfit_mm, default=None)


def look(gray: Gray, forms: Iterable[KnownForm], practice: bool | None) -> Sight:
    """Find tags and code, going from the quick places to the whole page only as long as needed.

    Args:
        gray: page image.
        forms: the forms of this vote.
        practice: as in `identify.understand`.
    """
    forms = tuple(forms)
    by_id = {known.form.id: known for known in forms}
    papers = frames(forms)
    seen: tuple[Tag, ...] = ()
    for paper, frame in papers:
        seen = max(seen, tags.find_in_corners(gray, scale_of(gray, paper)), key=len)
        fix = first_fix(seen, frame.tags) if len(seen) >= 2 else None
        if fix is None or fix.left_out or _share_of_image(fix, paper, gray) < _FILLS:
            continue
        code = find_code(gray, _region(fix, frame.code))
        if code is not None:
            meaning = understand(code.text, by_id, practice)
            if not _is_foreign(meaning):
                return Sight(seen, code, meaning)
    return _look_everywhere(gray, by_id, papers, practice, seen)


def _look_everywhere(
    gray: Gray,
    forms: Mapping[str, KnownForm],
    papers: Sequence[tuple[Paper, Frame]],
    practice: bool | None,
    in_corners: tuple[Tag, ...],
) -> Sight:
    codes = find_codes(gray)
    meanings = [understand(code.text, forms, practice) for code in codes]
    ours = [i for i, meaning in enumerate(meanings) if not _is_foreign(meaning)]
    seen, notes = in_corners, set()
    if len(seen) < 2 or not ours or any(_leaves_room(gray, seen, *one) for one in papers):
        for paper, _frame in papers:
            everywhere, repeated = tags.find_anywhere(gray, scale_of(gray, paper))
            seen = max(seen, everywhere, key=len)
            notes |= {"several_sheets"} if repeated else set()
    if len(ours) > 1:
        notes = {"several_codes"}
    first = ours[0] if ours else 0
    if not codes:
        return Sight(seen, None, None, tuple(notes))
    return Sight(seen, codes[first], meanings[first], tuple(notes))


def frames(forms: Iterable[KnownForm]) -> list[tuple[Paper, Frame]]:
    """Return the different papers and frames among the forms; nearly always there is one."""
    different: dict[object, tuple[Paper, Frame]] = {}
    for known in sorted(forms, key=lambda known: -known.form.pages):
        frame = known.form.frame
        different.setdefault(
            (known.form.paper_mm, tuple(frame.tags.get(i) for i in range(4))), (known.form.paper_mm, frame)
        )
    return list(different.values())


def scale_of(gray: Gray, paper_mm: Paper) -> float:
    """Return pixels per mm of an image that shows one paper and nothing else."""
    return float(max(gray.shape) / max(paper_mm))


def _is_foreign(meaning: Identity | Refusal) -> bool:
    return isinstance(meaning, Refusal) and meaning.note == "code_foreign"


def _leaves_room(gray: Gray, seen: tuple[Tag, ...], paper: Paper, frame: Frame) -> bool:
    fix = first_fix(seen, frame.tags)
    return fix is None or fix.left_out > 0 or _share_of_image(fix, paper, gray) < _FILLS


def _share_of_image(fix: Fix, paper_mm: Paper, gray: Gray) -> float:
    width, height = paper_mm
    x, y = place.to_px(fix.matrix, np.array([(0, 0), (width, 0), (width, height), (0, height)], float)).T
    area = 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
    return area / gray.size


def _region(fix: Fix, code: Box) -> tuple[int, int, int, int]:
    """Return left, top, width and height of the pixels among which the code must be."""
    x, y, w, h = code
    room = _CODE_ROOM_MM
    left, top, right, bottom = x - room, y - room, x + w + room, y + h + room
    corners: Points = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    px = place.to_px(fix.matrix, corners)
    low, high = np.floor(px.min(axis=0)).astype(int), np.ceil(px.max(axis=0)).astype(int)
    return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])
