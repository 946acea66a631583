"""The parts of a paper as its template sees them: text only, empty where a hand is to fill it in."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table of figures; all but the label is empty where it is to be filled in by hand."""

    label: str
    number: str
    in_words: str
    share: str
    """Of the ballots collected, for valid and invalid ones."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Figures that differ, and what people said of it."""

    sentence: str
    explanation: str
    by: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A line of the table of invalid ballots."""

    label: str
    number: str
    in_words: str
    article: str


@dataclass(frozen=True, slots=True)
class Votes:
    """What one person has of one level."""

    label: str
    count: str
    percent: str


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the table of people."""

    number: int
    name: str
    position: str
    votes: tuple[Votes, ...]
    not_counted: str
    """Rows of valid ballots that count for nothing with this person: blank, overvoted or spoiled."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A threshold somebody reached."""

    name: str
    position: str
    label: str
    level: str
    level_lower: str
    count: str
    in_words: str
    whole: str
    percent: str
    leads_to: str
    article: str
    """With `chưa đối chiếu` where it was not held against the signed text."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold of the rule set, with the count from which it holds."""

    label: str
    from_count: str
    leads_to: str
    article: str


@dataclass(frozen=True, slots=True)
class StyleContents:
    """What the ballots of one style came to."""

    id: str
    title: str
    figures: tuple[Figure, ...]
    differences: tuple[Difference, ...]
    reasons: tuple[Reason, ...]
    invalid: str
    people: tuple[Person, ...]
    outcomes: tuple[Outcome, ...]
    limits: tuple[Limit, ...]
    whole: str
    """How many ballots or people percentages are of."""
    heading: str
    """Its title with its number in the round, as `I. …`, where a paper tells of several."""
    by_key: Mapping[str, Figure]
    """The figures again, by name: `by_key.collected.number`."""
