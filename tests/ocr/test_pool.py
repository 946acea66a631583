"""Many pages through processes: order, crashes, and what becomes of a page whose code is gone."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest

from phieu.forms.form import FrozenForm
from phieu.ocr.page import ReaderSettings
from phieu.ocr.pool import ReadingNotPossible, read_pages
from phieu.ocr.reading import Outcome, PageReading
from phieu.ocr.scans import PageRef, Unopenable, list_pages

from .papers import papers, without_code

REAL, PRACTICE, OTHER = papers()
needs_fifo = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are not of this system")


def written(folder: Path, name: str, image: np.ndarray) -> Path:
    _done, data = cv2.imencode(Path(name).suffix, image)
    (folder / name).write_bytes(data.tobytes())
    return folder / name


def read(refs: list[PageRef | Unopenable], workers: int, practice: bool | None = None) -> list[PageReading]:
    return list(read_pages(refs, [REAL.frozen, PRACTICE.frozen], ReaderSettings(practice=practice), workers))


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> list[PageRef | Unopenable]:
    """Eight good ballots, and one of each kind of trouble among them."""
    folder = tmp_path_factory.mktemp("batch")
    for seed in range(8):
        written(folder, f"ballot {seed}.png", REAL.marked(seed))
    written(folder, "ballot 3b.png", OTHER.marked())
    written(folder, "ballot 3c.png", PRACTICE.marked())
    written(folder, "ballot 5b.png", np.full((2339, 1654), 250, np.uint8))
    written(folder, "ballot 6b.png", without_code(REAL))
    (folder / "ballot 4b.pdf").write_text("không phải PDF")
    return list_pages([folder, folder / "nowhere.pdf"])


def test_every_page_given_ends_in_one_reading_in_the_same_order(batch: list[PageRef | Unopenable]) -> None:
    readings = read(batch, 1, practice=False)
    assert [(one.source, one.index) for one in readings] == [(ref.source, ref.index) for ref in batch]
    outcomes = {Path(one.source).stem: (str(one.outcome), one.notes) for one in readings}
    assert outcomes == {
        **{f"ballot {seed}": ("read", ()) for seed in range(8)},
        "ballot 3b": ("not_ours", (f"unknown_form:{OTHER.id}",)),
        "ballot 3c": ("not_ours", ("practice_in_real",)),
        "ballot 4b": ("unreadable", ("not_an_image",)),
        "ballot 5b": ("blank", ()),
        "ballot 6b": ("read", ("line_read",)),
        "nowhere": ("unreadable", ("file_missing",)),
    }


def test_several_processes_read_what_one_reads(batch: list[PageRef | Unopenable]) -> None:
    assert read(batch, 2) == read(batch, 1)


def test_a_page_without_code_is_for_review_where_tesseract_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = list_pages([written(tmp_path, "a.png", without_code(REAL))])
    (tmp_path / "bin").mkdir()
    for program in ("pdftoppm", "pdfinfo"):
        (tmp_path / "bin" / program).symlink_to(str(shutil.which(program)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (reading,) = read(ref, 1)
    assert reading.outcome is Outcome.REVIEW
    assert reading.notes == ("no_code", "tesseract_missing")


def test_a_line_that_can_not_be_read_leaves_the_page_to_people(tmp_path: Path) -> None:
    (reading,) = read(list_pages([written(tmp_path, "a.png", without_code(REAL, "P1 ABCD EFGH 1 XY"))]), 1)
    assert reading.outcome is Outcome.REVIEW
    assert reading.notes == ("no_code", "line_check_wrong")


def test_without_any_form_every_ballot_is_of_another_vote(tmp_path: Path) -> None:
    (ref,) = list_pages([written(tmp_path, "a.png", REAL.marked())])
    (reading,) = read_pages([ref], [], ReaderSettings())
    assert reading.notes == (f"unknown_form:{REAL.id}",)


def test_stopping_early_leaves_no_process_behind(batch: list[PageRef | Unopenable]) -> None:
    readings = read_pages(batch * 3, [REAL.frozen], ReaderSettings(), workers=2)
    assert next(readings).outcome is Outcome.READ
    readings.close()
    assert multiprocessing.active_children() == []


def test_stopping_in_the_middle_leaves_nothing_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    with zipfile.ZipFile(tmp_path / "scans.zip", "w") as out:
        for seed in range(4):
            out.write(written(tmp_path, "a.png", REAL.marked(seed)), f"{seed}.png")
    refs = list_pages([tmp_path / "scans.zip"])
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    readings = read_pages(refs, [REAL.frozen], ReaderSettings())
    assert next(readings).outcome is Outcome.READ
    assert list((tmp_path / "scratch").iterdir())
    readings.close()
    assert not list((tmp_path / "scratch").iterdir())


class Deadly:
    """Ends whichever process takes it up from another one."""

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return os._exit, (1,)


def with_pipe(batch: list[PageRef | Unopenable], folder: Path) -> tuple[list[PageRef | Unopenable], Path]:
    """The batch, and in its middle a page that keeps its reader waiting: a pipe into which nobody writes."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    return [*batch[:4], PageRef("pipe", pipe, 0), *batch[4:]], pipe


