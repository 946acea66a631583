"""What one reading process does: it opens the files itself, reads page after page, and answers each at once.

Only names come in and readings go out. `pool` starts such processes, deals out the pages and ends a process
that takes too long; nothing here has to survive that.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

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

_log = logging.getLogger(__name__)

_CODE_GONE = frozenset({"no_code", "nothing_known"})


@dataclass(frozen=True, slots=True)
class Job:
    """What every process has to know."""

    frozen: tuple[FrozenForm, ...]
    settings: ReaderSettings


class Reader:
    """Reads pages, with the blank forms rendered once."""

    def __init__(self, job: Job) -> None:
        self._forms: Mapping[str, KnownForm] = {one.form.id: KnownForm.load(one) for one in job.frozen}
        self._settings = job.settings

    def read(self, ref: PageRef | Unopenable) -> PageReading:
        """Read one page, whatever it is; no damage and no defect of ours may cost the other pages."""
        if isinstance(ref, Unopenable):
            return not_read(ref, ref.note)
        try:
            page = scans.load(ref)
        except ScanError as error:
            return not_read(ref, error.code)
        except Exception:
            _log.debug("%s, page %d", ref.source, ref.index + 1, exc_info=True)
            return not_read(ref, "crashed")
        try:
            return self._read(ref, page)
        except Exception:
            # This page can be shown, so it goes to people.
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
            dpi=page.dpi,
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


def not_read(ref: PageRef | Unopenable, note: str) -> PageReading:
    """Return the reading of a page of which nothing was seen."""
    return PageReading(ref.source, ref.index, "", Outcome.UNREADABLE, notes=(note,))


def work(pages: Connection, job: Job, scratch: str) -> None:
    """Answer what comes through the connection until it is closed; what is unpacked goes into `scratch`.

    First one answer comes unasked: None when the reader is ready, else the exception that keeps it from
    reading at all. Then, for each (number, page), its (number, reading).
    """
    # Ctrl-C reaches every process of a terminal; the first one tells the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    tempfile.tempdir = scratch
    cv2.setNumThreads(1)
    _keep_freed_memory()
    try:
        reader = Reader(job)
    except Exception as error:
        pages.send(error)
        return
    try:
        pages.send(None)
        while True:
            number, page = pages.recv()
            pages.send((number, reader.read(page)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        scans.release()


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
