"""The bones of a plan: which units, rounds and ballots there are, and where in the file.

They are taken even from a plan with mistakes in it, so that what does not fit together is found in the same
run as what is badly written. What is no text or no list where one belongs is left out here: the models of
`plan_file.py` complain of it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from .tidy import day, tidy
from .yaml_text import Data, Place, YamlText


@dataclass(frozen=True, slots=True)
class UnitOutline:
    """A unit: its id and name."""

    line: int
    id: str
    name: str
    parent: str
    parent_line: int
    term_from: int | None
    """The first year of its term; None where it was not told, or not as a year."""


@dataclass(frozen=True, slots=True)
class BallotOutline:
    """A ballot style: its id, and the blocks whose people stand on it (none: everybody of the round)."""

    line: int
    id: str
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoundOutline:
    """A round: its unit, rule set and ballots."""

    line: int
    id: str
    title: str
    unit: str
    unit_line: int
    rules: str
    rules_line: int
    date: date | None
    date_line: int
    kind: str
    """Which of its rule set's kinds of round it is; empty where it was not told."""
    kind_line: int
    ballots: tuple[BallotOutline, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """The bones of a plan."""

    people: str
    people_line: int
    units: tuple[UnitOutline, ...]
    rounds: tuple[RoundOutline, ...]


def outline(text: YamlText) -> Outline:
    """Return the bones of a plan as far as they can be made out."""
    return Outline(
        people=_word(text.data, "people"),
        people_line=text.line(("people",)),
        units=tuple(_unit(text, place, data) for place, data in _each(text.data, "units")),
        rounds=tuple(_round(text, place, data) for place, data in _each(text.data, "rounds")),
    )


def _unit(text: YamlText, place: Place, data: dict[str, Data]) -> UnitOutline:
    year = _word(data, "term_from")
    return UnitOutline(
        line=text.line((*place, "id")),
        id=_word(data, "id"),
        name=_word(data, "name"),
        parent=_word(data, "parent"),
        parent_line=text.line((*place, "parent")),
        term_from=int(year) if re.fullmatch(r"[0-9]{4}", year) else None,
    )


def _round(text: YamlText, place: Place, data: dict[str, Data]) -> RoundOutline:
    return RoundOutline(
        line=text.line((*place, "id")),
        id=_word(data, "id"),
        title=_word(data, "title"),
        unit=_word(data, "unit"),
        unit_line=text.line((*place, "unit")),
        rules=_word(data, "rules"),
        rules_line=text.line((*place, "rules")),
        date=day(_word(data, "date")),
        date_line=text.line((*place, "date")),
        kind=_word(data, "kind"),
        kind_line=text.line((*place, "kind")),
        ballots=tuple(
            BallotOutline(text.line((*at, "id")), _word(ballot, "id"), _blocks(ballot))
            for at, ballot in _each(data, "ballots", place)
        ),
    )


def _blocks(ballot: dict[str, Data]) -> tuple[str, ...]:
    several = ballot.get("blocks")
    listed = [tidy(block) for block in several if isinstance(block, str)] if isinstance(several, list) else []
    one = _word(ballot, "block")
    return tuple(block for block in (one, *listed) if block)


def _each(data: Data, key: str, around: Place = ()) -> Iterator[tuple[Place, dict[str, Data]]]:
    items = data.get(key) if isinstance(data, dict) else None
    for i, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*around, key, i), item


def _word(data: Data, key: str) -> str:
    value = data.get(key) if isinstance(data, dict) else None
    return tidy(value) if isinstance(value, str) else ""
