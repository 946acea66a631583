"""Who stands on which ballot: the list of people laid against the bones of the plan."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ..words import _
from .basis import spoken
from .model_errors import did_you_mean
from .outline import Outline, RoundOutline, UnitOutline
from .people import People, Person
from .plan import Contest
from .problems import Problem
from .rules import RuleSet
from .tidy import folded, slug

MOST_NAMED = 10
"""Of ids in one sentence."""


@dataclass(slots=True)
class Placing:
    """What came of it."""

    file: str
    """The list's name."""
    ballots: dict[tuple[str, str], list[Person]] = field(default_factory=dict)
    """Round and ballot id to the people on it, in the order of the list."""
    exempt: list[Person] = field(default_factory=list)
    """Who is not voted on; unit and round are ids where they could be told."""
    problems: list[Problem] = field(default_factory=list)


def place_people(plan: Outline, people: People, rules: Mapping[str, RuleSet]) -> Placing:
    """Put everybody who is not exempt on the ballot of their round and block."""
    placing = Placing(people.file)
    directory = _Directory(plan)
    first_seen: dict[tuple[str, str, str], Person] = {}
    for person in people.people:
        found = _round_of(person, directory, people)
        if isinstance(found, Problem):
            placing.problems.append(found)
            continue
        if found and not person.exempt:
            person = replace(person, exempt=_exempt_by_date(person, found, rules))
        if person.exempt:
            unit = found.unit if found else person.unit
            placing.exempt.append(replace(person, unit=unit, round=found.id if found else person.round))
            continue
        assert found is not None
        key = (found.id, folded(person.name), folded(person.position))
        if key in first_seen:
            placing.problems.append(_doubled(person, first_seen[key], found, people.file))
            continue
        first_seen[key] = person
        placing.problems += _put(person, found, placing, people.file)
    return placing


def contests(people: list[Person]) -> tuple[Contest, ...]:
    """Return the rows of a ballot: numbered from 1, with ids that speak; namesakes get -2, -3."""
    rows: list[Contest] = []
    taken: set[str] = set()
    for number, person in enumerate(people, 1):
        stem = slug(person.name) or f"person-{number}"
        contest_id, nth = stem, 1
        while contest_id in taken:
            nth += 1
            contest_id = f"{stem}-{nth}"
        taken.add(contest_id)
        rows.append(Contest(contest_id, number, person.name, person.position, person.code))
    return tuple(rows)


def _exempt_by_date(person: Person, a_round: RoundOutline, rules: Mapping[str, RuleSet]) -> str:
    rule_set = rules.get(a_round.rules)
    if rule_set is None or a_round.date is None:
        return ""
    exemption = rule_set.eligibility.elected_in_year(person.elected, a_round.date)
    return spoken(exemption.label) if exemption else ""


class _Directory:
    """Units and rounds by what a list may call them: their id, or their name whatever its capitals."""

    def __init__(self, plan: Outline) -> None:
        # A round without ballots is a problem of its own; nobody is sought in it unless it is named.
        self.likely = [r for r in plan.rounds if r.ballots] or list(plan.rounds)
        self.by_unit: dict[str, list[RoundOutline]] = defaultdict(list)
        for a_round in self.likely:
            self.by_unit[a_round.unit].append(a_round)
        self.unit_ids = tuple(unit.id for unit in plan.units)
        self.round_ids = tuple(a_round.id for a_round in plan.rounds)
        self._units: dict[str, list[UnitOutline]] = defaultdict(list)
        for unit in plan.units:
            for name in {unit.id, folded(unit.name)}:
                self._units[name].append(unit)
        self._rounds: dict[str, list[RoundOutline]] = defaultdict(list)
        for a_round in plan.rounds:
            for name in {a_round.id, folded(a_round.title)}:
                self._rounds[name].append(a_round)

    def units(self, written: str) -> list[UnitOutline]:
        """Return the units that are called so; several where names are not unique."""
        return self._units.get(folded(written), [])

    def rounds(self, written: str) -> list[RoundOutline]:
        """Return the rounds that are called so."""
        return self._rounds.get(folded(written), [])


def _round_of(person: Person, directory: _Directory, people: People) -> RoundOutline | Problem | None:
    units = directory.units(person.unit)
    if person.unit and not units:
        what = _("{name}: there is no unit `{unit}`.").format(name=person.name, unit=person.unit)
        return _problem(person, people, what, did_you_mean(person.unit, directory.unit_ids))
    named = directory.rounds(person.round)
    if person.round and not named:
        what = _("{name}: there is no round `{round}`.").format(name=person.name, round=person.round)
        return _problem(person, people, what, did_you_mean(person.round, directory.round_ids))
    if named:
        possible = [r for r in named if not units or r.unit in {unit.id for unit in units}]
    elif units:
        possible = [r for unit in units for r in directory.by_unit[unit.id]]
    else:
        possible = directory.likely
    if len(possible) == 1:
        return possible[0]
    if person.exempt:
        return None
    if not possible and named:
        what = _("{name}: round `{round}` is not held by unit `{unit}`.").format(
            name=person.name, round=person.round, unit=person.unit
        )
        return _problem(person, people, what, _("Write in column `unit`: {unit}").format(unit=named[0].unit))
    if not possible:
        what = _("{name}: unit `{unit}` holds no round.").format(name=person.name, unit=person.unit)
        return _problem(person, people, what)
    what = _("{name}: it does not say in which round this person is voted on.").format(name=person.name)
    ids = ", ".join(r.id for r in possible[:MOST_NAMED]) + (", …" if len(possible) > MOST_NAMED else "")
    return _problem(person, people, what, _("Write in column `round` one of: {rounds}.").format(rounds=ids))


def _put(person: Person, a_round: RoundOutline, placing: Placing, file: str) -> Iterator[Problem]:
    for ballot in a_round.ballots:
        if not ballot.blocks or folded(person.block) in map(folded, ballot.blocks):
            placing.ballots.setdefault((a_round.id, ballot.id), []).append(person)
            return
    if not a_round.ballots:
        return  # the round itself is the problem
    known = tuple(dict.fromkeys(block for ballot in a_round.ballots for block in ballot.blocks))
    if person.block:
        what = _("{name} stands on no ballot: no ballot of round `{round}` is for block `{block}`.").format(
            name=person.name, round=a_round.id, block=person.block
        )
    else:
        what = _("{name} stands on no ballot: the block is empty.").format(name=person.name)
    yield Problem(file, person.line, what, did_you_mean(person.block, known), of_people=True)


def _doubled(person: Person, first: Person, a_round: RoundOutline, file: str) -> Problem:
    return Problem(
        file,
        person.line,
        _("{name}, {position}, is on the list of round `{round}` twice (first in line {first}).").format(
            name=person.name, position=person.position, round=a_round.id, first=first.line
        ),
        _("Remove one of the two lines; two people of the same name need positions that tell them apart."),
        of_people=True,
    )


def _problem(person: Person, people: People, what: str, instead: str = "") -> Problem:
    return Problem(people.file, person.line, what, instead, of_people=True)
