"""The numbers that marks are decided by, and what is decided of one field. What they are for: `marks`."""

from dataclasses import dataclass

from .ink import Mask
from .reading import State

Features = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class MarkRule:
    """The numbers of the rule above."""

    strong: float = 0.2
    """Strong ink is darker than paper by this share of its level."""
    faint: float = 0.07
    dark_paper: float = 0.65
    """Paper below this share of the page's typical level is not paper."""
    crowded: float = 0.125
    speck_mm: float = 0.9
    faint_mm: float = 1.2
    least_length: float = 0.4
    """Of the inner side."""
    least_area_mm2: float = 0.5
    trace: float = 0.02
    """The faintest that is looked for, in contests without any ink."""
    around_mm2: float = 0.8
    """So much ink beside an empty box may be a ring around it, in contests without any mark."""
    two_strokes: float = 0.92
    """Of the ink of a cross or tick, in two strips; a shaky hand leaves them a little."""
    two_strokes_alone: float = 0.95
    """The same on a page of few marks, where no hand vouches for them."""
    tangled: float = 0.88
    tangled_times: float = 1.2
    enclosed_mm2: float = 0.1
    """Two strokes enclose no paper; a line through a tick does, with its two legs. Of 466 ticks rehearsed one
    has a gap of that size in a dry pen's stroke."""
    enclosed_usual: float = 0.3
    """Where so many of the page's marks enclose paper, it is the hand's way: a cross written in one go."""
    blot: float = 0.7
    """What is as wide as long, and shorter than this share of the side, is where a pen rested."""
    plain_hand: float = 0.95
    """A hand whose typical mark lies in two strips to this share makes crosses and ticks..."""
    fill_mm: float = 1.45
    plain_felt: float = 0.98
    """...or to this share with strokes wider than `fill_mm`, which may be filled boxes."""
    unlike_times: float = 1.15
    unlike: float = 0.7
    slight: float = 0.3
    slight_beside: float = 0.5
    heavy_times: float = 1.5
    thick_times: float = 1.6
    corrected_times: float = 1.3
    cross_way: float = 1.5
    """The strokes of a cross together, over its span; what a mark is held against on a page of few."""
    tick_way: float = 1.2
    """The same for a long tick: who ticks may still make a cross here and there."""
    thick_alone_mm: float = 2.4
    nearly_two: float = 0.96
    """A mark whose lines are not those of a cross or tick may still be one, badly seen, if so much of its
    ink is in two strips."""
    off_lines: float = 0.1
    """Of mm2 for a pen of a mm: so much ink beside a cross's lines, of which some is off its strips."""
    struck_usual: float = 0.5
    """Where more of the page's marks have a level line through them, that is how the hand makes crosses."""
    wider_least: float = 0.3
    wider_most: float = 0.6
    """A stroke that is wider than the hand's others of its kind by between these shares may have been drawn
    twice: by eight times as much as they differ among each other."""
    two_armed: float = 0.5
    """On a page of which more of the marks are ticks and lines, a mark whose strokes cross is unlike them."""
    turned: float = 35.0
    """Degrees by which a cross's strokes may run otherwise than the hand's."""
    runs_alike: float = 16.0
    """A cross whose strokes run no more otherwise than this, where..."""
    crosses_usual: float = 0.5
    """...so many of the page's marks are crosses, has no stroke but its own."""
    unmatched: float = 0.16
    """Of a mark's ink: so much may have no counterpart in the hand's other marks..."""
    unmatched_area: float = 0.08
    """...where an area is filled in it, this much..."""
    wider_than_usual: float = 1.2
    """...if it is no wider than this times what they are, from left to right."""
    rest_mm: float = 1.9
    rest_share: float = 0.4
    """Of the span of the hand's marks: a dot no longer, beside a plain mark, is where a pen rested."""


@dataclass(frozen=True, eq=False)
class Sight:
    """What can be seen of a mark's lines; all arrays are (height, width)."""

    ink: Mask
    """Down to half the mark's own darkness, so that pale places of its strokes are in it."""
    inner: Mask
    """The unprinted paper inside the box."""
    printed: Mask
    crowded: bool
    """Whether there is so much ink around the box that only a plain mark is taken for one."""
    far: bool = False
    """Whether a level line leaves the box and goes on as far as no mark's stroke does."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one field's ink says, before the page is looked at as a whole."""

    state: State
    why: str
    share: float = 0.0
    """Of the unprinted paper inside the box that has strong ink, or faint where that is all there is."""
    mark: Mask | None = None
    """The mark's own ink, in the box and around it."""
    sight: Sight | None = None
    """The same for its lines: only where there is a mark."""
    features: Features = ()
    """What was measured, by name: `marks` says what each is."""
