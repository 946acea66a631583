"""How many sheets that were scanned twice are found by their ink, how many others are asked about in vain.

    .venv/bin/python benchmarks/rescans.py
    .venv/bin/python benchmarks/rescans.py --sheets 4500      # ten million pairs
    .venv/bin/python benchmarks/rescans.py --smoke            # seconds, says nothing

Hands, pens and scanners are the rehearsal's, so the rates are those of simulated hands. A false alarm is a
pair of different sheets that people would be asked about. Time is that of comparing 10,000 ballots of 20
rows, all pairs, in one process.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from phieu.benchmarks import dense
from phieu.benchmarks.machine import cores, preamble
from phieu.benchmarks.rescanned import Again, Order, Scanned, Voters, scanned
from phieu.count.rescans import LEAST_ROWS, Inked, twins
from phieu.forms.form import Form
from phieu.ocr import likeness

Places = NDArray[np.int64]

ROWS = (1, 5, 20, 40)
_TARGET_FOUND, _TARGET_FALSE, _TARGET_S = 0.95, 1.0, 60.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    sheets: int
    """Of the first kind of voters; of the others a quarter."""
    rescanned: int
    """Sheets that are scanned again, in each way."""
    compared: int
    """Ballots of which the time is taken."""


_DEFAULT, _SMOKE = Size(1420, 100, 10_000), Size(8, 1, 200)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sheets", type=int, default=_DEFAULT.sheets, help="different sheets compared")
    parser.add_argument("--rescanned", type=int, default=_DEFAULT.rescanned, help="sheets scanned twice")
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--smoke", action="store_true", help="only see whether it runs")
    told = parser.parse_args()
    size = _SMOKE if told.smoke else replace(_DEFAULT, sheets=told.sheets, rescanned=told.rescanned)
    print(preamble())
    out = Console(width=190, highlight=False)
    form = dense.form().form
    done = {voters: _done(voters, size, told.workers) for voters in Voters}
    out.print("\nSIMULATED hands, pens and scanners: real ink and real scanners may do worse.\n")
    out.print(_found_table(form, done))
    out.print(_false_table(form, done))
    seconds, alarms, pairs = _timed(form, done[Voters.ONE_HAND], size.compared)
    out.print(
        f"{size.compared:,} ballots of 20 rows, {pairs:,} pairs, compared in {seconds:.1f} s"
        f" (target {_TARGET_S:.0f}); one hand's marks in other order on each: {alarms} false alarms."
    )


def _done(voters: Voters, size: Size, workers: int) -> list[Scanned]:
    sheets = size.sheets if voters is Voters.FIRST else max(size.rescanned, size.sheets // 4)
    orders = [Order(voters, n, tuple(Again) if n < size.rescanned else ()) for n in range(sheets)]
    with Progress(disable=not sys.stderr.isatty(), console=Console(stderr=True)) as bar:
        task = bar.add_task(voters, total=len(orders))
        return scanned(orders, workers, lambda: bar.advance(task))


def _found_table(form: Form, done: dict[Voters, list[Scanned]]) -> Table:
    """Say which share of sheets that were scanned twice is found."""
    table = _table("Rescans found, of sheets scanned twice", "second scan")
    for voters in Voters:
        table.add_section()
        table.add_row(f"[bold]{voters}[/]")
        for again in Again:
            table.add_row(f"  {again}", *(_found(form, done[voters], rows, again) for rows in ROWS))
    table.caption = f"Aim: {_TARGET_FOUND:.0%} from 20 rows on. * below it."
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=box.SIMPLE)
    table.add_column(first, no_wrap=True)
    for rows in ROWS:
        table.add_column(f"{rows} row{'s' if rows > 1 else ''}", justify="right", no_wrap=True)
    return table


def _found(form: Form, done: Sequence[Scanned], rows: int, again: Again) -> str:
    if rows < LEAST_ROWS:
        return "can't tell"
    tried = hits = 0
    for fields in _groups(form, rows):
        before = _ballots(done, fields)
        after = [
            Inked(f"again-{one.sheet}", {1: _part(one.again[again], fields)}) for one in done if one.again
        ]
        pairs = twins(form, [*before, *after], {one.key for one in after})
        hits += sum(pair.one.partition("-")[2] == pair.other.partition("-")[2] for pair in pairs)
        tried += len(after)
    missed = rows >= 20 and hits < _TARGET_FOUND * tried
    return f"{100 * hits / tried:.1f} %{'*' if missed else ''}"


def _false_table(form: Form, done: dict[Voters, list[Scanned]]) -> Table:
    """Say how many pairs of different sheets are asked about."""
    table = _table("False alarms per 1,000,000 pairs of different sheets", "voters")
    for voters in Voters:
        table.add_row(voters, *(_false(form, done[voters], rows) for rows in ROWS))
    table.caption = (
        f"Alarms, pairs, upper 95 % bound a million. Aim: at most {_TARGET_FALSE:.0f}. * above it."
    )
    return table


def _false(form: Form, done: Sequence[Scanned], rows: int) -> str:
    if rows < LEAST_ROWS:
        return "can't tell"
    alarms = pairs = 0
    for fields in _groups(form, rows):
        ballots = _ballots(done, fields)
        alarms += len(twins(form, ballots, {one.key for one in ballots}))
        pairs += len(ballots) * (len(ballots) - 1) // 2
    # The Poisson bound by Wilson and Hilferty's approximation; 3 for none.
    bound = (alarms + 1) * (1 - 1 / (9 * (alarms + 1)) + 1.645 / (3 * sqrt(alarms + 1))) ** 3
    rate, above = alarms / pairs * 1e6, "*" if alarms > _TARGET_FALSE * pairs / 1e6 else ""
    return f"{rate:.2f}{above} (< {bound / pairs * 1e6:.2f}: {alarms} in {pairs:,})"


def _timed(form: Form, done: Sequence[Scanned], count: int) -> tuple[float, int, int]:
    """Return how long many ballots take; each has marks of one sheet, in rows drawn at random."""
    rng = np.random.default_rng(4)
    sheets = [whole for one in done if len((whole := _part(one.first, None)).fields) >= 40]
    fields = next(iter(_groups(form, 20)))[:: len(dense.OPTIONS)].astype(np.int64)
    ballots = []
    for n in range(count):
        whole = sheets[n % len(sheets)]
        chosen = rng.permutation(len(whole.fields))[: len(fields)]
        ballots.append(Inked(f"sheet-{n}", {1: likeness.Signature(fields, whole.waves[chosen])}))
    began = time.perf_counter()
    alarms = len(twins(form, ballots, {one.key for one in ballots}))
    return time.perf_counter() - began, alarms, count * (count - 1) // 2


def _groups(form: Form, rows: int) -> Iterator[Places]:
    """Yield the places of the fields of each group of so many rows."""
    contests = list(dict.fromkeys(field.contest for field in form.fields))
    for start in range(0, len(contests) - rows + 1, rows):
        chosen = set(contests[start : start + rows])
        yield np.flatnonzero([field.contest in chosen for field in form.fields])


def _ballots(done: Sequence[Scanned], fields: Places) -> list[Inked]:
    return [Inked(f"sheet-{one.sheet}", {1: _part(one.first, fields)}) for one in done]


def _part(text: str | None, fields: Places | None) -> likeness.Signature:
    """Return the signature of a sheet that has these fields only; an empty one where it was not read."""
    whole = likeness.parse(text or "")
    if whole is None:
        return likeness.Signature(np.zeros(0, np.int64), np.zeros((0, likeness.WAVES), np.float32))
    here = slice(None) if fields is None else np.isin(whole.fields, fields)
    return likeness.Signature(whole.fields[here], whole.waves[here])


if __name__ == "__main__":
    main()
