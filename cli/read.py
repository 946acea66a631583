"""`phieu read` and `phieu inspect`: paper comes in."""

import json
from collections import Counter
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ..count.batches import BatchReport
from ..count.desk import Desk
from ..errors import ExitCode
from ..forms.form import FrozenForm
from ..ocr import inspection, measured
from ..ocr.reading import Outcome, PageReading, State, explain
from ..words import N_, _, ngettext
from ..workspace import Workspace
from .count import OUTCOMES, console, plain_table, say_if_practice
from .main import practice_option, workspace_option

_FIELD_STATES = {State.MARKED: N_("marked"), State.EMPTY: N_("empty"), State.UNCLEAR: N_("unclear")}


@click.command(
    "read", help=_("Read a batch of scanned ballots (PDF, TIFF, JPEG, PNG, folders) into the count.")
)
@click.argument("paths", nargs=-1, required=True, metavar=_("FILE..."), type=click.Path(path_type=Path))
@click.option("--batch", required=True, help=_("The batch's name, as hall-1."))
@click.option("--sheets", required=True, type=int, help=_("How many sheets people counted in it beforehand."))
@click.option("--workers", type=click.IntRange(min=1), help=_("Processes that read; one a core by default."))
@workspace_option
@practice_option
@click.pass_context
def read_command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    batch: str,
    sheets: int,
    workers: int | None,
    root: Path,
    practice: bool,
) -> None:
    """Read a batch of scanned ballots into the count."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk, _progress() as bar:
        task = bar.add_task(_("Reading"), total=None)
        report = desk.take_in(
            batch,
            sheets,
            paths,
            workers,
            on_page=lambda: bar.advance(task),
            on_start=lambda pages: bar.update(task, total=pages),
        )
    say_if_practice(practice)
    print_report(report)
    ctx.exit(int(report.exit_code))


@click.command(
    "inspect",
    help=_("Say what the reader sees on scanned pages (PDF, TIFF, JPEG, PNG, folders). Nothing is counted."),
)
@click.argument("paths", nargs=-1, required=True, metavar=_("FILE..."), type=click.Path(path_type=Path))
@click.option(
    "--form",
    "forms",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    help=_("A frozen form, forms/ID.json; may be given several times."),
)
@click.option("--json", "as_json", is_flag=True, help=_("One line of JSON a page."))
@click.option(
    "--features",
    is_flag=True,
    help=_("Say what was measured in every field; without it, in those that are unclear."),
)
@click.option(
    "--overlay",
    type=click.Path(file_okay=False, path_type=Path),
    help=_("Write a picture of each page into this folder, with what was read on it."),
)
@click.pass_context
def inspect_command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    forms: tuple[Path, ...],
    as_json: bool,
    features: bool,
    overlay: Path | None,
) -> None:
    """Read pages without a workspace, and say what was seen."""
    frozen = [FrozenForm.load(path) for path in forms]
    code, readings = ExitCode.OK, []
    for reading in inspection.inspect(paths, frozen, overlay):
        code = max(code, inspection.EXIT_CODES[reading.outcome])
        if as_json:
            click.echo(json.dumps(inspection.as_printed(reading, features), ensure_ascii=False))
        else:
            readings.append(reading)
    if not as_json:
        _print_readings(readings)
        _print_fields(readings, features)
    ctx.exit(int(code))


def _print_readings(readings: list[PageReading]) -> None:
    """Print a table of pages, and a sentence for each that is not simply read."""
    table = plain_table(_("Page"), _("Outcome"), _("Form"))
    for heading in (_("Residual, mm"), _("Marked"), _("Empty"), _("Unclear"), _("Stray ink")):
        table.add_column(heading, justify="right")
    for reading in readings:
        read = reading.outcome is Outcome.READ
        states = Counter(field.state for field in reading.fields)
        table.add_row(
            Text(f"{reading.source} ({reading.index + 1})"),
            _(OUTCOMES[reading.outcome]),
            Text("" if reading.form is None else f"{reading.form}/{reading.page}"),
            "" if reading.residual_mm is None else f"{reading.residual_mm:.2f}",
            *(str(states[state]) if read else "" for state in (State.MARKED, State.EMPTY, State.UNCLEAR)),
            str(len(reading.stray)) if read else "",
        )
    out = console()
    out.print(table)
    for reading in readings:
        if reading.notes or reading.outcome is not Outcome.READ:
            said = "; ".join(explain(note) for note in reading.notes) or _(OUTCOMES[reading.outcome])
            sentence = _("{file}, page {page}: {sentence}")
            out.print(Text(sentence.format(file=reading.source, page=reading.index + 1, sentence=said)))
    pages = Counter(reading.outcome for reading in readings)
    counted = ", ".join(f"{_(word)} {pages[outcome]}" for outcome, word in OUTCOMES.items() if pages[outcome])
    given = ngettext("{count} page", "{count} pages", len(readings)).format(count=len(readings))
    out.print(Text(f"{given}: {counted}"))


def _print_fields(readings: list[PageReading], every: bool) -> None:
    """Print what was seen in fields and why it was read so: in every field, or where it is unclear."""
    headings = (_("Page"), _("Row"), _("Option"), _("Read as"), _("Reason"), _("Measured"))
    table = plain_table(*headings)
    for reading in readings:
        for field in reading.fields if reading.outcome is Outcome.READ else ():
            if every or field.state is State.UNCLEAR:
                table.add_row(
                    Text(f"{reading.source} ({reading.index + 1})"),
                    Text(field.contest),
                    Text(field.option),
                    _(_FIELD_STATES[field.state]),
                    explain(field.why),
                    measured.spoken(field.features),
                )
    if table.row_count:
        console().print(table)


def print_report(report: BatchReport) -> None:
    """Print what became of a batch's pages; `phieu demo` does it too."""
    out = console()
    for line in report.lines:
        out.print(Text(f"{line.where}: {line.sentence}"))
    headings = (_("Batch"), _("Declared"), _("Sheets"), _("Pages given"))
    table = plain_table(*headings, *(_(word) for word in OUTCOMES.values()))
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row(
        Text(report.batch),
        str(report.declared),
        str(report.sheets),
        f"{report.given} =",
        *(str(report.pages[outcome]) for outcome in OUTCOMES),
    )
    out.print(table)
    for sentence in report.sentences:
        out.print(Text(sentence))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console(), transient=True
    )
