"""`phieu batches`, `withdraw`, `figures`, `tally` and `verify`: the counting desk in the terminal."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..count.batches import Batch, BatchState
from ..count.bundle import Bundle
from ..count.desk import Desk
from ..count.differences import Difference
from ..count.figures import WORDS
from ..count.verify import verify
from ..errors import ExitCode
from ..ocr.reading import Outcome
from ..vote.basis import spoken
from ..vote.plan import Round
from ..vote.rules import note_on_checking
from ..vote.tally import RoundTally, StyleTally, percent_words, tally_json
from ..words import N_, _, ngettext
from ..workspace import Workspace
from .main import practice_option, workspace_option

OUTCOMES = {
    Outcome.READ: N_("read"),
    Outcome.BLANK: N_("blank"),
    Outcome.SEPARATOR: N_("separators"),
    Outcome.DUPLICATE: N_("duplicates"),
    Outcome.REVIEW: N_("for review"),
    Outcome.NOT_OURS: N_("not ours"),
    Outcome.UNREADABLE: N_("unreadable"),
}
_STATES = {
    BatchState.STAGED: N_("staged, NOT COUNTED"),
    BatchState.TAKEN: N_("in the count"),
    BatchState.WITHDRAWN: N_("withdrawn"),
}
_PIPED_WIDTH = 160
"""Of a table that goes to a file or another program: nothing is cut or wrapped."""


@click.command("batches", help=_("List the batches of scans that were read."))
@workspace_option
@practice_option
def batches_command(root: Path, practice: bool) -> None:
    """List the batches."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        batches = desk.batches()
    say_if_practice(practice)
    if not batches:
        click.echo(_("No batch was read yet. `phieu read` reads one."))
        return
    table = plain_table(_("Batch"), _("State"))
    for heading in (_("Declared"), _("Sheets"), _("Pages")):
        table.add_column(heading, justify="right")
    table.add_column("")
    for batch in batches:
        table.add_row(
            Text(batch.name),
            _(_STATES[batch.state]),
            str(batch.declared),
            str(batch.sheets),
            str(sum(batch.pages.values())),
            Text(_why(batch)),
        )
    console().print(table)


@click.command("withdraw", help=_("Take a batch out of the count as a whole."))
@click.argument("batch")
@click.option("--reason", required=True, help=_("Why; it stays in the record."))
@click.option("--by", required=True, help=_("Who decides."))
@workspace_option
@practice_option
def withdraw_command(batch: str, reason: str, by: str, root: Path, practice: bool) -> None:
    """Withdraw a batch."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        desk.withdraw(batch, reason, by)
    click.echo(_("Batch {name} is no longer in the count. Its sheets may be read again.").format(name=batch))


@click.command("figures", help=_("Tell what people counted of one kind of ballot by hand."))
@click.argument("round_id", metavar="ROUND")
@click.argument("style_id", metavar="STYLE")
@click.option("--members", type=int, help=_("All who may vote, summoned or not."))
@click.option("--summoned", type=int, help=_("People who were summoned."))
@click.option("--present", type=int, help=_("People who were present."))
@click.option("--printed", type=int, help=_("Ballots printed: issued, exchanged and unused together."))
@click.option("--issued", type=int, help=_("Ballots issued to voters."))
@click.option("--exchanged", type=int, help=_("Spoilt ballots that were exchanged."))
@click.option("--unused", type=int, help=_("Ballots left over, spare ones too."))
@click.option("--collected", type=int, help=_("Ballots taken out of the box."))
@click.option("--by", required=True, help=_("Who counted."))
@workspace_option
@practice_option
def figures_command(
    round_id: str, style_id: str, by: str, root: Path, practice: bool, **told: int | None
) -> None:
    """Record figures, and print those in force."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        remarks = desk.set_figures(round_id, style_id, by, **told)
        in_force = desk.figures_told(round_id, style_id)
    for name, number in in_force.items():
        click.echo(f"{_(WORDS[name]):<24}{number:>8}")
    for remark in remarks:
        click.echo(_("Note: {remark}").format(remark=remark))


@click.command("tally", help=_("Print what the count comes to so far."))
@click.argument("round_id", metavar="[ROUND]", required=False)
@click.option("--json", "as_json", is_flag=True, help=_("As JSON."))
@workspace_option
@practice_option
def tally_command(round_id: str | None, as_json: bool, root: Path, practice: bool) -> None:
    """Print the tally of one round, or of all."""
    workspace = Workspace.open(root, practice)
    plan = workspace.plan()
    with Desk.open(workspace, plan) as desk:
        rounds = [desk.round(round_id)] if round_id else list(plan.rounds)
        standings = [desk.standing(one.id) for one in rounds]
    tallies = [one.tally() for one in standings]
    if as_json:
        click.echo(json.dumps(tally_json(practice, tallies), ensure_ascii=False, indent=1))
        return
    say_if_practice(practice)
    for a_round, tally, standing in zip(rounds, tallies, standings, strict=True):
        print_round(a_round, tally)
        if standing.closed is not None:
            say_closed(standing.closed)
            say_explained(standing.closed)
        else:
            _say_before_closing(a_round, standing.differences())


