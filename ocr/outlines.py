"""The printed outlines of fields, found again on a scan.

Each outline has two pairs of parallel edges at a known distance. Across each edge run five short profiles;
the median of the five is what the edge looks like, so that a pen stroke crossing it somewhere does not
count. A pair is found at the shift where *both* its edges show a dark line with lighter paper outside; how
dark the weaker of the two is, is the pair's strength. Table rules and strokes near a box seldom come in
pairs of just its width, and never in both directions.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from .blank import BLANK_MATRIX, BlankPage
from .place import Gray, Matrix, Points, sample

_PROFILES = np.array([-0.38, -0.2, 0.0, 0.2, 0.38], dtype=np.float32)
"""Where profiles cross an edge, as shares of its length from its middle."""
_STEP_MM = 0.12
_BESIDE_MM = 0.35
"""Paper is looked for this far beyond an edge's line."""
RIVAL_MM = 0.7
"""Two finds further apart than this are two different things."""
_THINNEST_MM = 0.08

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """Where each field's outline was seen.

    All arrays are (fields, 2): for the vertical edges (x), then the horizontal (y).
    """

    shift_mm: Points
    """How far the outline lies from where it was looked for."""
    strength: NDArray[np.float64]
    """Darkness of the weaker edge over the paper beside it, 0 to 1."""
    rival: NDArray[np.float64]
    """The same for the best other place, further away than a line is wide."""
    here: NDArray[np.float64]
    """(fields,): darkness (0 to 1) of the weakest of the four edges within 0.12 mm of where it was looked
    for."""


@lru_cache(maxsize=256)
def thickness_mm(page: BlankPage) -> NDArray[np.float64]:
    """Return how thick each field's outline is printed, (fields,); 0 where it has none."""
    if not page.fields:
        return np.zeros(0)
    still = np.zeros(len(page.fields))
    steps = np.arange(-0.6, 1.4, 0.05, dtype=np.float32)
    values, _paper = _edges(page.image, BLANK_MATRIX, page.centres_mm, page.sizes_mm, steps, still)
    dark = 1 - values / 255.0
    # Outward is to the left for left and top edges: turn the others round.
    dark[:, 1::2] = dark[:, 1::2, ::-1]
    core = dark[:, ::2, (steps > -0.3) & (steps < 1.2)].sum(axis=2) * 0.05
    thick = np.median(core, axis=1).astype(np.float64)
    return np.where(thick < _THINNEST_MM, 0.0, np.minimum(thick, 1.0))


def find(
    image: Gray,
    matrix: Matrix,
    page: BlankPage,
    shift_mm: Points,
    reach_mm: float,
    which: NDArray[np.int64] | None = None,
) -> Found:
    """Look for outlines within `reach_mm` around where `matrix` and `shift_mm` (fields, 2) put them.

    Only those of some fields are looked for if `which` names these by their places; `shift_mm` is theirs.
    """
    pad = thickness_mm(page).max(initial=0.2) / 2 + _BESIDE_MM + _STEP_MM
    half = int(np.ceil(reach_mm / _STEP_MM))
    margin = int(np.ceil(pad / _STEP_MM))
    steps = (np.arange(-half - margin, half + margin + 1) * _STEP_MM).astype(np.float32)
    these = slice(None) if which is None else which
    middles, sizes, inset = page.centres_mm[these], page.sizes_mm[these], thickness_mm(page)[these] / 2
    values, paper = _edges(image, matrix, middles + shift_mm, sizes, steps, inset)
    dark = 1 - values / paper[:, None, None]
    line = (dark[..., :-2] + dark[..., 1:-1] + dark[..., 2:]) / 3
    line = line[..., margin - 1 : -(margin - 1)] if margin > 1 else line
    beside = round((float(np.median(thickness_mm(page))) / 2 + _BESIDE_MM) / _STEP_MM)
    before = dark[..., margin - beside : dark.shape[2] - margin - beside]
    after = dark[..., margin + beside : dark.shape[2] - margin + beside]
    line = line[..., : before.shape[2]]
    # Outside an edge there must be paper; inside there may be a mark.
    outward = np.stack((before[:, 0], after[:, 1], before[:, 2], after[:, 3]), axis=1)
    inward = np.stack((after[:, 0], before[:, 1], after[:, 2], before[:, 3]), axis=1)
    response = line - 0.65 * np.maximum(outward, 0) - 0.35 * np.maximum(inward, 0)
    pair = np.minimum(response[:, 0::2], response[:, 1::2])  # (n, 2, places)
    both = response[:, 0::2] + response[:, 1::2]
    at = pair.argmax(axis=2)
    strength = np.take_along_axis(pair, at[..., None], axis=2)[..., 0]
    far = np.abs(np.arange(pair.shape[2])[None, None] - at[..., None]) * _STEP_MM > RIVAL_MM
    rival = np.where(far, pair, 0).max(axis=2)
    here = line[..., half - 1 : half + 2].max(axis=2).min(axis=1)
    return Found(
        shift_mm=(at + _peak(both, at) - half) * _STEP_MM,
        strength=strength.astype(np.float64),
        rival=rival.astype(np.float64),
        here=here.astype(np.float64),
    )


