"""The plan of a vote, whole and checked: units, rounds, ballot styles, and who stands on each ballot.

Goes out: frozen values that every later stage works from. They are built from `plan.yaml` and the list of
people by `load_plan` (`plan_file.py`), which reports every problem at once.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .earlier import EarlierVote
from .eligibility import Exemption
from .people import Person
from .rules import RuleSet


class Head(StrEnum):
    """Which letterhead an official document bears."""

    STATE = "state"
    """Quốc hiệu and tiêu ngữ."""
    PARTY = "party"
    """Đảng Cộng sản Việt Nam."""


class Publication(StrEnum):
    """What of a round is published."""

    FULL = "full"
    SUMMARY = "summary"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Unit:
    """A council, office or committee that holds rounds."""

    id: str
    name: str
    superior: str = ""
    """The organ above it, as the letterhead names it; empty where there is none."""
    parent: str | None = None
    """The id of the unit above it in this plan."""
    term_from: int | None = None
    """The first year of its term, or of that of the units under it."""


@dataclass(frozen=True, slots=True)
class Contest:
    """One row of a ballot: one person, one question."""

    id: str
    """Stable and speaking: the person's name without marks, as `nguyen-van-an`."""
    number: int
    """STT: the row's number on the ballot, from 1."""
    name: str
    position: str
    person: str = ""
    """What tells this person from namesakes, in all their places; empty where the list has no codes."""


@dataclass(frozen=True, slots=True)
class BallotStyle:
    """One kind of ballot paper in a round; a voter may get several."""

    id: str
    title: str
    contests: tuple[Contest, ...]
    colour: str
    """The paper's colour, in the plan's words; empty for white."""
    seal: bool
    """Whether the ballot must bear the organ's seal."""
    paper: str
    """`A4`, `A5` or `A3`."""


@dataclass(frozen=True, slots=True)
class Round:
    """One vote of one unit on one day."""

    id: str
    title: str
    unit: Unit
    date: date
    place: str
    head: Head
    publish: Publication
    rules: RuleSet
    styles: tuple[BallotStyle, ...]
    note: str = ""
    """A sentence beside every result of this round, as "Ballots reconstructed, totals published"."""
    source: str = ""
    """Where published figures come from: an address."""
    kind: str = ""
    """Which of its rule set's kinds of round it is; empty where it was not told."""

    def style(self, style_id: str) -> BallotStyle:
        """Return the ballot style with this id; KeyError where there is none."""
        return {style.id: style for style in self.styles}[style_id]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that will be voted on."""

    title: str
    language: str
    """Of ballots and results: `vi` or `en`."""
    units: tuple[Unit, ...]
    rounds: tuple[Round, ...]
    exempt: tuple[Person, ...]
    """Who is on the list but not voted on; each says why."""
    history: tuple[EarlierVote, ...] = ()
    """Earlier votes of these units, to be shown beside the new ones."""

    def exemption(self, person: Person) -> tuple[RuleSet, Exemption] | None:
        """Return which rule exempts a person of the list; None where no rule set knows the reason."""
        of_round = [a_round.rules for a_round in self.rounds if a_round.id == person.round]
        for rules in of_round or [a_round.rules for a_round in self.rounds]:
            if found := rules.eligibility.exemption(person.exempt):
                return rules, found
        return None

    def round(self, round_id: str) -> Round:
        """Return the round with this id; KeyError where there is none."""
        return {a_round.id: a_round for a_round in self.rounds}[round_id]

    def tree(self) -> Iterator[tuple[int, Unit]]:
        """Yield each unit with rounds of its own or below it, from the top down, and how deep it lies."""
        below: dict[str | None, list[Unit]] = defaultdict(list)
        for unit in self.units:
            below[unit.parent].append(unit)
        by_id = {unit.id: unit for unit in self.units}
        needed: set[str] = set()
        for a_round in self.rounds:
            above: str | None = a_round.unit.id
            while above is not None and above not in needed:
                needed.add(above)
                above = by_id[above].parent
        waiting = [(0, unit) for unit in reversed(below[None])]
        while waiting:
            depth, unit = waiting.pop()
            if unit.id in needed:
                yield depth, unit
                waiting += [(depth + 1, one) for one in reversed(below[unit.id])]
