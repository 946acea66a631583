"""The hash-chained record of everything done: settings, forms, batches in and out, figures, decisions.

Each entry holds the hash of the one before, so none can be changed, taken out or put in without changing
every hash after it. The last hash, the head, is printed and signed when a count opens and closes: without
that paper a chain proves nothing against whoever owns the machine. A batch enters with the sorted hashes of
its pages and of its files: no name, no order, no time of a single page.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from ..errors import ExitCode, PhieuError
from ..words import _
from . import canonical
from .store import journal

START = "0" * 64
"""Stands for the hash before the first entry."""


class Act(StrEnum):
    """What can be done to a count."""

    SETTINGS = "settings"
    """Reading settings, once, before the first page."""
    FORM = "form"
    """A frozen form that pages are read with: full hash, round, ballot style, rows, and a hash of the
    rules."""
    BATCH = "batch"
    """A batch staged or taken in: the hashes of its pages and files, and one over its readings."""
    WITHDRAWN = "withdrawn"
    FIGURES = "figures"
    EXPORT = "export"
    """Single ballots were written into a file: round, how many, the file's hash, by whom."""
    TWICE = "twice"
    """Pairs of ballots whose ink looks like that of one sheet: their keys, and how much is alike."""
    DECISION = "decision"
    UNDO = "undo"
    EXPLAINED = "explained"
    """A difference of figures, with its numbers and what people say of it."""
    BUNDLE = "bundle"
    """The results of a round as they are signed, whole. Its round is closed by the entry that follows."""
    CLOSED = "closed"
    """A round, the hash of its bundle, and who closed it. Nothing of the round can change then."""
    REOPENED = "reopened"
    """A closed round, the hash of the bundle that is void with it, why, and who decided."""
    PAPERS = "papers"
    """Papers made of a round: name to SHA-256, and the hash of the bundle they were made from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One act."""

    n: int
    """From 1, without gaps."""
    act: Act
    at: str
    """UTC, to the minute."""
    data: dict[str, Any]
    hash: str


class BrokenChain(PhieuError):
    """The chain was changed at entry `n`."""

    exit_code = ExitCode.BROKEN_RECORD

    def __init__(self, n: int) -> None:
        super().__init__(
            _(
                "The journal was changed after it was written: entry {n} does not fit the one before it."
            ).format(n=n),
            hint=_(
                "Stop counting with this database. Put back a copy, or read all batches again into a new one."
            ),
        )
        self.n = n


def append(connection: Connection, act: Act, data: dict[str, Any]) -> Entry:
    """Write an entry at the end of the chain, within the transaction of the act it records."""
    last = connection.execute(select(journal).order_by(journal.c.n.desc()).limit(1)).first()
    n, before = (last.n + 1, last.hash) if last else (1, START)
    at = now()
    text = canonical.dumps({"n": n, "act": act, "at": at, "before": before, "data": data})
    entry = Entry(n, act, at, data, _chained(before, text))
    connection.execute(insert(journal).values(n=n, entry=text, hash=entry.hash))
    return entry


def now() -> str:
    """Return the time, UTC to the minute."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")


def of_act(connection: Connection, *acts: Act) -> list[dict[str, Any]]:
    """Return the data of every entry of one act, or of several; whether the chain holds `entries` says."""
    return [data for _act, data in of_acts(connection, *acts)]


def of_acts(connection: Connection, *acts: Act, holding: str = "") -> list[tuple[Act, dict[str, Any]]]:
    """Return every entry of some acts that holds a text, in the order they were done: the act, its data."""
    # An entry's keys are sorted, so what it is stands first.
    chosen = [journal.c.entry.startswith(f'{{"act":"{act}"', autoescape=True) for act in acts]
    found = select(journal.c.entry).where(or_(*chosen)).order_by(journal.c.n)
    if holding:
        found = found.where(journal.c.entry.contains(holding, autoescape=True))
    return [(Act(entry["act"]), entry["data"]) for entry in map(json.loads, connection.scalars(found))]


def head(connection: Connection) -> str:
    """Return the hash of the last entry."""
    found = connection.scalar(select(journal.c.hash).order_by(journal.c.n.desc()).limit(1))
    return found if found is not None else START


def entries(connection: Connection) -> Iterator[Entry]:
    """Yield every entry, checking the chain as it goes.

    Raises:
        BrokenChain: an entry was changed, is missing, or was put in.
    """
    before = START
    for expected, row in enumerate(connection.execute(select(journal).order_by(journal.c.n)), start=1):
        try:
            said = json.loads(row.entry)
            entry = Entry(said["n"], Act(said["act"]), said["at"], said["data"], row.hash)
            whole = (
                row.n == entry.n == expected
                and said["before"] == before
                and row.hash == _chained(before, row.entry)
                and canonical.dumps(said) == row.entry
            )
        except (ValueError, KeyError, TypeError):
            raise BrokenChain(expected) from None
        if not whole:
            raise BrokenChain(expected)
        before = row.hash
        yield entry


def _chained(before: str, text: str) -> str:
    return canonical.sha256(f"{before}\n{text}")
