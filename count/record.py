"""What stands in the store, read and appended within a transaction; each act with its journal entry."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, func, insert, select, update

from ..ocr.reading import Outcome, PageReading
from . import canonical, journal, printing, store
from .ballots import CountedPage, Decision, Printed, StyleKey
from .batches import Batch, BatchState
from .gist import HEAD, head
from .journal import Act
from .rescans import Twins

_AT_ONCE = 10_000
_AT_ONCE_BY_KEY = 500
_TAKEN = select(store.batches.c.id).where(store.batches.c.state == BatchState.TAKEN)
_COUNTED = (store.pages.c.ballot != "", store.pages.c.batch.in_(_TAKEN))
"""The pages of the ballots in the count."""
_ALL_COUNTED = (store.pages.c.ballot > "", (store.pages.c.batch + 0).in_(_TAKEN))
"""The same, so written that SQLite goes through the index of gists, not through the pages batch by batch."""


@dataclass(frozen=True, slots=True)
class LiveBatch:
    """A batch that was not withdrawn."""

    id: int
    name: str
    state: BatchState


@dataclass(frozen=True, slots=True)
class StoredPage:
    """One page as a row."""

    key: str
    sha256: str
    ballot: str
    """Empty where the page is no ballot's."""
    outcome: Outcome
    file: str
    reading: str
    """Canonical JSON."""
    gist: str = ""
    """What a tally needs of the reading; empty where it has none."""


def live_batch(connection: Connection, name: str) -> LiveBatch | None:
    """Return the batch with this name that was not withdrawn."""
    live = select(store.batches).where(
        store.batches.c.name == name, store.batches.c.state != BatchState.WITHDRAWN
    )
    row = connection.execute(live).first()
    return LiveBatch(row.id, row.name, BatchState(row.state)) if row else None


def batches(connection: Connection) -> tuple[Batch, ...]:
    """Return every batch, by name and then in the order they came."""
    counts: dict[int, dict[Outcome, int]] = defaultdict(lambda: dict.fromkeys(Outcome, 0))
    grouped = select(store.pages.c.batch, store.pages.c.outcome, func.count().label("n")).group_by(
        store.pages.c.batch, store.pages.c.outcome
    )
    for row in connection.execute(grouped):
        counts[row.batch][Outcome(row.outcome)] = row.n
    in_order = select(store.batches).order_by(store.batches.c.name, store.batches.c.id)
    return tuple(
        Batch(row.name, BatchState(row.state), row.declared, row.sheets, counts[row.id], row.reason, row.by)
        for row in connection.execute(in_order)
    )


def known_images(connection: Connection, apart_from: int | None) -> dict[str, str]:
    """Return the hash of every image in a batch that was not withdrawn, with the batch's name.

    An image that was a duplicate there is not known by that: its first appearance may have been withdrawn.

    Args:
        connection: to the store.
        apart_from: a batch that is about to be replaced.
    """
    known = (
        select(store.pages.c.sha256, store.batches.c.name)
        .join(store.batches)
        .where(
            store.batches.c.state != BatchState.WITHDRAWN,
            store.pages.c.outcome.in_([Outcome.READ, Outcome.REVIEW, Outcome.NOT_OURS]),
            store.pages.c.sha256 != "",
        )
    )
    if apart_from is not None:
        known = known.where(store.batches.c.id != apart_from)
    return {row.sha256: row.name for row in connection.execute(known)}


def append_batch(
    connection: Connection,
    batch: Batch,
    pages: Sequence[StoredPage],
    files: Mapping[str, str],
) -> None:
    """Write a batch with its pages and files; of files, the journal holds the hashes, sorted, and no name."""
    row = {
        "name": batch.name,
        "state": batch.state,
        "declared": batch.declared,
        "sheets": batch.sheets,
        "reason": batch.reason,
    }
    batch_id = connection.scalar(
        insert(store.batches).values(**row, by=batch.by).returning(store.batches.c.id)
    )
    in_order = sorted(pages, key=lambda page: page.key)
    rows = [
        {
            "batch": batch_id,
            "key": page.key,
            "sha256": page.sha256,
            "ballot": page.ballot,
            "outcome": page.outcome,
            "file": page.file,
            "reading": page.reading,
            "gist": page.gist,
        }
        for page in in_order
    ]
    if rows:
        connection.execute(insert(store.pages), rows)
    journal.append(
        connection,
        Act.BATCH,
        {
            **row,
            "id": batch_id,
            "pages": sorted(page.sha256 for page in in_order),
            "readings": digest(in_order),
            "files": sorted(set(files.values())),
        },
    )


