"""The accuracy benchmark itself: its sums are right, and it fails where the reader does."""

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
if not (ROOT / "benchmarks" / "accuracy.py").is_file():
    pytest.skip("the benchmarks are not installed", allow_module_level=True)

from phieu.benchmarks.trials import cells, figures, motion, pages, papers, run  # noqa: E402
from phieu.benchmarks.trials.judge import Counts, judge, upper_bound  # noqa: E402
from phieu.ocr.reading import Outcome, State  # noqa: E402


@pytest.fixture(scope="module")
def setting() -> run.Setting:
    return run.Setting({"short": papers.paper("short")}, ("short",), ("led", "rehearsal"), 5)


@pytest.fixture(scope="module")
def trial(setting: run.Setting) -> tuple[pages.Room, pages.Trial]:
    room = setting.room()
    return room, pages.draw(room, cells.chosen(["cross"], 1)[0], 0)


def _smoke(*options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        str(ROOT / "benchmarks" / "accuracy.py"),
        "--smoke",
        "--workers",
        "1",
        *options,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _columns(printed: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the table's lines of single severities, and its sum."""
    text = printed.splitlines()
    start = next(i for i, line in enumerate(text) if line.startswith("kind"))
    edges = [0]
    for width in text[start + 1].split("  "):
        edges.append(edges[-1] + len(width) + 2)
    rows = []
    for line in text[start:]:
        if not line:
            break
        if not line.startswith("-"):
            rows.append([line[a:b].strip() for a, b in pairwise(edges)])
    lines = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    single = [line for line in lines if line["severity"] and line["kind"] != "ink by"]
    (total,) = [line for line in lines if line["kind"] == "all"]
    return single, total


def test_the_smoke_run_adds_up_and_a_false_reading_fails_it() -> None:
    done = _smoke("--falsify")
    assert done.returncode == 1, done.stderr
    lines, total = _columns(done.stdout)
    assert len(lines) == 7
    for column in (
        "pages",
        "refused",
        "vanished",
        "fields",
        "read",
        "silent",
        "lost",
        "rows wrong",
        "stray false",
    ):
        assert sum(int(line[column]) for line in lines) == int(total[column]), column
    assert int(total["fields"]) >= 400
    # One field was turned round on each page that was read.
    read = [int(line["pages"]) - int(line["refused"]) - int(line["vanished"]) for line in lines]
    assert all(int(line["silent"]) >= pages for line, pages in zip(lines, read, strict=True))
    assert sum(read) >= 10


def test_a_page_read_right_has_no_silent_error_and_any_turned_field_is_one(
    trial: tuple[pages.Room, pages.Trial],
) -> None:
    room, page = trial
    reading = pages.read(room, page)
    assert reading.outcome is Outcome.READ
    seen = pages.Seen(room, page)
    counts, wrong = judge(reading, page.truth, seen)
    assert (counts.tried, counts.silent, wrong) == (18, 0, ())
    turned = {State.MARKED: State.EMPTY, State.EMPTY: State.MARKED}
    for place, field in enumerate(reading.fields):
        assert field.state in turned
        false = replace(field, state=turned[field.state])
        fields = (*reading.fields[:place], false, *reading.fields[place + 1 :])
        counts, wrong = judge(replace(reading, fields=fields), page.truth, seen)
        assert counts.silent == 1
        assert (wrong[0].contest, wrong[0].option) == (field.contest, field.option)


def test_a_ballot_taken_for_a_blank_page_vanished(trial: tuple[pages.Room, pages.Trial]) -> None:
    room, page = trial
    reading = replace(pages.read(room, page), outcome=Outcome.BLANK, fields=())
    counts, wrong = judge(reading, page.truth, lambda field: True)
    assert (counts.vanished, counts.read, len(wrong)) == (1, 0, 1)


def test_a_mark_that_the_scan_does_not_show_is_lost_and_no_error(
    trial: tuple[pages.Room, pages.Trial],
) -> None:
    room, page = trial
    reading = pages.read(room, page)
    states = [replace(field, state=State.EMPTY) for field in reading.fields]
    blank = replace(reading, fields=tuple(states))
    counts, _wrong = judge(blank, page.truth, lambda field: False)
    marks = sum(one.mark is not None for one in page.truth.fields.values())
    assert (counts.lost, counts.silent) == (marks, 0)
    counts, _wrong = judge(blank, page.truth, pages.Seen(room, page))
    assert (counts.lost, counts.silent) == (0, marks)


def test_a_broken_run_goes_on_and_gives_the_same_figures(setting: run.Setting, tmp_path: Path) -> None:
    todo = run.jobs(cells.chosen(["office", "skew"], 1), 200, setting, pages_a_job=2)
    whole = {job.key: result.counts for job, result in run.run(todo, setting, 1, None, "one")}
    state = tmp_path / "state.jsonl"
    first = list(run.run(todo[:2], setting, 1, state, "one"))
    with state.open("a", encoding="utf-8") as file:
        file.write('{"job": "cut sho')
    again = {job.key: result.counts for job, result in run.run(todo, setting, 1, state, "one")}
    assert len(first) == 2 < len(todo)
    assert again == whole
    with pytest.raises(run.StateError):
        list(run.run(todo, setting, 1, state, "another commit"))


@pytest.mark.parametrize("mark", figures.MARKS)
def test_every_held_out_mark_leaves_ink_in_its_own_field(mark: str) -> None:
    fields = papers.paper("short").frozen.form.fields
    box, others = fields[4].box_mm, [f.box_mm for f in fields if f is not fields[4]]
    for seed in range(20):
        rng = np.random.default_rng(seed)
        drawn = figures.draw(mark, box, others, motion.new_arm(rng), seed, rng, others[4])
        assert drawn
        way = np.vstack([track.xy_mm for track in drawn])
        middle = np.array([box.x + box.w / 2, box.y + box.h / 2])
        assert np.hypot(*(way - middle).T).min() < 6


def test_the_bound_of_no_error_is_three_over_n() -> None:
    assert upper_bound(0, 10_000_000) == pytest.approx(3e-7, rel=0.01)
    assert upper_bound(0, 100) == pytest.approx(0.0295, rel=0.02)
    assert upper_bound(5, 1000) == pytest.approx(0.0105, rel=0.02)
    assert upper_bound(3, 3) == 1.0


def test_counts_add_up_field_by_field() -> None:
    one, other = Counts(pages=1, tried=18, silent=2), Counts(pages=2, tried=36, asked=3)
    assert one + other == Counts(pages=3, tried=54, silent=2, asked=3)
