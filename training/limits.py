"""How sure must the networks be? Tried on the plain hands, which nothing was learned from.

    .venv/bin/python training/limits.py

Prints, for each limit of `SecondRule`, how many boxes it would settle or doubt: rightly and wrongly.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phieu.ocr import networks
from phieu.ocr.networks import Looks
from phieu.ocr.second import OF_SHAPE

DATA = Path(__file__).parents[1] / ".cache" / "training"
PLAIN = (Looks.CROSS, Looks.TICK, Looks.LINE, Looks.RING, Looks.FILL)

Chosen = NDArray[np.bool_]


def main() -> None:
    """Print the tables."""
    known = networks.at_hand() or networks.load(DATA / "learned")
    assert known is not None, "train.py first"
    stored = [np.load(path) for path in sorted(DATA.glob("plain-[0-9]*.npz"))]
    patches, looks, state, why = (
        np.concatenate([one[name] for one in stored]) for name in ("patches", "looks", "state", "why")
    )
    inked = ((patches[:, 0] > 25) & (patches[:, 1] < 128)).sum(axis=(1, 2)) > 2
    patches, looks, state, why = patches[inked], looks[inked], state[inked], why[inked]
    parts = [known.answers(patches[k : k + 500]) for k in range(0, len(patches), 500)]
    likely = np.concatenate(parts, axis=1)
    mean = likely.mean(axis=0)
    plain, struck = np.isin(looks, PLAIN), looks == Looks.STRUCK
    nothing = np.isin(looks, (Looks.NOTHING, Looks.REST))

    def told(which: Chosen) -> str:
        return (
            f"plain {(which & plain).sum()}, struck {(which & struck).sum()}, none {(which & nothing).sum()}"
        )

    print(f"boxes with ink: {told(looks >= 0)}")
    for kind in Looks:
        here = looks == kind
        print(f"{kind.name.lower():8} known as such: {(mean[here].argmax(axis=1) == kind).mean():.3f}")
    marked, empty = state == "marked", state == "empty"
    shape = (state == "unclear") & np.isin(why, OF_SHAPE)
    print(
        f"\nthe written rule says marked: {told(marked)}",
        f"empty: {told(empty)}",
        f"unclear for shape: {told(shape)}",
        sep="\n",
    )
    chance = mean[:, list(PLAIN)].sum(axis=1)
    print("\ndoubted, if a plain mark is less likely than")
    for limit in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5):
        print(f"{limit:6} {told(marked & (chance < limit))}")
    print("\ndoubted, if a plain mark is more likely than")
    for limit in (0.3, 0.5, 0.7, 0.9):
        print(f"{limit:6} {told(empty & (chance > limit))}")
    print("\nsettled, if to no network a struck mark is likelier than (the page's usual kind left aside)")
    most = likely[:, :, Looks.STRUCK].max(axis=0)
    for limit in (0.02, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5):
        print(f"{limit:6} {told(shape & (most < limit))}; of all boxes {told(most < limit)}")


if __name__ == "__main__":
    main()
