"""How long it takes to tally a million ballots of forty rows, and how much memory.

    .venv/bin/python benchmarks/tally.py
    .venv/bin/python benchmarks/tally.py --ballots 100000 --asked 0
    .venv/bin/python benchmarks/tally.py --smoke            # seconds, says nothing

The ballots are page readings in a real SQLite store, in batches of 5,000, each as large as the reader's own,
ink signature included: a million take some 18 GB of disk. Making them is no part of what is measured. The
tally is that of the desk, in a process of its own: opening the count, one pass over all ballots, rules,
percentages. It is taken twice after a tenth of the ballots and twice after all, and must be what was put in,
to the vote. Of the ballots that are asked about, people have answered every question; their answers are rows
as the desk writes them, but not in the journal, which a tally does not read for them.
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from base64 import b64encode
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import insert

from phieu import words
from phieu.benchmarks.machine import apart, preamble
from phieu.count import canonical, record, store
from phieu.count.ballots import Printed
from phieu.count.batches import Batch, BatchState
from phieu.count.desk import Desk
from phieu.count.gist import Places, gist
from phieu.count.question import QuestionKind, question_id
from phieu.count.record import StoredPage
from phieu.forms.run import frozen_form
from phieu.ocr.likeness import WAVES
from phieu.ocr.reading import FieldReading, Outcome, PageReading, State
from phieu.workspace import Workspace

ROUND, STYLE = "vote", "ballot"
TARGET_S = 20.0
_BATCH = 5_000
_PLAN = """\
title: A vote of forty people
people: people.csv
units: [{id: council, name: A council}]
rounds:
  - id: vote
    title: A vote of forty people
    unit: council
    date: 2026-12-07
    place: Minh Hai
    head: state
    rules: NQ-96-2023-QH15
    ballots: [{id: ballot, title: Ballot, seal: false}]
