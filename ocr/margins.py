"""Writing on paper that should be bare: in the margins, between the rows, at the foot, beside the names.

On most pages nothing is dark where paper should be bare (`unprinted`) but specks and the ends of marks, and
that is all that is done. Otherwise what is longer than 2 mm is a piece, pieces that stand together are a
group, and a group is writing unless it is

    a streak, fold, tear, stamp, ring or hole   told by its shape (`blemish`)
    the back's print shining through            faint, and where the back has print
    print that lies further off than a mm       gone when the print around it is laid onto it
    the end of a mark                           touches its box and stays near it
    the end of a stroke through a name          touches that cell and stays in its row
    part of the seal                            touches the seal zone and stays near it
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import Box
from . import blemish, unprinted
from .blank import BLANK_MATRIX, BlankPage
from .place import Gray, Points, sample
from .reading import FieldReading, Stray
from .register import Registration
from .shining import MARKS_MM, Shining, shining_through
from .unprinted import Small, distance_mm

_PIECE_MM = 2.2
"""Smaller is a speck: the height of a small letter."""
_LINE_MM = 4.5
_LETTERS_MM = 6.0
"""One piece this long, or several that are together this long, are writing."""
_INITIALS_MM, _INITIALS_MM2 = 3.0, 1.5
"""So is one this long that has this much ink."""
_TOGETHER_MM = 2.5
_WORDS_MM = 6.0
"""Groups this near each other are one place of writing."""
_MOST = 0.6
"""Share of a group that lies in a name cell, if it is that cell's."""
_MOST_PIECES = 3000
"""More are no writing, but paper that can't be looked at piece by piece."""

_TOUCHES_MM = 2.6
_OVERSHOOT_MM = 10.0
"""A stroke's end this near its box is still that mark's."""
_OUT_OF_ROW_MM = 3.0
_BY_THE_SEAL_MM = 7.0
_NO_INK = 0.005
_SHINES = 0.2
"""The back's print is never darker than this share of the paper's level."""
_SHOWS_THROUGH_MM = 1.5
_NO_DARKER, _ON_THE_BACK = 1.1, 0.85
"""Than the back's solid print where it shines through; and of a piece, what must lie on it."""
_HUGS_MM = 1.5
_MISFIT_MM = 4.5
_LAID_ON = 0.55
"""Correlation of the print with the scan where it was laid."""
_FINE_PX_PER_MM = 4.0


@dataclass(frozen=True, eq=False)
class _Piece:
    """Dark pixels that touch each other."""

    px: NDArray[np.int64]
    """(n, 2): x, y on the small picture."""
    mm: Points
    """(n, 2): the same on the form."""
    darkness: NDArray[np.float64]
    """(n,): as shares of the paper's level."""
    pixel_mm2: float

    @property
    def ink_mm2(self) -> float:
        """How much paper it would cover if it were black."""
        return float(self.darkness.sum()) * self.pixel_mm2

    @property
    def span_mm(self) -> float:
        """Its diagonal."""
        return float(np.hypot(*np.ptp(self.mm, axis=0)))

    def kept(self, keep: NDArray[np.bool_]) -> "_Piece":
        """Return what is left of it."""
        return replace(self, px=self.px[keep], mm=self.mm[keep], darkness=self.darkness[keep])


_Group = list[_Piece]


def read_margins(
    gray: Gray,
    colour: Gray | None,
    page: BlankPage,
    back: BlankPage,
    where: Registration,
    marks: Sequence[FieldReading],
    struck: Sequence[Stray] = (),
) -> tuple[Stray, ...]:
    """Return the writing on a page outside its fields; that in name cells of which nothing is known yet, too.

    Args:
        gray: page image.
        colour: the same in BGR, where the scan has colour.
        page: the blank page.
        back: the blank page on the other side of the sheet; the page itself where that is bare.
        where: where the page lies on the image.
        marks: what was read in the page's fields.
        struck: what was found in name cells.
    """
    picture = unprinted.look(gray, page, where)
    if not _may_be_more(_pieces(picture, where), picture, page, marks):
        return ()
    picture = unprinted.without_edges(picture)
    pieces = _pieces(picture, where)
    pieces = _without_lines(pieces, picture, page)
    pieces = [piece for piece in pieces if not _shines_through(piece, back)]
    if any(_is_writing(group) for group in _groups(pieces, picture, _TOGETHER_MM)):
        shining = shining_through(gray, page, back, where)
        if shining is not None:
            pieces = [piece for piece in pieces if not _is_of_the_back(piece, shining)]
    if any(_is_writing(group) for group in _groups(pieces, picture, _TOGETHER_MM)):
        around = unprinted.off_print(picture, page, where)
        for shape in (blemish.STAMP, blemish.CUP, blemish.HOLE):
            pieces = _without_rounds(pieces, around, picture, shape)
    found = []
    for group in _groups(pieces, picture, _TOGETHER_MM):
        if not _is_writing(group) or _belongs_elsewhere(_points(group), page, marks, struck):
            continue
        if _hugs_print(group, page) and not _is_writing(_off_the_print(group, gray, page, where)):
            continue
        found.append(group)
    in_cells = [(group, _cell(_points(group), page)) for group in found]
    strays = [
        _stray(together, picture, contest)
        for contest in {contest for _group, contest in in_cells}
        for together in _near_each_other([group for group, cell in in_cells if cell == contest])
        if contest not in {one.contest for one in struck}
    ]
    return tuple(sorted(strays, key=lambda stray: (stray.box_mm.y, stray.box_mm.x)))


