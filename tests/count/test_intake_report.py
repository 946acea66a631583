"""What the report of a batch says of pages read before and files not there; what interruptions leave."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from phieu.count.batches import BatchState
from phieu.count.desk import Desk
from phieu.count.kept import BeingRead
from phieu.count.pairing import Scan
from phieu.errors import ExitCode
from phieu.workspace import Workspace


@pytest.fixture
def desk(vote: Path) -> Iterator[Desk]:
    workspace = Workspace.open(vote)
    with Desk.open(workspace, workspace.plan()) as desk:
        yield desk


def numbered(scans: list[Scan]) -> list[Scan]:
    return [replace(scan, reading=replace(scan.reading, index=index)) for index, scan in enumerate(scans)]


def said(report: Any) -> list[str]:
    return [f"{line.where}: {line.sentence}" for line in report.lines]


def test_pages_that_another_batch_has_are_one_line(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 12, [fake_page(f"p{n}") for n in range(12)], {})
    pages = [fake_page(f"p{n}" if 2 <= n < 12 else f"new{n}") for n in range(15)]
    report = desk.commit_batch("b2", 5, numbered(pages), {})
    assert said(report) == ["scan.pdf, pages 3 to 12: read before, in batch b1; not counted again"]
    assert report.exit_code is ExitCode.DUPLICATE


def test_pages_between_which_another_was_read_are_not_one_line(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 3, [fake_page(f"p{n}") for n in range(3)], {})
    report = desk.commit_batch("b2", 1, numbered([fake_page(name) for name in ("p0", "new", "p1", "p2")]), {})
    assert [line.where for line in report.lines] == ["scan.pdf, page 1", "scan.pdf, pages 3 to 4"]


def test_files_of_one_page_each_are_one_line_from_the_first_to_the_last(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 3, [fake_page(f"p{n}") for n in range(3)], {})
    again = [fake_page(f"p{n}", stack=f"{n}.jpg") for n in range(3)]
    report = desk.commit_batch("b2", 3, again, {})
    assert [line.where for line in report.lines] == ["0.jpg to 2.jpg, 3 pages"]


def test_a_stack_given_twice_is_one_line(desk: Desk, fake_page: Any) -> None:
    stack = [fake_page(f"p{n}") for n in range(4)]
    copy = [fake_page(f"p{n}", stack="copy.pdf") for n in range(4)]
    report = desk.commit_batch("b1", 4, numbered(stack) + numbered(copy), {})
    assert report.state is BatchState.TAKEN
    assert said(report) == ["copy.pdf, pages 1 to 4: given twice; counted once"]
    single = desk.commit_batch("b2", 1, [fake_page("x"), fake_page("x", stack="copy.pdf")], {})
    assert said(single) == ["copy.pdf, page 1: read before, as scan.pdf, page 1; not counted again"]


def test_pages_of_a_staged_batch_say_how_to_go_on(desk: Desk, fake_page: Any) -> None:
    desk.commit_batch("b1", 5, [fake_page(f"p{n}") for n in range(4)], {})
    report = desk.commit_batch("b2", 5, numbered([fake_page(f"p{n}") for n in range(5)]), {})
    (line,) = said(report)
    assert line.startswith("scan.pdf, pages 1 to 4: read before, in batch b1, which is NOT in the count")
    assert "under that name" in line and "phieu withdraw b1" in line


def test_a_mistyped_file_name_is_no_batch(desk: Desk, tmp_path: Path) -> None:
    report = desk.take_in("b1", 5, [tmp_path / "scna.pdf"])
    assert (report.state, report.exit_code) == (None, ExitCode.UNREADABLE)
    assert report.given == 1
    assert desk.batches() == ()
    assert not any(path.is_dir() for path in desk.workspace.scans.glob("*"))


def test_a_mistyped_file_name_does_not_replace_a_staged_batch(
    desk: Desk, fake_page: Any, tmp_path: Path
) -> None:
    desk.commit_batch("b1", 5, [fake_page("p0")], {})
    desk.take_in("b1", 5, [tmp_path / "scna.pdf"])
    assert [one.state for one in desk.batches()] == [BatchState.STAGED]


_HOLDS = """
import sys
from pathlib import Path
from phieu.count.kept import reading_alone

with reading_alone(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_batch_that_another_process_reads_is_left_alone_and_free_when_that_ends(
    desk: Desk, tmp_path: Path
) -> None:
    folder = desk.workspace.scans / "b1"
    folder.mkdir(parents=True)
    (folder / "1.part").write_bytes(b"what the other process is copying")
    command = [sys.executable, "-c", _HOLDS, folder]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(BeingRead) as refused:
        desk.take_in("b1", 1, [tmp_path / "nowhere.pdf"])
    assert "b1 is being read at this moment" in refused.value.message
    assert (folder / "1.part").exists()
    other.kill()
    other.communicate()
    assert desk.take_in("b1", 1, [tmp_path / "nowhere.pdf"]).state is None
    assert list(desk.workspace.scans.iterdir()) == []


_READS = """
import sys
from pathlib import Path
from phieu import words
from phieu.count.desk import Desk
from phieu.errors import PhieuError
from phieu.workspace import Workspace

def wait():
    print("one page", flush=True)
    sys.stdin.read()

if __name__ == "__main__":
    workspace = Workspace.open(Path(sys.argv[1]))
    with words.spoken("en"), Desk.open(workspace, workspace.plan()) as desk:
        try:
            desk.take_in("b1", 1, [Path(sys.argv[2])], on_page=wait)
        except PhieuError as error:
            print(error.message)
"""


@pytest.mark.skipif(os.name != "posix", reason="a signal to one process is not of this system")
def test_who_stops_a_reading_is_told_that_nothing_was_counted(vote: Path, tmp_path: Path) -> None:
    (tmp_path / "reads.py").write_text(_READS)
    (tmp_path / "a.jpg").write_bytes(b"no image")
    command = [sys.executable, tmp_path / "reads.py", vote, tmp_path / "a.jpg"]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    assert program.stdout.readline() == "one page\n"
    program.send_signal(signal.SIGINT)
    out, _err = program.communicate(timeout=60)
    assert out == "Stopped: nothing of batch b1 was added to the count.\n"
