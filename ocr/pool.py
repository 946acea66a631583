"""Read many pages, in the order given, on all processors of this machine.

Each process opens the files itself and holds one page at a time; only names go in and readings come out, so
memory does not grow with the number of pages. A page over which a process dies costs only itself: the pages
that were under way are read again, one by one, in a process of their own.
"""

import ctypes
import faulthandler
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from ..errors import MissingProgram
from ..forms.form import FrozenForm
from . import scans, text
from .blank import KnownForm
from .identify import Identity
from .page import ReaderSettings, read_page
from .pixels import PageImage
from .reading import Outcome, PageReading
from .scans import PageRef, ScanError, Unopenable

_FEW_PAGES = 60
"""As many are read sooner in this process than by starting others, which takes half a second."""
_AHEAD = 4
"""Pages under way per process."""
_PAGE_SECONDS = 60.0

_log = logging.getLogger(__name__)


def read_pages(
    refs: Sequence[PageRef | Unopenable],
    frozen: Sequence[FrozenForm],
    settings: ReaderSettings,
    workers: int | None = None,
    page_seconds: float = _PAGE_SECONDS,
) -> Iterator[PageReading]:
    """Read pages: exactly one reading for each page given, in the same order.

    Args:
        refs: what `scans.list_pages` returned.
        frozen: the forms of this vote.
        settings: the same for every page.
        workers: how many processes; by default as many as there are processors. With 1, and by default for
            a few pages, this process reads them, and a page that crashes a decoder crashes it.
        page_seconds: a page that takes longer is given up, where it is read in another process.
    """
    job = _Job(tuple(frozen), settings, page_seconds)
    if workers is None:
        workers = 1 if len(refs) <= _FEW_PAGES else _processors()
    return _read_here(refs, job) if workers <= 1 else _read_apart(refs, job, workers)


@dataclass(frozen=True, slots=True)
class _Job:
    """What every process has to know."""

    frozen: tuple[FrozenForm, ...]
    settings: ReaderSettings
    page_seconds: float


class _Reader:
    """One process' reader, with the blank forms rendered."""

    def __init__(self, job: _Job) -> None:
        self._forms: Mapping[str, KnownForm] = {one.form.id: KnownForm.load(one) for one in job.frozen}
        self._settings = job.settings

    def read(self, ref: PageRef | Unopenable) -> PageReading:
        """Read one page, whatever it is."""
        if isinstance(ref, Unopenable):
            return _not_read(ref, ref.note)
        try:
            page = scans.load(ref)
        except ScanError as error:
            return _not_read(ref, error.code)
        try:
            return self._read(ref, page)
        except Exception:
            # A defect of ours must not cost the other pages; this one goes to people.
            _log.debug("%s, page %d", ref.source, ref.index + 1, exc_info=True)
            return PageReading(ref.source, ref.index, page.sha256, Outcome.REVIEW, notes=("crashed",))

    def _read(self, ref: PageRef, page: PageImage, identity: Identity | None = None) -> PageReading:
        reading = read_page(
            page.image,
            self._forms,
            self._settings,
            source=ref.source,
            index=ref.index,
            sha256=page.sha256,
            identity=identity,
        )
        if identity is not None:
            return replace(reading, notes=(*reading.notes, "line_read"))
        if reading.outcome is not Outcome.REVIEW or _CODE_GONE.isdisjoint(reading.notes):
            return reading
        try:
            said = text.read_line(page.image, self._forms, self._settings.practice, reading.place)
        except MissingProgram:
            return replace(reading, notes=(*reading.notes, "tesseract_missing"))
        if isinstance(said, Identity):
            return self._read(ref, page, said)
        if said.note == "line_missing" and "nothing_known" in reading.notes:
            # It says that already.
            return reading
        return replace(reading, notes=(*reading.notes, said.note))


_CODE_GONE = frozenset({"no_code", "nothing_known"})


def _not_read(ref: PageRef | Unopenable, note: str) -> PageReading:
    return PageReading(ref.source, ref.index, "", Outcome.UNREADABLE, notes=(note,))


