"""Damage that moves things: skew, stretch, slips, lean, curl, scale, cut margins, perspective.

Each returns a map from places on the picture to places on the sheet, both in mm.
"""

from math import cos, radians, sin

import numpy as np

from .scanning import Back, Points


def turned(degrees: float, centre: tuple[float, float], stretch: tuple[float, float] = (1.0, 1.0)) -> Back:
    """The sheet lies turned (clockwise) and stretched about a point."""
    c, s = cos(radians(degrees)), sin(radians(degrees))

    def back(at: Points) -> Points:
        x, y = at[:, 0] - centre[0], at[:, 1] - centre[1]
        return np.column_stack(
            [(c * x + s * y) / stretch[0] + centre[0], (c * y - s * x) / stretch[1] + centre[1]]
        )

    return back


def shifted(x_mm: float, y_mm: float) -> Back:
    """The sheet lies further right and down."""
    return lambda at: at - np.array([x_mm, y_mm])


def slipped(at_mm: float, by_mm: float, over_mm: float) -> Back:
    """From some row on, the feed is ahead (behind, if negative): rows are missing, or drawn out."""

    def back(at: Points) -> Points:
        moved = at.copy()
        moved[:, 1] += by_mm * np.clip((at[:, 1] - at_mm) / max(over_mm, 1e-3), 0, 1)
        return moved

    return back


def uneven(swings: list[tuple[float, float, float]]) -> Back:
    """The feed is not even: swings of (amplitude in mm, length in mm, phase)."""

    def back(at: Points) -> Points:
        moved = at.copy()
        for amplitude, length, phase in swings:
            moved[:, 1] += amplitude * np.sin(2 * np.pi * at[:, 1] / length + phase)
        return moved

    return back


def leaning(slope: float) -> Back:
    """Rows stay level but each begins further to the right: the feed pulls to one side."""

    def back(at: Points) -> Points:
        moved = at.copy()
        moved[:, 0] += slope * (at[:, 1] - 148)
        return moved

    return back


def curled(depth_mm: float, height_mm: float, top: bool, twist: float) -> Back:
    """One end of the sheet stands up from the glass: it looks shorter there, more so on one side."""
    reach = 0.42 * height_mm

    def back(at: Points) -> Points:
        moved = at.copy()
        away = (reach - at[:, 1]) if top else (at[:, 1] - (height_mm - reach))
        lifted = np.clip(away / reach, 0, None) ** 2
        lifted *= 1 + twist * (at[:, 0] / 105 - 1)
        moved[:, 1] += depth_mm * lifted * (-1 if top else 1)
        moved[:, 0] += 0.4 * depth_mm * lifted * np.sign(twist)
        return moved

    return back


def seen_from(
    tilt_degrees: float,
    direction: float,
    centre: tuple[float, float],
    far_mm: float,
    picture_mm: tuple[float, float],
) -> Back:
    """A camera looks at the sheet from so far away, tilted towards a direction (radians)."""
    t = radians(tilt_degrees)
    axis = np.array([-sin(direction), cos(direction), 0.0])
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(3) + sin(t) * k + (1 - cos(t)) * k @ k

    def back(at: Points) -> Points:
        x, y = at[:, 0] - picture_mm[0] / 2, at[:, 1] - picture_mm[1] / 2
        # The plane of the sheet goes through (0, 0, far); a ray from the eye meets it.
        ray = np.column_stack([x, y, np.full(len(at), far_mm)])
        normal = turn @ np.array([0.0, 0.0, 1.0])
        met = ray * (normal[2] * far_mm / (ray @ normal))[:, None] - np.array([0, 0, far_mm])
        on_sheet = met @ turn
        return np.asarray(on_sheet[:, :2] + np.array(centre))

    return back


def bent(depth_mm: float, height_mm: float, along: bool) -> Back:
    """Curled paper under a camera: it comes nearer in the middle, so its parts shift against each other."""

    def back(at: Points) -> Points:
        moved = at.copy()
        axis = 1 if along else 0
        u = (at[:, axis] / height_mm) * 2 - 1
        moved[:, axis] += depth_mm * u * (1 - u * u) * 1.5
        moved[:, 1 - axis] += depth_mm * 0.6 * (1 - u * u)
        return moved

    return back
