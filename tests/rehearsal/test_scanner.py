import io

import numpy as np
import pytest
from PIL import Image as Pillow

from phieu.forms.rehearsal.scanner import Machine, Scanner, encoded, new_fate, new_machine, scan
from phieu.forms.rehearsal.warps import Image

PX_PER_MM = 300 / 25.4
SPOTS = [(40.0, 50.0), (170.0, 60.0), (100.0, 150.0), (50.0, 250.0), (165.0, 240.0)]


def sheet_with_spots(colour: bool = False) -> Image:
    """An A4 sheet with black discs of 6 mm."""
    rows, columns = np.mgrid[0:3508, 0:2480].astype(np.float32)
    sheet: Image = np.full((3508, 2480), 255, np.uint8)
    for x, y in SPOTS:
        sheet[np.hypot(columns + 0.5 - x * PX_PER_MM, rows + 0.5 - y * PX_PER_MM) < 3 * PX_PER_MM] = 0
    return np.repeat(sheet[..., None], 3, axis=2) if colour else sheet


def machine(kind: Scanner, seed: int, colour: bool = False, dpi: int = 200) -> Machine:
    return new_machine(kind, colour, dpi, np.random.default_rng(seed))


@pytest.mark.parametrize("kind", Scanner)
@pytest.mark.parametrize("seed", range(6))
def test_a_scan_knows_where_each_place_of_the_sheet_went(kind: Scanner, seed: int) -> None:
    rng = np.random.default_rng([seed, 9])
    scanner = machine(kind, seed)
    done = scan(sheet_with_spots(), 300, scanner, new_fate(scanner, rng), rng)
    for x, y in done.where(np.array(SPOTS), PX_PER_MM):
        left, top = int(x) - 40, int(y) - 40
        around = done.image[top : top + 80, left : left + 80]
        dark = np.argwhere(around < 110)
        assert np.abs(dark.mean(axis=0) - (y - top, x - left)).max() < 2.5


@pytest.mark.parametrize(
    ("kind", "colour", "shape"),
    [
        (Scanner.OFFICE, False, (2339, 1653)),
        (Scanner.OFFICE, True, (2339, 1653, 3)),
        (Scanner.COPIER, False, (2339, 1653)),
    ],
)
def test_a_scan_has_the_size_and_colours_of_its_scanner(
    kind: Scanner, colour: bool, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(1)
    scanner = machine(kind, 1, colour)
    done = scan(sheet_with_spots(colour), 300, scanner, new_fate(scanner, rng), rng)
    assert done.image.shape == shape
    assert done.image.dtype == np.uint8


def test_a_scan_is_a_jpeg_that_knows_its_resolution() -> None:
    rng = np.random.default_rng(1)
    scanner = machine(Scanner.OFFICE, 1, dpi=150)
    done = scan(sheet_with_spots(), 300, scanner, new_fate(scanner, rng), rng)
    with Pillow.open(io.BytesIO(encoded(done, 150))) as image:
        assert (image.format, image.mode, image.info["dpi"]) == ("JPEG", "L", (150, 150))


def test_an_office_scanner_keeps_within_a_degree_and_a_copier_does_not() -> None:
    rng = np.random.default_rng(3)
    office = [new_fate(machine(Scanner.OFFICE, 1), rng) for _ in range(200)]
    copier = [new_fate(machine(Scanner.COPIER, 1), rng) for _ in range(200)]
    assert max(abs(fate.skew_degrees) for fate in office) <= 1
    assert min(abs(fate.skew_degrees) for fate in copier) >= 1
    assert max(abs(fate.skew_degrees) for fate in copier) <= 2.5
    assert not any(fate.upside_down for fate in office)
    assert 0 < sum(fate.upside_down for fate in copier) < 40
    assert 0 < sum(fate.one_bit for fate in copier) < 60
