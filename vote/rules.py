"""A rule set: what a mark means, what is valid, percentages of what, and what follows. All of it is data (`rulesets/`)."""

from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Data):
    """One choice in a contest, in the order it stands on the ballot."""

    id: str
    label: dict[str, str]
    """Language to the words on the ballot."""


class Threshold(_Data):
    """An outcome that follows when an option has more than (or at least) a share of the denominator."""

    outcome: str
    option: str
    share: Fraction
    strict: bool
    """True: more than the share. False: the share or more."""
    label: dict[str, str]
    article: str


class RuleSet(_Data):
    """How the votes of a round are counted."""

    id: str
    title: dict[str, str]
    source: str
    checked: bool
    """Whether it was held against the signed text; if not, everything it decides is shown as `chưa đối chiếu`."""
    options: tuple[Option, ...]
    denominator: Literal["issued", "collected", "valid"]
    decimals: int
    thresholds: tuple[Threshold, ...]
    """From the gravest to the mildest: the first one reached is the outcome."""