"""


def main() -> int:
    """Print one table; return 1 if the target was missed."""
    parser = argparse.ArgumentParser(description="The tally's time and memory.")
    parser.add_argument("--ballots", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument(
        "--asked", type=float, default=0.05, help="share of ballots with a row people decided"
    )
    parser.add_argument("--folder", type=Path, help="where the store is made and removed again")
    parser.add_argument("--smoke", action="store_true", help="a few ballots, no target")
    options = parser.parse_args()
    ballots = 2_000 if options.smoke else options.ballots
    words.use("en")
    console = Console(width=120, highlight=False)
    console.print(preamble())
    with tempfile.TemporaryDirectory(prefix="phieu-tally-", dir=options.folder) as folder:
        made = _Made(Path(folder) / "vote", options.rows, options.asked)
        measured = []
        for size in (ballots // 10, ballots):
            with Progress(console=Console(stderr=True), transient=True) as progress:
                made.fill(size, progress)
            for _first_and_again in range(2):
                done: Tallied = apart(tally, made.folder)
                if done.counts != made.counts() or done.read != size:
                    raise SystemExit("the tally is not what was put in")
                measured.append((size, done))
        console.print(_facts(made))
        console.print(_table(measured))
    last = measured[-1][1]
    small = measured[1][1]
    console.print(
        f"{ballots:,} ballots in {last.seconds:.1f} s (target for a million: {TARGET_S:.0f}); memory grew by "
        f"{last.peak_mb - small.peak_mb:.0f} MB from a tenth of them, {last.questions:,} questions included"
    )
    return int(not options.smoke and last.seconds > TARGET_S * ballots / 1_000_000)


@dataclass(frozen=True, slots=True)
class Tallied:
    """What a tally in its own process took."""

    seconds: float
    cpu_s: float
    peak_mb: float
    """Largest resident memory of the process, all modules included."""
    before_mb: float
    """The same before the desk was opened."""
    read: int
    questions: int
    counts: dict[str, dict[str, int]]
    """Person to what was said of them."""


def tally(folder: Path) -> Tallied:
    """Tally the vote in this folder, as `phieu tally` does."""
    words.use("en")
    before, cpu, start = _peak_mb(), time.process_time(), time.perf_counter()
    workspace = Workspace.open(folder)
    with Desk.open(workspace, workspace.plan()) as desk:
        (style,) = desk.tally(ROUND).styles
    seconds, spent, peak = time.perf_counter() - start, time.process_time() - cpu, _peak_mb()
    with Desk.open(workspace, workspace.plan()) as desk, desk.store.reading() as connection:
        questions = len(record.decisions(connection))
    return Tallied(
        seconds=seconds,
        cpu_s=spent,
        peak_mb=peak,
        before_mb=before,
        read=style.read,
        questions=questions,
        counts={one.id: {**one.votes, "blank": one.blank} for one in style.contests},
    )


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would tell the parent's too
        line = next(one for one in status.read_text("ascii").splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


class _Made:
    """A count with ballots made by chance, and what they come to."""

    def __init__(self, folder: Path, rows: int, asked: float) -> None:
        self.folder = folder
        self.made_s = 0.0
        self.ballots = 0
        folder.mkdir()
        (folder / "plan.yaml").write_text(_PLAN, encoding="utf-8")
        people = [f"{n},Person number {n},Member,\n" for n in range(1, rows + 1)]
        (folder / "people.csv").write_text("number,name,position,notes\n" + "".join(people), encoding="utf-8")
        self._workspace = Workspace.open(folder)
        self._plan = self._workspace.plan()
        a_round = self._plan.round(ROUND)
        self._form = frozen_form(self._workspace, a_round, a_round.style(STYLE), practice=False).form
        self._printed = Printed(a_round, a_round.style(STYLE), self._form)
        self._asked = asked
        self._chance = random.Random(20261207)
        self._said: dict[str, Counter[str]] = {one.id: Counter() for one in a_round.style(STYLE).contests}
        self._options = [option.id for option in a_round.rules.options]
        self._contests = {page: Places(self._form, page).contests for page in range(1, self._form.pages + 1)}
        self._fields = {
            (contest, chosen): tuple(
                FieldReading(contest, option, State.MARKED, 0.2931, "strong")
                if option == chosen
                else FieldReading(contest, option, State.EMPTY, 0.0, "clean")
                for option in self._options
            )
            for contest in self._said
            for chosen in self._options
        }

    def counts(self) -> dict[str, dict[str, int]]:
        """Return what a tally must say."""
        said = (*self._options, "blank")
        return {contest: {one: counts[one] for one in said} for contest, counts in self._said.items()}

    def fill(self, ballots: int, progress: Progress) -> None:
        """Add ballots until there are so many."""
        start = time.perf_counter()
        task = progress.add_task("making ballots", total=ballots, completed=self.ballots)
        with Desk.open(self._workspace, self._plan) as desk:
            while self.ballots < ballots:
                self._batch(desk, min(_BATCH, ballots - self.ballots))
                progress.update(task, completed=self.ballots)
            figures = {"issued": self.ballots, "collected": self.ballots}
            desk.set_figures(ROUND, STYLE, "benchmark", **figures)
        self.made_s += time.perf_counter() - start

    def _batch(self, desk: Desk, sheets: int) -> None:
        pages, decisions = [], []
        for number in range(self.ballots, self.ballots + sheets):
            of_ballot, decided = self._ballot(number)
            pages += of_ballot
            decisions += decided
        batch = Batch(f"b{self.ballots}", BatchState.TAKEN, sheets, sheets, dict.fromkeys(Outcome, 0))
        with desk.store.writing() as connection:
            record.note_forms(connection, [self._printed])
            record.append_batch(connection, batch, pages, {})
            if decisions:
                rows = [
                    {"question": question, "answer": answer, "machine": "undecided", "by": "benchmark"}
                    for question, answer in decisions
                ]
                connection.execute(insert(store.decisions), rows)
        self.ballots += sheets

    def _ballot(self, number: int) -> tuple[list[StoredPage], list[tuple[str, str]]]:
        """Return a ballot's pages, and what people answered to what is asked of it."""
        chance = self._chance
        keys = {page: canonical.sha256(f"{number}.{page}") for page in self._contests}
        ballot = canonical.sha256("\n".join(sorted(keys.values())))
        asked = chance.choice(list(self._said)) if chance.random() < self._asked else None
        pages, decisions = [], []
        for page, contests in self._contests.items():
            choices = chance.choices(self._options, (80, 15, 5), k=len(contests))
            fields = [one for said in zip(contests, choices, strict=True) for one in self._fields[said]]
            if asked in contests:
                row = contests.index(asked)
                place = row * len(self._options) + chance.randrange(len(self._options))
                fields[place] = FieldReading(asked, fields[place].option, State.UNCLEAR, 0.04, "faint")
                choices[row] = chance.choice([*self._options, "blank"])
                decisions.append((question_id(keys[page], asked, QuestionKind.ROW), choices[row]))
            for contest, said in zip(contests, choices, strict=True):
                self._said[contest][said] += 1
            pages.append(self._page(number, page, keys[page], ballot, fields))
        return pages, decisions

    def _page(self, number: int, page: int, key: str, ballot: str, fields: list[FieldReading]) -> StoredPage:
        rows = len(fields) // len(self._options)
        reading = PageReading(
            source="scans/hall/scan.pdf",
            index=2 * number + page,
            sha256=key,
            outcome=Outcome.READ,
            form=self._form.id,
            page=page,
            residual_mm=0.04,
            fields=tuple(fields),
            place=(7.874, 0.01, 3.2, -0.01, 7.874, 2.1, 0.0, 0.0, 1.0),
            likeness=b64encode(bytes([1]) + self._chance.randbytes(rows * (WAVES + 2))).decode("ascii"),
            print_scale=1.0,
        )
        text = canonical.dumps(reading.to_json())
        return StoredPage(
            key, key, ballot, Outcome.READ, "", text, gist(reading, {self._form.id: self._form})
        )


