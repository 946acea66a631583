"""How a page's print lies beside where a map puts it: from features that were found to any other place.

A feature is whatever was found on the scan: a box's outline, a patch of print, a corner tag. Its shift is in
mm on the form. What most shifts have in common is a small affine change; what is left, as after a slip of the
feed, goes over from the nearest features, and those beside a place count as nearer than those above it, since
paper slips along the feed.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from .place import Matrix, Points, to_px

_SPAN_MM = 25.0
"""Features must lie this far apart to tell a slope."""
_NEAREST = 6
_SIDEWAYS = 0.15
"""What a mm to the side counts, beside one up or down."""
_LEAST_MM = 3.0
_AGREES_MM = 0.8
_AGREES_SHARE = 0.015
_WITHIN_MM = 70.0


def affine_shift(points: Points, shift: Points) -> NDArray[np.float64]:
    """Fit shift = [x y 1] @ result, (3, 2), robustly; simpler where points are few or near each other."""
    span = np.ptp(points, axis=0) if len(points) else np.zeros(2)
    weight = np.ones(len(points))
    result = np.zeros((3, 2))
    columns = [i for i in (0, 1) if span[i] >= _SPAN_MM] if len(points) >= 4 else []
    design = np.column_stack([points[:, i] for i in columns] + [np.ones(len(points))])
    for _round in range(5):
        root = np.sqrt(weight)[:, None]
        solution, *_rest = np.linalg.lstsq(design * root, shift * root, rcond=None)
        off = np.linalg.norm(shift - design @ solution, axis=1)
        weight = 1 / np.maximum(off, 0.05)
    result[[*columns, 2]] = solution
    return result


def applied(common: NDArray[np.float64], points: Points) -> Points:
    """Return the shift that `affine_shift` found, at points (n, 2)."""
    return np.column_stack((points, np.ones(len(points)))) @ common


def predicted(points: Points, shift: Points, at: Points) -> Points:
    """Return the shift expected at places, (n, 2), from features whose shift is known."""
    if len(points) == 0:
        return np.zeros_like(at)
    common = affine_shift(points, shift)
    left = shift - applied(common, points)
    away = np.linalg.norm((at[:, None] - points[None]) * (_SIDEWAYS, 1.0), axis=2)
    nearest = np.argsort(away, axis=1)[:, :_NEAREST]
    near = np.take_along_axis(away, nearest, axis=1)
    weight = 1 / (near**2 + _LEAST_MM**2) ** 1.5
    local = (weight[..., None] * left[nearest]).sum(axis=1) / weight.sum(axis=1)[:, None]
    return cast(Points, applied(common, at) + local)


def in_company(points: Points, shift: Points) -> NDArray[np.bool_]:
    """Tell the features, (n,), that agree with one of the four nearest at least, as after a slip some do."""
    n = len(points)
    if n < 2:
        return np.zeros(n, dtype=bool)
    left = shift - applied(affine_shift(points, shift), points)
    away = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(away, np.inf)
    nearest = np.argsort(away, axis=1)[:, : min(4, n - 1)]
    near = np.take_along_axis(away, nearest, axis=1)
    off = np.linalg.norm(left[nearest] - left[:, None], axis=2)
    return cast(
        NDArray[np.bool_], ((off <= _AGREES_MM + _AGREES_SHARE * near) & (near <= _WITHIN_MM)).any(axis=1)
    )


def rebased(before: Matrix, after: Matrix, points: Points, shift: Points) -> Points:
    """Return the shifts beside another map of features that lie where `before` and `shift` put them."""
    return to_px(cast(Matrix, np.linalg.inv(after)), to_px(before, points + shift)) - points
