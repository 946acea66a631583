"""The demo, as a stranger runs it: the published counts come back from paper."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import phieu

EXAMPLE = Path(phieu.__file__).parent / "examples" / "tp-hcm-2023"


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "phieu", "--lang", "en", "demo", str(folder), *options],
        cwd=folder.parent,
        env={**os.environ, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )


def published() -> list[dict[str, str]]:
    with (EXAMPLE / "published.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("scanner", ["office", "copier"])
def test_the_published_counts_come_back_from_paper(scanner: str, tmp_path: Path) -> None:
    ran = demo(tmp_path / "demo", "--scanner", scanner)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(re.findall(r"issued 81 +collected 81 +read 81", ran.stdout)) == 2
    assert "Asked about 6 of the 6 planted rows" in ran.stdout
    assert "Fields read wrong without a question: 0." in ran.stdout
    for person in published():
        [line] = [line for line in ran.stdout.splitlines() if re.match(rf"\s*\d+\s+{person['name']}\s", line)]
        counts = re.findall(r"(\d+) \(", line)
        assert counts == [person["high"], person["confidence"], person["low"]], line
    papers = tmp_path / "demo/practice/results/tp-hcm-2023"
    assert {"bien-ban-kiem-phieu-hdnd.pdf", "bien-ban-kiem-phieu-ubnd.docx", "bang-tong-hop.xlsx"} <= {
        path.name for path in papers.iterdir()
    }
    with (tmp_path / "demo/practice/public/index.html").open(encoding="utf-8") as file:
        assert "DIỄN TẬP" in file.read()


def test_a_count_that_differs_from_the_published_one_is_not_published(tmp_path: Path) -> None:
    assert demo(tmp_path / "demo").returncode == 0
    folder = tmp_path / "demo"
    figures = folder / "published.csv"
    figures.write_text(figures.read_text(encoding="utf-8").replace(",73,6,2", ",72,7,2"), encoding="utf-8")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "phieu",
            "--lang",
            "en",
            "publish",
            "--practice",
            "--expect",
            str(figures),
            "-w",
            str(folder),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 31
    assert "nguyen-thi-le" in ran.stderr or "Nguyễn Thị Lệ" in ran.stderr


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me", encoding="utf-8")
    ran = demo(tmp_path / "mine")
    assert ran.returncode == 25
    assert (tmp_path / "mine" / "letter.txt").read_text(encoding="utf-8") == "keep me"