def _facts(made: _Made) -> str:
    database = made.folder / "phieu.db"
    with Desk.open(Workspace.open(made.folder), Workspace.open(made.folder).plan()) as desk:
        with desk.store.reading() as connection:
            _key, gists = next(iter(record.gists(connection)))
        texts = [canonical.dumps(desk.page(key).to_json()) for key, _line in gists]
    start = time.process_time()
    for _again in range(200):
        for text in texts:
            PageReading.from_json(json.loads(text))
    each_us = (time.process_time() - start) / 200 * 1e6
    length, short = sum(map(len, texts)), sum(len(line) for _key, line in gists)
    pages = f"{len(texts)} pages each" if len(texts) > 1 else "one page each"
    gigabytes = database.stat().st_size / 1e9
    return (
        f"ballots  {made.ballots:,} of {len(made.counts())} rows, {pages}, made in {made.made_s:.0f} s\n"
        f"store    {gigabytes:.2f} GB; a ballot has {length:,} bytes of JSON, {short} of gist\n"
        f"JSON     only to open it would take {each_us:.0f} us of CPU a ballot"
    )


def _table(measured: list[tuple[int, Tallied]]) -> Table:
    table = Table(box=box.SIMPLE)
    headings = ("ballots", "questions", "seconds", "CPU s", "us a ballot", "memory before, MB", "at most, MB")
    for heading in headings:
        table.add_column(heading, justify="right")
    for size, one in measured:
        table.add_row(
            f"{size:,}",
            f"{one.questions:,}",
            f"{one.seconds:.2f}",
            f"{one.cpu_s:.2f}",
            f"{one.seconds / size * 1e6:.1f}",
            f"{one.before_mb:.0f}",
            f"{one.peak_mb:.0f}",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
