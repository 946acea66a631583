"""A second opinion on marks, from what a box looks like, by networks that know no strokes.

The written rule of `marks` measures strokes. The networks (`networks`) never see one: they are shown a
picture of the box with 3 mm around it, and beside it where the form has print. Three were trained apart. Two
uses, each with its own limits (`SecondRule`):

    doubts   a field that the written rule calls marked, on a page whose typical mark of at least five looks
             plain to the first network, in which the networks on average see hardly a plain mark; or one that
             it calls empty, though there is ink in it or about it, in which they see a mark, as where print
             hides most of it: unclear (`second`)
    settles  a field that the written rule finds unclear for its mark's shape alone, the only one of its
             contest with ink, in which each network is sure of one plain kind, that which most of the page's
             marks are by the networks' own count, of at least five, and none sees more than a slight chance
             of a struck mark: marked (`settled`)

Nothing about paper, place, streaks, seals, or another box of the same row is ever settled. Without the files
of the networks the written rule stands alone. What it is worth: docs/accuracy.md, "A second rule".
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..forms.form import FieldKind
from . import networks
from .blank import BlankPage
from .ink import Ink
from .networks import Floats, Looks
from .reading import State
from .rule import Verdict

SIDE_PX = 48
"""Whatever a box's size, it and 3 mm around it are shown on so many pixels."""
OF_SHAPE = ("tangled", "heavy", "unlike", "slight")
"""Reasons for doubt that speak of nothing but a mark's shape."""

Patches = NDArray[np.uint8]
_MARKS = [Looks.CROSS, Looks.TICK, Looks.LINE, Looks.RING, Looks.FILL]
_A_HAND = 5
_PLAIN_AT_ONCE = 0.6
"""A mark that is so likely plain to the first network is not shown to the others."""
_LARGEST_PX = 100
"""The networks were shown boxes of 4 to 8 mm, nearly square."""


@dataclass(frozen=True, slots=True)
class SecondRule:
    """Which networks are asked, and how sure they must be."""

    weights: str
    """What their weights are known by (SHA-256, in hex): journalled with the other settings."""
    doubts: bool = True
    settles: bool = True
    plain: float = 0.2
    """A mark that is by so little likely to be a plain one, on average, is doubted..."""
    calm: float = 0.2
    """...if half of the page's marks are no likelier to be struck: else they don't know the hand."""
    missed: float = 0.5
    """An empty field that is by so much likely to be marked, on average, is doubted."""
    sure: float = 0.8
    """So likely must the kind be to each network..."""
    struck: float = 0.07
    """...and a struck mark so unlikely."""
    usual: float = 0.6
    """Share of the page's marks that must be of that kind."""

    @classmethod
    def at_hand(cls) -> Self | None:
        """Return the rule with the networks that came with the program; None where they did not."""
        known = networks.at_hand()
        return None if known is None else cls(known.sha256)

    @property
    def is_at_hand(self) -> bool:
        """Whether the networks that came with the program are the rule's."""
        known = networks.at_hand()
        return known is not None and known.sha256 == self.weights


