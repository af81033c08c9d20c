"""The motion of a camera that only turns: one homography between two frames, found outside of the matte.

SIFT matches and MAGSAC give a start that is right to a pixel; all seen pixels together, by Gauss-Newton on log light,
give the rest (Baker and Matthews, "Lucas-Kanade 20 Years On", IJCV 2004, with a robust weight).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.motion.pyramid import pyramid, slope_x, slope_y
from vfx_ai.motion.sampling import pixel_grid, sample, sees, within

Matrix = npt.NDArray[np.float64]

FEATURES = 3000
RATIO = 0.8  # Lowe's ratio test
INLIER_PIXELS = 2.0
FEWEST_MATCHES = 12
ROBUST_STOPS = 0.05  # at least; differences far beyond the usual one don't count: something else moved there
REFINE_STEPS = 10
FEWEST_PIXELS = 200
SHOULDER = 12  # pixels around the matte in which no SIFT feature is believed


@dataclass(frozen=True)
class Features:
    """SIFT features of one frame: positions [N, 2] float32 in pixels, descriptors [N, 128] uint8."""

    positions: npt.NDArray[np.float32]
    descriptors: npt.NDArray[np.uint8]


def find_features(compared: torch.Tensor, seen: npt.NDArray[np.bool_], most: int = FEATURES) -> Features:
    """SIFT features on luma in stops, where the background is seen.

    Args:
        compared: [3, H, W] float32, from `color.in_stops`.
        seen: [H, W] bool.
    """
    luma = compared[0].cpu().numpy()
    with np.errstate(invalid="ignore", over="ignore"):  # light so bright that its luma has no number
        low, high = np.percentile(luma[seen], [0.5, 99.5]) if seen.any() else (0.0, 1.0)
        stretched = np.clip((luma - low) * (255 / max(high - low, 1e-3)), 0, 255)
    grey = np.nan_to_num(stretched).astype(np.uint8)
    where = cv2.erode(seen.astype(np.uint8), np.ones((SHOULDER + 1,) * 2, np.uint8))
    keypoints, descriptors = cv2.SIFT.create(most, contrastThreshold=0.01).detectAndCompute(grey, where)
    if descriptors is None:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8))
    return Features(np.array([k.pt for k in keypoints], np.float32), descriptors.astype(np.uint8))


def match_features(first: Features, second: Features) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Positions [N, 2] in each frame of what matches by Lowe's ratio test."""
    a, b = matched(first, second)
    return first.positions[a], second.positions[b]


def matched(first: Features, second: Features) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Which features [N] of each frame match by Lowe's ratio test."""
    if min(len(first.positions), len(second.positions)) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(
        first.descriptors.astype(np.float32), second.descriptors.astype(np.float32), 2
    )
    good = [a for a, b in pairs if a.distance < RATIO * b.distance]
    return np.array([m.queryIdx for m in good], np.intp), np.array([m.trainIdx for m in good], np.intp)


def match_homography(first: Features, second: Features) -> Matrix | None:
    """Homography [3, 3] that carries pixels of the first frame to the second; None where too little matches."""
    a, b = match_features(first, second)
    if len(a) < FEWEST_MATCHES:
        return None
    matrix, inliers = cv2.findHomography(a, b, cv2.USAC_MAGSAC, INLIER_PIXELS, maxIters=5000)
    if matrix is None or inliers.sum() < FEWEST_MATCHES:
        return None
    return np.asarray(matrix / matrix[2, 2], np.float64)


def is_same(matrix: Matrix) -> bool:
    """Whether a homography carries each position to itself."""
    return np.array_equal(matrix, np.eye(3))