def test_a_page_over_which_its_process_dies_costs_only_itself(batch: list[PageRef | Unopenable]) -> None:
    deadly = PageRef("deadly", cast(Path, Deadly()), 0)
    readings = read([*batch[:4], deadly, *batch[4:], deadly], 2)
    for died in (readings.pop(), readings.pop(4)):
        assert (died.source, died.outcome, died.notes) == ("deadly", Outcome.UNREADABLE, ("crashed",))
    assert readings == read(batch, 1)


@needs_fifo
def test_a_page_that_takes_too_long_is_given_up(batch: list[PageRef | Unopenable], tmp_path: Path) -> None:
    refs, _pipe = with_pipe(batch, tmp_path)
    readings = list(
        read_pages(refs, [REAL.frozen, PRACTICE.frozen], ReaderSettings(), workers=2, page_seconds=4)
    )
    assert (readings[4].outcome, readings[4].notes) == (Outcome.UNREADABLE, ("too_slow",))
    assert [*readings[:4], *readings[5:]] == read(batch, 1)


@needs_fifo
def test_a_single_page_that_takes_too_long_does_not_keep_anybody_waiting(tmp_path: Path) -> None:
    refs, _pipe = with_pipe([], tmp_path)
    (reading,) = read_pages(refs, [], ReaderSettings(), page_seconds=2)
    assert (reading.source, reading.outcome, reading.notes) == ("pipe", Outcome.UNREADABLE, ("too_slow",))


def test_a_page_over_which_the_reader_itself_fails_costs_only_itself(
    batch: list[PageRef | Unopenable],
) -> None:
    strange = PageRef("strange", cast(Path, "no path at all"), 0)
    readings = read([*batch[:2], strange, *batch[2:4]], 1)
    assert (readings[2].outcome, readings[2].notes) == (Outcome.UNREADABLE, ("crashed",))
    assert [one.outcome for one in readings if one.source != "strange"] == [Outcome.READ] * 4


def test_a_form_that_can_not_be_used_is_told_before_any_page_is_read(
    batch: list[PageRef | Unopenable],
) -> None:
    broken = replace(REAL.frozen, blank_pdf=b"%PDF-1.7 cut short")
    with pytest.raises(Exception) as told:
        list(read_pages(batch, [broken], ReaderSettings()))
    assert not isinstance(told.value, ReadingNotPossible)
    assert multiprocessing.active_children() == []


class NeverBegins:
    """Ends the process to which it is given at its start."""

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return os._exit, (1,)


def test_where_no_process_can_start_a_sentence_says_so(batch: list[PageRef | Unopenable]) -> None:
    with pytest.raises(ReadingNotPossible):
        list(read_pages(batch, [cast(FrozenForm, NeverBegins())], ReaderSettings(), workers=2))
    assert multiprocessing.active_children() == []


_READS = """
import sys
from pathlib import Path
from phieu.ocr.page import ReaderSettings
from phieu.ocr.pool import read_pages
from phieu.ocr.scans import PageRef

if __name__ == "__main__":
    try:
        list(read_pages([PageRef("pipe", Path(sys.argv[1]), 0)], [], ReaderSettings()))
    except KeyboardInterrupt:
        sys.exit("stopped")
"""


@needs_fifo
def test_ctrl_c_ends_all_processes_without_noise(tmp_path: Path) -> None:
    pipe, script = tmp_path / "pipe", tmp_path / "reads.py"
    os.mkfifo(pipe)
    script.write_text(_READS)
    program = subprocess.Popen(
        [sys.executable, script, pipe], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    end = other_end(pipe)
    os.killpg(program.pid, signal.SIGINT)
    _out, said = program.communicate(timeout=60)
    os.close(end)
    assert said == "stopped\n"


_WAITS_FOR_EVER = """
import sys
from pathlib import Path
from phieu.ocr.page import ReaderSettings
from phieu.ocr.pool import read_pages
from phieu.ocr.scans import PageRef

if __name__ == "__main__":
    list(read_pages([PageRef("pipe", Path(sys.argv[1]), 0)], [], ReaderSettings(), workers=2))
"""


@needs_fifo
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_no_worker_outlives_a_program_that_was_killed(tmp_path: Path) -> None:
    pipe, script = tmp_path / "pipe", tmp_path / "reads.py"
    os.mkfifo(pipe)
    script.write_text(_WAITS_FOR_EVER)
    program = subprocess.Popen([sys.executable, script, pipe])
    end = other_end(pipe)
    workers = children_of(program.pid)
    program.kill()
    program.wait()
    os.close(end)
    assert workers
    assert within(60, lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


def children_of(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            # Gone in the meantime.
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def other_end(pipe: Path) -> int:
    """Open a pipe for writing as soon as somebody waits at its other end."""
    found: list[int] = []

    def opens() -> bool:
        try:
            found.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            # Nobody waits yet.
            return False
        return True

    assert within(60, opens)
    return found[0]


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        os.sched_yield()
    return True
