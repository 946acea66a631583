import cv2
import numpy as np
import pytest

from phieu.forms.rehearsal.damage import DAMAGES
from phieu.forms.rehearsal.warps import Feed, Image, sampled

EXACT = {"one_bit", "jpeg"}  # these change a picture at any severity


def page(colour: bool) -> Image:
    """A page of text-like print, 100 x 140 mm at 200 dpi."""
    image: Image = np.full((1102, 787), 244, np.uint8)
    for row in range(80, 1040, 40):
        cv2.putText(image, f"Hang {row} mot hai ba bon nam", (70, row), 0, 0.8, 25, 2, cv2.LINE_AA)
    return np.repeat(image[..., None], 3, axis=2) if colour else image


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("colour", [False, True], ids=["gray", "colour"])
def test_a_damage_keeps_shape_and_type_and_leaves_its_input_alone(name: str, colour: bool) -> None:
    image = page(colour)
    before = image.copy()
    for severity in (0.0, 0.4, 1.0):
        done = DAMAGES[name](image, severity, np.random.default_rng(2), 200)
        assert done.shape == image.shape
        assert done.dtype == np.uint8
    assert (image == before).all()


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damage_changes_the_page_and_does_nothing_at_severity_zero(name: str) -> None:
    image = page(False)

    def change(severity: float) -> float:
        done = DAMAGES[name](image, severity, np.random.default_rng(2), 200)
        return float(np.abs(done.astype(int) - image).mean())

    if name not in EXACT:
        assert change(0.0) == 0.0
    assert change(1.0) > 0.01


@pytest.mark.parametrize("name", DAMAGES)
def test_the_same_seed_gives_the_same_damage(name: str) -> None:
    image = page(True)
    one, other = (DAMAGES[name](image, 0.7, np.random.default_rng(8), 200) for _ in range(2))
    assert (one == other).all()


def test_a_slip_repeats_what_stood_still_and_moves_all_that_follows() -> None:
    image: Image = np.repeat(np.arange(200, dtype=np.uint8)[:, None], 50, axis=1)
    feed = Feed.even(200).slipped(100, 10, 20)
    done = sampled(image, np.eye(3), feed, (50, 200), 255)
    assert done[50, 25] == 50
    assert abs(int(done[150, 25]) - 140) <= 1
    assert (np.diff(done[:, 25].astype(int)) >= 0).all()
