"""Is a second rule worth its questions? The same pages read by the written rule alone, and with the networks.

    .venv/bin/python benchmarks/second.py                          office quality and the whole grid
    .venv/bin/python benchmarks/second.py --fields 3000 --seed 7   fewer fields of each
    .venv/bin/python benchmarks/second.py --loose --kinds marks    where the written rule errs more
    .venv/bin/python benchmarks/second.py --smoke                  a few pages, for the tests

Every page is drawn once and read four times: by the written rule; with the networks' doubts; with their
settling; with both. The makers of ink are those that the networks have not learned from, so without the
rehearsal's. What each says: `ocr/second.py`. A silent error is a state outside a field's admissible states.
"""

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any

import click
import cv2

from phieu.benchmarks import machine
from phieu.benchmarks.trials import cells, hands, pages, papers, run
from phieu.benchmarks.trials.judge import Counts, judge, upper_bound
from phieu.benchmarks.trials.pages import Room
from phieu.ocr.page import ReaderSettings
from phieu.ocr.rule import MarkRule
from phieu.ocr.second import SecondRule

_MIX = ("dense", "usual", "tight", "short")
_SEEN = "rehearsal"
_SMOKE = ("office", "struck")
_WAYS = {
    "written rule alone": (False, False),
    "doubts": (True, False),
    "settles": (False, True),
    "both": (True, True),
}
_SHOWN = 12
_LOOSE = MarkRule(
    two_strokes=0.8,
    two_strokes_alone=0.8,
    tangled=0.7,
    tangled_times=2.0,
    nearly_two=0.8,
    enclosed_mm2=0.6,
    off_lines=0.6,
    heavy_times=2.5,
    thick_times=2.5,
    unlike_times=2.0,
    two_armed=1.0,
    turned=90.0,
    struck_usual=0.0,
)
"""The written rule with its questions about a mark's shape made rare."""


@dataclass
class Tried:
    """What one way of reading came to."""

    counts: Counts = field(default_factory=Counts)
    wrong: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By what was drawn, what was read and why."""


@click.command(help=(__doc__ or "").replace("\n\n", "\n\n\b\n"))
@click.option("--fields", type=click.IntRange(1), default=20_000, show_default=True, help="Of each part.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--kinds", default="", help="Of the grid, by the beginning of their names, or damage, marks.")
@click.option("--loose", is_flag=True, help="With a written rule that asks less, so that it errs more.")
@click.option("--workers", type=click.IntRange(1), help="Processes; all cores if not said.")
@click.option("--smoke", is_flag=True, help="A few pages, for the tests.")
def main(fields: int, seed: int, kinds: str, loose: bool, workers: int | None, smoke: bool) -> None:
    """Read the same pages in four ways and print the table."""
    rule = SecondRule.at_hand()
    if rule is None:
        raise click.ClickException(
            "the networks' weights are not there; training/README.md says how to make them"
        )
    sources = tuple(one for one in hands.available() if one != _SEEN)
    names = ("tight", "short") if smoke else _MIX
    setting = run.Setting({n: papers.paper(n) for n in names}, names, sources, seed)
    every = [c for c in cells.chosen([k for k in kinds.split(",") if k], None) if c.section != "library"]
    parts = {
        "office quality": cells.chosen(["office"], None),
        "the grid": [c for c in every if c.kind in _SMOKE] if smoke else every,
    }
    click.echo(machine.preamble())
    click.echo(f"ink by   {', '.join(sources)}")
    click.echo(f"weights  {rule.weights[:16]}")
    for part, todo in parts.items():
        jobs = run.jobs(todo, 60 if smoke else fields, setting, 4)
        with ProcessPoolExecutor(
            workers or run.processors(), get_context("spawn"), _start, (setting, loose)
        ) as pool:
            tried = {way: Tried() for way in _WAYS}
            for done in pool.map(_work, jobs):
                for way, one in done.items():
                    tried[way].counts += one.counts
                    tried[way].wrong += one.wrong
        _show(part, tried)


_here: dict[str, Any] = {}


def _start(setting: run.Setting, loose: bool) -> None:
    """Make a process ready."""
    cv2.setNumThreads(1)
    _here["marks"] = _LOOSE if loose else MarkRule()
    _here["room"] = setting.room()


def _work(job: run.Job) -> dict[str, Tried]:
    """Read some pages of one cell in each way."""
    room: Room = _here["room"]
    tried = {way: Tried() for way in _WAYS}
    for number in range(job.first, job.first + job.count):
        trial = pages.draw(room, job.cell, number)
        seen = pages.Seen(room, trial)
        for way, one in tried.items():
            reading = pages.read(replace(room, settings=_settings(way)), trial)
            counts, wrong = judge(reading, trial.truth, seen)
            one.counts += counts
            one.wrong.update((w.truth, w.read, w.why) for w in wrong)
    return tried


def _settings(way: str) -> ReaderSettings:
    doubts, settles = _WAYS[way]
    rule = SecondRule.at_hand()
    second = replace(rule, doubts=doubts, settles=settles) if rule and (doubts or settles) else None
    return ReaderSettings(practice=True, second=second, marks=_here["marks"])


def _show(part: str, tried: dict[str, Tried]) -> None:
    click.echo(f"\n{part}")
    click.echo(
        "way                 pages  fields read  silent  at most  rows wrong  fields asked  rows asked"
    )
    click.echo(
        "------------------  -----  -----------  ------  -------  ----------  ------------  ----------"
    )
    for way, one in tried.items():
        c = one.counts
        most, asked, rows = (
            upper_bound(c.silent, c.read),
            c.asked / max(c.clear, 1),
            c.rows_asked / max(c.rows, 1),
        )
        click.echo(
            f"{way:18}  {c.pages:5}  {c.read:11}  {c.silent:6}  {100 * most:5.3f} %  {c.rows_wrong:10}"
            f"  {100 * asked:10.3f} %  {100 * rows:8.2f} %"
        )
    for way, one in tried.items():
        if one.wrong:
            told = "; ".join(f"{n} {a} as {b} ({why})" for (a, b, why), n in one.wrong.most_common(_SHOWN))
            click.echo(f"silent, {way}: {told}")


if __name__ == "__main__":
    main()
    sys.exit(0)