def homography_positions(matrix: Matrix, positions: torch.Tensor) -> torch.Tensor:
    """Where a homography carries `positions` [2, h, w]: [2, h, w] float32."""
    if is_same(matrix):
        return positions.clone()
    m = torch.tensor(matrix / matrix[2, 2], dtype=torch.float32, device=positions.device)
    x, y = positions
    w = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    return torch.stack([(m[0, 0] * x + m[0, 1] * y + m[0, 2]) / w, (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / w])


def inverse(matrix: Matrix) -> Matrix:
    """The homography back."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def scaled(matrix: Matrix, factor: float) -> Matrix:
    """The same homography between pictures whose pixels are `factor` times as many along each side."""
    up = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1.0]])
    out = up @ matrix @ np.linalg.inv(up)
    return np.asarray(out / out[2, 2])


def farthest_move(matrix: Matrix, height: int, width: int) -> float:
    """How far a homography moves the corner that it moves most, in pixels."""
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    moved = cv2.perspectiveTransform(corners[:, None], matrix)[:, 0]
    return float(np.linalg.norm(moved - corners, axis=1).max())


def refine_homography(
    first: torch.Tensor,
    second: torch.Tensor,
    seen_first: torch.Tensor,
    seen_second: torch.Tensor,
    start: Matrix,
    levels: int = 3,
) -> Matrix:
    """The homography near `start` under which all seen pixels of two frames agree best.

    Args:
        first, second: [C, H, W] float32, from `color.in_stops`.
        seen_first, seen_second: [H, W] bool.
        start: [3, 3], first to second.
        levels: how many times the pictures are halved to reach from farther away.
    """
    firsts, seconds = pyramid(first, seen_first, levels), pyramid(second, seen_second, levels)
    matrix = start
    for level in range(levels - 1, -1, -1):
        size = firsts[level][0].shape[-1] / first.shape[-1]
        matrix = scaled(_refined(*firsts[level], *seconds[level], scaled(matrix, size)), 1 / size)
    return matrix


def misfit(
    first: torch.Tensor, second: torch.Tensor, seen_first: torch.Tensor, seen_second: torch.Tensor, matrix: Matrix
) -> float:
    """Median difference, in stops, of what two frames show at the same place under a homography; exposure aside."""
    positions = homography_positions(matrix, pixel_grid(seen_first.shape, first.device))
    both = seen_first & sees(seen_second, positions)
    if int(both.sum()) < FEWEST_PIXELS:
        return float("inf")
    residual = sample(second, positions)[:, both] - first[:, both]
    return float((residual - residual.median(1, keepdim=True).values).abs().median())


def _refined(
    first: torch.Tensor, seen: torch.Tensor, second: torch.Tensor, other_seen: torch.Tensor, matrix: Matrix
) -> Matrix:
    """One level of Gauss-Newton; a step that doesn't lower the robust cost is not taken."""
    height, width = first.shape[-2:]
    grid = pixel_grid((height, width), first.device)
    # Positions in -1..1 keep the normal equations well conditioned.
    norm = np.array([[2 / width, 0, -1], [0, 2 / width, -height / width], [0, 0, 1.0]])
    stacked = torch.cat([second, slope_x(second) * (width / 2), slope_y(second) * (width / 2), other_seen])
    scale, best = 0.0, (np.inf, matrix)
    for _ in range(REFINE_STEPS):
        positions = homography_positions(matrix, grid)
        warped = sample(stacked, positions)
        usable = ((seen[0] > 0) & (warped[-1] > 0.99) & within(positions, height, width)).flatten().nonzero()[:, 0]
        if usable.numel() < FEWEST_PIXELS:
            break
        residual = warped[:3].flatten(1)[:, usable].sub_(first.flatten(1)[:, usable])
        residual -= residual.median(1, keepdim=True).values  # a change of exposure is no motion
        scale = scale or max(ROBUST_STOPS, 3 * float(residual.abs().median()))
        shape = 1 / (1 + (residual / scale) ** 2)
        cost = float((1 - shape).mean())
        if cost >= best[0] * (1 - 1e-5):
            break
        best = (cost, matrix)
        qx, qy = positions.flatten(1)[:, usable].mul_(2 / width)
        qx, qy = qx.sub_(1), qy.sub_(height / width)
        ix, iy = (warped[i : i + 3].flatten(1)[:, usable] for i in (3, 6))
        delta = _newton_step(ix, iy, qx, qy, residual, shape.square_())
        update = np.eye(3) + np.append(delta, 0.0).reshape(3, 3)
        matrix = np.linalg.inv(norm) @ update @ norm @ matrix
        matrix = matrix / matrix[2, 2]
    return best[1]


def _newton_step(
    ix: torch.Tensor, iy: torch.Tensor, qx: torch.Tensor, qy: torch.Tensor, residual: torch.Tensor, weight: torch.Tensor
) -> npt.NDArray[np.float64]:
    """The eight numbers of D in an update (I + D) H of a homography, D[2, 2] = 0; [C, N] and [N] float32 in."""
    columns = ix.new_empty((8, *ix.shape))
    for start, slope in ((0, ix), (3, iy)):
        torch.mul(slope, qx, out=columns[start])
        torch.mul(slope, qy, out=columns[start + 1])
        columns[start + 2] = slope
    toward = columns[0].add(columns[4]).neg_()
    torch.mul(toward, qx, out=columns[6])
    torch.mul(toward, qy, out=columns[7])
    columns = columns.reshape(8, -1)
    weighted = columns * weight.reshape(1, -1)
    normal = (weighted @ columns.T).cpu().double().numpy()
    right = (weighted @ residual.reshape(-1, 1)).cpu().double().numpy()[:, 0]
    return np.asarray(-np.linalg.solve(normal + (1e-6 * np.trace(normal) / 8 + 1e-9) * np.eye(8), right))
