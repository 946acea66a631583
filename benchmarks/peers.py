"""Other readers beside ours: CPU a page on the same pixels, and how much damage each sheet survives.

    .venv/bin/python benchmarks/peers.py
    .venv/bin/python benchmarks/peers.py --omrchecker DIR

Peers are Auto Multiple Choice (Debian's package) and OMRChecker (a checkout of its repository on GitHub,
Udayraj123/OMRChecker, at `.cache/OMRChecker`; the packages it needs are put into an environment of their own
beside it). One that is missing is left out, and how to get it is said.

CPU: pages of 180 boxes that bear the marks of all three systems, gray JPEG at 200 dpi, decoding included, one
thread each. Robustness: each system's own sheet with the same boxes filled in and the same damage. A page is
right when every box is read as it is; asked about when people are asked about some boxes (only ours asks) and
the others are right; refused as a whole; or wrong: a box is read wrong and nothing says so.
"""

import argparse
import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from phieu.benchmarks import dense, peer_amc, steps
from phieu.benchmarks import peer_sheets as sheets
from phieu.benchmarks.machine import apart, preamble
from phieu.benchmarks.peer_damage import KINDS
from phieu.benchmarks.peer_sheets import AMC, OMR, PHIEU, SHARED, Votes
from phieu.ocr.blank import KnownForm
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.reading import Outcome, State

_FOLDER = dense.CACHE / "peers"
_OMR_PACKAGES = (
    "opencv-python-headless<5", "deepmerge", "dotmap", "jsonschema", "matplotlib", "numpy", "pandas", "rich",
)  # fmt: skip
_TEMPLATE_PX_PER_MM = 5.0
TARGETS = {AMC: 0.4, OMR: 0.25}

Verdicts = list[list[list[bool | None]] | None]
"""For each page its boxes row by row: marked or not, or None where people are asked; None: refused."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One system."""

    name: str
    title: str
    read: Callable[[str, Sequence[Path]], Verdicts]
    """Reads pages of one kind of sheet."""
    cpu_ms: Callable[[Sequence[Path], int], float]
    """CPU a page of the shared sheet, read so many times."""


