"""`phieu calibrate`: does the office's own scanner tell marks from empty boxes, and how surely?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ..count import reading_settings
from ..count.reading_settings import Evidence
from ..errors import ExitCode, PhieuError
from ..forms.form import FrozenForm
from ..forms.rehearsal import expected
from ..forms.rehearsal.expected import Expected
from ..forms.rehearsal.votes import VotesError
from ..forms.run import forms_index, frozen_forms
from ..ocr import calibration, pool, scans
from ..ocr.calibration import Sample, Separation, Trouble, Truth
from ..ocr.page import ReaderSettings
from ..ocr.reading import Outcome, PageReading, explain
from ..words import N_, _
from ..workspace import Workspace
from .count import OUTCOMES, console
from .main import workspace_option
from .separation import print_separation

_SHOWN = 5
_MOST_NOT_READ = 0.1
_GOOD = (Outcome.READ, Outcome.BLANK, Outcome.SEPARATOR)
_TROUBLES = {
    Trouble.FEW: N_("The deck is too small: at least {least} marks and {least} empty boxes are needed."),
    Trouble.MISSED: N_("Marks were not seen at all: the scanner loses them, or the answers given are wrong."),
    Trouble.INVENTED: N_("Empty boxes were read as marked: the scanner is dirty, or the answers are wrong."),
    Trouble.PALE: N_("Marks are pale: a typical one is only {darkness} darker than paper."),
    Trouble.MARKS_UNCLEAR: N_("Too many marks are so weak that people must look: {marks} of them."),
    Trouble.EMPTY_UNCLEAR: N_("Too many empty boxes are so dirty that people must look: {empty} of them."),
}


class ScannerRefused(PhieuError):
    """Marks and empty boxes can't be told apart well enough on this scanner."""

    exit_code = ExitCode.BAD_SCANNER


class CountBegun(PhieuError):
    """The real count's reading settings are in its journal: nothing changes them."""

    exit_code = ExitCode.BAD_WORKSPACE


