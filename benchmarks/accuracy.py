"""How often is the reader wrong without anybody being asked? By kind of damage and severity, in one table.

    .venv/bin/python benchmarks/accuracy.py                            100,000 fields, all kinds
    .venv/bin/python benchmarks/accuracy.py --kinds fold,skew --severity 2 --fields 5000 --seed 3
    .venv/bin/python benchmarks/accuracy.py --kinds office --fields 10000000 --papers dense --state FILE
    .venv/bin/python benchmarks/accuracy.py --kinds marks --keep DIR   keeps the pages with silent errors
    .venv/bin/python benchmarks/accuracy.py --smoke                    a few pages, for the tests

A silent error is a state outside a field's admissible states: a clear cross may be read as marked or unclear,
where the pen rested as empty or unclear, a correction only as unclear. The exit status is 1 if there was one.
A run with --state can be broken off and started again with the same words: it does what is left. For a long
one work in a clone, where nobody changes the code: git clone . /tmp/long/phieu, and PYTHONPATH=/tmp/long.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from phieu.benchmarks import machine
from phieu.benchmarks.trials import aged, cells, grid, hands, papers, recorded, run, table
from phieu.benchmarks.trials.pages import Cell

_PAPERS = ("dense", "usual", "tight", "short")
_SMOKE = (("office", 1), ("skew", 2), ("fold", 2), ("holes", 3), ("dpi", 3), ("cross", 1), ("struck", 1))
_SHOWN = 40


@click.command(
    help=(__doc__ or "").replace("\n\n", "\n\n\b\n"), context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--kinds", default="", help="Kinds, by the beginning of their names, or damage, marks, library."
)
@click.option("--severity", type=click.IntRange(1), help="Only the severity of this number, from 1.")
@click.option("--fields", type=click.IntRange(1), default=100_000, show_default=True, help="In all.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--papers", "mix", default=",".join(_PAPERS), show_default=True, help="Taken in turn.")
@click.option("--ink", default="", help="Makers of ink, by lot; all at hand if not said.")
@click.option(
    "--pen-data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of UNIPEN data: real hands, kept for later runs.",
)
@click.option("--workers", type=click.IntRange(1), help="Processes; all cores if not said.")
@click.option(
    "--state", type=click.Path(dir_okay=False, path_type=Path), help="Results so far; to go on later."
)
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Folder for pages read wrong.")
@click.option("--smoke", is_flag=True, help="A few pages of a few kinds.")
@click.option("--falsify", is_flag=True, help="Turn one field a page, to see that the table tells.")
@click.option("--list", "list_only", is_flag=True, help="Show the kinds and severities.")
def main(
    kinds: str,
    severity: int | None,
    fields: int,
    seed: int,
    mix: str,
    ink: str,
    pen_data: Path | None,
    workers: int | None,
    state: Path | None,
    keep: Path | None,
    smoke: bool,
    falsify: bool,
    list_only: bool,
) -> None:
    """Run trials and print the table."""
    if list_only:
        for kind, levels in grid.KINDS.items():
            click.echo(f"{kind}: " + "; ".join(level for level, _do in levels))
        return
    todo_cells = _cells(kinds, severity, smoke)
    names = ("tight", "short") if smoke else tuple(mix.split(","))
    if pen_data is not None:
        click.echo(f"{recorded.gather(pen_data)} writers kept from {pen_data}", err=True)
    sources = tuple(ink.split(",")) if ink else hands.available()
    _check(names, _PAPERS, "papers")
    _check(sources, hands.available(), "makers of ink that are at hand")
    if any(cell.section == "library" for cell in todo_cells):
        aged.prepare()
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
    setting = run.Setting({n: papers.paper(n) for n in names}, names, sources, seed, keep, falsify)
    count = workers or run.processors()
    todo = run.jobs(todo_cells, 60 * len(todo_cells) if smoke else fields, setting)
    preamble = machine.preamble()
    commit = next(line for line in preamble.splitlines() if line.startswith("commit"))
    click.echo(preamble)
    click.echo(f"ink by   {', '.join(sources)}")
    results = {cell: run.Result() for cell in todo_cells}
    try:
        for number, (job, result) in enumerate(run.run(todo, setting, count, state, commit), start=1):
            results[job.cell].add(result)
            if sys.stderr.isatty():
                click.echo(f"\r{number} of {len(todo)} jobs", nl=number == len(todo), err=True)
    except run.StateError as error:
        raise click.ClickException(str(error)) from error
    _show(results)
    sys.exit(1 if any(r.counts.silent or r.counts.vanished for r in results.values()) else 0)


def _cells(kinds: str, severity: int | None, smoke: bool) -> list[Cell]:
    if smoke:
        return [cells.chosen([kind], level)[0] for kind, level in _SMOKE]
    try:
        return cells.chosen([kind.strip() for kind in kinds.split(",") if kind.strip()], severity)
    except KeyError as error:
        raise click.ClickException(f"no kind is called {error}; --list shows them all") from error


def _check(given: Sequence[str], known: Sequence[str], what: str) -> None:
    strange = [one for one in given if one not in known]
    if strange:
        raise click.ClickException(f"{', '.join(strange)}: the {what} are {', '.join(known)}")


def _show(results: dict[Cell, run.Result]) -> None:
    click.echo()
    click.echo("\n".join(table.lines(results)))
    click.echo()
    click.echo(table.LEGEND)
    wrong = [one for result in results.values() for one in result.wrong]
    if wrong:
        click.echo(f"\nsilent errors by what was drawn, read and why ({len(wrong)}):")
        sums = Counter((one["truth"], one["read"], one["why"]) for one in wrong)
        for (truth, read, why), times in sums.most_common(_SHOWN):
            click.echo(f"{times:6}  {truth} read as {read} ({why})")
        click.echo(f"\nthe first {min(len(wrong), _SHOWN)}:")
        for one in wrong[:_SHOWN]:
            where = f"{one['cell']} page {one['number']} {one['paper']} {one['source']} {one['pen']}"
            what = f"{one['contest']}.{one['option']} {one['truth']} read as {one['read']} ({one['why']})"
            click.echo(f"  {where}: {what} {one['picture']}".rstrip())
    failed = Counter(message for result in results.values() for message in result.failed)
    for message, times in failed.items():
        click.echo(f"{times} pages: {message}")


if __name__ == "__main__":
    main()
