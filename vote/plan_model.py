"""What may stand in `plan.yaml`, key by key: pydantic models of text from outside."""

import re
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ..words import _
from .tidy import slug, tidy, unfit, wrong_id

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


def _round_id(text: str) -> str:
    # Its papers lie in results/ROUND, beside these.
    if text in ("void", "export"):
        raise ValueError(
            _("A round can't be called `{id}`: the program keeps a folder of this name.").format(id=text)
        )
    return text


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")) or any(sign in text for sign in " \"'<>\\"):
        raise ValueError(_("`source` must be an address that begins with https:// or http://."))
    return text


def _day_or_less(text: str) -> str:
    if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        try:
            date.fromisoformat(text + "-01-01"[len(text) - 4 :])
            return text
        except ValueError:
            pass  # said below
    raise ValueError(_("Write a date as 2018-12-06, 2018-12 or 2018."))


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


Text = Annotated[str, AfterValidator(_fit)]
Id = Annotated[str, AfterValidator(_id)]
RoundId = Annotated[Id, AfterValidator(_round_id)]
MaybeText = Annotated[Text | None, BeforeValidator(_empty_is_none)]
Address = Annotated[Annotated[Text, AfterValidator(_address)] | None, BeforeValidator(_empty_is_none)]


class _FromOutside(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WrittenUnit(_FromOutside):
    """A unit as it is written."""

    id: Id
    name: Text
    superior: MaybeText = None
    parent: MaybeText = None
    term_from: Annotated[int, Field(ge=1900, le=2200)] | None = None


class WrittenBallot(_FromOutside):
    """A ballot style as it is written."""

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


class WrittenRound(_FromOutside):
    """A round as it is written."""

    id: RoundId
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
    ballots: list[WrittenBallot]


class WrittenEarlier(_FromOutside):
    """An earlier vote as it is written."""

    file: Annotated[Text, Field(max_length=LONGEST_PATH)]
    unit: Text
    title: Text
    date: Annotated[Text, AfterValidator(_day_or_less)]
    rules: Text
    of: Annotated[int, Field(ge=1, le=100_000_000)] | None = None
    known: Literal["read", "inferred"] = "read"
    source: Address = None


class WrittenPlan(_FromOutside):
    """`plan.yaml` as it is written: each key for itself, not yet how they fit together."""

    title: Text
    language: Literal["vi", "en"] = "vi"
    people: Annotated[Text, Field(max_length=LONGEST_PATH)]
    units: Annotated[list[WrittenUnit], Field(min_length=1)]
    rounds: Annotated[list[WrittenRound], Field(min_length=1)]
    history: Annotated[list[WrittenEarlier], Field(max_length=100)] = []