def digest(pages: Sequence[StoredPage]) -> str:
    """Return one hash over all that is stored of a batch's pages, whatever their order.

    Gists are not in it: they follow from the readings, and `verify` works them out anew.
    """
    lines = [
        canonical.dumps([page.key, page.sha256, page.ballot, page.outcome, page.file, page.reading])
        for page in pages
    ]
    return canonical.sha256("\n".join(sorted(lines)))


def stored_pages(connection: Connection, batch_id: int) -> list[StoredPage]:
    """Return all pages of a batch."""
    of_batch = select(store.pages).where(store.pages.c.batch == batch_id)
    return [
        StoredPage(row.key, row.sha256, row.ballot, row.outcome, row.file, row.reading, row.gist)
        for row in connection.execute(of_batch)
    ]


def withdraw(connection: Connection, batch: LiveBatch, reason: str, by: str) -> None:
    """Take a batch out of the count."""
    connection.execute(
        update(store.batches)
        .where(store.batches.c.id == batch.id)
        .values(state=BatchState.WITHDRAWN, reason=reason, by=by)
    )
    journal.append(
        connection, Act.WITHDRAWN, {"id": batch.id, "name": batch.name, "reason": reason, "by": by}
    )


def counted_pages(connection: Connection) -> list[CountedPage]:
    """Return every page that belongs to a ballot of a batch that was taken in."""
    taken = (
        select(store.pages.c.key, store.pages.c.ballot, store.pages.c.reading)
        .join(store.batches)
        .where(store.batches.c.state == BatchState.TAKEN, store.pages.c.ballot != "")
    )
    return [
        CountedPage(row.key, row.ballot, PageReading.from_json(json.loads(row.reading)))
        for row in connection.execute(taken)
    ]


def in_colour(connection: Connection) -> frozenset[str]:
    """Return the ids of the forms of which a scan in the count can show a seal."""
    # An index has the heads; no reading is opened but of pages without a gist.
    heads = set(
        connection.scalars(select(func.substr(store.pages.c.gist, 1, HEAD)).where(*_ALL_COUNTED).distinct())
    )
    told = [(one.form, one.seal) for one in map(head, heads - {""})]
    if "" in heads:
        told += [(one.form, one.seal) for one in _readings_without_gist(connection)]
    return frozenset(form for form, seal in told if form and seal)


def gists(connection: Connection) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield each ballot's key with the key and gist of each of its pages; ordered by ballot, which is a hash.

    Memory does not grow with the ballots. Other statements may run on the connection meanwhile.
    """
    pages = store.pages.c
    ordered = select(pages.ballot, pages.key, pages.gist).where(*_ALL_COUNTED).order_by(pages.ballot)
    result = connection.execute(ordered, execution_options={"yield_per": _AT_ONCE})
    rows = (row for some in result.partitions() for row in some)
    for ballot, of_it in groupby(rows, itemgetter(0)):
        yield ballot, [(key, line) for _ballot, key, line in of_it]


def ballot_pages(connection: Connection, ballot: str) -> list[CountedPage]:
    """Return the pages of one ballot with their whole readings."""
    found = select(store.pages.c.key, store.pages.c.reading).where(
        *_ALL_COUNTED, store.pages.c.ballot == ballot
    )
    return [
        CountedPage(row.key, ballot, PageReading.from_json(json.loads(row.reading)))
        for row in connection.execute(found)
    ]


def _readings_without_gist(connection: Connection) -> Iterator[PageReading]:
    rows = connection.scalars(select(store.pages.c.reading).where(*_ALL_COUNTED, store.pages.c.gist == ""))
    return (PageReading.from_json(json.loads(row)) for row in rows)


def twins(connection: Connection) -> list[Twins]:
    """Return every pair of ballots that was found to look like one sheet, also of batches withdrawn since."""
    found = {
        (pair["one"], pair["other"]): Twins(**pair)
        for data in journal.of_act(connection, Act.TWICE)
        for pair in data["pairs"]
    }
    return list(found.values())


def append_twins(connection: Connection, found: Iterable[Twins]) -> None:
    """Write pairs of ballots that look like one sheet into the journal; from then on people are asked."""
    pairs = [asdict(pair) for pair in found]
    if pairs:
        journal.append(connection, Act.TWICE, {"pairs": pairs})


def readings(connection: Connection) -> tuple[PageReading, ...]:
    """Return the reading of every page of a batch that was taken in."""
    taken = select(store.pages.c.reading).join(store.batches).where(store.batches.c.state == BatchState.TAKEN)
    return tuple(PageReading.from_json(json.loads(row.reading)) for row in connection.execute(taken))


def readings_of(connection: Connection, keys: Iterable[str]) -> dict[str, PageReading]:
    """Return the readings of pages in the count, by their keys."""
    wanted = sorted(set(keys))
    found = {}
    for start in range(0, len(wanted), _AT_ONCE_BY_KEY):
        some = store.pages.c.key.in_(wanted[start : start + _AT_ONCE_BY_KEY])
        for row in connection.execute(
            select(store.pages.c.key, store.pages.c.reading).where(*_COUNTED, some)
        ):
            found[row.key] = PageReading.from_json(json.loads(row.reading))
    return found


def page(connection: Connection, key: str) -> tuple[PageReading, str, str]:
    """Return a page that was taken in, its batch's name, and its file there; KeyError where none is."""
    found = (
        select(store.pages.c.reading, store.batches.c.name, store.pages.c.file)
        .join(store.batches)
        .where(
            store.pages.c.key == key, store.batches.c.state == BatchState.TAKEN, store.pages.c.ballot != ""
        )
    )
    row = connection.execute(found).first()
    if row is None:
        raise KeyError(key)
    return PageReading.from_json(json.loads(row.reading)), row.name, row.file