def _read_here(refs: Sequence[PageRef | Unopenable], job: _Job) -> Iterator[PageReading]:
    reader = _Reader(job)
    try:
        yield from map(reader.read, refs)
    finally:
        scans.release()


def _read_apart(refs: Sequence[PageRef | Unopenable], job: _Job, workers: int) -> Iterator[PageReading]:
    pages, under_way = iter(refs), deque[tuple[PageRef | Unopenable, Future[PageReading]]]()
    executor = _start(job, workers)
    try:
        while True:
            while len(under_way) < _AHEAD * workers and (page := next(pages, None)) is not None:
                under_way.append((page, _submit(executor, page)))
            if not under_way:
                return
            page, future = under_way.popleft()
            if not isinstance(future.exception(), BrokenProcessPool):
                yield future.result()
                continue
            executor.shutdown()
            yield from _read_one_by_one([(page, future), *under_way], job)
            under_way.clear()
            executor = _start(job, workers)
    finally:
        executor.shutdown(cancel_futures=True)


def _read_one_by_one(
    pages: Sequence[tuple[PageRef | Unopenable, "Future[PageReading]"]], job: _Job
) -> Iterator[PageReading]:
    """Read again what was under way when a process died, to find the page that it died of."""
    executor = _start(job, 1)
    try:
        for page, future in pages:
            if not isinstance(future.exception(), BrokenProcessPool):
                yield future.result()
                continue
            began = time.monotonic()
            alone = _submit(executor, page)
            if not isinstance(alone.exception(), BrokenProcessPool):
                yield alone.result()
                continue
            yield _not_read(page, "too_slow" if time.monotonic() - began >= job.page_seconds else "crashed")
            executor.shutdown()
            executor = _start(job, 1)
    finally:
        executor.shutdown(cancel_futures=True)


def _start(job: _Job, workers: int) -> ProcessPoolExecutor:
    # Spawned everywhere, so that what works here works on Windows, and no lock of ours is copied half-held.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _begin, (job,))


def _submit(executor: ProcessPoolExecutor, page: PageRef | Unopenable) -> "Future[PageReading]":
    try:
        return executor.submit(_read_in_process, page)
    except BrokenProcessPool as error:
        broken: Future[PageReading] = Future()
        broken.set_exception(error)
        return broken


def _processors() -> int:
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable is not None else os.cpu_count() or 1


# What follows runs in the other processes.


class _Here:
    """What a reading process knows between two pages."""

    reader: _Reader | None = None
    trouble: Exception | None = None
    page_seconds: float = _PAGE_SECONDS


def _begin(job: _Job) -> None:
    # Ctrl-C reaches every process of a terminal; the first one tells the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    cv2.setNumThreads(1)
    _keep_freed_memory()
    _Here.page_seconds = job.page_seconds
    try:
        _Here.reader = _Reader(job)
    except Exception as error:
        # An exception here would only break the pool; told at the first page, it reaches the user.
        _Here.trouble = error


def _read_in_process(page: PageRef | Unopenable) -> PageReading:
    if _Here.reader is None:
        raise _Here.trouble or RuntimeError("the reader was not started")
    with Path(os.devnull).open("w") as nowhere:
        # The only way to stop a decoder written in C is to end its process.
        faulthandler.dump_traceback_later(_Here.page_seconds, exit=True, file=nowhere)
        try:
            return _Here.reader.read(page)
        finally:
            faulthandler.cancel_dump_traceback_later()


def _end_with_parent() -> None:
    """Leave when the process that started this one is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _keep_freed_memory() -> None:
    """Let the C library keep the memory of one page for the next, which saves a third of decoding's time."""
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        # Another C library than glibc, which needs no such advice.
        return
    mallopt(_M_MMAP_THRESHOLD, 32 * 1024 * 1024)
    mallopt(_M_TRIM_THRESHOLD, 512 * 1024 * 1024)


_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
