"""What every rule of a rule set carries: its words in both languages, and what it rests on."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .. import words
from ..words import _

Texts = Annotated[dict[Literal["vi", "en"], str], Field(min_length=2)]
"""The same words in both languages."""

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def spoken(texts: Mapping[Literal["vi", "en"], str], language: str | None = None) -> str:
    """Return the words in `language`, by default the one in force."""
    return texts["en"] if (language or words.language()) == "en" else texts["vi"]


class CheckedAgainst(StrEnum):
    """Where a rule was read."""

    SIGNED = "signed text"
    PUBLISHED = "published text"
    """At the address named, often in an excerpt; not in the signed text."""
    NOTHING = "nothing"
    """From memory or from practice: may be wrong."""


class RuleData(BaseModel):
    """A part of a rule set: frozen, and nothing in the file may go unread."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Basis(RuleData):
    """What a rule rests on."""

    article: str = ""
    """As `Điều 19.3`; empty where it is not known."""
    source: str = ""
    """The address where it was read."""
    checked_against: CheckedAgainst

    @model_validator(mode="after")
    def _read_somewhere(self) -> Self:
        if self.checked_against is not CheckedAgainst.NOTHING and not self.source:
            raise ValueError(_("A rule that was checked names the source it was read in."))
        return self
