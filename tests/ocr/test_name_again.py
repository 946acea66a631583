"""A second look at names: what shines through, stains, broken print and a photo's perspective are no ink."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from .sheets import Desk, Image, Sheet

STRUCK = 4


def shown_through(sheet: Sheet, clean: Image) -> Image:
    back = cv2.GaussianBlur(np.roll(cv2.flip(clean, 1), (9, -14), axis=(0, 1)), (0, 0), 1.5)
    return np.clip(sheet.image - 0.35 * (255 - back.astype(np.float32)), 0, 255).astype(np.uint8)


def stained(sheet: Sheet, clean: Image) -> Image:
    layer = np.zeros(sheet.image.shape, np.float32)
    for centre in ((60, 130), (75, 205)):
        at = (round(centre[0] * sheet.scale), round(centre[1] * sheet.scale))
        cv2.circle(layer, at, round(36 * sheet.scale), 1.0, round(4 * sheet.scale), cv2.LINE_AA)
    layer = cv2.GaussianBlur(layer, (0, 0), 2) * 0.32
    return np.asarray(sheet.image * (1 - layer), np.uint8)


def broken(sheet: Sheet, clean: Image) -> Image:
    """As black and white, with names of which little is left."""
    soft = cv2.GaussianBlur(sheet.image, (0, 0), 1.0).astype(np.float32)
    soft += cv2.GaussianBlur(np.random.default_rng(3).normal(0, 60, soft.shape), (0, 0), 0.8)
    limit = np.full(soft.shape, 170.0)
    for zone in sheet.form.form.zones:
        x, y, w, h = (round(v * sheet.scale) for v in zone.box_mm)
        limit[y + 6 : y + h - 6, x + 6 : x + w - 6] = 62
    return np.where(soft < limit, 0, 255).astype(np.uint8)


def photographed(sheet: Sheet, clean: Image) -> Image:
    height, width = sheet.image.shape
    paper = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    seen = np.array([(0.03, 0.03), (0.62, 0.2), (0.64, 0.8), (0.02, 0.97)], np.float32) * (width, height)
    matrix = cv2.getPerspectiveTransform(paper, seen.astype(np.float32))
    return np.asarray(
        cv2.warpPerspective(sheet.image, matrix, (width, height), flags=cv2.INTER_AREA, borderValue=(90,)),
        np.uint8,
    )


KINDS: dict[str, Callable[[Sheet, Image], Image]] = {
    "show-through": shown_through,
    "a stain": stained,
    "broken print": broken,
    "perspective": photographed,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_in_names_and_is_known_is_no_ink(desk: Desk, kind: str) -> None:
    clean = desk.sheet().image
    reading = desk.read(KINDS[kind](desk.sheet(), clean))
    assert reading.outcome == "read"
    assert [one.contest for one in reading.stray if one.contest] == []


@pytest.mark.parametrize("gray", [25, 50])
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_struck_there_is_still_found(desk: Desk, kind: str, gray: int) -> None:
    clean = desk.sheet().image
    sheet = desk.sheet()
    (box,) = (zone.box_mm for zone in sheet.form.form.zones if zone.contest == f"row-{STRUCK}")
    sheet.line([(box.x + 2, box.y + box.h / 2 + 1), (box.x + 34, box.y + box.h / 2 - 1)], 0.6, gray)
    reading = desk.read(KINDS[kind](sheet, clean))
    assert [one.contest for one in reading.stray if one.contest] == [f"row-{STRUCK}"]
