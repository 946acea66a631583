"""Running trials on all cores, resumably: jobs of a few pages, whose results are added up and written down.

What a job gives depends on the seed, its cell and its pages only, so that neither the number of processes nor
a break changes a figure. A state file holds one line for each job done; a run that finds it does the rest.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2

from phieu.ocr.reading import PageReading, State

from . import aged, pages
from .judge import Counts, Wrong, judge
from .pages import Cell, Room, Trial
from .papers import Paper


class StateError(Exception):
    """The state file belongs to another run."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What all processes must agree on."""

    papers: Mapping[str, Paper]
    mix: tuple[str, ...]
    sources: tuple[str, ...]
    seed: int
    keep: Path | None = None
    falsify: bool = False
    """Turn one field of each page that is read, to see that it is found."""

    def room(self) -> Room:
        """Return what a process works with."""
        return Room(self.papers, self.mix, self.sources, self.seed, aged.Library())


@dataclass(frozen=True, slots=True)
class Job:
    """Some pages of one cell."""

    cell: Cell
    first: int
    count: int

    @property
    def key(self) -> str:
        """Its name in the state file."""
        return f"{self.cell.key}/{self.first}+{self.count}"


@dataclass(slots=True)
class Result:
    """What a job, or many, came to."""

    by_source: dict[str, Counts] = field(default_factory=dict)
    wrong: list[dict[str, Any]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Pages that the library could not make, or that the reader broke down over."""

    def add(self, other: "Result") -> None:
        """Take in what another came to."""
        for source, counts in other.by_source.items():
            self.by_source[source] = self.by_source.get(source, Counts()) + counts
        self.wrong += other.wrong
        self.failed += other.failed

    @property
    def counts(self) -> Counts:
        """All together."""
        return sum(self.by_source.values(), Counts())


def jobs(cells: Sequence[Cell], fields: int, setting: Setting, pages_a_job: int = 8) -> list[Job]:
    """Return the jobs of a run that tries about so many fields in all, the same in each cell."""
    sizes = [
        sum(f.page == 1 + cycle % form.pages for f in form.fields)
        for cycle in (0, 1)
        for form in (setting.papers[name].frozen.form for name in setting.mix)
    ]
    each = fields / len(cells)
    count, so_far = 0, 0
    while so_far < each:
        so_far += sizes[count % len(sizes)]
        count += 1
    starts = range(0, count, pages_a_job)
    # Cell by cell in every round, so that a broken run has tried a little of everything.
    return [Job(cell, first, min(pages_a_job, count - first)) for first in starts for cell in cells]


def run(
    todo: Sequence[Job], setting: Setting, workers: int, state: Path | None, commit: str
) -> Iterator[tuple[Job, Result]]:
    """Yield each job's result: first those a state file has, then the others as they are done.

    Raises:
        StateError: the state file is of another seed, commit or choice of papers.
    """
    head = {
        "seed": setting.seed,
        "mix": list(setting.mix),
        "sources": list(setting.sources),
        "commit": commit,
    }
    known = _stored(state, head) if state else {}
    for job in todo:
        if job.key in known:
            yield job, known[job.key]
    rest = [job for job in todo if job.key not in known]
    for job, result in _done(rest, setting, workers):
        if state is not None:
            line = {"job": job.key, **asdict(result)}
            with state.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        yield job, result


def _stored(state: Path, head: Mapping[str, Any]) -> dict[str, Result]:
    if not state.exists():
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(json.dumps(head) + "\n", encoding="utf-8")
        return {}
    lines = state.read_text(encoding="utf-8").split("\n")
    if json.loads(lines[0]) != head:
        raise StateError(f"{state} belongs to another run: {lines[0]}; this one is {json.dumps(head)}")
    known = {}
    for line in lines[1:-1]:  # the last is empty, or was cut short when the run was broken off
        data = json.loads(line)
        counts = {source: Counts(**values) for source, values in data["by_source"].items()}
        known[data["job"]] = Result(counts, data["wrong"], data["failed"])
    if lines[-1]:
        state.write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    return known


def _done(rest: Sequence[Job], setting: Setting, workers: int) -> Iterator[tuple[Job, Result]]:
    if workers <= 1 or len(rest) <= 1:
        _start(setting)
        for job in rest:
            yield job, work(job)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (setting,)) as pool:
        waiting = iter(rest)
        under_way: dict[Future[Result], Job] = {}
        for job in waiting:
            under_way[pool.submit(work, job)] = job
            if len(under_way) >= 3 * workers:
                break
        while under_way:
            ended, _still = wait(under_way, return_when=FIRST_COMPLETED)
            for future in ended:
                yield under_way.pop(future), future.result()
                for job in islice(waiting, 1):
                    under_way[pool.submit(work, job)] = job


_here: dict[str, Any] = {}


def _start(setting: Setting) -> None:
    """Make a process ready to `work`."""
    cv2.setNumThreads(1)
    _here["setting"], _here["room"] = setting, setting.room()


def work(job: Job) -> Result:
    """Do one job in a process that is ready."""
    setting: Setting = _here["setting"]
    room: Room = _here["room"]
    result = Result()
    for number in range(job.first, job.first + job.count):
        try:
            trial = pages.draw(room, job.cell, number)
        except aged.LibraryError as error:
            result.failed.append(str(error))
            continue
        try:
            reading = pages.read(room, trial)
        except Exception as error:  # in a count this costs its page a review entry, not the run
            result.failed.append(f"the reader broke down over {job.cell.key} {number}: {error!r}")
            result.add(
                Result({trial.truth.source: Counts(pages=1, refused=1, tried=len(trial.truth.fields))})
            )
            continue
        if setting.falsify:
            reading = _falsified(reading, trial)
        counts, wrong = judge(reading, trial.truth, pages.Seen(room, trial))
        result.add(Result({trial.truth.source: counts}))
        if wrong:
            result.wrong += _told(setting, job, trial, reading, wrong)
    return result


def _falsified(reading: PageReading, trial: Trial) -> PageReading:
    """Return a reading in which one field that was read right is turned round."""
    turned = {State.MARKED: State.EMPTY, State.EMPTY: State.MARKED}
    for place, one in enumerate(reading.fields):
        truth = trial.truth.fields[one.contest, one.option]
        if one.state in turned and one.state in truth.admissible and len(truth.admissible) == 2:
            false = replace(one, state=turned[one.state], why="falsified")
            return replace(reading, fields=(*reading.fields[:place], false, *reading.fields[place + 1 :]))
    return reading


def _told(
    setting: Setting, job: Job, trial: Trial, reading: PageReading, wrong: Sequence[Wrong]
) -> list[dict[str, Any]]:
    """Return the silent errors of a page as lines; its picture is kept where that was asked for."""
    path = ""
    if setting.keep is not None:
        stem = (
            f"{job.cell.key}-{setting.seed}-{trial.number}".replace("/", "-")
            .replace(" ", "_")
            .replace("%", "pc")
        )
        picture = setting.keep / f"{stem}.png"
        cv2.imwrite(str(picture), trial.picture)
        picture.with_suffix(".truth.json").write_text(
            _truth_text(setting, trial, reading, wrong), encoding="utf-8"
        )
        path = str(picture)
    return [
        {
            "cell": job.cell.key,
            "number": trial.number,
            "paper": trial.paper,
            "source": trial.truth.source,
            "pen": trial.truth.pen,
            "picture": path,
            **asdict(one),
        }
        for one in wrong
    ]


def _truth_text(setting: Setting, trial: Trial, reading: PageReading, wrong: Sequence[Wrong]) -> str:
    fields = {
        f"{contest}.{option}": {"mark": one.mark, "admissible": sorted(one.admissible)}
        for (contest, option), one in trial.truth.fields.items()
    }
    return json.dumps(
        {
            "cell": trial.cell.key,
            "seed": setting.seed,
            "number": trial.number,
            "paper": trial.paper,
            "form": trial.truth.form,
            "page": trial.truth.page,
            "wrong": [asdict(one) for one in wrong],
            "outcome": str(reading.outcome),
            "fields": fields,
            "stray": [asdict(one) for one in trial.truth.strays],
        },
        ensure_ascii=False,
        indent=1,
    )


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
