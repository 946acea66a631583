"""What was measured in a field, in words: the features of `marks`, as `phieu inspect` shows them."""

from collections.abc import Iterable

from ..words import N_, _

# The names are those of `marks`, "Features"; what ends in `%` is a share, shown in percent.
_IN_WORDS = {
    "strong_mm2": N_("{} mm² of dark ink"),
    "faint_mm2": N_("{} mm² with faint ink"),
    "around_mm2": N_("{} mm² around the box"),
    "darkness": N_("darker than paper by up to {} %"),
    "length_mm": N_("longest stroke {} mm"),
    "followed_mm2": N_("its ink {} mm²"),
    "span_mm": N_("mark {} mm across"),
    "pen_mm": N_("pen {} mm"),
    "thick_mm": N_("thickest place {} mm"),
    "straight": N_("in two straight strokes: {} %"),
    "enclosed_mm2": N_("encloses {} mm² of paper"),
    "ends": N_("loose ends: {}"),
    "crossings": N_("crossings: {}"),
    "extra_mm2": N_("{} mm² that its strokes do not explain"),
    "effort": N_("{} times the hand's usual strokes"),
    "looks_plain": N_("looks like a plain mark: {} %"),
    "looks_struck": N_("looks struck out: {} %"),
}


def spoken(features: Iterable[tuple[str, float]]) -> str:
    """Return what was measured, in the language in force; a feature that has no words goes by its name."""
    return ", ".join(_said(name, value) for name, value in features)


def _said(name: str, value: float) -> str:
    words = _IN_WORDS.get(name)
    if words is None:
        return f"{name} {value:.2f}"
    if words.endswith("%"):
        return _(words).format(f"{100 * value:.0f}")
    return _(words).format(f"{value:.0f}" if words.endswith(": {}") else f"{value:.2f}")