class NoDeck(PhieuError):
    """What was given is no deck of practice ballots."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class _Page:
    file: Path
    reading: PageReading


@click.command(
    "calibrate",
    help=_(
        "Read practice ballots that were scanned on the office's own scanner, and say how well marks and "
        "empty boxes can be told apart on it. More may become unclear by that, never less."
    ),
)
@click.argument("paths", nargs=-1, required=True, metavar=_("FILE..."), type=click.Path(path_type=Path))
@click.option(
    "--truth",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_(
        "What stands on the ballots: truth.json of `phieu rehearse`, or a votes file (CSV) in the order of "
        "the scans. Without it, what was read is held against itself."
    ),
)
@click.option("--workers", type=click.IntRange(min=1), help=_("Processes that read; one a core by default."))
@workspace_option
def calibrate_command(paths: tuple[Path, ...], truth: Path | None, workers: int | None, root: Path) -> None:
    """Judge a scanner, and write down what must be unclear on it."""
    workspace = Workspace.open(root, practice=True)
    forms = frozen_forms(workspace, practice=True)
    if not forms:
        raise NoDeck(
            _("No practice ballots were made for this vote yet."),
            hint=_("`phieu print ROUND --practice -n 20` prints some; fill them in and scan them."),
        )
    settings = ReaderSettings(practice=True)
    pages = _read(paths, list(forms.values()), settings, workers)
    samples = list(_samples(pages, _answers(truth, pages, workspace, forms)))
    found = calibration.judge(samples, settings.marks)
    dpi = calibration.dots_per_inch([page.reading for page in pages])
    print_separation([page.reading for page in pages], found, dpi)
    _refuse(pages, found)
    if reading_settings.begun(Workspace.open(root)):
        raise CountBegun(
            _(
                "The real count has begun: what it is read by was frozen before its first page, and this "
                "calibration does not change it. Nothing was written."
            ),
            hint=_("To read by other settings, begin the count anew in a copy of the folder, and say why."),
        )
    evidence = _evidence(pages, found, dpi, known=truth is not None)
    reading_settings.save(workspace.reading_settings, found.zone, evidence)
    click.echo(
        _("Written to {file}; the count takes it over with its first batch.").format(
            file=workspace.reading_settings
        )
    )
    if reading_settings.begun(workspace):
        click.echo(_("The practice count that has begun keeps what it was begun with."))


def _read(
    paths: Sequence[Path], forms: Sequence[FrozenForm], settings: ReaderSettings, workers: int | None
) -> list[_Page]:
    """Read the deck; the same image given twice, as in a PDF and beside it, is taken once."""
    refs = scans.list_pages(paths)
    pages, seen = [], set()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=console(), transient=True) as bar:
        task = bar.add_task(_("Reading"), total=len(refs))
        for ref, reading in zip(refs, pool.read_pages(refs, forms, settings, workers), strict=True):
            bar.advance(task)
            if reading.outcome in (Outcome.READ, Outcome.REVIEW) and reading.sha256:
                if reading.sha256 in seen:
                    continue
                seen.add(reading.sha256)
            pages.append(_Page(ref.path, reading))
    return pages


def _answers(
    truth: Path | None, pages: Sequence[_Page], workspace: Workspace, forms: Mapping[str, FrozenForm]
) -> list[Expected | None]:
    """Return what is known of each page."""
    if truth is None:
        return [None] * len(pages)
    if truth.suffix.lower() == ".json":
        known = expected.from_truth(truth)
        answers = [known.get((page.file.resolve(), page.reading.index)) for page in pages]
        if not any(answers):
            raise VotesError(
                _("{file} says nothing of these scans.").format(file=truth),
                hint=_("Give the scans that lie beside it, under their own names."),
            )
        return answers
    return _in_order(truth, pages, workspace, forms)


def _in_order(
    votes: Path, pages: Sequence[_Page], workspace: Workspace, forms: Mapping[str, FrozenForm]
) -> list[Expected | None]:
    """Return what a votes file says of each page: the n-th scan of a side is that of the n-th ballot."""
    lost = [page.reading for page in pages if _may_be_a_ballot(page.reading)]
    if lost:
        raise VotesError(
            _("{file}, page {page} was not recognised, so the order of the ballots is not certain.").format(
                file=lost[0].source, page=lost[0].index + 1
            ),
            hint=_("Scan this sheet again in its place, or take it out of scans and votes file."),
        )
    index = forms_index(workspace)
    seen = {form for form in (page.reading.form for page in pages) if form is not None and form in forms}
    rounds = {index[form].round for form in seen}
    # Those that were scanned come last and win, where a style was printed anew.
    of_round = [form for form in sorted(forms, key=lambda form: form in seen) if index[form].round in rounds]
    styles = {index[form].style: forms[form].form for form in of_round}
    if len(rounds) > 1 or not seen <= {form.id for form in styles.values()}:
        raise VotesError(
            _("These scans are of several rounds or printings; a votes file belongs to one."),
            hint=_("Calibrate with the ballots of one round, all printed from one plan."),
        )
    known = expected.from_votes(votes, styles)
    counted = Counter((page.reading.form, page.reading.page) for page in pages if page.reading.form in forms)
    for (form, side), ballots in known.items():
        if form in seen and counted[form, side] != len(ballots):
            raise VotesError(
                _(
                    "{file} has {ballots} ballots of {style}, but {pages} scans are of their side {side}."
                ).format(
                    file=votes,
                    ballots=len(ballots),
                    style=index[form].style,
                    pages=counted[form, side],
                    side=side,
                ),
                hint=_("Each ballot of the file must be scanned, in the file's order, and no other."),
            )
    answers: list[Expected | None] = []
    place: Counter[tuple[str | None, int | None]] = Counter()
    for page in pages:
        key = page.reading.form, page.reading.page
        ballots = known.get((key[0] or "", key[1] or 0), [])
        answers.append(ballots[place[key]] if place[key] < len(ballots) else None)
        place[key] += 1
    return answers


def _may_be_a_ballot(reading: PageReading) -> bool:
    return reading.outcome is Outcome.UNREADABLE or (
        reading.outcome is Outcome.REVIEW and reading.form is None
    )


def _samples(pages: Sequence[_Page], answers: Sequence[Expected | None]) -> Iterator[Sample]:
    truths = {True: Truth.MARK, False: Truth.NOTHING, None: Truth.DOUBTFUL}
    for page, known in zip(pages, answers, strict=True):
        reading = page.reading
        for field in reading.fields if reading.outcome is Outcome.READ else ():
            said = (field.contest, field.option)
            truth = truths[known[said]] if known is not None and said in known else Truth.UNKNOWN
            where = _("{file}, page {page}, {row}, {option}").format(
                file=reading.source, page=reading.index + 1, row=field.contest, option=field.option
            )
            yield Sample(where, truth, field)


def _refuse(pages: Sequence[_Page], found: Separation) -> None:
    """Leave with a sentence where the scanner, or the deck, is not good enough."""
    failed = [page.reading for page in pages if page.reading.outcome not in _GOOD]
    out = console()
    for title, samples in ((_("Not seen:"), found.missed), (_("Seen, though empty:"), found.invented)):
        for one in samples[:_SHOWN]:
            out.print(Text(f"{title} {one.where}"))
        if len(samples) > _SHOWN:
            out.print(Text(_("and {count} more").format(count=len(samples) - _SHOWN)))
    for reading in failed[:_SHOWN]:
        why = "; ".join(explain(note) for note in reading.notes) or _(OUTCOMES[reading.outcome])
        where = _("{file}, page {page}: {sentence}")
        out.print(Text(where.format(file=reading.source, page=reading.index + 1, sentence=why)))
    if Trouble.FEW in found.troubles:
        raise NoDeck(
            _(_TROUBLES[Trouble.FEW]).format(least=calibration.LEAST_BOXES)
            + " "
            + _("It has {marks} and {empty}.").format(marks=len(found.marks), empty=len(found.empty)),
            hint=_("Fill in and scan more practice ballots. Nothing was written."),
        )
    problems = [
        _(_TROUBLES[trouble]).format(
            darkness=f"{100 * found.darkness:.0f} %",
            marks=f"{100 * max(found.unclear_marks):.1f} %",
            empty=f"{100 * max(found.unclear_empty):.1f} %",
        )
        for trouble in found.troubles
    ]
    if len(failed) > _MOST_NOT_READ * len(pages):
        problems.append(
            _("{failed} of {pages} pages could not be read at all.").format(
                failed=len(failed), pages=len(pages)
            )
        )
    if problems:
        raise ScannerRefused(
            _("This scanner does not tell marks from empty boxes surely enough.") + " " + " ".join(problems),
            hint=_(
                "Set the scanner to gray instead of black and white, at 200 or 300 dpi, with more contrast "
                "and without “clean background”; clean its glass; scan the deck again. Nothing was written."
            ),
        )


def _evidence(pages: Sequence[_Page], found: Separation, dpi: int, known: bool) -> Evidence:
    return Evidence(
        pages=len(pages),
        dpi=dpi,
        answers_known=known,
        marks=len(found.marks),
        empty_boxes=len(found.empty),
        weakest_mark_mm2=round(found.marks[0].measure("strong_mm2"), 3),
        strongest_empty_mm2=round(found.empty[0].measure("strong_mm2"), 3),
        faintest_darkness=round(found.faintest.measure("darkness"), 3) if found.faintest else 0.0,
    )
