"""The list of people, from xlsx or csv: who is voted on where, who is not, and why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the list: one person in one place where they are voted on."""

    line: int
    """Of the file, from 1; what an error names."""
    number: int | None
    name: str
    position: str
    unit: str
    round: str
    block: str
    notes: str
    exempt: str
    """Why the person is not voted on; empty for those who are."""