def _edges(
    image: Gray,
    matrix: Matrix,
    centres_mm: Points,
    sizes_mm: Points,
    steps: Floats,
    inset: NDArray[np.float64],
) -> tuple[Floats, Floats]:
    """Return the profile across each edge, (fields, 4, steps), and the paper's level, (fields,).

    Edges are left, right, top, bottom; steps run to the right or down, from `inset` mm inside the outer edge.
    """
    n = len(centres_mm)
    half = (sizes_mm / 2).astype(np.float32)[:, :, None, None]
    w, h = half[:, :1], half[:, 1:]
    step, share = steps[None, None, None, :], 2 * _PROFILES[None, None, :, None]
    inside = inset.astype(np.float32)[:, None, None, None]
    still, wide = np.zeros_like(step), np.zeros_like(share)
    dx = np.concatenate(
        (-w + inside + step + wide, w - inside + step + wide, w * share + still, w * share + still), axis=1
    )
    dy = np.concatenate(
        (h * share + still, h * share + still, -h + inside + step + wide, h - inside + step + wide), axis=1
    )
    shape = (n, 4 * len(_PROFILES), len(steps))
    values = sample(image, matrix, centres_mm, dx.reshape(shape), dy.reshape(shape))
    few = values.reshape(n, -1)[:, ::7]
    light = few.shape[1] * 3 // 4
    paper = np.maximum(np.partition(few, light, axis=1)[:, light], 1).astype(np.float32)
    five = values.reshape(n, 4, len(_PROFILES), len(steps))
    return _median_of_five(five).astype(np.float32), paper


def _median_of_five(values: Gray) -> Gray:
    """Return the median over axis 2, which is five long; much faster on bytes than sorting."""
    a, b, c, d, e = (values[:, :, i] for i in range(5))
    low = np.maximum(np.minimum(a, b), np.minimum(c, d))
    high = np.minimum(np.maximum(a, b), np.maximum(c, d))
    return cast(Gray, np.maximum(np.minimum(low, high), np.minimum(np.maximum(low, high), e)))


def _peak(values: Floats, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the offset of a peak's top from its highest sample, by a parabola, -0.5 to 0.5."""
    last = values.shape[2] - 1
    left, middle, right = (
        np.take_along_axis(values, np.clip(at + i, 0, last)[..., None], axis=2)[..., 0] for i in (-1, 0, 1)
    )
    bend = left - 2 * middle + right
    offset = np.where(bend < -1e-6, (left - right) / (2 * np.minimum(bend, -1e-6)), 0.0)
    return np.clip(offset, -0.5, 0.5).astype(np.float64)
