"""At what size a batch's ballots were printed, said once. Pure."""

from collections.abc import Iterable
from statistics import median

from ..ocr.reading import Outcome, PageReading
from ..words import _

_NOTICED = 0.01
"""Scanners and paper are off by half of this."""


def said_once(readings: Iterable[PageReading]) -> str | None:
    """Return a sentence where the ballots were not printed at their own size; None where all is well.

    Args:
        readings: of a batch; those whose scan does not say its resolution say nothing.
    """
    scales = [one.print_scale for one in readings if one.outcome is Outcome.READ and one.print_scale]
    if not scales or abs(median(scales) - 1) < _NOTICED:
        return None
    return _(
        "These ballots were printed at {percent} percent of full size (“fit to page”). They were read all "
        "the same; print the next ones at full size."
    ).format(percent=round(100 * median(scales)))
