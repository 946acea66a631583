"""Draw the pages that the second rule is trained and tried on, and keep their boxes under `.cache/training`.

    .venv/bin/python training/make.py

Everything follows from the seeds below: the same commit makes the same boxes. A run that was broken off does
the rest when it is started again.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from phieu.ocr.networks import Looks
from phieu.training import pages

OUT = Path(__file__).parents[1] / ".cache" / "training"
RECIPES = {
    # name: maker of the hands, filled in as a ballot, first seed, pages
    "training": ("training", False, 1_000_000, 480),
    "rehearsal": ("rehearsal", False, 3_000_000, 160),
    "plain": ("plain", True, 6_000_000, 160),
    "training-ballots": ("training", True, 2_000_000, 120),
    "rehearsal-ballots": ("rehearsal", True, 4_000_000, 60),
}
_CHUNK = 10
_SEEN_PX = 8
"""A mark of which less is seen, of 48 times 48, was lost on its way: nobody learns from it."""
_DARK = 25

Job = tuple[str, str, bool, int, int]


def main() -> None:
    """Draw all that is not there yet, a little of everything first."""
    OUT.mkdir(parents=True, exist_ok=True)
    jobs: list[Job] = [
        (name, maker, natural, first + k, min(_CHUNK, count - k))
        for name, (maker, natural, first, count) in RECIPES.items()
        for k in range(0, count, _CHUNK)
    ]
    jobs.sort(key=lambda job: (job[3] % 1_000_000) / RECIPES[job[0]][3])
    with ProcessPoolExecutor(3, get_context("spawn")) as pool:
        for number, said in enumerate(pool.map(_work, jobs), start=1):
            print(f"{number} of {len(jobs)}: {said}", flush=True)


def _work(job: Job) -> str:
    """Draw some pages and write their boxes."""
    cv2.setNumThreads(1)
    name, maker, natural, first, count = job
    path = OUT / f"{name}-{first}.npz"
    if path.exists():
        return f"{path.name} is there"
    drawn = [(seed, pages.draw(seed, maker, natural)) for seed in range(first, first + count)]
    samples = [(seed, sample) for seed, sample in drawn if sample is not None]
    patches = np.concatenate([one.patches for _seed, one in samples])
    looks = np.concatenate([np.array(one.looks, np.int8) for _seed, one in samples])
    seen = ((patches[:, 0] > _DARK) & (patches[:, 1] < 128))[:, 8:40, 8:40].sum(axis=(1, 2))
    looks[(looks >= Looks.CROSS) & (seen < _SEEN_PX)] = -1
    new = path.with_suffix(".part")
    with new.open("wb") as file:
        np.savez_compressed(
            file,
            patches=patches,
            looks=looks,
            page=np.concatenate([np.full(len(one.looks), seed) for seed, one in samples]),
            state=np.concatenate([np.array(one.states) for _seed, one in samples]),
            why=np.concatenate([np.array(one.whys) for _seed, one in samples]),
            contest=np.concatenate([np.array(one.contests) for _seed, one in samples]),
        )
    new.rename(path)
    return f"{path.name}: {len(samples)} pages, {np.bincount(looks + 1, minlength=9).tolist()}"


if __name__ == "__main__":
    main()
