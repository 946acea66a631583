"""How a round was counted, in numbers only: what the site tells about batches, pages and questions."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..ocr.reading import Outcome
from .batches import BatchState
from .question import QuestionKind


@dataclass(frozen=True, slots=True)
class BatchNumbers:
    """One batch without its pages. Withdrawn batches are told too: nothing vanishes."""

    name: str
    state: BatchState
    declared: int
    sheets: int
    pages: int


@dataclass(frozen=True, slots=True)
class QuestionNumbers:
    """Questions of one kind."""

    asked: int
    answered: int
    changed: int
    """Answered otherwise than the machine alone would have read."""


@dataclass(frozen=True, slots=True)
class FormUsed:
    """A frozen form that ballots of the round were counted with."""

    style: str
    form: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """How a round was counted. Numbers only; no page and no order can be told from them."""

    batches: tuple[BatchNumbers, ...]
    """All of the count, by name: a batch may hold ballots of several rounds."""
    pages: Mapping[Outcome, int]
    """Pages of batches that were not withdrawn."""
    questions: Mapping[QuestionKind, QuestionNumbers]
    """Of this round (and pages of unknown form); every kind is there."""
    ballots: Mapping[str, int]
    """Ballot style to ballots read."""
    forms: tuple[FormUsed, ...] = ()
    """In the order of the plan's ballot styles."""
