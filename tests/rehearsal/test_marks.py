from dataclasses import replace

import numpy as np
import pytest

from phieu.forms.form import Box
from phieu.forms.rehearsal.hands import draw_hand, make_pen
from phieu.forms.rehearsal.ink import Image, ink_page
from phieu.forms.rehearsal.marks import ADMISSIBLE, Mark, draw_mark, share_inside

PX_PER_MM = 300 / 25.4
BOX = Box(10, 10, 6.5, 6.5)
NEIGHBOURS = (Box(30, 10, 6.5, 6.5), Box(10, 19, 6.5, 6.5), Box(10, 1, 6.5, 6.5))


def drawn(kind: Mark, seed: int, colour: bool = False, ink: str = "") -> Image:
    """A page of 40 x 30 mm with one mark in `BOX`."""
    rng = np.random.default_rng([seed, 1])
    hand = draw_hand(rng)
    page: Image = np.full((354, 472, 3) if colour else (354, 472), 255, np.uint8)
    strokes, holding = draw_mark(kind, BOX, hand, rng, NEIGHBOURS)
    pen = make_pen("ball", ink, rng) if ink else holding.pen
    ink_page(page, strokes, pen, PX_PER_MM, rng)
    return page


def within(page: Image, box: Box) -> Image:
    left, top = int(box.x * PX_PER_MM), int(box.y * PX_PER_MM)
    return page[top : top + int(box.h * PX_PER_MM), left : left + int(box.w * PX_PER_MM)]


@pytest.mark.parametrize("kind", [kind for kind in Mark if kind is not Mark.DOT])
def test_every_kind_of_mark_leaves_ink_in_its_box_that_people_can_see(kind: Mark) -> None:
    for seed in range(25):
        inked = (within(drawn(kind, seed), BOX) < 225).sum() / PX_PER_MM**2
        assert inked > 0.3, f"hand {seed} left {inked:.2f} mm² of ink"


def test_a_pen_rest_leaves_a_dot_and_no_more() -> None:
    for seed in range(25):
        inked = (drawn(Mark.DOT, seed) < 225).sum() / PX_PER_MM**2
        assert 0.01 < inked < 6


def test_a_mark_belongs_to_its_box_however_carelessly_it_is_drawn() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        strokes, _ = draw_mark(Mark.CROSS, BOX, draw_hand(rng), rng, NEIGHBOURS)
        assert share_inside(strokes, BOX) >= 0.4
        assert all(share_inside(strokes, other) <= 0.1 for other in NEIGHBOURS)


def test_some_marks_run_out_of_their_box_and_some_are_much_smaller_than_it() -> None:
    insides, widths = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        strokes, _ = draw_mark(Mark.CROSS, BOX, draw_hand(rng), rng)
        insides.append(share_inside(strokes, BOX))
        points = np.vstack([stroke.xy_mm for stroke in strokes])
        widths.append(np.ptp(points[:, 0]) / BOX.w)
    assert min(insides) < 0.7
    assert max(insides) == 1.0
    assert min(widths) < 0.6
    assert max(widths) > 1.3


def test_no_two_hands_and_no_two_marks_of_one_hand_are_alike() -> None:
    rng = np.random.default_rng(3)
    hand = draw_hand(rng)
    mine = [draw_mark(Mark.CROSS, BOX, hand, rng)[0] for _ in range(5)]
    theirs = [draw_mark(Mark.CROSS, BOX, draw_hand(rng), rng)[0] for _ in range(5)]
    points = {np.vstack([s.xy_mm for s in strokes]).tobytes() for strokes in mine + theirs}
    assert len(points) == 10


def test_a_faint_mark_is_paler_than_the_same_hand_s_usual_one() -> None:
    for seed in range(20):
        usual, faint = drawn(Mark.CROSS, seed), drawn(Mark.FAINT, seed)
        assert (255.0 - faint).sum() < (255.0 - usual).sum() or faint.min() > usual.min()


def test_a_blue_pen_is_paler_in_gray_than_a_black_one_and_blue_in_colour() -> None:
    blue, black = drawn(Mark.FILL, 4, ink="blue"), drawn(Mark.FILL, 4, ink="black")
    assert np.percentile(within(blue, BOX), 5) > np.percentile(within(black, BOX), 5)
    colour = within(drawn(Mark.FILL, 4, colour=True, ink="blue"), BOX).reshape(-1, 3)
    darkest = colour[colour.sum(axis=1).argmin()]
    assert darkest[0] > darkest[2] + 30


def test_ink_takes_light_away_and_never_adds_any() -> None:
    rng = np.random.default_rng(5)
    page: Image = rng.integers(0, 256, (354, 472)).astype(np.uint8)
    before = page.copy()
    strokes, hand = draw_mark(Mark.SCRIBBLE, BOX, draw_hand(rng), rng)
    ink_page(page, strokes, hand.pen, PX_PER_MM, rng)
    assert (page <= before).all()
    assert (page < before).any()


def test_a_mark_that_leaves_the_page_is_cut_off_at_its_edge() -> None:
    rng = np.random.default_rng(6)
    page: Image = np.full((100, 100), 255, np.uint8)
    strokes, hand = draw_mark(Mark.CROSS, Box(-3, -3, 6, 6), draw_hand(rng), rng)
    ink_page(page, strokes, hand.pen, PX_PER_MM, rng)
    strokes, hand = draw_mark(Mark.CROSS, Box(500, 500, 6, 6), draw_hand(rng), rng)
    ink_page(page, strokes, hand.pen, PX_PER_MM, rng)
    assert page.min() < 200


def test_each_kind_of_mark_says_which_readings_are_no_error() -> None:
    assert set(ADMISSIBLE) == {*Mark, None}
    assert all("unclear" in readings for readings in ADMISSIBLE.values())


def test_a_line_through_a_printed_name_runs_along_most_of_it() -> None:
    name = Box(40, 40, 60, 8)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        strokes, _ = draw_mark(Mark.LINE, name, draw_hand(rng), rng)
        points = np.vstack([stroke.xy_mm for stroke in strokes])
        assert np.ptp(points[:, 0]) > 0.3 * name.w
        assert np.ptp(points[:, 1]) < 2.5 * name.h


def test_ticks_are_struck_out_as_well_as_crosses() -> None:
    struck = {"cross": 0, "tick": 0}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        strokes, _ = draw_mark(Mark.CORRECTED, BOX, replace(draw_hand(rng), manner=4), rng, NEIGHBOURS)
        x, y = strokes[0].xy_mm.T
        # Unlike the strokes of a cross, a tick turns at its lowest point.
        turns = y.max() - max(y[0], y[-1]) > 0.15 * np.ptp(y)
        struck["tick" if turns else "cross"] += 1
        assert np.ptp(strokes[-1].xy_mm[:, 0]) > 0.5 * np.ptp(x), "nothing goes through the mark"
    assert struck["cross"] > struck["tick"] > 0