def second_look(
    page: BlankPage, verdicts: Sequence[Verdict], seen: Sequence[Ink], rule: SecondRule
) -> list[Verdict]:
    """Return the verdicts on a page's fields after the networks were asked.

    Args:
        page: the blank page.
        verdicts: what the written rule says, in the form's order.
        seen: the ink around the fields.
        rule: the limits.

    Raises:
        ValueError: the rule's networks are not those at hand: nothing is read by others than was settled.
    """
    out = list(verdicts)
    known = networks.at_hand()
    if known is None or known.sha256 != rule.weights:
        raise ValueError("the networks of this rule are not those of this program")
    inked = Counter(
        f.contest for f, v in zip(page.fields, verdicts, strict=True) if v.state is not State.EMPTY
    )
    settled = [
        i
        for i, (field, verdict) in enumerate(zip(page.fields, verdicts, strict=True))
        if rule.settles and verdict.why in OF_SHAPE and inked[field.contest] == 1
    ]
    marked = [i for i, v in enumerate(verdicts) if v.state is State.MARKED] if rule.doubts or settled else []
    # Only fields with ink in or about them have features.
    empty = [i for i, v in enumerate(verdicts) if rule.doubts and v.state is State.EMPTY and v.features]
    shown = _shown(page, seen, {*settled, *marked, *empty})
    marks = [i for i in (*marked, *settled) if i in shown]
    first = (
        known.first(np.stack([shown[i] for i in marks])) if marks else np.zeros((0, len(Looks)), np.float32)
    )
    usual = _usual(first, rule)
    calm = len(marks) >= _A_HAND and float(np.median(first[:, Looks.STRUCK])) <= rule.calm
    odd = {i for i, likely in zip(marks, first, strict=True) if likely[_MARKS].sum() < _PLAIN_AT_ONCE}
    doubted = [i for i in marked if rule.doubts and calm and i in odd]
    close = [i for i in (*settled, *doubted, *empty) if i in shown]
    if not close:
        return out
    likely = known.answers(np.stack([shown[i] for i in close]))
    for c, i in enumerate(close):
        verdict = replace(out[i], features=(*out[i].features, *_told(likely[:, c].mean(axis=0))))
        out[i] = _judged(verdict, likely[:, c], usual, rule)
    return out


def patches(one: Ink, which: NDArray[np.int64]) -> Patches:
    """Return what the networks are shown of some fields of a group.

    Returns:
        (n, 2, SIDE_PX, SIDE_PX): how much darker than paper, 255 being black; where print may be, 255 all.
    """
    out = np.empty((len(which), 2, SIDE_PX, SIDE_PX), np.uint8)
    for row, k in enumerate(which):
        small = cv2.resize(one.smooth[k], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        paper = float(one.paper[k])
        out[row, 0] = cv2.convertScaleAbs(np.minimum(small, int(paper)), alpha=-255 / paper, beta=255)
        printed = one.group.printed[k].astype(np.uint8) * 255
        out[row, 1] = cv2.resize(printed, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return cast(Patches, out)


def _shown(page: BlankPage, seen: Sequence[Ink], asked: set[int]) -> dict[int, Patches]:
    """Return what the networks are shown of some fields, by index; none of boxes that they don't know."""
    out: dict[int, Patches] = {}
    for one in seen:
        height, width = one.smooth.shape[1:]
        if max(height, width) > min(_LARGEST_PX, 1.3 * min(height, width)):
            continue
        which = [
            k
            for k, i in enumerate(one.group.which)
            if int(i) in asked and page.fields[int(i)].kind in (FieldKind.CHECK, FieldKind.RADIO)
        ]
        for k, patch in zip(which, patches(one, np.array(which, np.int64)), strict=True):
            out[int(one.group.which[k])] = patch
    return out


def _usual(likely: Floats, rule: SecondRule) -> Looks | None:
    """Return what most of the page's marks are by the first network's count; None where that is no kind."""
    looks = likely.argmax(axis=1)
    marks = looks[looks >= Looks.CROSS]
    for kind in _MARKS:
        count = int(np.count_nonzero(marks == kind))
        if count >= _A_HAND and count >= rule.usual * len(marks):
            return kind
    return None


def _judged(verdict: Verdict, likely: Floats, usual: Looks | None, rule: SecondRule) -> Verdict:
    """Return one field's verdict.

    Args:
        verdict: the written rule's.
        likely: (networks, answers).
        usual: what most of the page's marks are; None where there is no usual one.
        rule: the limits.
    """
    plain = float(likely.mean(axis=0)[_MARKS].sum())
    if (verdict.state is State.MARKED and plain < rule.plain) or (
        verdict.state is State.EMPTY and plain > rule.missed
    ):
        return replace(verdict, state=State.UNCLEAR, why="second")
    if verdict.state is State.UNCLEAR and usual is not None:
        sure = float(likely[:, usual].min()) >= rule.sure
        if sure and float(likely[:, Looks.STRUCK].max()) <= rule.struck:
            return replace(verdict, state=State.MARKED, why="settled")
    return verdict


def _told(mean: Floats) -> tuple[tuple[str, float], ...]:
    return (("looks_plain", float(mean[_MARKS].sum())), ("looks_struck", float(mean[Looks.STRUCK])))