def _may_be_more(
    pieces: list[_Piece], picture: Small, page: BlankPage, marks: Sequence[FieldReading]
) -> bool:
    """Tell whether there is writing beside specks and the ends of marks; all else only takes away from it."""
    return _is_writing(pieces) and any(
        _is_writing(group) and not _belongs_elsewhere(_points(group), page, marks, ())
        for group in _groups(pieces, picture, _TOGETHER_MM)
    )


def _cell(mm: Points, page: BlankPage) -> str | None:
    """Return the contest in whose name cell most of a group lies; None where it lies in none."""
    for zone in page.zones:
        if (distance_mm(mm, [zone.box_mm]) == 0).mean() > _MOST:
            return zone.contest
    return None


def _near_each_other(groups: list[_Group]) -> list[_Group]:
    """Join words of one line: each is reported by itself no more."""
    joined: list[_Group] = []
    for group in groups:
        box = _grown(_points(group))
        near = [other for other in joined if _meet(_grown(_points(other)), box)]
        joined = [other for other in joined if not any(other is one for one in near)]
        joined.append([piece for part in (*near, group) for piece in part])
    return joined


def _grown(mm: Points) -> Points:
    return np.stack((mm.min(axis=0) - _WORDS_MM / 2, mm.max(axis=0) + _WORDS_MM / 2))


def _meet(one: Points, other: Points) -> bool:
    return bool((one[0] < other[1]).all() and (other[0] < one[1]).all())


