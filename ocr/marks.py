"""Ink in each field -> marked, empty or unclear, by a rule that can be checked by eye.

What `ink` sees around a field is sorted into strokes, connected over the printed outline. `side` is the
width of the box. In this order:

 1. The field's place is not confirmed by its own outline, or it leaves the image: unclear (`outline`,
    `outside`).
 2. Its paper is much darker than the page's (a hole, a stain, a shadow): unclear (`paper`).
 3. A straight line enters the surroundings on one side, crosses the box, leaves on the other and goes on for
    9 mm at both ends, as a streak, a fold or a stroke through a whole row does: unclear (`line`).
 4. More than an eighth of the surroundings has ink, as under a seal or in a scribble: unclear (`crowded`),
    unless it is the mark's own and the mark is plain (step 9).
 5. No ink inside, or a speck: empty (`clean`); but a stroke beside the box, longer than 2 mm, that lies at no
    other field, as a circle does or a tick that missed: unclear (`around`).
 6. A stroke that has its middle outside the box and goes on beyond the surroundings is looked at as a whole.
    If it belongs to another field, and reaches into this one by less than half its side and with less than a
    third of the ink it has there, it is an overshoot and does not count (`tail`). If it belongs to both:
    unclear (`shared`). If it belongs to none, and is more than 0.6 of the other ink here: unclear
    (`passing`).
 7. What is left is a mark if its longest stroke, followed through its fainter parts, is at least 0.4 of the
    side long, and 0.5 mm2 of it are strong: marked (`strong`); unless it lies in a patch wider than 2.5 mm
    that goes on beyond the box, as holes, drops and the rims of cups do: unclear (`paper`). If it is shorter
    than 0.9 mm it is a speck: empty (`speck`). Between the two, or as wide as it is long: unclear (`dot`).
 8. Ink that only the faint level sees, longer than 1.2 mm: unclear (`faint`). In a contest in which no field
    has any ink, the same is asked of anything 2 % darker than the paper within a millimetre around it; and
    whatever was found in a contest without a mark is doubtful: unclear (`trace`).
 9. Then the page is looked at as one voter's hand. A mark's lines say what it is (`kinds`): a line, a tick,
    a cross, a loop (a cross in one go), a ring, a filling, a part of one of these, or something else. It is
    in doubt, in this order,
     - where upright lines of three or more fields stand exactly above each other, go on above and below each
       box, and leave out no clean one between: a streak (`streaks`, `line`);
     - as wide as long (`dot`);
     - where another field of the contest has ink and this mark has strokes 1.3 times as long or as thick
       as the hand's (`corrected`);
     - of another kind than the hand's others (`unlike`): strokes cross in it on a page of which most marks
       are ticks or lines, since a slash that was struck out has the very shape of a cross; or a cross's
       strokes run 35 degrees otherwise than those of the page's other crosses;
     - struck through or scribbled over (`tangled`): more ends than a cross has; ink that is not its lines'
       (`extra`); a level line that goes through it and beyond the box, or out on one side (`through`); an
       area filled by a pen as fine as the hand's; no figure, and less than 96 % of it in two straight strips
       half a millimetre wider than the pen, or 0.1 mm2 of paper enclosed; a ring, a loop or a filling, unless
       that is how most of the page is marked: then only what differs from it. A level line is no doubt if it
       is a stroke of a plain cross that runs within 16 degrees as the page's other crosses do, and they are
       half of its marks or more; nor where more than half of the marks have one. But on any page it is if it
       goes on for 9 mm beyond the box, as that of an arrow does;
     - with strokes 1.5 times as long for its size, 1.6 times as thick at its thickest, or wider than the
       hand's other marks of its kind by more than these differ among each other (`heavy`);
     - with less than 0.3 of the typical mark's ink, 0.5 beside another (`slight`);
     - in a contest of which another field is in doubt for such a reason (`beside`);
     - in a contest of at most four options of which another is marked, too, since one of the two may have
       been struck out by a stroke that nothing else tells (`several`); unless more than half of the page's
       contests are so.
    What most of the page's marks share is the hand's way, however odd (`alike`): a mark alone in its contest
    that is `unlike` or `tangled`, yet has no level line through it, is plain if half of the others, laid over
    it, lack at most 16 % of its ink (8 % where an area is filled), and it is at most 1.2 times as wide.
    A dot of at most 1.9 mm and 0.4 of a mark's span, all in its box, is where the pen rested, if one other
    field of the contest bears a plain mark: empty (`speck`).
    On a page of fewer than five marks there is no hand to know, and each is held against a cross.
10. Where the other side's print shines through (`shining`), a mark that lies on it, or where its boxes are,
    and is no darker than it: unclear (`shines`).
11. Before step 10, three networks are shown the picture (`second`): they doubt what looks otherwise than it
    was read (`second`), and settle a doubt of step 9 about a plain mark's shape alone (`settled`).

What the rule can't tell. A slash struck out by a slanting line is a cross: among other slashes or ticks it is
asked about, but on a ballot of one row, or among crosses of the same slant, it is read as the cross that it
is. A mark struck out by a line that lies along one of its own strokes is a mark drawn twice. A filled box may
hide anything.

Features, in a field in which any ink was seen: `strong_mm2` and `faint_mm2` inside the box, `around_mm2` of
faint ink about it, `darkness` of its darkest place (share of the paper's level, smoothed); of a stroke
`length_mm` and `followed_mm2` (step 7); of a mark `span_mm` (diagonal), `pen_mm` (mean width of its strokes),
`thick_mm` (its thickest place), `straight` (share in two strips), `enclosed_mm2`, `effort` (length of its
strokes for its size, over the hand's), `ends` and `crossings` of its lines, and `extra_mm2` (ink that is not
its lines'; step 9); where the networks were asked, `looks_plain` and `looks_struck` (how likely, 0 to 1).

The rule set is not known here: two clear marks in one contest are both reported as marked where a contest has
more than four options, or where that is how most of the page is marked.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..forms.form import FieldKind
from . import ink, place
from .blank import BlankPage
from .hand import as_one_hand
from .ink import PX_PER_MM, Ink, Levels, Mask
from .kinds import is_patch, may_be_patches
from .lines import crosses, goes_through, leaves_far
from .place import Gray
from .reading import FieldReading, State
from .register import Registration
from .rule import Features, MarkRule, Sight, Verdict
from .second import SecondRule, second_look
from .shining import shining_through
from .strokes import followed, lies_at, longest, own_strokes
from .through import may_leave_far
from .together import Inked, as_dark, near

_AREA_PX = PX_PER_MM * PX_PER_MM
_ODD = 0.1


def read_marks(
    gray: Gray,
    colour: Gray | None,
    page: BlankPage,
    registration: Registration,
    rule: MarkRule,
    back: BlankPage | None = None,
    second: SecondRule | None = None,
) -> tuple[FieldReading, ...]:
    """Return what stands in each field of a page, in the form's order.

    Args:
        gray: page image.
        colour: the same in BGR where the scan has colour.
        page: the blank page.
        registration: where its fields lie on the image.
        rule: the numbers to decide by.
        back: the blank page on the other side of the sheet, whose print may shine through.
        second: the networks' rule, which is asked after the written one; None: nobody else is asked.
    """
    if not page.fields:
        return ()
    seen, levels = ink.see(
        gray, colour, registration.matrix, registration.shift_mm, page, rule.strong, rule.faint
    )
    on_image = place.inside(
        registration.matrix, page.centres_mm + registration.shift_mm, page.sizes_mm / 2, gray.shape
    )
    typical = float(np.median(np.concatenate([one.paper for one in seen])))
    verdicts: dict[int, Verdict] = {}
    for one in seen:
        verdicts |= _of_group(gray, page, registration, one, on_image, typical, levels, rule)
    judged = as_one_hand(page, [verdicts[i] for i in range(len(page.fields))], rule)
    judged = _second_look(page, judged, seen, levels, rule)
    odd = back is not None and _much_is_odd(judged)
    if second is not None:
        judged = second_look(page, judged, seen, second)
    if back is not None and odd:
        judged = _held_against_back(gray, page, back, registration, judged, seen)
    return tuple(
        FieldReading(
            field.contest, field.option, verdict.state, round(verdict.share, 4), verdict.why, verdict.features
        )
        for field, verdict in zip(page.fields, judged, strict=True)
    )


def _of_group(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    one: Ink,
    on_image: NDArray[np.bool_],
    typical: float,
    levels: Levels,
    rule: MarkRule,
) -> dict[int, Verdict]:
    """Decide the fields of a group one by one: steps 1 to 8."""
    which = one.group.which
    rows, columns = one.group.core_px
    inside = ink.counted(one.faint[:, rows, columns] & one.group.inner[:, rows, columns])
    around = ink.counted(one.faint & one.group.ring)
    unclear = np.select(
        (~on_image[which], ~registration.held[which], one.paper < rule.dark_paper * typical),
        ("outside", "outline", "paper"),
        "",
    )
    clean = (inside <= 2) & (around < 2 * PX_PER_MM)
    shares = (inside / one.group.inner_px).tolist()
    verdicts = {}
    for i, why, is_clean, share in zip(which.tolist(), unclear.tolist(), clean, shares, strict=True):
        if why:
            verdicts[i] = Verdict(State.UNCLEAR, why, 0.0 if why == "outside" else share)
        elif is_clean:
            verdicts[i] = Verdict(State.EMPTY, "clean")
    left = [k for k, i in enumerate(which.tolist()) if i not in verdicts]
    if left:
        inked = Inked.of(one, left)
        judged = [_judged(gray, page, registration, inked, n, levels, rule) for n in range(len(left))]
        judged = _seen_whole(gray, page, registration, inked, judged, levels)
        for k, verdict, seen in zip(left, judged, _seen(inked, inside[left], around[left]), strict=True):
            verdicts[int(which[k])] = replace(verdict, features=(*seen, *verdict.features))
    return verdicts


def _judged(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    inked: Inked,
    n: int,
    levels: Levels,
    rule: MarkRule,
) -> Verdict:
    """Decide a field with some ink in or around it: steps 3 to 8."""
    group, k = inked.group, int(inked.which[n])
    strong, faint, inner, ring = inked.strong[n], inked.faint[n], inked.inner[n], group.ring[k]
    kind = page.fields[int(group.which[k])].kind
    inner_px, strong_px, faint_px = inked.inner_px[n], inked.strong_px[n], inked.faint_px[n]
    share, faint_share = strong_px / inner_px, faint_px / inner_px
    has_ink = faint_px > 2
    if kind in (FieldKind.TEXT, FieldKind.STRIKE):
        return _written(share, faint & inner, kind)
    here = (gray, page, registration)
    lines, are_straight = inked.straight
    outside = inked.faint_ring_px[n]
    # A line that goes through leaves at least a millimetre of ink on each side of the box.
    if (
        has_ink
        and outside >= 2 * PX_PER_MM
        and (
            (inked.may_cross[n] and crosses(*here, faint, group, k, levels))
            or (
                are_straight[n]
                and goes_through(*here, strong if share else faint, lines[n], group, k, levels)
            )
        )
    ):
        return Verdict(State.UNCLEAR, "line", max(share, faint_share))
    crowded = bool(has_ink and outside and inked.strong_ring_px[n] > rule.crowded * inked.ring_px[n])
    mark, foreign = strong, ""
    if outside and share:
        strokes, asked = inked.own
        mark = strokes[n]
        if asked[n]:
            mark, foreign = own_strokes(gray, page, registration, group, k, strong, levels)
        if crowded and 0.8 * inked.strong_ring_px[n] > np.count_nonzero(mark & ring):
            return Verdict(State.UNCLEAR, "crowded", max(share, faint_share))
        if foreign in ("shared", "passing"):
            return Verdict(State.UNCLEAR, foreign, share)
    own = mark & inner
    side = min(group.side_mm)
    length, area = followed(own, faint & inner) if foreign else inked.followed[n].tolist()
    features = (("length_mm", length), ("followed_mm2", area))
    if length >= rule.least_length * side and area >= rule.least_area_mm2:
        sight = Sight(mark, inner, group.printed[k], crowded)
        return Verdict(State.MARKED, "strong", np.count_nonzero(own) / inner_px, mark, sight, features)
    if crowded:
        return Verdict(State.UNCLEAR, "crowded", max(share, faint_share), features=features)
    if longest(own)[0] >= rule.speck_mm:
        return Verdict(State.UNCLEAR, "dot", share, features=features)
    leftover = faint & inner & ~near(strong & inner & ~own) if foreign else faint & inner
    if longest(leftover)[0] >= rule.faint_mm:
        return Verdict(State.UNCLEAR, "faint", faint_share)
    if foreign:
        return Verdict(State.EMPTY, "tail", share)
    if outside and inked.may_lie_at[n] and lies_at(*here, group, k, strong, levels):
        return Verdict(State.UNCLEAR, "around", share)
    if inked.sealed[n]:  # what is as long as a mark may be a red pen's
        long = longest(inked.seen.strong[k] & ~strong & inner)[0] >= rule.least_length * side
        return Verdict(State.UNCLEAR if long else State.EMPTY, "seal", share)
    return Verdict(State.EMPTY, "speck" if has_ink else "clean", share)


def _seen_whole(
    gray: Gray,
    page: BlankPage,
    registration: Registration,
    inked: Inked,
    verdicts: list[Verdict],
    levels: Levels,
) -> list[Verdict]:
    """Look at marks with all that is as dark around them: patches are none, and lines may go on far."""
    marked = [n for n, verdict in enumerate(verdicts) if verdict.mark is not None]
    if not marked:
        return verdicts
    group, these = inked.group, inked.which[marked]
    marks = np.stack([mark for n in marked if (mark := verdicts[n].mark) is not None])
    dark = as_dark(inked.seen.smooth[these], inked.seen.paper[these], marks, levels)
    seen = (dark | marks) & group.unprinted[these]
    patches = may_be_patches(dark, group.core_px)
    on_the_edge = may_leave_far(seen)
    for m, n in enumerate(marked):
        verdict = verdicts[n]
        if patches[m] and is_patch(dark[m], marks[m] & inked.inner[n], group.box_px):
            share = inked.strong_px[n] / inked.inner_px[n]
            verdicts[n] = Verdict(State.UNCLEAR, "paper", share, features=verdict.features)
        elif verdict.sight is not None:
            k = int(inked.which[n])
            sight = Sight(seen[m], inked.inner[n], group.printed[k], verdict.sight.crowded)
            far = bool(on_the_edge[m] and inked.faint_ring_px[n])
            if far and leaves_far(gray, page, registration, sight, group, k, levels):
                sight = replace(sight, far=True)
            verdicts[n] = replace(verdict, sight=sight)
    return verdicts


def _seen(inked: Inked, inside: NDArray[np.int64], around: NDArray[np.int64]) -> list[Features]:
    """Return the first features of each field: how much ink is in it and about it, and how dark."""
    names = ("strong_mm2", "faint_mm2", "around_mm2", "darkness")
    areas = (inked.all_strong_px / _AREA_PX, inside / _AREA_PX, around / _AREA_PX, inked.darkness)
    return [tuple(zip(names, one, strict=True)) for one in zip(*(a.tolist() for a in areas), strict=True)]


def _written(share: float, inside: Mask, kind: FieldKind) -> Verdict:
    """Decide a field that is not marked but written into or struck: ink that is longer than a speck."""
    if longest(inside)[0] < 2.0:
        return Verdict(State.EMPTY, "clean", share)
    if kind is FieldKind.TEXT and share > 0:
        return Verdict(State.MARKED, "written", share)
    return Verdict(State.UNCLEAR, "written", share)


def _second_look(
    page: BlankPage, verdicts: list[Verdict], seen: Sequence[Ink], levels: Levels, rule: MarkRule
) -> list[Verdict]:
    """Look for the faintest traces in contests without a mark: the end of step 8."""
    marked = {
        field.contest for field, v in zip(page.fields, verdicts, strict=True) if v.state is not State.EMPTY
    }
    boxes = (FieldKind.CHECK, FieldKind.RADIO)
    for i, (field, verdict) in enumerate(zip(page.fields, verdicts, strict=True)):
        # People see such a row anyway, so no speck in it need be called nothing.
        if field.contest not in marked and field.kind in boxes and verdict.why != "clean":
            verdicts[i] = replace(verdict, state=State.UNCLEAR, why="trace")
        elif (
            field.contest not in marked
            and field.kind in boxes
            and verdict.why == "clean"
            and dict(verdict.features).get("around_mm2", 0.0) > rule.around_mm2
        ):  # nor need ink beside its boxes: a large ring may be all that is there
            verdicts[i] = replace(verdict, state=State.UNCLEAR, why="around")
    # Smoothing twice over three pixels leaves about a fifth of the noise.
    darker = max(rule.trace, 2 * levels.noise)
    for one in seen:
        for k, index in enumerate(one.group.which):
            i = int(index)
            if page.fields[i].contest in marked or page.fields[i].kind is FieldKind.TEXT:
                continue
            traces = one.traces(k, darker) & one.group.inner[k]
            if longest(traces)[0] >= rule.faint_mm:
                verdicts[i] = Verdict(State.UNCLEAR, "faint", float(traces.sum() / one.group.inner[k].sum()))
    return verdicts


def _much_is_odd(verdicts: Sequence[Verdict]) -> bool:
    """Tell whether many fields have ink that is no mark, as all have where the other side shines through."""
    odd = sum(one.state is not State.MARKED and one.why != "clean" for one in verdicts)
    return odd >= _ODD * len(verdicts) and any(one.state is State.MARKED for one in verdicts)


def _held_against_back(
    gray: Gray,
    page: BlankPage,
    back: BlankPage,
    registration: Registration,
    verdicts: list[Verdict],
    seen: Sequence[Ink],
) -> list[Verdict]:
    """Doubt marks that may be the other side's print or ink: step 10."""
    shining = shining_through(gray, page, back, registration)
    if shining is None:
        return verdicts
    for one in seen:
        for k, index in enumerate(one.group.which):
            i = int(index)
            if verdicts[i].state is not State.MARKED or (mark := verdicts[i].mark) is None:
                continue
            rows, columns = np.nonzero(mark & one.group.inner[k])
            mm = page.centres_mm[i] + np.stack(
                (one.group.dx_mm[0, 0, columns], one.group.dy_mm[0, rows, 0]), axis=1
            )
            darkness = 1 - float(np.median(one.smooth[k][rows, columns])) / float(one.paper[k])
            if shining.may_be(mm, darkness):
                verdicts[i] = replace(verdicts[i], state=State.UNCLEAR, why="shines")
    return verdicts
