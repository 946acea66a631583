"""`plan.yaml` and the list of people -> a checked `Plan`.

Comes in: text from outside, treated as hostile. Goes out: the frozen values of `plan.py`, or one
`PlanError` that holds every problem at once, each with file, line and what to write instead.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from pydantic import ValidationError

from ..words import _
from .breaches import breaches
from .earlier import EarlierVote
from .earlier_file import read_earlier
from .history import doubts
from .model_errors import did_you_mean, problems_of
from .outline import Outline, RoundOutline, outline
from .people import read_people
from .placing import Placing, contests, place_people
from .plan import BallotStyle, Head, Plan, Publication, Round, Unit
from .plan_model import EXAMPLES, LONGEST, LONGEST_PATH, WrittenPlan, WrittenRound
from .problems import PlanError, Problem, ProblemsFound
from .rules import RuleSet
from .rules_file import load_rules
from .tidy import folded, unfit
from .yaml_text import YamlText, read_yaml

__all__ = ["PlanError", "load_plan"]


def load_plan(path: Path) -> Plan:
    """Read and check a plan and its people.

    Args:
        path: the plan.yaml; the list of people and own rule sets lie beside it.

    Raises:
        PlanError: with every problem that was found.
    """
    name = path.name
    try:
        text = read_yaml(path, name)
    except ProblemsFound as found:
        raise PlanError(found.problems) from found
    bones = outline(text)
    problems: list[Problem] = []
    written: WrittenPlan | None = None
    try:
        written = WrittenPlan.model_validate(text.data)
    except ValidationError as error:
        problems += problems_of(error, text, name, WrittenPlan, EXAMPLES)
    problems += _doubled_ids(bones, name)
    problems += _strangers(bones, name)
    problems += _shared_blocks(bones, name)
    rules, rule_problems = _rules(bones, path.parent, name)
    problems += rule_problems
    placing, people_problems = _people(bones, rules, path.parent, name)
    problems += people_problems
    problems += breaches(bones, placing, rules, name)
    problems += _empty(bones, placing, name)
    history: list[EarlierVote] = []
    if written is not None:
        history, history_problems = _history(written, text, path.parent, name)
        problems += history_problems
    if problems or written is None or placing is None:
        raise PlanError(_in_order(problems))
    plan = _plan(written, rules, placing, history)
    if unclear := list(doubts(plan)):
        raise PlanError(_in_order(unclear))
    return plan


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The plan first, each file from top to bottom."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.of_people, problem.line or 0)))


def _history(
    written: WrittenPlan, text: YamlText, folder: Path, name: str
) -> tuple[list[EarlierVote], list[Problem]]:
    found: list[EarlierVote] = []
    problems: list[Problem] = []
    units = tuple(unit.id for unit in written.units)
    for n, one in enumerate(written.history):
        line = text.line(("history", n, "file"))
        try:
            if one.unit not in units:
                what = _("There is no unit `{unit}` in this plan.").format(unit=one.unit)
                where = text.line(("history", n, "unit"))
                raise ProblemsFound(Problem(name, where, what, did_you_mean(one.unit, units)))
            if later := _not_earlier(one.date, one.unit, written):
                where = text.line(("history", n, "date"))
                raise ProblemsFound(Problem(name, where, later, _("Only votes before it can be compared.")))
            rules = load_rules(one.rules, folder, named_at=(name, text.line(("history", n, "rules"))))
            vote = EarlierVote(
                one.file, one.unit, one.title, one.date, rules, one.known == "inferred", one.source or ""
            )
            found.append(read_earlier(folder, vote, one.of, (name, line)))
        except (ProblemsFound, PlanError) as error:
            problems += error.problems
    return found, problems


def _not_earlier(date: str, unit: str, written: WrittenPlan) -> str:
    """Return the sentence that says which round an earlier vote was not held before; empty where it was."""
    for a_round in written.rounds:
        day = a_round.date.isoformat()
        if a_round.unit == unit and (date >= day or date > day[: len(date)]):
            what = _("The vote of {date} was not held before round `{round}` ({day}).")
            return what.format(date=date, round=a_round.id, day=day)
    return ""


def _doubled_ids(bones: Outline, name: str) -> Iterator[Problem]:
    groups = [[(u.id, u.line) for u in bones.units], [(r.id, r.line) for r in bones.rounds]]
    groups += [[(b.id, b.line) for b in a_round.ballots] for a_round in bones.rounds]
    for group in groups:
        counts = Counter(id_ for id_, _line in group)
        seen: set[str] = set()
        for id_, line in group:
            if id_ and counts[id_] > 1 and id_ in seen:
                what = _("The id `{id}` is used twice.").format(id=id_)
                yield Problem(
                    name, line, what, _("Write for instance: {example}").format(example=f"id: {id_}-2")
                )
            seen.add(id_)


def _strangers(bones: Outline, name: str) -> Iterator[Problem]:
    units = tuple(unit.id for unit in bones.units)
    for a_round in bones.rounds:
        if a_round.unit and a_round.unit not in units:
            what = _("There is no unit `{unit}` in this plan.").format(unit=a_round.unit)
            yield Problem(name, a_round.unit_line, what, did_you_mean(a_round.unit, units))
    parents = {unit.id: unit.parent for unit in bones.units}
    for unit in bones.units:
        if unit.parent and unit.parent not in units:
            what = _("There is no unit `{unit}` in this plan.").format(unit=unit.parent)
            yield Problem(name, unit.parent_line, what, did_you_mean(unit.parent, units))
        elif _is_above_itself(unit.id, parents):
            what = _("Unit `{unit}` stands above itself.").format(unit=unit.id)
            yield Problem(name, unit.parent_line, what, _("Take `parent` away from the highest unit."))


def _is_above_itself(unit: str, parents: dict[str, str]) -> bool:
    seen: set[str] = set()
    above = parents.get(unit, "")
    while above and above not in seen:
        if above == unit:
            return True
        seen.add(above)
        above = parents.get(above, "")
    return False


def _shared_blocks(bones: Outline, name: str) -> Iterator[Problem]:
    for a_round in bones.rounds:
        first: dict[str, str] = {}
        for ballot in a_round.ballots:
            if not ballot.blocks and len(a_round.ballots) > 1:
                what = _("Ballot `{ballot}` does not say whose people stand on it.").format(ballot=ballot.id)
                yield Problem(
                    name, ballot.line, what, _("Write for instance: {example}").format(example="block: HĐND")
                )
            for block in ballot.blocks:
                if folded(block) in first:
                    what = _(
                        "Block `{block}` stands on two ballots of round `{round}`, or twice on one."
                    ).format(block=block, round=a_round.id)
                    instead = _("It is on ballot `{ballot}` already; remove it from one.").format(
                        ballot=first[folded(block)]
                    )
                    yield Problem(name, ballot.line, what, instead)
                first.setdefault(folded(block), ballot.id)


def _rules(bones: Outline, folder: Path, name: str) -> tuple[dict[str, RuleSet], list[Problem]]:
    found: dict[str, RuleSet] = {}
    problems: list[Problem] = []
    for a_round in bones.rounds:
        if not a_round.rules or a_round.rules in found:
            continue
        try:
            found[a_round.rules] = load_rules(a_round.rules, folder, named_at=(name, a_round.rules_line))
        except PlanError as error:
            problems += error.problems
    return found, problems


def _people(
    bones: Outline, rules: dict[str, RuleSet], folder: Path, name: str
) -> tuple[Placing | None, list[Problem]]:
    if not bones.people or unfit(bones.people, LONGEST_PATH):
        return None, []
    path = folder / bones.people
    absolute = PurePosixPath(bones.people).is_absolute() or PureWindowsPath(bones.people).anchor
    if absolute or "\\" in bones.people or not path.resolve().is_relative_to(folder.resolve()):
        what = _("The list of people `{file}` lies outside the folder of the vote.").format(
            file=bones.people[:LONGEST]
        )
        instead = _("Copy it beside plan.yaml, and write only its name: {example}").format(
            example=EXAMPLES["people"]
        )
        return None, [Problem(name, bones.people_line, what, instead)]
    if not path.is_file():
        what = _("The list of people `{file}` is not there.").format(file=bones.people[:LONGEST])
        lists = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in (".xlsx", ".csv"))
        return None, [Problem(name, bones.people_line, what, did_you_mean(bones.people, tuple(lists)))]
    voted = [a_round for a_round in bones.rounds if a_round.ballots]
    needed = {"block"} if any(ballot.blocks for a_round in voted for ballot in a_round.ballots) else set()
    if len({a_round.unit for a_round in voted}) < len(voted):
        needed.add("round")
    elif len(voted) > 1:
        needed.add("unit")
    try:
        people = read_people(path, bones.people, frozenset(needed))
    except ProblemsFound as found:
        return None, list(found.problems)
    placing = place_people(bones, people, rules)
    return placing, [*people.problems, *placing.problems]


def _empty(bones: Outline, placing: Placing | None, name: str) -> Iterator[Problem]:
    for a_round in bones.rounds:
        if not a_round.ballots:
            what = _("Round `{round}` is empty: it has no ballots.").format(round=a_round.id)
            instead = _("Write for instance: {example}").format(example=EXAMPLES["ballots"])
            yield Problem(name, a_round.line, what, instead)
        for ballot in a_round.ballots:
            if placing is not None and not placing.ballots.get((a_round.id, ballot.id)):
                yield _nobody(a_round, ballot.id, ballot.line, ballot.blocks, name)


def _nobody(a_round: RoundOutline, ballot: str, line: int, blocks: tuple[str, ...], name: str) -> Problem:
    what = _("Ballot `{ballot}` of round `{round}` is empty: nobody stands on it.").format(
        ballot=ballot, round=a_round.id
    )
    if not blocks:
        return Problem(name, line, what, _("Enter people of this round in the list, or remove the ballot."))
    instead = _("Enter people of block {blocks} in the list, or remove the ballot.").format(
        blocks=", ".join(blocks)
    )
    return Problem(name, line, what, instead)


def _plan(
    written: WrittenPlan, rules: dict[str, RuleSet], placing: Placing, history: list[EarlierVote]
) -> Plan:
    units = {u.id: Unit(u.id, u.name, u.superior or "", u.parent or None, u.term_from) for u in written.units}
    rounds = tuple(
        Round(
            id=r.id,
            title=r.title,
            unit=units[r.unit],
            date=r.date,
            place=r.place,
            head=Head(r.head),
            kind=r.kind or "",
            publish=_publication(r),
            rules=rules[r.rules],
            styles=tuple(
                BallotStyle(
                    id=b.id,
                    title=b.title,
                    contests=contests(placing.ballots[r.id, b.id]),
                    colour=b.colour or "",
                    seal=b.seal,
                    paper=b.paper,
                )
                for b in r.ballots
            ),
            note=r.note or "",
            source=r.source or "",
        )
        for r in written.rounds
    )
    return Plan(
        written.title, written.language, tuple(units.values()), rounds, tuple(placing.exempt), tuple(history)
    )


def _publication(a_round: WrittenRound) -> Publication:
    if a_round.publish is not None:
        return Publication(a_round.publish)
    # Party results are for the Party's own channels unless the plan says otherwise.
    return Publication.NONE if a_round.head == "party" else Publication.FULL
