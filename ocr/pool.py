"""Read many pages, in the order given, on all processors of this machine.

Each process opens the files itself and holds one page at a time; only names go in and readings come out, so
memory does not grow with the number of pages. Pages are dealt out in stretches, so that those of one PDF are
read by one process, which has it open. A page over which a process dies, or which takes too long, costs only
itself: each answer comes at once, so the page that was under way is known; another process does the rest.

No page is ever read in the process that asks, few as they may be: nothing else can end a decoder that hangs.
"""

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from ..errors import ExitCode, PhieuError
from ..forms.form import FrozenForm
from ..words import _
from .page import ReaderSettings
from .reading import PageReading
from .scans import PageRef, Unopenable
from .worker import Job, not_read, work

_PAGE_SECONDS = 30.0
_START_SECONDS = 120.0
_PAGES_PER_PROCESS = 30
"""To start a process costs as much as to read that many pages."""
_STRETCH = 16
"""Pages in a row for one process."""
_AHEAD = 2
"""Pages sent to a process before it asks, so that it never waits."""
_TICK = 0.5
_LATE = 1.0
"""A pause between two looks counts for no more: the machine slept, or who takes the readings was busy."""

_Task = tuple[int, PageRef | Unopenable]


class ReadingNotPossible(PhieuError):
    """No reading process can be started on this machine."""

    exit_code = ExitCode.MISSING_PROGRAM


def read_pages(
    refs: Sequence[PageRef | Unopenable],
    frozen: Sequence[FrozenForm],
    settings: ReaderSettings,
    workers: int | None = None,
    page_seconds: float = _PAGE_SECONDS,
) -> Generator[PageReading]:
    """Read pages: exactly one reading for each page given, in the same order.

    Args:
        refs: what `scans.list_pages` returned.
        frozen: the forms of this vote.
        settings: the same for every page.
        workers: how many processes at most; by default as many as there are processors, and fewer where
            there is too little to read for them.
        page_seconds: a page that takes longer is given up.

    Raises:
        ReadingNotPossible: no process could be started.
        PhieuError: a form can't be used, or a program is missing to render it.
    """
    if workers is None:
        workers = min(_processors(), 1 + len(refs) // _PAGES_PER_PROCESS)
    job = Job(tuple(frozen), settings)
    return _read_in_scratch(refs, job, page_seconds, max(1, min(workers, len(refs))))


def _read_in_scratch(
    refs: Sequence[PageRef | Unopenable], job: Job, page_seconds: float, workers: int
) -> Generator[PageReading]:
    """Give the processes a folder for what they unpack, so that it goes with them, however they end."""
    with tempfile.TemporaryDirectory(prefix="phieu-", ignore_cleanup_errors=True) as scratch:
        yield from _read(refs, [_Worker(job, page_seconds, scratch) for _one in range(workers)])


def _read(refs: Sequence[PageRef | Unopenable], crew: Sequence["_Worker"]) -> Iterator[PageReading]:
    done: dict[int, PageReading] = {}
    dealt = told = 0
    try:
        looked = time.monotonic()
        while told < len(refs):
            for worker in crew:
                # The last stretches are short, so that all processes end together.
                stretch = min(_STRETCH, 1 + (len(refs) - dealt) // (2 * len(crew)), len(refs) - dealt)
                if stretch and worker.wants_more() and dealt - told < 3 * _STRETCH * len(crew):
                    worker.deal((number, refs[number]) for number in range(dealt, dealt + stretch))
                    dealt += stretch
            wait([end for worker in crew for end in worker.ends()], _TICK)
            now = time.monotonic()
            for worker in crew:
                done.update(worker.answers(min(now - looked, _LATE)))
            looked = now
            while told in done:
                yield done.pop(told)
                told += 1
    finally:
        finished = told == len(refs)
        for worker in crew:
            worker.stop(at_once=not finished)


class _Worker:
    """One place at the table: a process, and the next one where it died."""

    def __init__(self, job: Job, page_seconds: float, scratch: str) -> None:
        self._job = job
        self._scratch = scratch
        self._page_seconds = page_seconds
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._ready = False
        self._failed_starts = 0
        self._waited = 0.0
        self._to_do: deque[_Task] = deque()
        self._sent: deque[_Task] = deque()

    def wants_more(self) -> bool:
        """Tell whether there is nothing left to send."""
        return not self._to_do

    def deal(self, tasks: Iterator[_Task]) -> None:
        """Give it pages to read."""
        self._to_do.extend(tasks)
        if self._process is None:
            self._start()
        self._send()

    def ends(self) -> list[Connection | int]:
        """Return what to wait for: an answer, or the process' end."""
        if self._process is None or self._pipe is None:
            return []
        return [self._pipe, self._process.sentinel]

    def answers(self, passed: float) -> Iterator[tuple[int, PageReading]]:
        """Yield what has been read, and what never will be.

        Args:
            passed: seconds since this was asked last.
        """
        if self._process is None:
            return
        alive = self._process.is_alive()
        try:
            while self._pipe is not None and self._pipe.poll():
                self._waited = passed = 0.0
                yield from self._answer(self._pipe.recv())
        except (EOFError, OSError):
            alive = False
        busy = bool(self._sent) or not self._ready
        self._waited = self._waited + passed if busy else 0.0
        slow = self._waited >= (self._page_seconds if self._ready else _START_SECONDS)
        if alive and not slow:
            self._send()
            return
        self._end(at_once=True)
        if not self._ready:
            self._failed_starts += 1
            if self._failed_starts == 2:
                raise ReadingNotPossible(
                    _("No process that reads pages can be started on this machine."),
                    hint=_("Close other programs to free memory, then try again; `phieu doctor` tells more."),
                )
        elif self._sent:
            number, page = self._sent.popleft()
            yield number, not_read(page, "too_slow" if slow else "crashed")
        self._to_do.extendleft(reversed(self._sent))
        self._sent.clear()
        if self._to_do:
            self._start()

    def stop(self, at_once: bool) -> None:
        """End the process; `at_once` where a page may be under way."""
        self._end(at_once)

    def _answer(self, said: object) -> Iterator[tuple[int, PageReading]]:
        if isinstance(said, tuple):
            self._sent.popleft()
            yield said
        elif isinstance(said, Exception):
            raise said
        else:
            self._ready, self._failed_starts = True, 0
        self._send()

    def _send(self) -> None:
        while self._ready and self._pipe is not None and self._to_do and len(self._sent) < _AHEAD:
            self._sent.append(self._to_do.popleft())
            try:
                self._pipe.send(self._sent[-1])
            except OSError:
                # The process is gone, which `answers` will see; what it had is not lost.
                return

    def _start(self) -> None:
        # Spawned everywhere: what works here works on Windows, and no lock of ours is copied half-held.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, self._job, self._scratch), daemon=True)
        self._ready, self._waited = False, 0.0
        with _deaf_to_ctrl_c():
            self._process.start()
        theirs.close()

    def _end(self, at_once: bool) -> None:
        if self._process is None:
            return
        if self._pipe is not None:
            self._pipe.close()
        if not at_once:
            self._process.join(5)
        self._process.kill()
        self._process.join()
        self._process.close()
        self._process = self._pipe = None


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let a process that is started here inherit that Ctrl-C is not for it; what comes meanwhile comes after.

    On Windows there is no such thing; a process that is just starting may print that it was interrupted.
    """
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)


def _processors() -> int:
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable is not None else os.cpu_count() or 1
