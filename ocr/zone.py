"""How far a scanner's unclear zone reaches beyond the rule's own: wider by calibration, never narrower.

The rule of `marks` stays as it is. Behind it, a field that it found marked or empty becomes unclear where the
rehearsal on the office's own scanner did not show that much (or that little) ink to be safe. Nothing here can
make a field marked or empty.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from .reading import FieldReading, State

MOST_MM2 = 100.0
"""No box's limit is larger; a number beyond is a slip of whoever wrote it."""
_FOREIGN = ("tail", "seal", "written")
"""Reasons that name where a field's ink comes from: how much it is says nothing."""


@dataclass(frozen=True, slots=True)
class UnclearZone:
    """The two limits of a scanner; by default the rule's own zone and no more.

    Raises:
        ValueError: a limit that is none.
    """

    mark_mm2: float = 0.0
    """A mark with less dark ink in its box is unclear, in mm2."""
    empty_mm2: float | None = None
    """An empty box with more ink, faint ink too, is unclear, in mm2; None: as much as the rule allows."""

    def __post_init__(self) -> None:
        limits = (self.mark_mm2, 0.0 if self.empty_mm2 is None else self.empty_mm2)
        if not all(math.isfinite(limit) and 0 <= limit <= MOST_MM2 for limit in limits):
            raise ValueError(f"no limits of an unclear zone: {limits}")

    def over(self, fields: Iterable[FieldReading]) -> tuple[FieldReading, ...]:
        """Return a page's fields, some of them unclear that were marked or empty; no other state changes."""
        return tuple(self._one(field) for field in fields)

    def joined(self, other: Self) -> "UnclearZone":
        """Return the zone in which everything is unclear that is so in either."""
        limits = [zone.empty_mm2 for zone in (self, other) if zone.empty_mm2 is not None]
        return UnclearZone(max(self.mark_mm2, other.mark_mm2), min(limits, default=None))

    def _one(self, field: FieldReading) -> FieldReading:
        if field.why in _FOREIGN:
            return field
        measured = dict(field.features)
        if field.state is State.MARKED and measured.get("strong_mm2", 0.0) < self.mark_mm2:
            return replace(field, state=State.UNCLEAR, why="less_than_marks")
        if (
            field.state is State.EMPTY
            and self.empty_mm2 is not None
            and measured.get("faint_mm2", 0.0) > self.empty_mm2
        ):
            return replace(field, state=State.UNCLEAR, why="more_than_empty")
        return field
