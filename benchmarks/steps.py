"""What each step of reading a page takes, and what only decoding its file takes: CPU time of one process.

Decoding is what any reader must do: a JPEG by OpenCV from the file's bytes, a frame of a TIFF by Pillow, a
page of a PDF by OpenCV from the bytes of its image, which are taken out beforehand. Reading is all that a
worker does for a page: opening, hashing, decoding, and everything after that.
"""

import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import cv2
import numpy as np
import pikepdf
from PIL import Image

from phieu.benchmarks.machine import keep_freed_memory, spent
from phieu.forms.form import FrozenForm
from phieu.ocr import scans
from phieu.ocr.blank import KnownForm
from phieu.ocr.page import ReaderSettings, read_page
from phieu.ocr.scans import PageRef

# Each step is the functions that `read_page` calls for it; what none of them takes is the rest.
_STEPS = {
    "decode": ("phieu.ocr.scans.load",),
    "tags": ("phieu.ocr.sight.look",),
    "place": ("phieu.ocr.register.register",),
    "marks": ("phieu.ocr.page.read_marks",),
    "names": ("phieu.ocr.page.read_names",),
    "stray": ("phieu.ocr.page.read_margins",),
    "likeness": ("phieu.ocr.page.signature",),
    "seal": ("phieu.ocr.page.find_seal", "phieu.ocr.page.without_stamps"),
}
STEPS = (*_STEPS, "rest")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one kind of file takes; milliseconds and page faults are a page's."""

    decode_ms: float
    read_ms: float
    ratio: float
    """Of reading to decoding, the median over the rounds."""
    decode_faults: float
    read_faults: float
    steps_ms: dict[str, float]
    outcomes: dict[str, int]


def measure(frozen: FrozenForm, files: Sequence[Path], rounds: int, warm_up: int) -> Measured:
    """Read the pages of some files as many times as there are rounds, and decode them in between.

    Call it in a process of its own. Before the clock starts, `warm_up` pages are read, so that caches
    are filled and the memory of one page is kept.
    """
    cv2.setNumThreads(1)
    keep_freed_memory()
    refs = [ref for ref in scans.list_pages(files) if isinstance(ref, PageRef)]
    known = KnownForm.load(frozen)
    forms, settings = {known.form.id: known}, ReaderSettings()

    def read(ref: PageRef) -> str:
        image = scans.load(ref)
        return str(read_page(image.image, forms, settings, sha256=image.sha256).outcome)

    decoders = list(_decoders(refs))
    for i in range(warm_up):
        decoders[i % len(refs)]()
        read(refs[i % len(refs)])
    outcomes: dict[str, int] = defaultdict(int)
    for ref in refs:
        outcomes[read(ref)] += 1
    pairs = [
        (spent(lambda: [decode() for decode in decoders]), spent(lambda: [read(ref) for ref in refs]))
        for _round in range(rounds)
    ]
    with _timed() as took:
        began = time.process_time_ns()
        for ref in refs:
            read(ref)
        whole = time.process_time_ns() - began
    steps = {name: took[name] / 1e6 / len(refs) for name in _STEPS}
    scans.release()
    n = len(refs)
    return Measured(
        median(decode.ms for decode, _read in pairs) / n,
        median(read.ms for _decode, read in pairs) / n,
        median(read.ms / decode.ms for decode, read in pairs),
        median(decode.faults for decode, _read in pairs) / n,
        median(read.faults for _decode, read in pairs) / n,
        {**steps, "rest": whole / 1e6 / n - sum(steps.values())},
        dict(outcomes),
    )


def _decoders(refs: Sequence[PageRef]) -> Iterator[Callable[[], object]]:
    """Yield for each page what decodes it and does nothing else."""
    for ref in refs:
        kind = ref.path.suffix
        if kind == ".tiff":
            yield partial(_frame, ref)
        else:
            data = ref.path.read_bytes() if kind == ".jpg" else _image_in_pdf(ref)
            yield partial(cv2.imdecode, np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)


_tiffs: dict[Path, Image.Image] = {}


def _frame(ref: PageRef) -> object:
    image = _tiffs.get(ref.path)
    if image is None:
        image = _tiffs[ref.path] = Image.open(io.BytesIO(ref.path.read_bytes()))
    image.seek(ref.index)
    return np.asarray(image.convert("L"))


def _image_in_pdf(ref: PageRef) -> bytes:
    with pikepdf.open(ref.path) as pdf:
        (image,) = pdf.pages[ref.index].get_images().values()
        return image.read_raw_bytes()


@contextmanager
def _timed() -> Iterator[dict[str, int]]:
    """Take the CPU time of each step, in nanoseconds in all, while pages are read."""
    took: dict[str, int] = defaultdict(int)

    def clocked(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            began = time.process_time_ns()
            try:
                return function(*args, **named)
            finally:
                took[step] += time.process_time_ns() - began

        return run

    with ExitStack() as stack:
        for step, functions in _STEPS.items():
            for place in functions:
                path, _dot, name = place.rpartition(".")
                module = import_module(path)
                stack.enter_context(patch.object(module, name, clocked(step, getattr(module, name))))
        yield took
