"""What the networks learn from is drawn from seeds alone, by three makers of hands."""

from pathlib import Path

import numpy as np
import pytest

if not (Path(__file__).parents[2] / "training" / "pages.py").is_file():
    pytest.skip("the tests run apart from their checkout", allow_module_level=True)

from phieu.ocr.networks import Looks
from phieu.training import pages


@pytest.mark.parametrize("maker", ["training", "rehearsal", "plain"])
def test_the_same_seed_draws_the_same_boxes(maker: str) -> None:
    one, other = pages.draw(2, maker, natural=False), pages.draw(2, maker, natural=False)
    assert one is not None and other is not None
    assert np.array_equal(one.patches, other.patches) and one.looks == other.looks
    assert one.patches.shape == (len(one.looks), 2, 48, 48)
    assert {Looks.NOTHING, Looks.STRUCK} < set(one.looks)


def test_a_ballot_is_mostly_one_kind_of_mark() -> None:
    sample = pages.draw(2, "training", natural=True)
    assert sample is not None
    marks = [looks for looks in sample.looks if looks >= Looks.CROSS]
    assert max(marks.count(kind) for kind in Looks) > len(marks) / 2
