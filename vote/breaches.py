"""What in a plan goes against its rule sets: year of the term, order of the rounds, number of places.

Each rule set says what it asks (`eligibility`); what it does not say, or the plan does not tell, is not
checked. Units under one parent, and a unit without one with those under it, are of one level.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from ..words import _
from .basis import Basis, spoken
from .eligibility import Order
from .outline import Outline, RoundOutline
from .people import Person
from .placing import Placing
from .problems import Problem
from .rules import RuleSet

RulesOf = Mapping[str, RuleSet]
"""Rule sets by their id."""


def breaches(bones: Outline, placing: Placing | None, rules: RulesOf, file: str) -> Iterator[Problem]:
    """Yield what goes against the rule sets, each with the article.

    Args:
        bones: the plan's units and rounds, and where they stand in the file.
        placing: who stands where; None where the list could not be read.
        rules: the rule sets that were found.
        file: the plan's name.
    """
    yield from _wrong_years(bones, rules, file)
    yield from _wrong_kinds(bones, rules, file)
    yield from _wrong_order(bones, rules, file)
    if placing is not None:
        yield from _too_many_places(bones, placing, rules)


def cited(rules: RuleSet, basis: Basis) -> str:
    """Return a rule's article, as far as it is known, and its rule set: `Điều 12, 96-QD-TW`."""
    return ", ".join(part for part in (basis.article, rules.id) if part)


def _wrong_years(bones: Outline, rules: RulesOf, file: str) -> Iterator[Problem]:
    begins = {unit.id: unit.term_from for unit in bones.units}
    above = {unit.id: unit.parent for unit in bones.units}
    for a_round in bones.rounds:
        rule_set = rules.get(a_round.rules)
        rule = rule_set.eligibility.year_of_term if rule_set else None
        first = _inherited(a_round.unit, begins, above)
        if rule_set is None or rule is None or first is None or a_round.date is None:
            continue
        right = first + rule.year - 1
        if a_round.date.year != right:
            what = _(
                "Round `{round}` is in {year}, but year {nth} of the term that began in {first} is {right} "
                "({rule})."
            ).format(
                round=a_round.id,
                year=a_round.date.year,
                nth=rule.year,
                first=first,
                right=right,
                rule=cited(rule_set, rule.basis),
            )
            instead = _("Change the round's `date`, or the unit's `term_from`.")
            yield Problem(file, a_round.date_line, what, instead)


def _inherited(unit: str, begins: Mapping[str, int | None], above: Mapping[str, str]) -> int | None:
    seen: set[str] = set()
    while unit and unit not in seen:
        if (first := begins.get(unit)) is not None:
            return first
        seen.add(unit)
        unit = above.get(unit, "")
    return None


def _wrong_kinds(bones: Outline, rules: RulesOf, file: str) -> Iterator[Problem]:
    known = tuple(dict.fromkeys(kind.id for _rules, order in _orders(rules) for kind in order.kinds))
    for a_round in bones.rounds:
        # Where no rule set of the plan knows an order, as in one unit's part, nothing is to be held to it.
        if a_round.kind and known and a_round.kind not in known:
            what = _("Round `{round}` is of the unknown kind `{kind}`.").format(
                round=a_round.id, kind=a_round.kind
            )
            instead = _("The rule sets of this plan know: {kinds}.").format(kinds=", ".join(known))
            yield Problem(file, a_round.kind_line, what, instead)


def _wrong_order(bones: Outline, rules: RulesOf, file: str) -> Iterator[Problem]:
    level = {unit.id: unit.parent or unit.id for unit in bones.units}
    levels: dict[str, list[RoundOutline]] = defaultdict(list)
    for a_round in bones.rounds:
        if a_round.kind and a_round.date:
            levels[level.get(a_round.unit, a_round.unit)].append(a_round)
    for rule_set, order in _orders(rules):
        place = {kind.id: n for n, kind in enumerate(order.kinds)}
        label = {kind.id: spoken(kind.label) for kind in order.kinds}
        for rounds in levels.values():
            for one, other in combinations([r for r in rounds if r.kind in place], 2):
                first, then = sorted((one, other), key=lambda a_round: place[a_round.kind])
                if first.kind != then.kind and first.date and then.date and then.date < first.date:
                    what = _(
                        "Round `{then}` ({then_kind}) is held before round `{first}` ({first_kind}); it must "
                        "come after ({rule})."
                    ).format(
                        then=then.id,
                        then_kind=label[then.kind],
                        first=first.id,
                        first_kind=label[first.kind],
                        rule=cited(rule_set, order.basis),
                    )
                    yield Problem(file, then.date_line, what, _("Change the `date` of one of the two."))


def _orders(rules: RulesOf) -> Iterator[tuple[RuleSet, Order]]:
    for rule_set in rules.values():
        if rule_set.eligibility.order is not None:
            yield rule_set, rule_set.eligibility.order


def _too_many_places(bones: Outline, placing: Placing, rules: RulesOf) -> Iterator[Problem]:
    rounds = {a_round.id: a_round for a_round in bones.rounds}
    places: dict[str, dict[str, tuple[Person, RoundOutline]]] = defaultdict(dict)
    for (round_id, _ballot), people in placing.ballots.items():
        for person in people:
            if person.code:
                a_round = rounds[round_id]
                places[person.code].setdefault(a_round.unit, (person, a_round))
    for units in places.values():
        asked = [rule_set for _p, r in units.values() if (rule_set := rules.get(r.rules)) is not None]
        limits = [(rule_set, rule) for rule_set in asked if (rule := rule_set.eligibility.places) is not None]
        if not limits:
            continue
        rule_set, rule = min(limits, key=lambda limit: limit[1].most)
        people = sorted((person for person, _round in units.values()), key=lambda person: person.line)
        for person in people[rule.most :]:
            yield _third_place(person, people, units.keys(), rule.most, cited(rule_set, rule.basis), placing)


def _third_place(
    person: Person, people: list[Person], units: Iterable[str], most: int, rule: str, placing: Placing
) -> Problem:
    lines = ", ".join(str(one.line) for one in people if one is not person)
    return Problem(
        placing.file,
        person.line,
        _(
            "{name} ({code}) is voted on in {count} places: {units}; at most {most} are allowed ({rule})."
        ).format(
            name=person.name,
            code=person.code,
            count=len(people),
            units=", ".join(units),
            most=most,
            rule=rule,
        ),
        _(
            "Give the reason in column `exempt` where this person is not voted on (also lines {lines})."
        ).format(lines=lines),
        of_people=True,
    )