def main() -> None:
    """Compare, and print two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=6, help="pages at each severity (default 6)")
    parser.add_argument("--repeat", type=int, default=8, help="how often CPU pages are read (default 8)")
    parser.add_argument("--damage", nargs="*", choices=list(KINDS), default=list(KINDS), help="default: all")
    parser.add_argument(
        "--omrchecker", type=Path, default=dense.CACHE.parent / "OMRChecker", help="a checkout of OMRChecker"
    )
    asked = parser.parse_args()
    console = Console(width=130, highlight=False)
    console.print(preamble())
    readers, missing = _readers(asked.omrchecker)
    for hint in missing:
        console.print(hint)
    console.print(_cpu_table(readers, max(asked.pages, 6), asked.repeat))
    for line in _robustness(readers, asked.damage, asked.pages):
        console.print(line)


def _readers(omrchecker: Path) -> tuple[list[Reader], list[str]]:
    """Return the systems that are here, and how to get the others."""
    readers, missing = [Reader(PHIEU, "Phiếu", _read_ours, _our_cpu)], []
    if peer_amc.PROGRAM.exists():
        readers.append(Reader(AMC, "Auto Multiple Choice", _read_amc, _amc_cpu))
    else:
        missing.append(f"Auto Multiple Choice is not installed: {peer_amc.HOW_TO_GET_IT}")
    if (omrchecker / "src" / "template.py").exists():
        _Omr.checkout = omrchecker
        readers.append(Reader(OMR, "OMRChecker", _read_omr, _omr_cpu))
    else:
        missing.append(f"OMRChecker is not at {omrchecker}: check it out there, or name another folder")
    return readers, missing


def _cpu_table(readers: Sequence[Reader], pages: int, repeat: int) -> Table:
    """Time every reader on the same pages, with the marks of all three systems on them."""
    votes = sheets.draw_votes(pages, 7)
    files = _written(SHARED, "cpu", votes, lambda page, _rng: page)
    table = Table(title=f"CPU on the same {pages} pages of 180 boxes, gray JPEG at 200 dpi, {repeat} times")
    for heading in ("", "ms a page", "ours is", "target", "pages right"):
        table.add_column(heading, justify="right" if heading else "left")
    took = {reader.name: reader.cpu_ms(files, repeat) for reader in readers}
    for reader in readers:
        right = _counted(reader.read(SHARED, files), votes)[0]
        ratio = took[PHIEU] / took[reader.name]
        shown = ("", "") if reader.name == PHIEU else (f"{ratio:.2f} of it", f"{TARGETS[reader.name]:.2f}")
        table.add_row(reader.title, f"{took[reader.name]:.1f}", *shown, f"{right} of {pages}")
    return table


def _robustness(readers: Sequence[Reader], kinds: Sequence[str], pages: int) -> list[Table | str]:
    """Damage every system's own sheet ever more; return the table and what it comes to."""
    table = Table(title=f"pages right / asked about / refused / wrong, of {pages} at each severity")
    table.add_column("damage")
    for reader in readers:
        table.add_column(reader.title, justify="right")
    last: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for kind in kinds:
        damage, unit, severities = KINDS[kind]
        plain, survived = ({reader.name: "none" for reader in readers} for _which in range(2))
        all_right, standing = set(plain), set(plain)
        for severity in severities:
            cells = []
            for reader in readers:
                votes = sheets.draw_votes(pages, 11)
                files = _written(
                    reader.name,
                    f"{kind}-{severity}",
                    votes,
                    lambda page, rng, at=severity, do=damage: do(page, at, rng),  # type: ignore[misc]
                )
                counts = _counted(reader.read(reader.name, files), votes)
                cells.append(" / ".join(map(str, counts)))
                for so_far, names, good in (
                    (plain, all_right, counts[0]),
                    (survived, standing, counts[0] + counts[1]),
                ):
                    if good < pages:
                        names.discard(reader.name)
                    elif reader.name in names:
                        so_far[reader.name] = f"{severity} {unit}"
            table.add_row(f"{kind} {severity} {unit}", *cells)
        table.add_section()
        last[kind] = plain, survived
    lines: list[Table | str] = [table]
    for which, words in enumerate(("read right without a question", "neither refused nor read wrong")):
        lines.append(f"the last severity up to which every page is {words}:")
        for kind, both in last.items():
            lines.append(
                f"  {kind:8} " + ", ".join(f"{reader.title} {both[which][reader.name]}" for reader in readers)
            )
    return lines


def _counted(verdicts: Verdicts, votes: Sequence[Votes]) -> tuple[int, int, int, int]:
    """Return how many pages are right, asked about, refused, wrong."""
    right = asked = refused = wrong = 0
    for verdict, vote in zip(verdicts, votes, strict=True):
        if verdict is None:
            refused += 1
            continue
        boxes = [
            (seen, i == chosen)
            for row, chosen in zip(verdict, vote, strict=True)
            for i, seen in enumerate(row)
        ]
        if any(seen is not None and seen != truth for seen, truth in boxes):
            wrong += 1
        elif any(seen is None for seen, _truth in boxes):
            asked += 1
        else:
            right += 1
    return right, asked, refused, wrong


def _written(kind: str, name: str, votes: Sequence[Votes], damage: Callable[[Any, Any], Any]) -> list[Path]:
    """Fill in, damage and scan pages of one kind of sheet; the same damage for every kind."""
    folder = _FOLDER / kind / name
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for i, vote in enumerate(votes):
        page = damage(sheets.filled(sheets.sheet(kind), vote, i), np.random.default_rng([23, i]))
        path = folder / f"{i + 1:03}.jpg"
        cv2.imwrite(str(path), sheets.scanned(page, i), [cv2.IMWRITE_JPEG_QUALITY, 88])
        files.append(path)
    return files


# Ours.


_SAYS = {State.MARKED: True, State.EMPTY: False, State.UNCLEAR: None}


@cache
def _known(kind: str) -> KnownForm:
    form = sheets.sheet(kind).form
    assert form is not None
    return KnownForm.load(form)


