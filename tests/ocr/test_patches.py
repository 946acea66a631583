"""Patches of a page's own print: found where they are, and never in two places."""

import numpy as np
import pytest

from phieu.ocr import patches
from phieu.ocr.blank import BLANK_MATRIX, PX_PER_MM

from .plain_forms import alike, one_question
from .sheets import Desk


def test_patches_lie_on_print_away_from_boxes_tags_code_and_seal(desk: Desk) -> None:
    (page,) = desk.form.pages
    chosen = patches.chosen(page)
    assert len(chosen.centres_mm) >= 40
    half_x, half_y = patches.HALF_MM
    for x, y in chosen.centres_mm:
        for box in (*(field.box_mm for field in page.fields), *page.tags.values(), page.code, page.seal):
            apart_x = x + half_x <= box.x or box.x + box.w <= x - half_x
            apart_y = y + half_y <= box.y or box.y + box.h <= y - half_y
            assert apart_x or apart_y


def test_each_name_has_a_patch_of_its_own(desk: Desk) -> None:
    (page,) = desk.form.pages
    centres = patches.chosen(page).centres_mm
    for zone in page.zones:
        x, y, w, h = zone.box_mm
        assert ((centres >= (x, y)) & (centres <= (x + w, y + h))).all(axis=1).any(), zone.contest


@pytest.mark.parametrize("shift_mm", [(0.0, 0.0), (2.9, -1.3), (-0.4, 3.0)])
@pytest.mark.parametrize("dpi", [100, 200, 300])
def test_patches_are_found_to_less_than_a_pixel_of_a_coarse_scan(
    desk: Desk, shift_mm: tuple[float, float], dpi: int
) -> None:
    (page,) = desk.form.pages
    chosen = patches.chosen(page)
    to_px = np.diag([dpi / 25.4 / PX_PER_MM] * 2 + [1.0]) @ BLANK_MATRIX
    # As if a fix were off by the shift: print then lies that far the other way.
    off = to_px @ np.array([(1, 0, -shift_mm[0]), (0, 1, -shift_mm[1]), (0, 0, 1)])
    image = desk.pages[dpi]
    everywhere = np.ones(len(chosen.centres_mm), bool)
    still = np.zeros_like(chosen.centres_mm)
    found = patches.find(patches.Coarse.of(image, off, page), off, chosen, still, everywhere)
    assert found.seen.mean() >= 0.95
    assert np.abs(found.shift_mm[found.seen] - shift_mm).max() < (0.25 if dpi == 100 else 0.15)


def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    (page,) = desk.form.pages
    chosen = patches.chosen(page)
    rng = np.random.default_rng(1)
    noise = rng.normal(200, 20, desk.pages[200].shape).clip(0, 255).astype(np.uint8)
    other = one_question()[1]
    everywhere = np.ones(len(chosen.centres_mm), bool)
    still = np.zeros_like(chosen.centres_mm)
    for image in (noise, np.full_like(noise, 255), other):
        coarse = patches.Coarse.of(image, BLANK_MATRIX, page)
        found = patches.find(coarse, BLANK_MATRIX, chosen, still, everywhere)
        assert found.seen.mean() < 0.05


def test_rows_that_look_alike_give_no_patch() -> None:
    form, _print = alike()
    (page,) = form.pages
    rows = page.centres_mm[:, 1]
    among = patches.chosen(page).centres_mm[:, 1]
    assert not ((among > rows.min()) & (among < rows.max())).any()
