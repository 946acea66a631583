"""`phieu export` and `recount`: totals for the committee; single ballots for auditors, and their recount."""

import json
from collections.abc import Callable
from pathlib import Path

import click
from rich.text import Text

from ..count import single_ballots
from ..count.bundle import read_bundle
from ..count.cvr_reading import Recount, differences, recount_file
from ..count.desk import Desk
from ..errors import ExitCode, WorkspaceError
from ..site.export_workbook import as_xlsx
from ..site.exports import Totals, as_csv, as_json
from ..words import _, ngettext
from ..workspace import Workspace
from .count import console, plain_table, say_if_practice
from .main import practice_option, workspace_option

_TOTALS: dict[str, Callable[[Totals], bytes]] = {
    "csv": as_csv,
    "xlsx": as_xlsx,
    "json": as_json,
}
_SINGLE = "cvr"
_CONSENT = "--yes-these-are-single-ballots"


@click.command(
    "export", help=_("Write a round's totals, or its single ballots, into a file for the committee.")
)
@click.argument("round_id", metavar="ROUND")
@click.option(
    "--to",
    "kind",
    required=True,
    type=click.Choice([*_TOTALS, _SINGLE]),
    help=_("csv, xlsx, json: totals. cvr: each ballot for itself (NIST SP 1500-103), never to be published."),
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("The file; by default in results/export/."),
)
@click.option("--by", help=_("Who takes single ballots; it stays in the journal."))
@click.option(
    _CONSENT, "consent", is_flag=True, help=_("Say that you know what single ballots can give away.")
)
@workspace_option
@practice_option
def export_command(
    round_id: str, kind: str, out: Path | None, by: str | None, consent: bool, root: Path, practice: bool
) -> None:
    """Export one round."""
    workspace = Workspace.open(root, practice)
    say_if_practice(practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        name = desk.round(round_id).id
        target = out or single_ballots.export_folder(workspace) / f"{name}.{_ending(kind)}"
        if kind == _SINGLE:
            _export_single(desk, name, target, by, consent)
        else:
            _export_totals(desk, name, target, kind)


@click.command("recount", help=_("Count single ballots that were exported anew, from their file alone."))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_("A results bundle that it must equal."),
)
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@click.pass_context
def recount_command(ctx: click.Context, file: Path, against: Path | None, as_json: bool) -> None:
    """Count again; it needs no workspace."""
    found = recount_file(file)
    if as_json:
        click.echo(json.dumps(_recount_json(found), ensure_ascii=False, indent=1))
    else:
        _print(found)
    if against is None:
        return
    bundle = read_bundle(against)
    wrong = differences(found, bundle)
    for sentence in wrong:
        click.echo(_("Error: {message}").format(message=sentence), err=True)
    if wrong:
        ctx.exit(int(ExitCode.RESULTS_DIFFER))
    click.echo(
        _("The records add up to just what the bundle says: {fingerprint}").format(
            fingerprint=bundle.fingerprint
        ),
        err=as_json,
    )


def _ending(kind: str) -> str:
    return "cvr.json" if kind == _SINGLE else kind


def _export_totals(desk: Desk, round_id: str, target: Path, kind: str) -> None:
    tally, bundle = desk.tally(round_id), desk.bundle(round_id)
    totals = Totals(
        plan=desk.round(round_id),
        tally=tally,
        practice=desk.workspace.practice,
        journal_head=desk.journal_head(),
        bundle_sha256=bundle.sha256 if bundle else None,
        explained=bundle.explained if bundle else (),
    )
    data = _TOTALS[kind](totals)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise WorkspaceError(
            _("{file} can't be written: {reason}.").format(file=target, reason=error.strerror or error)
        ) from error
    if not tally.final:
        click.echo(_("NOT FINAL: the file says so too."))
    click.echo(_("Totals of {round}: {file}").format(round=round_id, file=target))


def _export_single(desk: Desk, round_id: str, target: Path, by: str | None, consent: bool) -> None:
    if not consent or not by:
        raise click.UsageError(
            _(
                "These are single ballots. With many rows a ballot's pattern is a signature: whoever told "
                "a voter which pattern to make can look for it in this file. It is for auditors who are "
                "bound to keep it, never for publication. If that is meant, add {flag} and --by NAME; it "
                "will stand in the journal."
            ).format(flag=_CONSENT)
        )
    done = single_ballots.write(desk, round_id, by, target)
    click.echo(
        ngettext(
            "{n} ballot in random order: {file}", "{n} ballots in random order: {file}", done.ballots
        ).format(n=done.ballots, file=done.path)
    )
    click.echo(
        ngettext(
            "{n} of them says what no other does: its voter could be told by it.",
            "{n} of them say what no other does: their voters could be told by it.",
            done.alone,
        ).format(n=done.alone)
    )
    click.echo(
        _("Only your own user can read the file. Keep it so, never publish it, and delete it when done.")
    )
    click.echo(f"SHA-256 {done.sha256}")


def _recount_json(found: Recount) -> dict[str, object]:
    return {
        "practice": found.practice,
        "unit": found.unit,
        "round": found.round,
        "ballots": [
            {
                "id": style,
                "read": counted.valid + counted.invalid,
                "valid": counted.valid,
                "invalid": counted.invalid,
                "contests": [{"id": row, "said": dict(said)} for row, said in counted.rows.items()],
            }
            for style, counted in found.styles.items()
        ],
    }


def _print(found: Recount) -> None:
    say_if_practice(found.practice)
    out = console()
    out.print(Text(f"{found.title} [{found.round}]", style="bold"))
    for style, counted in found.styles.items():
        out.print()
        numbers = _("{ballot}: {n} ballots, {valid} valid, {invalid} invalid")
        total = counted.valid + counted.invalid
        out.print(numbers.format(ballot=style, n=total, valid=counted.valid, invalid=counted.invalid))
        table = plain_table("", _("Name"))
        for label in found.labels.values():
            table.add_column(label, justify="right")
        for heading in (_("No box"), _("Several"), _("Spoiled by other ink")):
            table.add_column(heading, justify="right")
        for number, (row, said) in enumerate(counted.rows.items(), start=1):
            cells = [str(said.get(what, 0)) for what in (*found.labels, "blank", "overvoted", "spoiled")]
            table.add_row(str(number), Text(found.names[style, row]), *cells)
        out.print(table)