@click.command(
    "verify", help=_("Check every stored thing against the journal, and the tally against the readings.")
)
@workspace_option
@practice_option
@click.pass_context
def verify_command(ctx: click.Context, root: Path, practice: bool) -> None:
    """Verify the record."""
    workspace = Workspace.open(root, practice)
    with Desk.open(workspace, workspace.plan()) as desk:
        problems = verify(desk)
        head = desk.journal_head()
    for problem in problems:
        click.echo(_("Error: {message}").format(message=problem), err=True)
    if problems:
        click.echo(
            ngettext(
                "{n} thing is not as it was recorded.",
                "{n} things are not as they were recorded.",
                len(problems),
            ).format(n=len(problems)),
            err=True,
        )
        ctx.exit(int(ExitCode.BROKEN_RECORD))
    click.echo(_("Everything is as the journal recorded it, and the tally adds up."))
    click.echo(_("Head of the journal: {head}").format(head=head))


def console() -> Console:
    """Return a console that takes names as they are, and cuts nothing when its output is piped."""
    out = Console(highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        out.width = _PIPED_WIDTH
    return out


def plain_table(*headings: str) -> Table:
    """Return an empty table with these columns of text."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def say_if_practice(practice: bool) -> None:
    """Say over everything printed that it is a rehearsal."""
    if practice:
        click.echo(_("PRACTICE: a rehearsal, never counted as real."))


def print_round(a_round: Round, tally: RoundTally) -> None:
    """Print a round's tally; `phieu demo` does it too."""
    out = console()
    out.print()
    out.print(Text(f"{tally.title} [{tally.id}]", style="bold"))
    for style in tally.styles:
        _print_style(out, a_round, style)
    unchecked = note_on_checking(a_round.rules)
    if unchecked:
        out.print(Text(f"{spoken(a_round.rules.title)}: {unchecked}"))
    if tally.final:
        as_collected = all(style.read == style.figures.collected for style in tally.styles)
        out.print(
            _("Final: no question is open, and as many ballots were read as were collected.")
            if as_collected
            else _("Final: the round was closed, though not as many ballots were read as were collected.")
        )
        return
    out.print(Text(_("NOT FINAL:"), style="bold"))
    for reason in tally.open:
        out.print(Text(f"  - {reason}"))


def say_closed(bundle: Bundle) -> None:
    """Print that a round is closed, by whom, and the fingerprint of its results."""
    click.echo(
        _("Round {name} is closed by {people}, {at}.").format(
            name=bundle.round, people=", ".join(bundle.closed_by), at=bundle.closed_at
        )
    )
    click.echo(_("Fingerprint: {fingerprint}").format(fingerprint=bundle.fingerprint))
    if bundle.corrects:
        click.echo(
            _("It corrects the results {fingerprint}: {reason}").format(
                fingerprint=bundle.corrects[:16], reason=bundle.reason
            )
        )


def say_explained(bundle: Bundle) -> None:
    """Print each difference that the round was closed with, and its explanation."""
    for one in bundle.explained:
        click.echo(_("Difference: {sentence}").format(sentence=one.sentence))
        click.echo(
            "  " + _("Explained by {by}: {explanation}").format(by=one.by, explanation=one.explanation)
        )


def _say_before_closing(a_round: Round, found: Sequence[Difference]) -> None:
    """Print the differences that have to be explained before the round can be closed."""
    waiting = [one for one in found if not one.settled]
    if waiting:
        click.echo(_("Before the round can be closed, these figures have to be corrected or explained:"))
    for one in waiting:
        click.echo(f"  - {one.sentence} [{a_round.id}/{one.id}]")


def _why(batch: Batch) -> str:
    return f"{batch.reason} ({batch.by})" if batch.by else batch.reason


def _print_style(out: Console, a_round: Round, style: StyleTally) -> None:
    figures = style.figures
    out.print()
    out.print(Text(style.title, style="bold"))
    numbers = [
        (_("issued"), figures.issued),
        (_("collected"), figures.collected),
        (_("read"), style.read),
        (_("valid"), style.valid),
        (_("invalid"), style.invalid),
        (_("undecided"), style.undecided),
    ]
    out.print(Text("   ".join(f"{name} {'–' if number is None else number}" for name, number in numbers)))
    table = plain_table("", _("Name"))
    for option in a_round.rules.options:
        table.add_column(spoken(option.label), justify="right")
    for heading in (_("No box"), _("Several"), _("Undecided")):
        table.add_column(heading, justify="right")
    table.add_column(_("Outcome"))
    labels = {one.outcome: spoken(one.label) for one in a_round.rules.thresholds}
    for number, contest in enumerate(style.contests, start=1):
        votes = [
            f"{contest.votes[option.id]} ({percent_words(contest.percent[option.id])})"
            for option in a_round.rules.options
        ]
        others = (contest.blank, contest.overvoted, contest.undecided)
        outcome = labels.get(contest.outcome or "", "")
        table.add_row(str(number), Text(contest.name), *_texts(votes), *map(str, others), Text(outcome))
    out.print(table)


def _texts(cells: Sequence[str]) -> list[Text]:
    return [Text(cell) for cell in cells]
