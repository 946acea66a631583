"""How a batch comes in: its files are kept, its pages read, told apart, paired, and written as a whole.

Files are copied first, and what is read is the copies. Reading touches nothing else; then one transaction
writes all of it, so that a batch is in the count as a whole or not at all.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from ..errors import ExitCode, PhieuError
from ..forms.form import Form, FrozenForm
from ..ocr import pool
from ..ocr.page import ReaderSettings
from ..ocr.reading import Outcome, PageReading
from ..words import _, ngettext
from ..workspace import Workspace
from . import canonical, reading_settings, record, rounds
from .ballots import Printed
from .batches import Batch, BatchReport, BatchState
from .comparing import compared
from .gist import gist
from .kept import KeptFiles, reading_alone
from .page_lines import ToldScan, page_lines
from .pairing import Paired, Scan, pair
from .printed_size import said_once
from .record import StoredPage
from .store import Store

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_NEVER_DUPLICATE = (Outcome.BLANK, Outcome.SEPARATOR, Outcome.UNREADABLE)


class BatchNameError(PhieuError):
    """The batch can't have this name, or this number of sheets."""

    exit_code = ExitCode.USAGE


class AlreadyTaken(PhieuError):
    """A batch of this name is in the count."""

    exit_code = ExitCode.DUPLICATE


class OtherVersion(PhieuError):
    """The count's reading settings are of another version of the program."""

    exit_code = ExitCode.BAD_WORKSPACE


class Stopped(PhieuError):
    """Somebody stopped the reading; the sentence says what became of the batch."""


def take_in(
    workspace: Workspace,
    store: Store,
    printed: Mapping[str, Printed],
    frozen: Sequence[FrozenForm],
    batch: str,
    sheets: int,
    paths: Sequence[Path],
    workers: int | None,
    on_page: Callable[[], None] | None,
    on_start: Callable[[int], None] | None,
) -> BatchReport:
    """Read a batch into the count; see `Desk.take_in`."""
    _check(batch, sheets)
    with store.writing() as connection:
        staged = _check_free(connection, batch)
        _check_open(connection, printed)
        record.note_forms(connection, printed.values())
        settings = _settings(connection, workspace)
    folder = workspace.scans / batch
    try:
        with reading_alone(folder):
            kept = KeptFiles(folder)
            scans = _read(kept, paths, frozen, settings, workers, on_page, on_start)
            try:
                report = commit(store, printed, batch, sheets, scans, kept.files)
            except rounds.RoundClosed:
                kept.drop()
                raise
            if report.state is None:
                kept.drop()
    except KeyboardInterrupt as error:
        raise _stopped(store, batch, staged) from error
    return report


def _read(
    kept: KeptFiles,
    paths: Sequence[Path],
    frozen: Sequence[FrozenForm],
    settings: ReaderSettings,
    workers: int | None,
    on_page: Callable[[], None] | None,
    on_start: Callable[[int], None] | None,
) -> list[Scan]:
    refs = list(kept.pages(paths))
    pages_of = Counter(path for _ref, _file, path in refs)
    scans = []
    if on_start is not None:
        on_start(len(refs))
    with closing(pool.read_pages([ref for ref, _file, _path in refs], frozen, settings, workers)) as readings:
        for (_ref, file, path), reading in zip(refs, readings, strict=True):
            only = pages_of[path] == 1
            scans.append(Scan(reading, str(path.parent if only else path), file, alone=only))
            if on_page is not None:
                on_page()
    return scans


def _stopped(store: Store, batch: str, staged: record.LiveBatch | None) -> Stopped:
    """Say what a reading that was stopped has left behind: it may have been done already."""
    with store.reading() as connection:
        found = record.live_batch(connection, batch)
    if found is None or found == staged:
        return Stopped(
            _("Stopped: nothing of batch {name} was added to the count.").format(name=batch),
            hint=_("Read it again when you are ready: it is as if this reading had not been begun."),
        )
    if found.state is BatchState.TAKEN:
        said = _("Stopped, but batch {name} was read already: it is in the count.").format(name=batch)
    else:
        said = _("Stopped, but batch {name} was read already: it is NOT in the count.").format(name=batch)
    return Stopped(said, hint=_("`phieu batches` shows it."))