def _read_ours(kind: str, files: Sequence[Path]) -> Verdicts:
    cv2.setNumThreads(1)
    known = _known(kind)
    verdicts: Verdicts = []
    for file in files:
        image = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
        reading = read_page(np.asarray(image, np.uint8), {known.form.id: known}, ReaderSettings())
        if reading.outcome is not Outcome.READ:
            verdicts.append(None)
            continue
        seen = [_SAYS[field.state] for field in reading.fields]
        verdicts.append([seen[i : i + len(dense.OPTIONS)] for i in range(0, len(seen), len(dense.OPTIONS))])
    return verdicts


def _our_cpu(files: Sequence[Path], repeat: int) -> float:
    form = sheets.sheet(SHARED).form
    assert form is not None
    measured: steps.Measured = apart(steps.measure, form, list(files), repeat, 50)
    return measured.read_ms


# Auto Multiple Choice.


def _read_amc(kind: str, files: Sequence[Path]) -> Verdicts:
    read = peer_amc.read(files, sheets.sheet(kind).boxes).ticks
    return [None if page is None else [[*row] for row in page] for page in read]


def _amc_cpu(files: Sequence[Path], repeat: int) -> float:
    return peer_amc.read(files, sheets.sheet(SHARED).boxes, repeat).ms


# OMRChecker.


class _Omr:
    checkout = Path()


def _read_omr(kind: str, files: Sequence[Path]) -> Verdicts:
    verdicts: Verdicts = []
    for said in _omr(kind, files, 0)["said"]:
        labels = [f"r{i + 1}" for i in range(dense.ROWS)]
        verdicts.append(
            None if said is None else [[letter in said[row] for letter in "ABC"] for row in labels]
        )
    return verdicts


def _omr_cpu(files: Sequence[Path], repeat: int) -> float:
    return float(_omr(SHARED, files, repeat)["ms"])


def _omr(kind: str, files: Sequence[Path], repeat: int) -> Any:
    command = [
        str(_omr_python()),
        str(Path(__file__).with_name("peer_omrchecker.py")),
        str(_Omr.checkout.resolve()),
    ]
    done = subprocess.run(
        [*command, str(_omr_template(kind)), str(repeat), *map(str, files)],
        capture_output=True, text=True, check=False, env={**os.environ, "MPLBACKEND": "agg"},
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"OMRChecker did not run:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _omr_template(kind: str) -> Path:
    """Write OMRChecker's template and target for a sheet; return the template."""
    folder = _FOLDER / kind / "template"
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / "omr_marker.jpg"), sheets.target_picture(240))
    corners = np.array(sheets.TARGETS_MM[kind]) + sheets.TARGET_MM / 2
    low, scale = corners.min(axis=0), _TEMPLATE_PX_PER_MM
    boxes = sheets.sheet(kind).boxes
    half = len(boxes) // 2
    blocks = {}
    for column, first in enumerate((0, half)):
        top, below = boxes[first], boxes[first + 1]
        blocks[f"column{column}"] = {
            "origin": [round(float(top[0].x - low[0]) * scale), round(float(top[0].y - low[1]) * scale)],
            "bubblesGap": (top[1].x - top[0].x) * scale,
            "labelsGap": (below[0].y - top[0].y) * scale,
            "direction": "horizontal",
            "bubbleValues": list("ABC"),
            "fieldLabels": [f"r{first + i + 1}" for i in range(half)],
        }
    size = (corners.max(axis=0) - low) * scale
    template = {
        "pageDimensions": [round(float(side)) for side in size],
        "bubbleDimensions": [round(boxes[0][0].w * scale), round(boxes[0][0].h * scale)],
        "preProcessors": [
            {
                "name": "CropOnMarkers",
                "options": {"relativePath": "omr_marker.jpg", "sheetToMarkerWidthRatio": 17},
            }
        ],
        "fieldBlocks": blocks,
    }
    path = folder / "template.json"
    path.write_text(json.dumps(template, indent=1))
    return path


@cache
def _omr_python() -> Path:
    """Return the Python of OMRChecker's own environment; its OpenCV is older than ours."""
    folder = dense.CACHE / "omrchecker-venv"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", *_OMR_PACKAGES], check=True)
        (folder / "complete").touch()
    return python


if __name__ == "__main__":
    main()
