"""An earlier vote of a unit of the plan, as far as its results were read: values only."""

from collections.abc import Mapping
from dataclasses import dataclass

from .rules import RuleSet


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """What one person came to in an earlier vote."""

    line: int
    """Of the file, from 1."""
    name: str
    position: str
    code: str
    """The person's code, as on the list of people; empty where it was not told."""
    votes: Mapping[str, int]
    """Option id to ballots; an option that was not read is missing."""
    of: int | None
    """What percentages are of; None where it is not known."""


@dataclass(frozen=True, slots=True)
class EarlierVote:
    """One vote of one unit, held before those of the plan."""

    file: str
    """As the plan names it."""
    unit: str
    """The unit's id."""
    title: str
    date: str
    """As far as it is known: `2018`, `2018-10` or `2018-10-25`."""
    rules: RuleSet
    inferred: bool
    """Whether the number that percentages are of was worked out from them, and read in no source."""
    source: str
    """An address; empty where none was told."""
    rows: tuple[EarlierRow, ...] = ()
