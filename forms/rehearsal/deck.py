"""A deck of practice ballots: filled in, scanned, and with its answers written beside it.

Comes in: the frozen practice form of each ballot style and what its ballots say. Goes out, into one folder:

    STYLE/jpeg/STYLE-0001.jpg ...   one picture a page
    STYLE/scan.pdf                  the same pictures in one file; read the one or the other, not both
    truth.json                      which page is which ballot, and how each of its fields may be read

Ballots lie in the deck in random order, as they leave a ballot box. The same seed gives the same bytes on the
same machine, however many processes work.
"""

import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ...errors import WorkspaceError
from ...words import _
from ..form import FormError, FrozenForm
from . import sheet
from .bundle import write_pdf
from .scanner import Scanner, new_machine
from .votes import Ballots

_CHUNK = 6
"""Ballots a worker takes at a time."""


@dataclass(frozen=True, slots=True)
class DeckStyle:
    """What was written for one ballot style."""

    style: str
    ballots: int
    pages: int
    jpegs: Path
    pdf: Path
    lost: int
    """Marks of which the scanner left nothing to see; the truth says which."""


@dataclass(frozen=True, slots=True)
class Deck:
    """What was written."""

    truth: Path
    styles: tuple[DeckStyle, ...]


def rehearse(
    forms: Mapping[str, FrozenForm],
    votes: Mapping[str, Ballots],
    scanner: Scanner,
    seed: int,
    out_dir: Path,
    *,
    round_id: str = "",
    sealed: Collection[str] = (),
    dpi: int = 200,
    colour: bool = False,
    workers: int | None = None,
    on_page: Callable[[], None] | None = None,
) -> Deck:
    """Fill in practice ballots, scan them, and write pictures and truth.

    Args:
        forms: the practice form of each ballot style.
        votes: the ballots of each style in `forms` that is to be filled in.
        scanner: which machine.
        seed: of everything that is drawn at random.
        out_dir: where to; an earlier deck there is replaced, anything else is left alone.
        round_id: what the truth says of where the deck belongs.
        sealed: the styles whose ballots bear a seal.
        dpi: resolution of the pictures.
        colour: whether an office scanner scans in colour; copiers never do.
        workers: how many processes; as many as there are processors when None.
        on_page: called after each page.

    Raises:
        FormError: a form is not a practice form.
        WorkspaceError: `out_dir` holds something that is no deck, or can't be written to.
    """
    _refuse_real_ballots(forms)
    _clear(out_dir)
    jobs = []
    for style, ballots in votes.items():
        (out_dir / style / "jpeg").mkdir(parents=True, exist_ok=True)
        order = sheet.stream(seed, style).permutation(len(ballots)) + 1
        places = list(enumerate(order.tolist()))
        jobs += [(style, places[i : i + _CHUNK]) for i in range(0, len(places), _CHUNK)]
    with tempfile.TemporaryDirectory() as scratch:
        bench = {}
        for style in votes:
            machine = new_machine(scanner, colour, dpi, sheet.stream(seed, style, 1))
            blanks = sheet.print_blanks(forms[style], machine, Path(scratch) / style)
            bench[style] = sheet.Bench(
                style, forms[style].form, blanks, machine, style in sealed, seed, votes[style], out_dir
            )
        truths: list[dict[str, Any]] = []
        for pages in _done(bench, jobs, workers):
            for page in pages:
                truths.append(page)
                if on_page is not None:
                    on_page()
    styles = tuple(_bound(style, forms[style], truths, out_dir, dpi) for style in votes)
    truth = out_dir / "truth.json"
    truth.write_text(_truth_text(forms, votes, truths, round_id, scanner, seed, dpi), encoding="utf-8")
    return Deck(truth, styles)


def _done(
    bench: dict[str, sheet.Bench], jobs: list[tuple[str, list[tuple[int, int]]]], workers: int | None
) -> Iterator[list[dict[str, Any]]]:
    """Yield the truth of each job's pages, in order; the pictures are written by whoever does the job."""
    count = min(workers or _processors(), len(jobs))
    if count <= 1:
        for style, places in jobs:
            yield sheet.scan_sheets(bench[style], places)
        return
    with ProcessPoolExecutor(count, get_context("spawn"), sheet.start_worker, (bench,)) as pool:
        yield from pool.map(sheet.work, jobs)


def _bound(
    style: str, frozen: FrozenForm, truths: list[dict[str, Any]], out_dir: Path, dpi: int
) -> DeckStyle:
    """Bind the pictures of a style into one PDF."""
    pages = [truth for truth in truths if truth["style"] == style]
    names = [page["source"] for page in pages]
    lost = sum("lost" in field for page in pages for field in page["fields"])
    pdf = out_dir / style / "scan.pdf"
    write_pdf([out_dir / name for name in names], pdf, dpi)
    return DeckStyle(style, len(names) // frozen.form.pages, len(names), out_dir / style / "jpeg", pdf, lost)


def _truth_text(
    forms: Mapping[str, FrozenForm],
    votes: Mapping[str, Ballots],
    truths: list[dict[str, Any]],
    round_id: str,
    scanner: Scanner,
    seed: int,
    dpi: int,
) -> str:
    """Return `truth.json`: each page twice, once as a JPEG and once as a page of `scan.pdf`."""
    in_pdf = []
    seen: dict[str, int] = {}
    for truth in truths:
        index = seen[truth["style"]] = seen.get(truth["style"], -1) + 1
        in_pdf.append({**truth, "source": f"{truth['style']}/scan.pdf", "index": index})
    head = {
        "round": round_id,
        "scanner": str(scanner),
        "seed": seed,
        "dpi": dpi,
        "styles": {
            style: {"form": forms[style].form.id, "ballots": len(ballots), "pages": forms[style].form.pages}
            for style, ballots in votes.items()
        },
    }
    pages = ",\n".join(json.dumps(page, ensure_ascii=False) for page in truths + in_pdf)
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "pages": [\n' + pages + "\n]\n}\n"


def _refuse_real_ballots(forms: Mapping[str, FrozenForm]) -> None:
    """Nobody is helped to make up ballots that would pass for real ones."""
    for frozen in forms.values():
        if not frozen.form.practice:
            raise FormError(
                _("The form {form} is not a practice form; only practice ballots are filled in.").format(
                    form=frozen.form.id
                ),
                hint=_("`phieu rehearse` makes practice forms by itself."),
            )


def _clear(out_dir: Path) -> None:
    """Take away an earlier deck, and nothing else."""
    if out_dir.exists() and not out_dir.is_dir():
        raise WorkspaceError(
            _("{folder} is a file, not a folder.").format(folder=out_dir),
            hint=_("Name another folder with --out."),
        )
    # Also one that was broken off before its truth was written.
    old = [*out_dir.glob("*/jpeg/*-[0-9]*.jpg"), *out_dir.glob("*/scan.pdf"), *out_dir.glob("truth.json")]
    if {path for path in out_dir.rglob("*") if not path.is_dir()} - set(old):
        raise WorkspaceError(
            _("{folder} holds other things than a practice deck.").format(folder=out_dir),
            hint=_("Name an empty or new folder with --out."),
        )
    for path in old:
        path.unlink()


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