def commit(
    store: Store,
    printed: Mapping[str, Printed],
    batch: str,
    declared: int,
    scans: Sequence[Scan],
    files: Mapping[str, str],
) -> BatchReport:
    """Tell duplicates, pair, and write the batch; all within one transaction."""
    with store.writing() as connection:
        record.note_forms(connection, printed.values())
        return _commit(connection, printed, batch, declared, scans, files)


def _commit(
    connection: Connection,
    printed: Mapping[str, Printed],
    batch: str,
    declared: int,
    scans: Sequence[Scan],
    files: Mapping[str, str],
) -> BatchReport:
    _check(batch, declared)
    staged = _check_free(connection, batch)
    told = _told_apart(connection, scans, staged)
    scans = [one.scan for one in told]
    rounds.refuse_if_closed(connection, rounds.of_readings((one.reading for one in scans), printed))
    paired = pair(scans, {one.form.id: one.form.pages for one in printed.values()}, declared)
    outcomes = Counter(scan.reading.outcome for scan in scans)
    pages = {outcome: outcomes[outcome] for outcome in Outcome}
    state, sentences = _verdict(batch, declared, paired, outcomes)
    if all(_is_missing(scan.reading) for scan in scans):
        state, sentences = None, (_("There is no such file. Nothing was added to the count."),)
    if state is not None:
        if staged is not None:
            record.withdraw(connection, staged, _("replaced by reading it again"), "")
        reason = " ".join(sentences) if state is BatchState.STAGED else ""
        written = Batch(batch, state, declared, len(paired.sheets), pages, reason)
        rows = _rows(scans, paired, {form: one.form for form, one in printed.items()})
        if state is BatchState.TAKEN:
            sentences += compared(connection, printed, rows)
        record.append_batch(connection, written, rows, files)
        if state is BatchState.TAKEN:
            sentences += _on_seals(scans, printed)
            if (of_size := said_once(scan.reading for scan in scans)) is not None:
                sentences += (of_size,)
    return BatchReport(
        batch=batch,
        state=state,
        declared=declared,
        sheets=len(paired.sheets),
        pages=pages,
        lines=page_lines(told, paired),
        sentences=sentences,
    )


def _check(batch: str, sheets: int) -> None:
    if not _NAME.fullmatch(batch):
        raise BatchNameError(
            _("A batch can't be called {name}.").format(name=repr(batch)),
            hint=_("Use letters without accents, digits, -, _ and ., as in hall-1."),
        )
    if sheets < 1:
        raise BatchNameError(
            _("A batch can't have {sheets} sheets.").format(sheets=sheets),
            hint=_("Count the sheets by hand before scanning, and tell their number."),
        )


def _check_free(connection: Connection, batch: str) -> record.LiveBatch | None:
    """Return the staged batch of this name, which will be replaced; None where the name is free."""
    found = record.live_batch(connection, batch)
    if found is not None and found.state is BatchState.TAKEN:
        raise AlreadyTaken(
            _("Batch {name} is in the count already; nothing was read.").format(name=batch),
            hint=_("Give new sheets another batch name. To read these again, withdraw the batch first."),
        )
    return found


def _check_open(connection: Connection, printed: Mapping[str, Printed]) -> None:
    """Refuse at once what would be refused after reading: no round is open that ballots were printed for."""
    all_rounds = {one.round.id for one in printed.values()}
    if all_rounds and all_rounds <= set(rounds.closed(connection)):
        rounds.refuse_if_closed(connection, all_rounds)


def _settings(connection: Connection, workspace: Workspace) -> ReaderSettings:
    """Return the reading settings of this count, journalled before its first page and never changed after."""
    frozen = record.settings(connection)
    if frozen is not None:
        try:
            return ReaderSettings.from_json(frozen)
        except (TypeError, KeyError, ValueError) as error:
            raise OtherVersion(
                _("This count was begun by a version of Phiếu whose settings are not known here."),
                hint=_("Read the rest with that version: a count is read by one set of rules."),
            ) from error
    zone = reading_settings.load(workspace.reading_settings)
    settings = ReaderSettings(practice=workspace.practice, zone=zone)
    record.note_settings(connection, settings.to_json())
    return settings


