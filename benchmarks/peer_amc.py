"""Read pages with Auto Multiple Choice: its core, `AMC-detect`, told on standard input what to do.

The commands and their order are those of AMC's own analysis: load the scan and find its four discs, fit them
to the layout (three of them where four do not do), read the number of the page in its binary boxes (upside
down where it is not there), then measure every box. A box is ticked from 15 % of dark pixels on, in the
middle 80 % of it, as AMC has it. Pictures of boxes, which it can also save, are not asked for.
"""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phieu.benchmarks.peer_sheets import DIGITS, DISC_MM, DISCS_MM, PAPER_DPI, digit_boxes
from phieu.forms.form import Box

PROGRAM = Path("/usr/libexec/AMC/exec/AMC-detect")
HOW_TO_GET_IT = "apt-get install --no-install-recommends auto-multiple-choice"
_PX = PAPER_DPI / 25.4
_TICKED, _DIGIT, _INSIDE = 0.15, 0.5, 0.8

Ticks = list[list[bool]]


@dataclass(frozen=True, slots=True)
class Read:
    """What became of some pages."""

    ms: float
    """CPU a page, start of the program included."""
    ticks: list[Ticks | None]
    """For each page, row by row; None where it was refused."""


def read(pages: Sequence[Path], boxes: Sequence[Sequence[Box]], repeat: int = 1) -> Read:
    """Read pages, so many times over, in one process."""
    size = [f"{side * _PX:.2f}" for side in (210.0, 297.0, DISC_MM)]
    options = ["-x", size[0], "-y", size[1], "-d", size[2], "-p", "0.2", "-m", "0.2", "-c", "3", "-t", "0.6"]
    process = subprocess.Popen(
        [str(PROGRAM), *options, "-o", "1", "-r"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "OPENCV_FOR_THREADS_NUM": "1"},
    )  # fmt: skip
    talk = _Talk(process)
    ticks = [talk.page(page, boxes) for _again in range(repeat) for page in pages]
    assert process.stdin is not None
    process.stdin.close()
    _pid, _status, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return Read((usage.ru_utime + usage.ru_stime) * 1000 / max(len(ticks), 1), ticks[: len(pages)])


class _Talk:
    """A conversation with the program."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def page(self, path: Path, boxes: Sequence[Sequence[Box]]) -> Ticks | None:
        """Read one page; None where it is refused."""
        answer = self._say(f"load {path.resolve()}")
        if any(line.startswith(("! NMARKS", "! MAYBE_BLANK", "! LOAD")) for line in answer):
            return None
        if not self._placed():
            return None
        return [[self._darkness(box) >= _TICKED for box in row] for row in boxes]

    def _placed(self) -> bool:
        discs = " ".join(f"{x * _PX:.4f},{y * _PX:.4f}" for x, y in DISCS_MM)
        for turn in ("", "rotate180"):
            if turn:
                self._say(turn)
            for fit in ("optim", "optim3"):
                self._say(f"{fit} {discs}")
                if self._number() == [value for _digits, value in DIGITS]:
                    self._say("rotateOK")
                    return True
        return False

    def _number(self) -> list[int]:
        bits = ["01"[self._darkness(box) > _DIGIT] for box, _filled in digit_boxes()]
        numbers, at = [], 0
        for digits, _value in DIGITS:
            numbers.append(int("".join(bits[at : at + digits]), 2))
            at += digits
        return numbers

    def _darkness(self, box: Box) -> float:
        edges = (box.x, box.x + box.w, box.y, box.y + box.h)
        answer = self._say(f"mesure0 {_INSIDE} square " + " ".join(f"{edge * _PX:.4f}" for edge in edges))
        for line in answer:
            if line.startswith("PIX "):
                dark, every = (int(word) for word in line.split()[1:3])
                return dark / every if every else 0.0
        return 0.0

    def _say(self, command: str) -> list[str]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        lines = []
        for line in self._process.stdout:
            if "__END__" in line:
                break
            lines.append(line.rstrip("\n"))
        return lines
