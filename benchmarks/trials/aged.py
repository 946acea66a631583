"""Damage by an independent library, augraphy, in an environment and a process of its own.

Its pins (numpy, OpenCV, numba) are not ours, so `prepare` makes a virtual environment under `.cache/` and
`Library` speaks to a process in it: a line of JSON and the picture's bytes there, the same back.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import IO

import numpy as np

from .papers import Image

_HOME = Path(__file__).parents[2] / ".cache" / "augraphy"
_WANTED = "augraphy==8.2.6"
_SERVER = Path(__file__).parent / "augraphy_server.py"


class LibraryError(Exception):
    """The library could not do to a picture what it was asked for."""


def prepare() -> None:
    """Make the environment, unless it is there: a few minutes and 800 MB."""
    if ready():
        return
    print(f"installing {_WANTED} into {_HOME}", file=sys.stderr)
    venv.create(_HOME, with_pip=True, clear=_HOME.exists())
    subprocess.run([_python(), "-m", "pip", "install", "-q", _WANTED], check=True)


def ready() -> bool:
    """Tell whether the environment is there."""
    return any(_HOME.glob("lib/python*/site-packages/augraphy/__init__.py"))


def _python() -> str:
    return str(_HOME / "bin" / "python")


class Library:
    """One process of the library; started when first asked, ended with this one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, effect: str, picture: Image, seed: int) -> Image:
        """Return what an effect of the library makes of a picture.

        Raises:
            LibraryError: the effect failed on this picture.
        """
        if self._process is None:
            self._process = subprocess.Popen(
                [_python(), str(_SERVER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        there, back = self._process.stdin, self._process.stdout
        assert there is not None and back is not None
        asked = json.dumps({"effect": effect, "seed": seed, "shape": picture.shape})
        try:
            there.write(asked.encode() + b"\n" + picture.tobytes())
            there.flush()
            answer = json.loads(back.readline())
        except (OSError, ValueError) as error:
            self._process = None
            raise LibraryError(f"{effect}: the library's process ended") from error
        if "error" in answer:
            raise LibraryError(f"{effect}: {answer['error']}")
        return _received(back, tuple(answer["shape"]))


def _received(stream: IO[bytes], shape: tuple[int, ...]) -> Image:
    data = stream.read(int(np.prod(shape)))
    return np.frombuffer(data, np.uint8).reshape(shape).copy()
