"""Checks a count against its own journal: every stored thing, byte by byte, and what it comes to.

The journal's chain is recomputed first; then each decision, figure, batch, reading, file and form is held
against the entry that recorded it; last, the tally is computed anew and must add up, and of a closed round
must be what was closed. What differs is named in a sentence.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Connection, select

from ..errors import PhieuError
from ..forms.form import Form, FormError, FrozenForm
from ..ocr.reading import PageReading
from ..vote.tally import RoundTally
from ..words import _
from . import canonical, journal, printing, record, rounds, store
from .batches import BatchState
from .desk import Desk
from .gist import gist
from .journal import Act, Entry
from .printing import PlanChanged
from .verify_closings import closings


def verify(desk: Desk) -> list[str]:
    """Return what does not hold, in sentences of the user's language; empty when everything does."""
    problems: list[str] = []
    try:
        problems += [
            _("The database file is damaged: {reason}").format(reason=one) for one in desk.store.damage()
        ]
        with desk.store.reading() as connection:
            entries = list(journal.entries(connection))
            problems += _emptied(entries, desk.workspace.scans)
            problems += _decisions(connection, entries)
            problems += _figures(connection, entries)
            forms, of_forms = _forms(desk.workspace.forms, entries)
            problems += _batches(connection, entries, desk.workspace.scans, forms)
            problems += of_forms
            problems += [one for one in _printed(desk, entries) if one not in problems]
            problems += closings(entries, desk.workspace.results, desk.workspace.practice)
            closed = sorted(rounds.closed(connection))
        problems += _unknown(desk, closed)
        problems += [problem for one in desk.plan.rounds for problem in _adds_up(desk, one.id, problems)]
    except PhieuError as error:
        # What is so broken that nothing behind it can be checked: the file, or the chain.
        problems.append(error.message)
    return problems


def _emptied(entries: list[Entry], scans: Path) -> Iterator[str]:
    """Say that a count was begun of which the record knows nothing: an entry is older than any scan."""
    if not entries and scans.is_dir() and any(folder.is_dir() for folder in scans.iterdir()):
        yield _(
            "The record is empty, though {folder} holds batches: the database was emptied or replaced."
        ).format(folder=scans)


def _decisions(connection: Connection, entries: list[Entry]) -> Iterator[str]:
    rows = connection.execute(select(store.decisions).order_by(store.decisions.c.n)).mappings()
    stored = {row["n"]: dict(row) for row in rows}
    written = {one.data["n"]: one.data for one in entries if one.act in (Act.DECISION, Act.UNDO)}
    for n in sorted({*stored, *written}):
        if stored.get(n) != written.get(n):
            question = (written.get(n) or stored[n])["question"]
            yield _("Decision {n}, on question {question}, is not as the journal recorded it.").format(
                n=n, question=question
            )


def _figures(connection: Connection, entries: list[Entry]) -> Iterator[str]:
    rows = connection.execute(select(store.figures).order_by(store.figures.c.n)).mappings()
    stored = {row["n"]: dict(row) for row in rows}
    written = {
        one.data["n"]: {**one.data, "figures": canonical.dumps(one.data["figures"])}
        for one in entries
        if one.act is Act.FIGURES
    }
    for n in sorted({*stored, *written}):
        if stored.get(n) != written.get(n):
            row = written.get(n) or stored[n]
            yield _("Figures {n}, of {round}, {style}, are not as the journal recorded them.").format(
                n=n, round=row["round"], style=row["style"]
            )


