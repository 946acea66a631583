"""The red seal is told where the scan has colour: present, absent, or not certain."""

import cv2
import numpy as np
import pytest

from phieu.ocr.reading import PageReading

from .sheets import Desk, Image, Sheet, turned
from .test_margins import stamped
from .writing import PENS, signature, stroke, write

IN_ZONE = (23.0, 18.5)


def coloured(desk: Desk) -> Sheet:
    sheet = desk.sheet(colour=True)
    sheet.image = tinted(sheet.image, (251, 253, 250))
    return sheet


def tinted(page: Image, paper: tuple[int, int, int]) -> Image:
    return (page * (np.array(paper) / 255)).astype(np.uint8)


def seal_of(desk: Desk, image: Image) -> str | None:
    return desk.read(image).seal


@pytest.mark.parametrize("paper", [(251, 253, 250), (195, 200, 250), (150, 240, 252), (245, 225, 180)])
@pytest.mark.parametrize("degrees", [0.0, -3.0])
def test_a_seal_in_its_zone_is_present_on_any_paper(
    desk: Desk, paper: tuple[int, int, int], degrees: float
) -> None:
    sheet = desk.sheet(colour=True)
    assert (
        seal_of(desk, turned(tinted(stamped(sheet.image, IN_ZONE, sheet.scale), paper), degrees)) == "present"
    )


@pytest.mark.parametrize("paper", [(251, 253, 250), (195, 200, 250), (150, 240, 252), (245, 225, 180)])
def test_a_sheet_without_a_seal_has_none(desk: Desk, paper: tuple[int, int, int]) -> None:
    assert seal_of(desk, tinted(desk.sheet(colour=True).image, paper)) == "absent"


@pytest.mark.parametrize("quality", [40, 80])
def test_compression_makes_no_seal_and_hides_none(desk: Desk, quality: int) -> None:
    def packed(image: Image) -> Image:
        _done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)

    sheet = desk.sheet(colour=True)
    bare, sealed = (
        tinted(i, (228, 240, 252)) for i in (sheet.image, stamped(sheet.image, IN_ZONE, 200 / 25.4))
    )
    assert seal_of(desk, packed(bare)) == "absent"
    assert seal_of(desk, packed(sealed)) == "present"


@pytest.mark.parametrize("at", [(2.0, 4.0), (150.0, 225.0), (55.0, 40.0)])
def test_a_seal_beside_its_zone_is_not_certain(desk: Desk, at: tuple[float, float]) -> None:
    sheet = coloured(desk)
    assert seal_of(desk, stamped(sheet.image, at, sheet.scale)) == "unsure"


def test_a_faint_seal_is_not_certain(desk: Desk) -> None:
    sheet = coloured(desk)
    assert seal_of(desk, stamped(sheet.image, IN_ZONE, sheet.scale, strength=0.1)) == "unsure"


@pytest.mark.parametrize("channels", [[2, 1, 0], [1, 1, 1]])
def test_a_seal_in_blue_or_gray_is_not_certain(desk: Desk, channels: list[int]) -> None:
    sheet = coloured(desk)
    both = stamped(sheet.image, IN_ZONE, sheet.scale)
    zone = slice(0, int(55 * sheet.scale)), slice(0, int(65 * sheet.scale))
    both[zone] = both[zone][..., channels]
    assert seal_of(desk, both) == "unsure"


def test_a_red_pen_is_no_seal(desk: Desk) -> None:
    sheet = coloured(desk)
    rng = np.random.default_rng(2)
    assert (
        seal_of(desk, write(sheet.image, signature((24, 34), 34, rng), PENS["red ball"], 200, rng))
        == "unsure"
    )


def test_a_scan_without_colour_can_not_tell(desk: Desk) -> None:
    sheet = desk.sheet()
    gray = stamped(sheet.image, IN_ZONE, sheet.scale)
    assert seal_of(desk, gray) is None
    assert seal_of(desk, cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)) is None


def test_a_red_stamp_over_names_strikes_none_of_them(desk: Desk) -> None:
    sheet = coloured(desk)
    assert desk.read(stamped(sheet.image, (33, 128), sheet.scale)).stray == ()


@pytest.mark.parametrize("pen", ["blue ball", "black ball", "pencil", "felt"])
def test_a_name_struck_under_a_red_stamp_is_found(desk: Desk, pen: str) -> None:
    sheet, rng = coloured(desk), np.random.default_rng(1)
    x, y, _w, h = next(z.box_mm for z in sheet.form.form.zones if z.contest == "row-4")
    image = write(sheet.image, stroke((x + 1, y + h / 2), 32, rng), PENS[pen], 200, rng)
    assert [s.contest for s in desk.read(stamped(image, (33, 128), sheet.scale)).stray] == ["row-4"]


def test_a_reading_keeps_what_was_seen_of_the_seal(desk: Desk) -> None:
    reading = desk.read(coloured(desk).image)
    stored = reading.to_json()
    assert PageReading.from_json(stored).seal == "absent"
    del stored["seal"]
    assert PageReading.from_json(stored).seal is None
    assert "seal" not in desk.read(desk.sheet().image).to_json()
