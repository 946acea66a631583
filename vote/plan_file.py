"""`plan.yaml` and the list of people -> a checked `Plan`.

Comes in: text from outside, treated as hostile. Goes out: the frozen values of `plan.py`, or one
`PlanError` that holds every problem at once, each with file, line and what to write instead.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

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
from .problems import PlanError, Problem, ProblemsFound
from .rules import RuleSet
from .rules_file import load_rules
from .tidy import folded, slug, tidy, unfit, wrong_id
from .yaml_text import YamlText, read_yaml

__all__ = ["PlanError", "load_plan"]

LONGEST = 500
"""Of a text in the plan, in characters: a title of several lines."""
LONGEST_PATH = 200

EXAMPLES = {
    "title": "title: Lấy phiếu tín nhiệm năm 2026",
    "language": "language: vi",
    "people": "people: people.xlsx",
    "units": "units: [{id: hdnd, name: Hội đồng nhân dân tỉnh Minh Hải}]",
    "rounds": "rounds: [{id: ky-hop-12, ...}]",
    "id": "id: ky-hop-12",
    "name": "name: Hội đồng nhân dân tỉnh Minh Hải",
    "unit": "unit: hdnd",
    "date": "date: 2026-12-07",
    "place": "place: Minh Hải",
    "rules": "rules: NQ-96-2023-QH15",
    "ballots": "ballots: [{id: hdnd, title: Phiếu tín nhiệm ..., block: HĐND}]",
    "block": "block: HĐND",
    "blocks": "blocks: [HĐND, UBND]",
    "history": "history: [{file: history/2018.csv, unit: hdnd, title: ..., date: 2018-12-06, ...}]",
    "file": "file: history/2018.csv",
    "known": "known: inferred",
    "of": "of: 498",
}


def _fit(text: str) -> str:
    neat = tidy(text)
    if not neat:
        raise PydanticCustomError("too_short", "empty")
    if fault := unfit(neat, LONGEST):
        raise ValueError(fault)
    return neat


def _id(text: str) -> str:
    if fault := wrong_id(text):
        suggestion = slug(text)
        better = " " + _("Write for instance: {example}").format(example=suggestion) if suggestion else ""
        raise ValueError(fault + better)
    return text


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")) or any(sign in text for sign in " \"'<>\\"):
        raise ValueError(_("`source` must be an address that begins with https:// or http://."))
    return text


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


Text = Annotated[str, AfterValidator(_fit)]
Id = Annotated[str, AfterValidator(_id)]
MaybeText = Annotated[Text | None, BeforeValidator(_empty_is_none)]
Address = Annotated[Annotated[Text, AfterValidator(_address)] | None, BeforeValidator(_empty_is_none)]


class _FromOutside(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Unit(_FromOutside):
    id: Id
    name: Text
    superior: MaybeText = None
    parent: MaybeText = None
    term_from: Annotated[int, Field(ge=1900, le=2200)] | None = None


class _Ballot(_FromOutside):
    id: Id
    title: Text
    block: MaybeText = None
    blocks: list[Text] = []
    colour: MaybeText = None
    seal: bool = True
    paper: Literal["A4", "A5", "A3"] = "A4"

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if self.block and self.blocks:
            raise ValueError(_("Either `block` or `blocks`, not both."))
        return self


class _Round(_FromOutside):
    id: Id
    title: Text
    unit: Text
    date: date
    place: Text
    head: Literal["state", "party"] = "state"
    kind: MaybeText = None
    rules: Text
    publish: Literal["full", "summary", "none"] | None = None
    note: MaybeText = None
    source: Address = None
    ballots: list[_Ballot]


class _Earlier(_FromOutside):
    file: Annotated[Text, Field(max_length=LONGEST_PATH)]
    unit: Text
    title: Text
    date: Annotated[Text, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
    rules: Text
    of: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    known: Literal["read", "inferred"] = "read"
    source: Address = None


class _Plan(_FromOutside):
    title: Text
    language: Literal["vi", "en"] = "vi"
    people: Annotated[Text, Field(max_length=LONGEST_PATH)]
    units: Annotated[list[_Unit], Field(min_length=1)]
    rounds: Annotated[list[_Round], Field(min_length=1)]
    history: Annotated[list[_Earlier], Field(max_length=100)] = []


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
    written: _Plan | None = None
    try:
        written = _Plan.model_validate(text.data)
    except ValidationError as error:
        problems += problems_of(error, text, name, _Plan, EXAMPLES)
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
    written: _Plan, text: YamlText, folder: Path, name: str
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
            rules = load_rules(one.rules, folder, named_at=(name, text.line(("history", n, "rules"))))
            vote = EarlierVote(
                one.file, one.unit, one.title, one.date, rules, one.known == "inferred", one.source or ""
            )
            found.append(read_earlier(folder, vote, one.of, (name, line)))
        except (ProblemsFound, PlanError) as error:
            problems += error.problems
    return found, problems


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


def _plan(written: _Plan, rules: dict[str, RuleSet], placing: Placing, history: list[EarlierVote]) -> Plan:
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


def _publication(a_round: _Round) -> Publication:
    if a_round.publish is not None:
        return Publication(a_round.publish)
    # Party results are for the Party's own channels unless the plan says otherwise.
    return Publication.NONE if a_round.head == "party" else Publication.FULL