def _batches(
    connection: Connection, entries: list[Entry], scans: Path, forms: Mapping[str, Form]
) -> Iterator[str]:
    taken = {one.data["id"]: one.data for one in entries if one.act is Act.BATCH}
    withdrawn = {one.data["id"]: one.data for one in entries if one.act is Act.WITHDRAWN}
    stored = {row.id: row for row in connection.execute(select(store.batches).order_by(store.batches.c.id))}
    for batch_id in sorted({*stored, *taken}):
        data, row = taken.get(batch_id), stored.get(batch_id)
        if data is None or row is None:
            yield _("Batch {name} is not as the journal recorded it.").format(
                name=row.name if row is not None else data["name"] if data else batch_id
            )
            continue
        out = withdrawn.get(batch_id)
        expected = (
            data["name"],
            BatchState.WITHDRAWN if out else data["state"],
            data["declared"],
            data["sheets"],
            out["reason"] if out else data["reason"],
            out["by"] if out else "",
        )
        if (row.name, row.state, row.declared, row.sheets, row.reason, row.by) != expected:
            yield _("Batch {name} is not as the journal recorded it.").format(name=data["name"])
        pages = record.stored_pages(connection, batch_id)
        hashes = sorted(page.sha256 for page in pages)
        if hashes != data["pages"] or record.digest(pages) != data["readings"]:
            yield _("A reading in batch {name} was changed after it was stored.").format(name=data["name"])
        elif any(_contradicts(page, forms) for page in pages):
            yield _("A reading in batch {name} contradicts what is stored beside it.").format(
                name=data["name"]
            )
        if row.state != BatchState.WITHDRAWN:
            yield from _files(scans / data["name"], data["files"])


def _contradicts(page: record.StoredPage, forms: Mapping[str, Form]) -> bool:
    """Whether a page's outcome or gist is not what its reading says; of a form that is gone, see `_forms`."""
    said = json.loads(page.reading)
    if said.get("outcome") != page.outcome:
        return True
    known = said["form"] is None or said["form"] in forms
    return bool(page.gist) and known and page.gist != gist(PageReading.from_json(said), forms)


def _files(folder: Path, hashes: list[str]) -> Iterator[str]:
    # A kept file is named by its hash.
    kept = {path.name.partition(".")[0]: path for path in sorted(folder.glob("*"))}
    for sha256 in hashes:
        path = kept.get(sha256, folder / sha256)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            yield _("The scan {file} is missing.").format(file=path)
            continue
        if found != sha256:
            yield _("The scan {file} was changed after it was read.").format(file=path)


def _forms(folder: Path, entries: list[Entry]) -> tuple[dict[str, Form], list[str]]:
    """Return the forms that ballots were counted with, by id, and what is wrong with them."""
    forms, problems = {}, []
    for entry in entries:
        if entry.act is not Act.FORM:
            continue
        path = folder / f"{entry.data['form']}.json"
        try:
            found = FrozenForm.load(path).form
        except FormError as error:
            problems.append(error.message)
            continue
        if found.sha256 == entry.data["sha256"]:
            forms[found.id] = found
        else:
            problems.append(_("The form {file} is not the one that was counted with.").format(file=path))
    return forms, problems


def _printed(desk: Desk, entries: list[Entry]) -> Iterator[str]:
    """Hold the index of forms, the plan and its rules against what was recorded before the first page."""
    try:
        printed = desk.printed()
    except (FormError, PlanChanged) as error:
        yield error.message
        return
    seen: set[str] = set()
    for data in (entry.data for entry in entries if entry.act is Act.FORM):
        if data["form"] in seen:
            yield _("The journal says twice, and differently, what form {form} is of.").format(
                form=data["form"]
            )
        seen.add(data["form"])
        one = printed.get(data["form"])
        if one is not None and (changed := printing.change(one, data)):
            yield changed.message


def _unknown(desk: Desk, closed: list[str]) -> Iterator[str]:
    known = {one.id for one in desk.plan.rounds}
    for name in closed:
        if name not in known:
            yield _("Round {name} is closed, but the plan no longer has it.").format(name=name)


def _adds_up(desk: Desk, round_id: str, problems: list[str]) -> Iterator[str]:
    try:
        yield from _sums(desk.tally(round_id))
    except PhieuError as error:
        # Where more is broken, it was told already, and once is enough.
        if error.message not in problems:
            yield error.message


def _sums(tally: RoundTally) -> Iterator[str]:
    for style in tally.styles:
        if style.valid + style.invalid + style.undecided != style.read:
            yield _("The ballots of {round}, {style} do not add up.").format(round=tally.id, style=style.id)
        for one in style.contests:
            rows = sum(one.votes.values()) + one.blank + one.overvoted + one.spoiled + one.undecided
            if rows != style.read - style.invalid:
                yield _("The votes of {name} do not add up.").format(name=one.name)
