"""Held out: what people really wrote with a pen on a tablet, in the UNIPEN format.

UNIPEN train_r01_v07 (Guyon et al. 1994; zenodo.org, record 1195803) has some hundreds of writers. The data
are not part of this repository: whoever has them names their folder once, `--pen-data FOLDER`, and the few
letters needed are kept under `.cache/`. x, v, o, the strokes and the full stop become crosses, ticks, rings,
lines and dots; only the ink's width and colour are ours.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from phieu.forms.form import Box

from .motion import Floats, Track

KEPT = Path(__file__).parents[2] / ".cache" / "benchmarks" / "recorded-hands.json"
LETTERS = {"x": "cross", "X": "cross", "v": "tick", "V": "tick", "o": "circle", "O": "circle"} | {
    "/": "line",
    "\\": "line",
    "-": "line",
    ".": "rest",
}
_FOLDERS = ("1b", "1c", "1d")
_MOST_POINTS = 40
_SPACING_MM = 0.12
_LEAST_WAY = {"cross": 1.7, "tick": 1.3, "circle": 2.0, "line": 0.95, "rest": 0.0}
"""Of a kind's strokes together, as a share of its size."""
_POINT = re.compile(r"^[ \t]*(-?[\d.]+)[ \t]+(-?[\d.]+)", re.MULTILINE)
_SEGMENT = re.compile(r'\.SEGMENT\s+CHARACTER\s+(\d+)(?:-(\d+))?\s+\S+\s+"(.)"')

Writers = dict[str, dict[str, list[list[list[list[float]]]]]]
"""For each writer and kind of mark the samples, each a list of strokes, each a list of points; height 1."""


def gather(folder: Path) -> int:
    """Keep the letters needed from a folder of UNIPEN data; return how many writers they are of."""
    writers: Writers = {}
    for part in _FOLDERS:
        for index in sorted((folder / "data" / part).rglob("*.dat")):
            for kind, strokes in _samples(folder, index):
                writers.setdefault(index.stem, {}).setdefault(kind, []).append(strokes)
    usable = {name: kinds for name, kinds in writers.items() if "cross" in kinds or "tick" in kinds}
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    KEPT.write_text(json.dumps(usable), encoding="utf-8")
    return len(usable)


def _samples(folder: Path, index: Path) -> Iterator[tuple[str, list[list[list[float]]]]]:
    text = index.read_text(encoding="latin-1")
    found = [(m, LETTERS[m[3]]) for m in _SEGMENT.finditer(text) if m[3] in LETTERS]
    paths = [folder / "include" / name for name in re.findall(r"\.INCLUDE\s+(\S+)", text)]
    if not found or not all(path.is_file() for path in paths):
        return
    strokes = _pen_downs("\n".join(path.read_text(encoding="latin-1") for path in paths))
    for match, kind in found:
        own = strokes[int(match[1]) : int(match[2] or match[1]) + 1]
        if own and all(len(one) >= 1 for one in own) and (shaped := _shaped(own, kind)):
            yield kind, shaped


def _pen_downs(text: str) -> list[Floats]:
    """Return the strokes of a file: what stands between .PEN_DOWN and the next keyword."""
    strokes = []
    for part in text.split(".PEN_DOWN")[1:]:
        body = part.split("\n.", 1)[0]
        points = [(float(x), float(y)) for x, y in _POINT.findall(body)]
        strokes.append(np.array(points).reshape(-1, 2))
    return strokes


def _shaped(strokes: list[Floats], kind: str) -> list[list[list[float]]]:
    """Return strokes about their middle, as high as wide is to 1; none where they are not of the kind."""
    everything = np.vstack(strokes)
    low, high = everything.min(axis=0), everything.max(axis=0)
    size = float(max(high - low))
    if kind == "rest":
        size = max(size, 1.0)
    elif size <= 0 or len(everything) < 5 or len(strokes) > 3:
        return []
    way = sum(float(np.hypot(*np.diff(one, axis=0).T).sum()) for one in strokes)
    if way < _LEAST_WAY[kind] * size:  # a tablet that lost most of it
        return []
    if kind in ("cross", "circle") and min(high - low) < 0.3 * size:
        return []
    out = [(one - (low + high) / 2) / size for one in strokes]
    if kind == "tick":
        if len(out) != 1:
            return []
        way = out[0]
        knee = way[len(way) // 4 : -(len(way) // 4) or None, 1].mean()
        if knee < (way[0, 1] + way[-1, 1]) / 2:  # the tablet's y goes up
            out = [way * (1, -1)]
    thinned = [one[np.unique(np.linspace(0, len(one) - 1, _MOST_POINTS).astype(int))] for one in out]
    return [np.round(one, 3).tolist() for one in thinned]


@cache
def writers() -> Writers:
    """Return the writers kept; none where no data were ever named."""
    if not KEPT.is_file():
        return {}
    kept: Writers = json.loads(KEPT.read_text(encoding="utf-8"))
    return kept


def strokes(
    sample: list[list[list[float]]], box: Box, size: float, pressure: float, rng: np.random.Generator
) -> list[Track]:
    """Return a sample as strokes in a box; `size` is its larger side as a share of the box's."""
    scale = min(box.w, box.h) * size
    middle = np.array([box.x + box.w / 2, box.y + box.h / 2]) + rng.normal(0, 0.09, 2) * box.w
    out = []
    for one in sample:
        xy = np.array(one).reshape(-1, 2) * scale + middle
        steps = np.hypot(*np.diff(xy, axis=0).T) if len(xy) > 1 else np.zeros(0)
        way = np.concatenate(([0.0], np.cumsum(steps + 1e-9)))
        count = max(2, int(way[-1] / _SPACING_MM) + 1)
        at = np.linspace(0, way[-1], count)
        along = np.linspace(0, 1, count)
        level = pressure * (1 - 0.55 * np.exp(-along * 14) - 0.6 * np.exp(-(1 - along) * 11))
        wander = np.interp(along, np.linspace(0, 1, 6), rng.normal(1, 0.12, 6))
        out.append(
            Track(
                np.column_stack([np.interp(at, way, xy[:, i]) for i in (0, 1)]),
                np.clip(level * wander, 0.02, 1),
                np.ones(count),
            )
        )
    return out
