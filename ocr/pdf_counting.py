"""Counting the pages of PDFs in a process of its own, which ends itself if one takes too long.

A PDF can be built so that its table of contents is never done with. Whoever lists the files of a batch must
not wait for it, and nothing else can end a library that does not come back. The process is started with the
first PDF and lives on for the others; one line with a path goes in, one with the answer comes out.
"""

import atexit
import faulthandler
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

from .pixels import ScanError

LIMIT_SECONDS = 60.0
"""The largest scans take a few seconds."""


def count_pages(path: Path, seconds: float = LIMIT_SECONDS) -> tuple[int, bool]:
    """Return how many pages a PDF has, and False where its end is missing, so that pages may be too.

    Raises:
        ScanError: `encrypted`, `damaged`, `no_pages`; `too_slow`, also where the process broke down.
    """
    answer = _counter.asked(path.absolute(), seconds)
    if "error" in answer:
        raise ScanError(str(answer["error"]))
    if "missing" in answer:
        raise FileNotFoundError(path)
    return int(answer["count"]), bool(answer["whole"])


class _Counter:
    """The process that counts, started when it is first asked and again when it ended itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def asked(self, path: Path, seconds: float) -> dict[str, int | str | bool]:
        line = json.dumps([os.fspath(path), seconds]) + "\n"
        with self._lock:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(line)
                process.stdin.flush()
                answer = process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            if not answer:
                self._stop()
                return {"error": "too_slow"}
        found: dict[str, int | str | bool] = json.loads(answer)
        return found

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                # -P: nothing that lies in the folder of the scans is taken for a module.
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="ascii",
            )
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def close(self) -> None:
        with self._lock:
            self._stop()


_counter = _Counter()
atexit.register(_counter.close)


def _answer(path: Path) -> dict[str, int | str | bool]:
    from . import pdf_scans

    try:
        count, whole = pdf_scans.counted(path)
    except ScanError as error:
        return {"error": error.code}
    except OSError:
        return {"missing": True}
    return {"count": count, "whole": whole}


def main() -> None:
    """Answer until nobody asks any more."""
    # The answers' pipe is kept from whatever else a library may print.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    from . import pdf_scans as _loaded  # noqa: F401  # its time does not count against the first file

    with Path(os.devnull).open("w") as nowhere:
        for line in sys.stdin:
            path, seconds = json.loads(line)
            # A thread of its own in C, which needs nothing that a hanging library may hold.
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            answer = _answer(Path(path))
            faulthandler.cancel_dump_traceback_later()
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
