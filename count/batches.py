"""What the desk says of a batch: values only.

A batch is what is scanned together; people counted its sheets by hand beforehand. It is staged while the two
counts differ, taken in when they agree, and can be withdrawn as a whole, with a reason and a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..errors import ExitCode
from ..ocr.reading import Outcome


class BatchState(StrEnum):
    """Where a batch stands."""

    STAGED = "staged"
    """Kept and shown, not counted: its sheets are not as many as declared, or its pages can't be paired."""
    TAKEN = "taken"
    """In the count."""
    WITHDRAWN = "withdrawn"
    """No longer in the count, or replaced by reading it again. Kept for the record."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch as the desk keeps it."""

    name: str
    state: BatchState
    declared: int
    """Sheets that people counted."""
    sheets: int
    """Ballots with at least one page that was read or is for review."""
    pages: Mapping[Outcome, int]
    """How many pages ended in each outcome; every outcome is there."""
    reason: str = ""
    """Why it is staged or was withdrawn: a sentence."""
    by: str = ""
    """Who withdrew it."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """A page that was not simply read, or several in a row of which the same is said."""

    source: str
    index: int
    """The first page's place in its file, from 0."""
    outcome: Outcome
    sentence: str
    """In the user's language: what is wrong with it, and what to do."""
    exit_code: ExitCode
    """OK where nothing is wrong: the blank back of a one-sided ballot, a separator."""
    where: str
    """In the user's language: which page, or which pages from where to where."""


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of the pages that were given."""

    batch: str
    state: BatchState | None
    """None: nothing new was found, so nothing was kept."""
    declared: int
    sheets: int
    pages: Mapping[Outcome, int]
    """Every outcome is there; their sum is the number of pages given."""
    lines: tuple[PageLine, ...]
    """In the order given; only pages that were not simply read and about which something is to be said."""
    sentences: tuple[str, ...]
    """In the user's language: taken in or not, and why."""

    @property
    def given(self) -> int:
        """Pages given: the sum over all outcomes."""
        return sum(self.pages.values())

    @property
    def exit_code(self) -> ExitCode:
        """The gravest of what was met."""
        staged = [ExitCode.STAGED] if self.state is BatchState.STAGED else []
        return max([ExitCode.OK, *staged, *(line.exit_code for line in self.lines)])
