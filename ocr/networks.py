"""Three small networks that say what a box looks like: their weights, and how they are asked.

Comes in: pictures of boxes (`second.patches`). Goes out: for each network and box, how likely each answer is.
OpenCV works them out, all boxes of a page at once: 0.05 ms a box and network. How the weights were made, and
can be made again: `training/README.md`.
"""

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "learned"
COUNT = 3

Floats = NDArray[np.float32]


class Looks(IntEnum):
    """What a box looks like: the answers, in the order of the networks' outputs."""

    NOTHING = 0
    REST = 1
    CROSS = 2
    TICK = 3
    LINE = 4
    RING = 5
    FILL = 6
    STRUCK = 7
    """Struck out, scribbled or written over."""


@dataclass(frozen=True, eq=False)
class Networks:
    """The networks, and what their weights are known by."""

    sha256: str
    """Of the files one after the other, in hex."""
    nets: tuple[cv2.dnn.Net, ...]

    def first(self, patches: NDArray[np.uint8]) -> Floats:
        """Return how likely each answer is to the first network alone, (n, answers): a third of the work."""
        return _likely(self.nets[0], _scaled(patches))

    def answers(self, patches: NDArray[np.uint8]) -> Floats:
        """Return how likely each answer is: (networks, n, answers); they add up to 1.

        Args:
            patches: (n, 2, side, side), as `second.patches` gives them; n at least 1.
        """
        x = _scaled(patches)
        return np.stack([_likely(net, x) for net in self.nets])


@cache
def at_hand() -> Networks | None:
    """Return the networks that came with the program; None where a file of theirs is not there."""
    return load(FOLDER)


def load(folder: Path) -> Networks | None:
    """Return the networks of a folder; None where a file of theirs is not there."""
    try:
        files = [(folder / f"second-{number}.onnx").read_bytes() for number in range(1, COUNT + 1)]
    except FileNotFoundError:
        return None
    # The older engine takes half the time of OpenCV 5's own.
    nets = [cv2.dnn.readNetFromONNX(np.frombuffer(data, np.uint8), cv2.dnn.ENGINE_CLASSIC) for data in files]
    return Networks(hashlib.sha256(b"".join(files)).hexdigest(), tuple(nets))


def _scaled(patches: NDArray[np.uint8]) -> Floats:
    return patches.astype(np.float32) * np.float32(1 / 255)


def _likely(net: cv2.dnn.Net, x: Floats) -> Floats:
    net.setInput(x)
    logits = np.asarray(net.forward(), np.float32)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return cast(Floats, powers / powers.sum(axis=1, keepdims=True))
