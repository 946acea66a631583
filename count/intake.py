"""How a batch comes in: its files are kept, its pages read, told apart, paired, and written as a whole.

Files are copied first, and what is read is the copies. Reading touches nothing else; then one transaction
writes all of it, so that a batch is in the count as a whole or not at all.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from ..errors import ExitCode, PhieuError
from ..forms.form import FrozenForm
from ..ocr import pool
from ..ocr.page import ReaderSettings
from ..ocr.reading import Outcome, PageReading, explain
from ..words import _, ngettext
from ..workspace import Workspace
from . import canonical, reading_settings, record
from .ballots import Printed
from .batches import Batch, BatchReport, BatchState, PageLine
from .comparing import compared
from .kept import KeptFiles
from .pairing import Paired, Scan, pair
from .record import StoredPage
from .store import Store

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_NEVER_DUPLICATE = (Outcome.BLANK, Outcome.SEPARATOR, Outcome.UNREADABLE)
_GRAVITY = {
    Outcome.READ: ExitCode.OK,
    Outcome.BLANK: ExitCode.BLANK_PAGE,
    Outcome.SEPARATOR: ExitCode.OK,
    Outcome.DUPLICATE: ExitCode.DUPLICATE,
    Outcome.REVIEW: ExitCode.REVIEW,
    Outcome.NOT_OURS: ExitCode.NOT_OURS,
    Outcome.UNREADABLE: ExitCode.UNREADABLE,
}


class BatchNameError(PhieuError):
    """The batch can't have this name, or this number of sheets."""

    exit_code = ExitCode.USAGE


class AlreadyTaken(PhieuError):
    """A batch of this name is in the count."""

    exit_code = ExitCode.DUPLICATE


class OtherVersion(PhieuError):
    """The count's reading settings are of another version of the program."""

    exit_code = ExitCode.BAD_WORKSPACE


@dataclass(frozen=True, slots=True)
class _Told:
    """A scan after duplicates were told from the rest, with where its image was seen before."""

    scan: Scan
    before: str = ""


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
        _check_free(connection, batch)
        record.note_forms(connection, printed.values())
        settings = _settings(connection, workspace)
    folder = workspace.scans / batch
    kept = KeptFiles(folder)
    refs = list(kept.pages(paths))
    pages_of = Counter(path for _ref, _file, path in refs)
    scans = []
    if on_start is not None:
        on_start(len(refs))
    readings = pool.read_pages([ref for ref, _file, _path in refs], frozen, settings, workers)
    for (_ref, file, path), reading in zip(refs, readings, strict=True):
        only = pages_of[path] == 1
        scans.append(Scan(reading, str(path.parent if only else path), file, alone=only))
        if on_page is not None:
            on_page()
    report = commit(store, printed, batch, sheets, scans, kept.files)
    if report.state is None:
        kept.drop()
    return report


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
    told = _told_apart(scans, record.known_images(connection, staged.id if staged else None))
    scans = [one.scan for one in told]
    paired = pair(scans, {one.form.id: one.form.pages for one in printed.values()}, declared)
    outcomes = Counter(scan.reading.outcome for scan in scans)
    pages = {outcome: outcomes[outcome] for outcome in Outcome}
    state, sentences = _verdict(batch, declared, paired, outcomes)
    if state is not None:
        if staged is not None:
            record.withdraw(connection, staged, _("replaced by reading it again"), "")
        reason = " ".join(sentences) if state is BatchState.STAGED else ""
        written = Batch(batch, state, declared, len(paired.sheets), pages, reason)
        rows = _rows(scans, paired)
        if state is BatchState.TAKEN:
            sentences += compared(connection, printed, rows)
        record.append_batch(connection, written, rows, files)
        if state is BatchState.TAKEN:
            sentences += _on_seals(scans, printed)
    return BatchReport(
        batch=batch,
        state=state,
        declared=declared,
        sheets=len(paired.sheets),
        pages=pages,
        lines=tuple(_lines(told, paired)),
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


def _told_apart(scans: Sequence[Scan], known: Mapping[str, str]) -> list[_Told]:
    """Tell duplicates: of pages in other batches, and of earlier ones in this."""
    here: dict[str, PageReading] = {}
    told = []
    for scan in scans:
        reading = scan.reading
        if reading.outcome in _NEVER_DUPLICATE or not reading.sha256:
            told.append(_Told(scan))
        elif reading.sha256 in known:
            before = _("in batch {name}").format(name=known[reading.sha256])
            told.append(_Told(_as_duplicate(scan), before))
        elif reading.sha256 in here:
            first = here[reading.sha256]
            before = _("as {file}, page {page}").format(file=first.source, page=first.index + 1)
            told.append(_Told(_as_duplicate(scan), before))
        else:
            here[reading.sha256] = reading
            told.append(_Told(scan))
    return told


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


def _rows(scans: Sequence[Scan], paired: Paired) -> list[StoredPage]:
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


def _lines(told: Sequence[_Told], paired: Paired) -> Iterator[PageLine]:
    for place, one in enumerate(told):
        reading = one.scan.reading
        if reading.outcome is Outcome.READ or place in paired.backs:
            continue
        sentence = _sentence(reading, one.before)
        yield PageLine(reading.source, reading.index, reading.outcome, sentence, _GRAVITY[reading.outcome])


def _sentence(reading: PageReading, before: str) -> str:
    if reading.outcome is Outcome.DUPLICATE:
        return _("read before, {where}; not counted again").format(where=before)
    if reading.outcome is Outcome.BLANK:
        return _("a blank page where a ballot was expected")
    notes = "; ".join(explain(note) for note in reading.notes)
    if reading.outcome is Outcome.REVIEW:
        return notes or _("people have to look at this page")
    return notes or _("this page can't be read")
