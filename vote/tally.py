"""Votes -> counts, percentages, outcomes. Exact integers; nothing here knows of paper."""

from dataclasses import dataclass

BLANK = "blank"
OVERVOTED = "overvoted"
UNDECIDED = "undecided"
"""What a row says when it is no option: nobody chosen, several chosen, or a question still open."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What people counted of one ballot style, by hand. None: not told yet."""

    summoned: int | None = None
    present: int | None = None
    issued: int | None = None
    exchanged: int | None = None
    unused: int | None = None
    collected: int | None = None


@dataclass(frozen=True, slots=True)
class BallotVotes:
    """One voter's completed ballot after the rules: what each row says."""

    rows: dict[str, str]
    """Contest id to an option's id, `blank`, `overvoted` or `undecided`."""
    valid: bool | None = True
    """None while a question about the whole ballot is open."""


@dataclass(frozen=True, slots=True)
class ContestTally:
    """What one contest came to."""

    id: str
    name: str
    position: str
    votes: dict[str, int]
    blank: int
    overvoted: int
    undecided: int
    percent: dict[str, str]
    """Option id to the percentage of the denominator, with a decimal point and all decimals: `90.12`."""
    outcome: str | None
    """A threshold's outcome, `none`, or None while not final."""


@dataclass(frozen=True, slots=True)
class StyleTally:
    """What the ballots of one style came to."""

    id: str
    title: str
    figures: Figures
    read: int
    valid: int
    invalid: int
    undecided: int
    contests: tuple[ContestTally, ...]


@dataclass(frozen=True, slots=True)
class RoundTally:
    """What a round came to, and whether that is final."""

    id: str
    title: str
    final: bool
    open: tuple[str, ...]
    """Sentences in the user's language: what keeps the round from being final. Empty when it is."""
    styles: tuple[StyleTally, ...]
