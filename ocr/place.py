"""From mm on the form to pixels of a scan: a homography, its local slopes, and sampling through it.

A page is never warped as a whole. Whoever wants to see a part of it names a grid of points in mm around a
centre, and all grids of one kind are fetched by a single remap. Pixel (0, 0) is the centre of the first
pixel.
"""

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Points = NDArray[np.float64]
Matrix = NDArray[np.float64]

# cv2.remap takes no map longer than this.
_LONGEST_MAP = 30_000


def to_px(matrix: Matrix, points_mm: Points) -> Points:
    """Return where points of the form, (n, 2) in mm, lie on the image."""
    x, y = points_mm[:, 0], points_mm[:, 1]
    u, v, depth = (row[0] * x + row[1] * y + row[2] for row in matrix)
    return np.stack((u / depth, v / depth), axis=1)


def slopes(matrix: Matrix, points_mm: Points) -> NDArray[np.float64]:
    """Return the local scale and rotation at points of the form: (n, 2, 2) in pixels per mm."""
    px = to_px(matrix, points_mm)
    depth = matrix[2, 0] * points_mm[:, 0] + matrix[2, 1] * points_mm[:, 1] + matrix[2, 2]
    top = matrix[:2, :2][None] - px[:, :, None] * matrix[2, :2][None, None]
    return cast(NDArray[np.float64], top / depth[:, None, None])


def px_per_mm(matrix: Matrix, point_mm: tuple[float, float]) -> float:
    """Return the scale at one point of the form."""
    (slope,) = slopes(matrix, np.array([point_mm]))
    return float(np.sqrt(abs(np.linalg.det(slope))))


def sample(
    image: Gray,
    matrix: Matrix,
    centres_mm: Points,
    dx_mm: NDArray[np.float32],
    dy_mm: NDArray[np.float32],
    outside: int = 255,
) -> Gray:
    """Fetch the same kind of grid around many points of the form, by one remap.

    Args:
        image: gray page image, or one with three channels.
        matrix: from mm on the form to pixels.
        centres_mm: (n, 2); a grid's points are `centre + (dx, dy)`, mapped by the slopes at the centre.
        dx_mm: offsets, broadcastable with `dy_mm` to (n, height, width).
        dy_mm: likewise.
        outside: what is seen beyond the edge of the image.

    Returns:
        (n, height, width), or (n, height, width, 3).
    """
    n = len(centres_mm)
    base = to_px(matrix, centres_mm).astype(np.float32)[:, :, None, None]
    slope = slopes(matrix, centres_mm).astype(np.float32)[:, :, :, None, None]
    x = base[:, 0] + slope[:, 0, 0] * dx_mm + slope[:, 0, 1] * dy_mm
    y = base[:, 1] + slope[:, 1, 0] * dx_mm + slope[:, 1, 1] * dy_mm
    _n, height, width = x.shape
    per_call = max(1, _LONGEST_MAP // max(height, 1))
    parts = [
        cv2.remap(
            image,
            x[i : i + per_call].reshape(-1, width),
            y[i : i + per_call].reshape(-1, width),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(outside, outside, outside),
        )
        for i in range(0, n, per_call)
    ]
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return cast(Gray, joined.reshape(n, height, width, *image.shape[2:]))


def inside(matrix: Matrix, centres_mm: Points, half_mm: Points, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell which boxes, given by centre and half size (n, 2) in mm, lie on the image with all corners."""
    good = np.ones(len(centres_mm), dtype=bool)
    for sign in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        px = to_px(matrix, centres_mm + half_mm * np.array(sign))
        good &= (px >= 0).all(axis=1) & (px[:, 0] <= shape[1] - 1) & (px[:, 1] <= shape[0] - 1)
    return good


def similarity(points_mm: Points, points_px: Points) -> Matrix:
    """Fit turn, scale and shift (no mirroring) that take points of the form to pixels, by least squares."""
    centre_mm, centre_px = points_mm.mean(axis=0), points_px.mean(axis=0)
    a = (points_mm - centre_mm) @ (1, 1j)
    b = (points_px - centre_px) @ (1, 1j)
    turn = np.vdot(a, b) / np.vdot(a, a)
    matrix = np.array([[turn.real, -turn.imag, 0], [turn.imag, turn.real, 0], [0, 0, 1]], dtype=np.float64)
    matrix[:2, 2] = centre_px - matrix[:2, :2] @ centre_mm
    return matrix


def affine(points_mm: Points, points_px: Points) -> Matrix:
    """Fit an affine map from the form to pixels by least squares; the points must not lie on one line."""
    design = np.column_stack((points_mm, np.ones(len(points_mm))))
    solution, *_rest = np.linalg.lstsq(design, points_px, rcond=None)
    return np.vstack((solution.T, (0.0, 0.0, 1.0)))


def homography(points_mm: Points, points_px: Points) -> Matrix:
    """Fit a homography from the form to pixels by least squares."""
    matrix, _mask = cv2.findHomography(points_mm, points_px, 0)
    return affine(points_mm, points_px) if matrix is None else cast(Matrix, matrix)


def misfit_mm(matrix: Matrix, points_mm: Points, points_px: Points) -> NDArray[np.float64]:
    """Return how far each point lies from where the map puts it, in mm on the form."""
    away_px = to_px(matrix, points_mm) - points_px
    back = np.linalg.inv(slopes(matrix, points_mm))
    return cast(NDArray[np.float64], np.linalg.norm(np.einsum("nij,nj->ni", back, away_px), axis=1))
