"""A vote that was rehearsed once for the session; each test works on a copy of its own."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from phieu import words
from phieu.cli.main import main

ROUND = "ky-hop-12"
BALLOTS = 6


class Phieu:
    """The command, as a user types it, in English."""

    def __call__(self, *arguments: object) -> Result:
        before = words.language()
        try:
            result = CliRunner().invoke(main, ["--lang", "en", *map(str, arguments)])
        finally:
            words.use(before)
        assert "Traceback" not in result.output
        assert result.exit_code != 1, f"a mistake of the program's own: {result.output}"
        return result

    def done(self, *arguments: object) -> str:
        """Run it, and expect that nothing was wrong."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.output


@dataclass(frozen=True)
class Rehearsed:
    """A vote's folder with a practice deck of six ballots a style."""

    folder: Path
    phieu: Phieu

    def jpegs(self, style: str) -> list[Path]:
        return sorted((self.folder / "practice/deck" / ROUND / style / "jpeg").glob("*.jpg"))

    def pdf(self, style: str) -> Path:
        return self.folder / "practice/deck" / ROUND / style / "scan.pdf"

    def form(self, style: str, practice: bool = True) -> Path:
        """The frozen form of a style."""
        index = json.loads((self.folder / "forms/index.json").read_text(encoding="utf-8"))
        [form] = [
            form for form, entry in index.items() if entry["style"] == style and entry["practice"] == practice
        ]
        return self.folder / "forms" / f"{form}.json"

    def read(self, batch: str, sheets: int, *paths: Path, practice: bool = True) -> Result:
        kind = ["--practice"] if practice else []
        return self.phieu("read", *kind, "--batch", batch, "--sheets", sheets, *paths, "-w", self.folder)

    def figures(self, style: str, count: int = BALLOTS) -> None:
        told = ["--issued", count, "--collected", count, "--by", "Trần A"]
        self.phieu.done("figures", "--practice", ROUND, style, *told, "-w", self.folder)

    def answer_all(self) -> int:
        """Answer every open question with its first answer; return how many there were."""
        listed = self.phieu.done("review", "--practice", "--list", "--json", "-w", self.folder)
        questions = json.loads(listed)
        for question in questions:
            self.phieu.done(
                "decide",
                "--practice",
                question["id"],
                question["answers"][0],
                "--by",
                "Lê B",
                "-w",
                self.folder,
            )
        return len(questions)

    def tally(self) -> dict[str, Any]:
        counted: dict[str, Any] = json.loads(
            self.phieu.done("tally", "--practice", "--json", "-w", self.folder)
        )
        return counted


@pytest.fixture(scope="session")
def phieu() -> Phieu:
    return Phieu()


@pytest.fixture(scope="session")
def rehearsed_once(
    phieu: Phieu, write_small_vote: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = write_small_vote(tmp_path_factory.mktemp("rehearsed") / "vote")
    phieu.done("rehearse", ROUND, "--ballots", BALLOTS, "--seed", 7, "-w", folder)
    return folder


@pytest.fixture
def rehearsed(rehearsed_once: Path, phieu: Phieu, tmp_path: Path) -> Rehearsed:
    folder = tmp_path / "rehearsed"
    shutil.copytree(rehearsed_once, folder)
    return Rehearsed(folder, phieu)
