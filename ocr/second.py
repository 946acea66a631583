"""A second opinion on marks, from what a box looks like, by networks that know no strokes.

The written rule of `marks` measures strokes. The networks (`networks`) never see one: they are shown a
picture of the box with 3 mm around it, and beside it where the form has print. Three were trained apart, and
what they say counts only where they agree. Two uses, each with its own limits (`SecondRule`):

    doubts   a field that the written rule calls marked, in which the networks on average see a struck mark,
             a pen's rest or nothing; or one that it calls empty, though it has ink, in which they see a mark:
             unclear (`second`)
    settles  a field that the written rule finds unclear for its mark's shape alone, the only one of its
             contest with ink, in which each network is sure of one plain kind, that which most of the page's
             marks are by the networks' own count, of at least five, and none sees more than a slight chance
             of a struck mark: marked (`settled`)

Nothing about paper, place, streaks, seals, or another box of the same row is ever settled. Without the files
of the networks the written rule stands alone.
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
"""A mark that is so likely plain to the first network is not shown to the others, nor an empty field that is
so likely none."""
_LARGEST_PX = 100
"""The networks were shown boxes of 4 to 8 mm, nearly square."""


@dataclass(frozen=True, slots=True)
class SecondRule:
    """Which networks are asked, and how sure they must be."""

    weights: str
    """What their weights are known by (SHA-256, in hex): journalled with the other settings."""
    doubts: bool = True
    settles: bool = True
    plain: float = 0.1
    """A mark that is by so little likely to be a plain one, on average, is doubted."""
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
    asked: list[int] = []
    shown: list[Patches] = []
    for one in seen:
        which = [
            k for k, i in enumerate(one.group.which) if _is_asked(page, int(i), verdicts[int(i)], one, rule)
        ]
        if which:
            asked += [int(one.group.which[k]) for k in which]
            shown.append(patches(one, np.array(which, np.int64)))
    if not asked:
        return out
    boxes = np.concatenate(shown)
    first = known.first(boxes)
    plain = first[:, _MARKS].sum(axis=1)
    close = [m for m, i in enumerate(asked) if _is_close(verdicts[i].state, float(plain[m]))]
    if not close:
        return out
    usual = _usual(first, rule)
    likely = known.answers(boxes[close])
    inked = Counter(
        f.contest for f, v in zip(page.fields, verdicts, strict=True) if v.state is not State.EMPTY
    )
    for c, m in enumerate(close):
        i = asked[m]
        verdict = replace(out[i], features=(*out[i].features, *_told(likely[:, c].mean(axis=0))))
        alone = inked[page.fields[i].contest] == 1
        out[i] = _judged(verdict, likely[:, c], usual if alone else None, rule)
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


def _is_asked(page: BlankPage, i: int, verdict: Verdict, one: Ink, rule: SecondRule) -> bool:
    """Tell whether the networks have something to say of a field: there is ink, and they know such boxes."""
    height, width = one.smooth.shape[1:]
    if page.fields[i].kind not in (FieldKind.CHECK, FieldKind.RADIO) or max(height, width) > _LARGEST_PX:
        return False
    if max(height, width) > 1.3 * min(height, width):
        return False
    if verdict.state is State.UNCLEAR:
        return verdict.why in OF_SHAPE
    # Only fields with ink in or about them have features.
    return verdict.state is State.MARKED or (rule.doubts and bool(verdict.features))


def _is_close(state: State, plain: float) -> bool:
    """Tell whether all networks must look, after the first said how likely a plain mark is."""
    if state is State.MARKED:
        return plain < _PLAIN_AT_ONCE
    return state is State.UNCLEAR or plain > 1 - _PLAIN_AT_ONCE


def _usual(likely: Floats, rule: SecondRule) -> Looks | None:
    """Return what most of the page's marks are by the networks' count; None where there is no usual one."""
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
        usual: what most of the page's marks are; None where the networks may settle nothing.
        rule: the limits.
    """
    plain = float(likely.mean(axis=0)[_MARKS].sum())
    if verdict.state is State.MARKED and rule.doubts and plain < rule.plain:
        return replace(verdict, state=State.UNCLEAR, why="second")
    if verdict.state is State.EMPTY and rule.doubts and plain > rule.missed:
        return replace(verdict, state=State.UNCLEAR, why="second")
    if verdict.state is State.UNCLEAR and rule.settles and usual is not None:
        sure = float(likely[:, usual].min()) >= rule.sure
        if sure and float(likely[:, Looks.STRUCK].max()) <= rule.struck:
            return replace(verdict, state=State.MARKED, why="settled")
    return verdict


def _told(mean: Floats) -> tuple[tuple[str, float], ...]:
    return (("looks_plain", float(mean[_MARKS].sum())), ("looks_struck", float(mean[Looks.STRUCK])))
