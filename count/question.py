"""A question for people: what is asked of one row, one name cell or one page, and what people may answer.

A question's id is a hash of the page's hash and the contest, so it is the same whenever and in whatever order
pages are read.
"""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from ..ocr.reading import PageReading, State


class QuestionKind(StrEnum):
    """What a question is about."""

    ROW = "row"
    """A contest that needs one option and was not read so. Answer: an option, `blank`, `overvoted`."""
    STRAY = "stray"
    """Ink in a name cell, or elsewhere on the page (then without a contest). Answers: what the rule set
    offers. Of a page that was not read, whether there is any; there `names` is an answer, too."""
    SHEET = "sheet"
    """A sheet on which the seal that it must bear was not seen. Answers: what the rule set offers."""
    PAGE = "page"
    """A page that is not trusted. Answer: `ROUND.STYLE.PAGE` (then its rows are asked) or `not_ballot`."""
    TWICE = "twice"
    """Two ballots whose ink looks like that of one sheet. Answer: `same` (then one of them does not count)
    or `different`."""


NOT_BALLOT = "not_ballot"
"""Answer to a page: no page of a ballot, nothing on it counts."""

NAMES = "names"
"""Answer to the ink on a page that was not read: there is some in names, so ask row by row."""

SAME, DIFFERENT = "same", "different"
"""Answers to two ballots that look like one sheet."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the machine saw in one field of the row."""

    option: str
    state: State
    ink: float
    why: str
    """A code for `ocr.reading.explain`."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that only a person can decide, with the answer in force, if there is one."""

    id: str
    """Sixteen characters of hex."""
    kind: QuestionKind
    round: str | None
    """None for a page whose form is not known."""
    style: str | None
    contest: str | None
    name: str
    """Of the person, as printed; empty for a page."""
    position: str
    page_key: str
    """The page's key in the store; also what `Desk.page` takes."""
    source: str
    """The page's file as given; with `index` the way back to the paper. For the desk, never published."""
    index: int
    form: str | None
    """The form's id, where it is known."""
    page: int | None
    """Which page of the form it is, from 1."""
    seen: tuple[Seen, ...]
    """In the order of the options; empty where the page is not trusted: people answer from the picture."""
    notes: tuple[str, ...]
    """Of the page, for `ocr.reading.explain`."""
    answers: tuple[str, ...]
    """What may be answered, in the order to show."""
    machine: str
    """What the machine alone would say: an option, `blank`, `overvoted` or `undecided`."""
    answer: str | None = None
    """The answer in force; None while the question is open."""
    by: str | None = None
    other_key: str = ""
    """The page's key of the other of two ballots that look like one sheet; empty for other questions."""
    decision: str = ""
    """Names the entry in force, so that two people never overwrite each other unseen; empty while open."""

    @property
    def open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.answer is None

    def with_details(self, reading: PageReading) -> Self:
        """Return the question with what is shown of it: where the paper is, what was seen in the row, notes.

        Args:
            reading: of its page, whole.
        """
        ink = {(one.contest, one.option): one for one in reading.fields}
        seen = [(one, ink[str(self.contest), one.option]) for one in self.seen]
        # What looks like one sheet is asked of two, and nothing else of either page matters then.
        notes = () if self.kind is QuestionKind.TWICE else reading.notes
        return replace(
            self,
            source=reading.source,
            index=reading.index,
            seen=tuple(Seen(one.option, whole.state, whole.ink, whole.why) for one, whole in seen),
            notes=(*notes, *self.notes),
        )


def question_id(page_key: str, contest: str, kind: QuestionKind) -> str:
    """Return the id of the question about `contest` (empty for a whole page) on the page with this key."""
    return hashlib.sha256(f"{page_key}\0{contest}\0{kind}".encode()).hexdigest()[:16]