def _pieces(picture: Small, where: Registration) -> list[_Piece]:
    least = _PIECE_MM * picture.px_per_mm
    contours, _tree = cv2.findContours(picture.dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    large = []
    for contour in contours:
        if len(contour) >= 2:
            left, top, width, height = cv2.boundingRect(contour)
            if np.hypot(width, height) >= least:
                large.append((contour, left, top, width, height))
    if len(large) > _MOST_PIECES:
        return []
    dark = []
    for contour, left, top, width, height in large:
        inside = np.zeros((height, width), np.uint8)
        cv2.drawContours(inside, [contour], -1, 1, cv2.FILLED, offset=(-left, -top))
        inside &= picture.dark[top : top + height, left : left + width]
        px = np.argwhere(inside)[:, ::-1] + (left, top)
        darkness = picture.darkness(px)
        if np.count_nonzero(darkness >= picture.strong) >= 3:
            dark.append((px, darkness))
    if not dark:
        return []
    mm = picture.to_form(np.concatenate([px for px, _darkness in dark]).astype(np.float64), where)
    ends = np.cumsum([len(px) for px, _darkness in dark])[:-1]
    return [
        _Piece(px, on_form, darkness, 1 / picture.px_per_mm**2)
        for (px, darkness), on_form in zip(dark, np.split(mm, ends), strict=True)
    ]


def _without_lines(pieces: list[_Piece], picture: Small, page: BlankPage) -> list[_Piece]:
    """Leave out folds, streaks and tears, with everything that lies on them."""
    pieces = [
        piece
        for piece in pieces
        if not blemish.between_sides(piece.mm, page.paper_mm)
        and not blemish.from_the_edge(piece.px, piece.mm, picture, page.paper_mm)
    ]
    for piece in sorted(pieces, key=lambda one: -one.span_mm)[:40]:
        if not any(piece is one for one in pieces):
            continue
        line = blemish.line_across(picture, piece.px)
        if line is not None:
            wide = 1.3 * picture.px_per_mm
            pieces = [one for one in pieces if np.percentile(line.away(one.px), 90) > wide]
    return pieces


def _shines_through(piece: _Piece, back: BlankPage) -> bool:
    if np.percentile(piece.darkness, 90) > _SHINES:
        return False
    mirrored = piece.mm.copy()
    mirrored[:, 0] = back.paper_mm[0] - mirrored[:, 0]
    print_there = unprinted.is_in(unprinted.near_print(back, _SHOWS_THROUGH_MM), mirrored)
    boxes = [field.box_mm for field in back.fields]
    marks_there = (distance_mm(mirrored, boxes) <= _SHOWS_THROUGH_MM + 2).any(axis=1)
    return bool((print_there | marks_there).mean() >= 0.85)


def _is_of_the_back(piece: _Piece, shining: Shining) -> bool:
    dark = float(np.percentile(piece.darkness, 90))
    return dark <= _NO_DARKER * shining.darkness and bool(
        shining.lies_on(piece.mm, MARKS_MM).mean() >= _ON_THE_BACK
    )


def _groups(pieces: list[_Piece], picture: Small, apart_mm: float) -> list[_Group]:
    """Put pieces that stand together into one group."""
    if len(pieces) <= 1:
        return [pieces] if pieces else []
    canvas = np.zeros(picture.dark.shape, np.uint8)
    for piece in pieces:
        canvas[piece.px[:, 1], piece.px[:, 0]] = 1
    reach = 2 * round(apart_mm / 2 * picture.px_per_mm) + 1
    joined = cv2.dilate(canvas, np.ones((reach, reach), np.uint8))
    _count, labels = cv2.connectedComponents(joined, connectivity=8)
    groups: dict[int, _Group] = {}
    for piece in pieces:
        groups.setdefault(int(labels[piece.px[0, 1], piece.px[0, 0]]), []).append(piece)
    return list(groups.values())


def _without_rounds(
    pieces: list[_Piece], around: Points, picture: Small, shape: blemish.Shape
) -> list[_Piece]:
    """Leave out what lies in stamps, holes and the rims of cups."""
    left: list[_Piece] = []
    for group in _groups(pieces, picture, shape.apart_mm):
        for circle in blemish.circles(_points(group), around, picture, shape):
            away = [np.linalg.norm(piece.mm - circle.centre, axis=1) for piece in group]
            group = [p.kept(d > circle.radius + shape.rim_mm) for p, d in zip(group, away, strict=True)]
            group = [piece for piece in group if len(piece.px)]
        left += group
    return left


def _is_writing(group: _Group) -> bool:
    spans = [piece.span_mm for piece in group]
    letters = [span for span in spans if span >= _PIECE_MM]
    dense = any(piece.span_mm >= _INITIALS_MM and piece.ink_mm2 >= _INITIALS_MM2 for piece in group)
    return dense or max(spans, default=0) >= _LINE_MM or (len(letters) >= 2 and sum(letters) >= _LETTERS_MM)


def _belongs_elsewhere(
    mm: Points, page: BlankPage, marks: Sequence[FieldReading], struck: Sequence[Stray]
) -> bool:
    """Tell the end of a mark, of a stroke through a name, or of the seal."""
    inked = {(one.contest, one.option) for one in marks if one.ink > _NO_INK}
    boxes = [field.box_mm for field in page.fields if (field.contest, field.option) in inked]
    from_boxes = distance_mm(mm, boxes)
    if ((from_boxes.min(axis=0) <= _TOUCHES_MM) & (from_boxes.max(axis=0) <= _OVERSHOOT_MM)).any():
        return True
    known = {stray.contest for stray in struck}
    for cell in (zone.box_mm for zone in page.zones if zone.contest in known):
        in_row = (mm[:, 1] > cell.y - _OUT_OF_ROW_MM) & (mm[:, 1] < cell.y + cell.h + _OUT_OF_ROW_MM)
        if in_row.all() and distance_mm(mm, [cell]).min() <= _TOUCHES_MM:
            return True
    from_seal = distance_mm(mm, [page.seal])
    return page.number == 1 and from_seal.min() <= _TOUCHES_MM and from_seal.max() <= _BY_THE_SEAL_MM


def _hugs_print(group: _Group, page: BlankPage) -> bool:
    return bool(unprinted.is_in(unprinted.near_print(page, _HUGS_MM), _points(group)).mean() >= 0.6)


def _off_the_print(group: _Group, gray: Gray, page: BlankPage, where: Registration) -> _Group:
    """Return what is left of a group when the print around it is laid onto the scan anew."""
    mm = _points(group)
    more = _MISFIT_MM + 4
    low, high = mm.min(axis=0) - more, mm.max(axis=0) + more
    centre, half = (low + high) / 2, (high - low) / 2
    x, y = (np.arange(-h, h, 1 / _FINE_PX_PER_MM, dtype=np.float32) for h in half)
    dx, dy = x[None, None, :], y[None, :, None]
    shift = where.shift_at(centre[1:])
    (scan,) = sample(gray, where.matrix, centre[None] + shift, dx, dy)
    room = round(_MISFIT_MM * _FINE_PX_PER_MM)
    (blank,) = sample(page.image, BLANK_MATRIX, centre[None], dx, dy)
    core = blank[room:-room, room:-room]
    if core.std() < 8:
        return group
    match = cv2.matchTemplate(scan, core, cv2.TM_CCOEFF_NORMED)
    _low, score, _at, best = cv2.minMaxLoc(match)
    if score < _LAID_ON:
        return group
    moved = (np.array(best) - room) / _FINE_PX_PER_MM
    print_there = unprinted.near_print(page, 0.5)
    return [
        rest
        for piece in group
        if len((rest := piece.kept(~unprinted.is_in(print_there, piece.mm - moved))).px)
    ]


def _points(group: _Group) -> Points:
    return np.concatenate([piece.mm for piece in group])


def _stray(group: _Group, picture: Small, contest: str | None) -> Stray:
    mm = _points(group)
    low, high = mm.min(axis=0), mm.max(axis=0)
    pixels_mm2 = len(mm) / picture.px_per_mm**2
    box = Box(*(round(float(v), 2) for v in (*low, *np.maximum(high - low, 0.5))))
    return Stray(contest, box, round(min(1.0, pixels_mm2 / (box.w * box.h)), 4))
