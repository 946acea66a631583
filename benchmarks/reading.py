"""What reading costs: CPU a page against only decoding it, pages a second on all cores, growth with length.

    .venv/bin/python benchmarks/reading.py
    .venv/bin/python benchmarks/reading.py --growth 10000

Read are pages of 60 rows x 3 boxes, 180 fields on one side of A4 (`dense.py`), filled in and scanned by the
rehearsal's office scanner. CPU is user and system time by getrusage, after mallopt and 50 pages of warm-up,
in a process per kind of file; decoding and reading take turns, and the ratio is the median over the rounds.

The steps: decode (with opening and hashing the file), tags (and the code), place (registration), marks, names
(what is written in name cells, which also proves the place), stray (writing elsewhere), likeness (a signature
of the page's ink), seal (on colour scans), rest.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from phieu.benchmarks import dense, steps
from phieu.benchmarks.machine import apart, cores, preamble
from phieu.forms.form import FrozenForm
from phieu.ocr import pool, scans
from phieu.ocr.page import ReaderSettings

TARGET = 1.5
TARGET_TWO = 1.9


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    name: str
    dpi: int
    colour: bool
    file: str
    """What of the deck is read: `jpeg`, `g4` or `pdf`."""

    def files(self, pages: int) -> tuple[FrozenForm, list[Path]]:
        """Return the form and the files that hold its pages."""
        deck = dense.deck(pages, self.dpi, self.colour)
        chosen = {
            "jpeg": lambda: list(deck.pages),
            "g4": lambda: [deck.bitonal()],
            "pdf": lambda: [deck.document()],
        }
        return deck.form, chosen[self.file]()


KINDS = tuple(
    Kind(name, dpi, colour, file)
    for dpi in (200, 300)
    for name, colour, file in (
        ("gray JPEG", False, "jpeg"),
        ("colour JPEG", True, "jpeg"),
        ("G4 TIFF", False, "g4"),
        ("scanned PDF", False, "pdf"),
    )
)


def main() -> None:
    """Measure, and print one table."""
    asked = _options(sys.argv[1:])
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in ("", "dpi", "decode ms", "read ms", "times decode", "faults", *steps.STEPS, "read"):
        table.add_column(heading, justify="left" if not heading else "right")
    for kind in KINDS:
        if kind.name in asked.kinds and kind.dpi in asked.dpi:
            _add(table, kind, asked)
    console = Console(width=150, highlight=False)
    console.print(preamble())
    console.print(f"pages    {asked.pages} with 180 fields each: 60 rows x 3 on one side of A4")
    console.print(f"rounds   {asked.rounds}, after {asked.warm_up} pages to warm up")
    if table.row_count:
        console.print(table)
    console.print(f"target: gray JPEG at 200 dpi at most {TARGET} x decoding")
    for line in (*_throughput(asked), *_growth(asked)):
        console.print(line)


def _options(arguments: Sequence[str]) -> Any:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=24, help="pages in a deck (default 24)")
    parser.add_argument(
        "--warm-up", type=int, default=50, help="pages read before the clock starts (default 50)"
    )
    parser.add_argument("--rounds", type=int, default=7, help="how often each deck is read (default 7)")
    parser.add_argument(
        "--dpi", type=int, nargs="*", default=[200, 300], help="resolutions (default 200 300)"
    )
    names = list(dict.fromkeys(kind.name for kind in KINDS))
    parser.add_argument(
        "--kinds", nargs="*", choices=names, default=names, help="kinds of file (default all)"
    )
    parser.add_argument(
        "--stream", type=int, default=400, help="pages for pages a second (default 400; 0: none)"
    )
    parser.add_argument("--growth", type=int, default=1000, help="longest document (default 1000; 0: none)")
    return parser.parse_args(arguments)


def _add(table: Table, kind: Kind, asked: Any) -> None:
    frozen, files = kind.files(asked.pages)
    result: steps.Measured = apart(steps.measure, frozen, files, asked.rounds, asked.warm_up)
    table.add_row(
        kind.name,
        str(kind.dpi),
        f"{result.decode_ms:.2f}",
        f"{result.read_ms:.2f}",
        f"{result.ratio:.2f}",
        f"{result.decode_faults:.0f} / {result.read_faults:.0f}",
        *(f"{result.steps_ms[step]:.2f}" for step in steps.STEPS),
        f"{result.outcomes.get('read', 0)} of {sum(result.outcomes.values())}",
    )


def _throughput(asked: Any) -> list[str]:
    """Return pages a second of one process and of as many as there are cores."""
    if not asked.stream:
        return []
    deck = dense.deck(asked.pages, 200, False)
    many = cores()
    rates = {workers: apart(_rate, deck, asked.stream, workers) for workers in (1, many)}
    lines = [
        f"{workers} process{'es' if workers > 1 else ''}: {rate:.1f} pages a second"
        for workers, rate in rates.items()
    ]
    if many > 1:
        wanted = f" (target {TARGET_TWO})" if many == 2 else ""
        lines.append(f"{many} processes are {rates[many] / rates[1]:.2f} times one{wanted}")
    return lines


def _rate(deck: dense.Deck, pages: int, workers: int) -> float:
    """Return pages a second, once every process has begun; files are opened by the processes themselves."""
    files = [deck.pages[i % len(deck.pages)] for i in range(pages)]
    refs = scans.list_pages(files)
    warm_up, began = 20 * workers, 0.0
    for i, _reading in enumerate(pool.read_pages(refs, [deck.form], ReaderSettings(), workers=workers)):
        if i + 1 == warm_up:
            began = time.perf_counter()
    return (pages - warm_up) / (time.perf_counter() - began)


def _growth(asked: Any) -> list[str]:
    """Return time and memory of ever longer documents."""
    if not asked.growth:
        return []
    deck = dense.deck(asked.pages, 200, False)
    lengths = [length for length in (100, 1000, 10_000) if length < asked.growth] + [asked.growth]
    lines = ["one scanned PDF, all processes:"]
    with tempfile.TemporaryDirectory(dir=dense.CACHE) as scratch:
        for length in lengths:
            path = apart(dense.long_document, deck, length, Path(scratch))
            first_s, page_ms, worker_mb, here_mb = apart(_read_document, deck.form, path)
            lines.append(
                f"  {length:>6} pages: first after {first_s:.1f} s, then {page_ms:.1f} ms a page; "
                f"largest process {worker_mb:.0f} MB, the one that asks {here_mb:.0f} MB"
            )
            path.unlink()
    return lines


def _read_document(frozen: FrozenForm, path: Path) -> tuple[float, float, float, float]:
    """Read a document by all processes; return seconds to the first page, ms a page, and MB at most."""
    began = time.perf_counter()
    count, first = 0, 0.0
    for _reading in pool.read_pages(scans.list_pages([path]), [frozen], ReaderSettings(), workers=cores()):
        count += 1
        if count == 1:
            first = time.perf_counter()
    per_page = (time.perf_counter() - first) / max(count - 1, 1) * 1000
    children, own = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF)
    )
    return first - began, per_page, children, own


if __name__ == "__main__":
    main()
