"""What is written over the picture of a row: each option's name and key above its box, the other rows dimmed.

The row itself stays bare, so that no label ever covers ink.
"""

from dataclasses import dataclass
from itertools import pairwise

from ...forms.form import Box, Form
from ..question import Question
from .shown import Shown

_LETTER_MM = 1.4
"""Width of a letter at the size that `desk.css` sets, on average over Vietnamese option names, and a bit."""


@dataclass(frozen=True, slots=True)
class Label:
    """The name of one option, and where it stands."""

    words: str
    """Empty where the names of the options have no room side by side."""
    key: str
    middle: float
    """Of its box, in mm from the picture's left edge."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is written over one picture, in mm of the picture."""

    width: float
    height: float
    row_top: float
    row_bottom: float
    labels: tuple[Label, ...]


def labels_for(question: Question, as_shown: Shown, form: Form, picture: Box) -> Labels | None:
    """Return what to write over the picture of a row.

    Args:
        question: the question about the row.
        as_shown: the same in words.
        form: the ballot's form.
        picture: the part of the form that the picture shows, in mm.

    Returns:
        None where the row's height is not known: then nothing is written.
    """
    here = question.contest, question.page
    row = next((one.box_mm for one in form.zones if (one.contest, one.page) == here), None)
    if row is None:
        return None
    boxes = {one.option: one.box_mm for one in form.fields if (one.contest, one.page) == here}
    middles = {option: box.x + box.w / 2 - picture.x for option, box in boxes.items()}
    apart = _least_distance(sorted(middles.values()), picture.w)
    words = {one.option: (one.label, "") for one in as_shown.seen}
    words |= {one.id: (one.label, one.key) for one in as_shown.answers}
    fit = all(len(words[option][0]) * _LETTER_MM <= apart for option in middles if option in words)
    return Labels(
        width=picture.w,
        height=picture.h,
        row_top=row.y - picture.y,
        row_bottom=row.y + row.h - picture.y,
        labels=tuple(
            Label(words[option][0] if fit else "", words[option][1], middle)
            for option, middle in middles.items()
            if option in words
        ),
    )


def _least_distance(middles: list[float], alone: float) -> float:
    return min((b - a for a, b in pairwise(middles)), default=alone)