def _told_apart(
    connection: Connection, scans: Sequence[Scan], staged: record.LiveBatch | None
) -> list[ToldScan]:
    """Tell duplicates: of pages in other batches, and of earlier ones in this."""
    known = record.known_images(connection, staged.id if staged else None)
    here: dict[str, PageReading] = {}
    told = []
    for scan in scans:
        reading = scan.reading
        if reading.outcome in _NEVER_DUPLICATE or not reading.sha256:
            told.append(ToldScan(scan))
        elif reading.sha256 in known:
            before = record.live_batch(connection, known[reading.sha256])
            told.append(ToldScan(_as_duplicate(scan), before))
        elif reading.sha256 in here:
            told.append(ToldScan(_as_duplicate(scan), here[reading.sha256]))
        else:
            here[reading.sha256] = reading
            told.append(ToldScan(scan))
    return told


def _is_missing(reading: PageReading) -> bool:
    """Tell a file that is not there: a name mistyped is no batch."""
    return reading.outcome is Outcome.UNREADABLE and reading.notes == ("file_missing",)


def _as_duplicate(scan: Scan) -> Scan:
    return replace(scan, reading=replace(scan.reading, outcome=Outcome.DUPLICATE, fields=(), stray=()))


def _verdict(
    batch: str, declared: int, paired: Paired, outcomes: Mapping[Outcome, int]
) -> tuple[BatchState | None, tuple[str, ...]]:
    sheets = len(paired.sheets)
    if not sheets and outcomes[Outcome.DUPLICATE]:
        return None, (_("All ballots among these pages were read before. Nothing was added to the count."),)
    found = ngettext("{n} sheet was found", "{n} sheets were found", sheets).format(n=sheets)
    if sheets != declared:
        return BatchState.STAGED, (
            _("{found}, but {declared} were declared.").format(found=found, declared=declared),
            *paired.problems,
            _not_counted(batch),
        )
    if paired.problems:
        return BatchState.STAGED, (*paired.problems, _not_counted(batch))
    return BatchState.TAKEN, (
        _("{found}, as declared: batch {name} is in the count.").format(found=found, name=batch),
    )


def _on_seals(scans: Sequence[Scan], printed: Mapping[str, Printed]) -> tuple[str, ...]:
    """Say once that seals which must be there were not checked, where no scan has colour."""
    of_first_pages = [
        one.reading for one in scans if one.reading.outcome is Outcome.READ and one.reading.page == 1
    ]
    sealed = {form for form, one in printed.items() if one.style.seal}
    must_be = [one for one in of_first_pages if one.form in sealed]
    if not must_be or any(one.seal for one in must_be):
        return ()
    return (_("The seal was not checked: these scans have no colour."),)


def _not_counted(batch: str) -> str:
    return _(
        "Batch {name} is NOT in the count. Mend what is wrong and read it again under the same name, "
        "or take it out with `phieu withdraw {name}`."
    ).format(name=batch)


def _rows(scans: Sequence[Scan], paired: Paired, forms: Mapping[str, Form]) -> list[StoredPage]:
    keys = _keys(scans)
    ballot_of = {}
    for sheet in paired.sheets:
        ballot = canonical.sha256("\n".join(sorted(keys[place] for place in sheet)))
        ballot_of.update(dict.fromkeys(sheet, ballot))
    return [
        StoredPage(
            key=keys[place],
            sha256=scan.reading.sha256,
            ballot=ballot_of.get(place, ""),
            outcome=scan.reading.outcome,
            file=scan.file,
            reading=canonical.dumps(scan.reading.to_json()),
            gist=gist(scan.reading, forms),
        )
        for place, scan in enumerate(scans)
    ]


def _keys(scans: Sequence[Scan]) -> list[str]:
    """Return a key for each page: its image's hash, so that a ballot is known in whatever batch it lies."""
    seen: Counter[str] = Counter()
    keys = []
    for scan in scans:
        reading = scan.reading
        key = reading.sha256 or canonical.sha256(f"{reading.source}\0{reading.index}")
        seen[key] += 1
        keys.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return keys