def sides(connection: Connection, key: str) -> list[str]:
    """Return the keys of all pages of the ballot that a page which was taken in belongs to, front first."""
    ballot = (
        select(store.pages.c.ballot)
        .join(store.batches)
        .where(store.pages.c.key == key, store.batches.c.state == BatchState.TAKEN)
        .scalar_subquery()
    )
    found = (
        select(store.pages.c.key, store.pages.c.reading)
        .join(store.batches)
        .where(store.pages.c.ballot == ballot, store.batches.c.state == BatchState.TAKEN)
    )
    pages = [(json.loads(row.reading)["page"] or 0, row.key) for row in connection.execute(found)]
    return [page_key for _number, page_key in sorted(pages)]


def decisions(connection: Connection) -> dict[str, Decision]:
    """Return the answers in force, by question."""
    in_force: dict[str, Decision] = {}
    for row in connection.execute(select(store.decisions).order_by(store.decisions.c.n)):
        if row.answer is None:
            in_force.pop(row.question, None)
        else:
            in_force[row.question] = Decision(row.answer, row.by, str(row.n))
    return in_force


def append_decision(connection: Connection, question: str, answer: str | None, machine: str, by: str) -> str:
    """Append an answer, or with None the taking back of the one in force; return the entry's name."""
    n = (connection.scalar(select(func.max(store.decisions.c.n))) or 0) + 1
    row = {"n": n, "question": question, "answer": answer, "machine": machine, "by": by}
    connection.execute(insert(store.decisions).values(**row))
    journal.append(connection, Act.UNDO if answer is None else Act.DECISION, row)
    return str(n)


def figures(connection: Connection) -> dict[StyleKey, dict[str, int]]:
    """Return the figures in force, by round and ballot style."""
    in_force: dict[StyleKey, dict[str, int]] = defaultdict(dict)
    for row in connection.execute(select(store.figures).order_by(store.figures.c.n)):
        in_force[row.round, row.style].update(json.loads(row.figures))
    return dict(in_force)


def append_figures(
    connection: Connection, round_id: str, style_id: str, told: Mapping[str, int], by: str
) -> None:
    """Append what people counted of a ballot style."""
    n = (connection.scalar(select(func.max(store.figures.c.n))) or 0) + 1
    row = {"n": n, "round": round_id, "style": style_id, "figures": canonical.dumps(dict(told)), "by": by}
    connection.execute(insert(store.figures).values(**row))
    journal.append(connection, Act.FIGURES, {**row, "figures": dict(told)})


def note_forms(connection: Connection, printed: Iterable[Printed]) -> None:
    """Write each form into the journal, once.

    Raises:
        PlanChanged: a form is there already, with something else about it.
    """
    noted = printing.noted(connection)
    for one in printed:
        if one.form.id not in noted:
            journal.append(connection, Act.FORM, printing.entry(one))
        elif changed := printing.change(one, noted[one.form.id]):
            raise changed


def settings(connection: Connection) -> dict[str, object] | None:
    """Return the reading settings of this count; None before its first page."""
    for entry in journal.entries(connection):
        if entry.act is Act.SETTINGS:
            return entry.data
    return None


def note_settings(connection: Connection, data: dict[str, object]) -> None:
    """Write the reading settings into the journal, before the first page."""
    journal.append(connection, Act.SETTINGS, data)
