"""Counting a PDF's pages: what takes too long, or breaks the process, costs its own file only."""

import os
import signal
from pathlib import Path

import pikepdf
import pytest

from phieu.ocr import pdf_counting, scans
from phieu.ocr.pixels import ScanError
from phieu.ocr.scans import PageRef


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "phiếu 3000.pdf"
    with pikepdf.new() as pdf:
        for _page in range(3000):
            pdf.add_blank_page(page_size=(595, 842))
        pdf.save(path)
    return path


def test_the_pages_of_a_pdf_are_counted(large: Path) -> None:
    assert pdf_counting.count_pages(large) == (3000, True)


def test_a_pdf_that_takes_too_long_is_given_up_and_the_next_is_counted(large: Path) -> None:
    assert pdf_counting.count_pages(large) == (3000, True)
    with pytest.raises(ScanError, match="too_slow"):
        pdf_counting.count_pages(large, seconds=0.001)
    assert pdf_counting.count_pages(large) == (3000, True)


@pytest.mark.skipif(os.name == "nt", reason="no such signal")
def test_a_counter_that_died_is_started_again(large: Path) -> None:
    pdf_counting.count_pages(large)
    process = pdf_counting._counter._running()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert pdf_counting.count_pages(large) == (3000, True)


def test_what_is_wrong_with_a_pdf_is_told_as_before(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
        del pdf.pages[0]
        pdf.save(tmp_path / "none.pdf")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n" + bytes(500))
    notes = {name: scans.list_pages([tmp_path / f"{name}.pdf"])[0] for name in ("locked", "none", "broken")}
    assert not any(isinstance(one, PageRef) for one in notes.values())
    assert [one.note for one in notes.values() if not isinstance(one, PageRef)] == [
        "encrypted",
        "no_pages",
        "damaged",
    ]
