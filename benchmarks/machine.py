"""What every benchmark prints first (date, machine, commit, command), and how CPU time is taken."""

import ctypes
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def preamble() -> str:
    """Return date, machine, commit and command, a line each."""
    commit = _output("git", "-C", str(_ROOT), "rev-parse", "--short", "HEAD")
    changed = (
        " and changes not committed" if _output("git", "-C", str(_ROOT), "status", "--porcelain") else ""
    )
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    name = Path(sys.argv[0]).resolve()
    shown = name.relative_to(_ROOT) if name.is_relative_to(_ROOT) else name
    return "\n".join(
        (
            f"date     {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"machine  {_processor()}, {cores()} cores, {platform.platform(terse=True)}, load {load}",
            f"commit   {commit or 'unknown'}{changed}",
            f"command  .venv/bin/python {' '.join((str(shown), *sys.argv[1:]))}",
        )
    )


def cores() -> int:
    """Return how many processors this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable is not None else os.cpu_count() or 1


def keep_freed_memory() -> None:
    """Let glibc keep freed pages, as the reader's own processes do; nothing elsewhere."""
    if sys.platform.startswith("linux"):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 32 * 1024 * 1024)
        mallopt(_M_TRIM_THRESHOLD, 512 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a piece of work took of the processor."""

    ms: float
    faults: int
    """Minor page faults."""


def spent(work: Callable[[], object]) -> Spent:
    """Do some work; return the CPU time of this process, user and system, and its page faults."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(seconds * 1000, after.ru_minflt - before.ru_minflt)


def apart(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a new process, so that nothing done before has a say."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        return executor.submit(function, *arguments).result()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
