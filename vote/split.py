"""A plan of many units -> each unit's own plan and list, to be voted on and counted there.

What goes out says no more than the unit needs: its rounds, its people, the units above it by name, and the
office's own rule sets. Nothing of another unit is in it.
"""

import csv
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..errors import WorkspaceError
from ..words import _
from .outline import Outline, outline
from .people import Person, read_people
from .placing import Placing, place_people
from .plan import Plan
from .yaml_text import Data, read_yaml

_COLUMNS = (
    "number",
    "name",
    "position",
    "unit",
    "round",
    "block",
    "person",
    "elected",
    "exempt",
    "notes",
)


@dataclass(frozen=True, slots=True)
class Part:
    """What one unit was given."""

    unit: str
    name: str
    folder: Path
    rounds: int
    people: int
    """Lines of its list: those voted on and those exempt."""


def split(root: Path, plan: Plan, into: Path) -> tuple[Part, ...]:
    """Write a workspace for each unit that holds a round, into a new folder.

    Args:
        root: the folder of the whole vote.
        plan: its plan, checked.
        into: the folder to write into; each unit's is named by its id.

    Raises:
        WorkspaceError: the folder is not empty.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise WorkspaceError(
            _("{folder} is not empty, so nothing was written.").format(folder=into),
            hint=_("Name a new folder."),
        )
    text = read_yaml(root / "plan.yaml", "plan.yaml")
    bones = outline(text)
    people = read_people(root / bones.people, bones.people)
    placing = place_people(bones, people, {a_round.rules.id: a_round.rules for a_round in plan.rounds})
    holding = dict.fromkeys(a_round.unit for a_round in plan.rounds)
    return tuple(
        _write_part(root, text.data, bones, placing, (unit.id, unit.name), into / unit.id) for unit in holding
    )


def _write_part(
    root: Path, data: Data, bones: Outline, placing: Placing, unit: tuple[str, str], folder: Path
) -> Part:
    unit_id, name = unit
    rounds = [a_round.id for a_round in bones.rounds if a_round.unit == unit_id]
    lines = sorted(_lines(placing, rounds), key=lambda line: line[1].line)
    folder.mkdir(parents=True)
    own = _own_plan(data, _with_those_above(bones, unit_id), rounds)
    earlier = _earlier(data, unit_id)
    if earlier:
        own |= {"history": earlier}
    (folder / "plan.yaml").write_text(
        yaml.safe_dump(own, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8"
    )
    with (folder / "people.csv").open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(_COLUMNS)
        out.writerows(_cells(person, unit_id, round_id) for round_id, person in lines)
    if (root / "rulesets").is_dir():
        shutil.copytree(root / "rulesets", folder / "rulesets")
    for table in (str(one["file"]) for one in earlier if isinstance(one, dict)):
        (folder / table).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / table, folder / table)
    return Part(unit_id, name, folder, len(rounds), len(lines))


def _own_plan(data: Data, units: set[str], rounds: list[str]) -> dict[str, Data]:
    if not isinstance(data, dict):
        return {}
    return {
        **{key: value for key, value in data.items() if key != "history"},
        "people": "people.csv",
        "units": _of(data["units"], units),
        "rounds": _of(data["rounds"], rounds),
    }


def _earlier(data: Data, unit: str) -> list[Data]:
    listed = data.get("history") if isinstance(data, dict) else None
    return [one for one in listed or [] if isinstance(one, dict) and one.get("unit") == unit]


def _of(items: Data, ids: Iterable[str]) -> Data:
    wanted = set(ids)
    listed = items if isinstance(items, list) else []
    return [item for item in listed if isinstance(item, dict) and item.get("id") in wanted]


def _with_those_above(bones: Outline, unit: str) -> set[str]:
    above: Mapping[str, str] = {one.id: one.parent for one in bones.units}
    found: set[str] = set()
    while unit and unit not in found:
        found.add(unit)
        unit = above.get(unit, "")
    return found


def _lines(placing: Placing, rounds: list[str]) -> Iterable[tuple[str, Person]]:
    for (round_id, _ballot), people in placing.ballots.items():
        if round_id in rounds:
            yield from ((round_id, person) for person in people)
    yield from ((person.round, person) for person in placing.exempt if person.round in rounds)


def _cells(person: Person, unit: str, round_id: str) -> tuple[object, ...]:
    told = {
        "number": person.number or "",
        "name": person.name,
        "position": person.position,
        "unit": unit,
        "round": round_id,
        "block": person.block,
        "person": person.code,
        "elected": person.elected.isoformat() if person.elected else "",
        "exempt": person.exempt,
        "notes": person.notes,
    }
    return tuple(told[column] for column in _COLUMNS)
