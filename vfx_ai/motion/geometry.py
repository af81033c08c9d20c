"""How frames of a solved camera see each other's pixels, on any torch device.

An ideal picture is what a lens without distortion would see: same size, same focal length, same middle. Depth is found
and compared there; colors are read from the frames as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from vfx_ai.motion.camera import Camera


@dataclass(frozen=True)
class Relation:
    """How pixels of one ideal picture lie in another's.

    A pixel (x, y) with inverse depth w lies at matrix (x, y, 1) + w * offset, divided by its third part; by that its
    depth there is larger than its depth here.

    Attributes:
        matrix: [3, 3] nested tuples.
        offset: (x, y, z).
    """

    matrix: tuple[tuple[float, float, float], ...]
    offset: tuple[float, float, float]

    def carry(self, at: torch.Tensor, inverse: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Where pixels lie in the other picture.

        Args:
            at: [2, N] float32.
            inverse: [..., N] float32, inverse depths.

        Returns:
            positions [2, ..., N], and inverse depth [..., N] there; 0 or less behind the camera.
        """
        (a, b, c), (x, y, z) = self.matrix, self.offset
        u, v, w = (
            row[0] * at[0] + row[1] * at[1] + row[2] + inverse * o for row, o in zip((a, b, c), (x, y, z), strict=True)
        )
        w = torch.where(w.abs() > 1e-9, w, 1e-9)
        return torch.stack([u / w, v / w]), inverse / w


def relation(camera: Camera, here: int, there: int) -> Relation:
    """How frame `here`'s ideal pixels lie in frame `there`'s."""
    i, j = camera.index(here), camera.index(there)
    turned = camera.rotation[j] @ camera.rotation[i].T
    moved = camera.translation[j] - turned @ camera.translation[i]
    matrix = camera.matrix(there) @ turned @ np.linalg.inv(camera.matrix(here))
    a, b, c = (tuple(float(v) for v in row) for row in matrix)
    x, y, z = (float(v) for v in camera.matrix(there) @ moved)
    return Relation((a, b, c), (x, y, z))  # type: ignore[arg-type]


def ideal(camera: Camera, number: int, at: torch.Tensor) -> torch.Tensor:
    """Where an ideal lens would have seen what lies at `at` [2, N] in a frame: [2, N] float32."""
    i = camera.index(number)
    if not camera.distortion[i].any():
        return at
    flat = camera.directions(number, at.T.cpu().double().numpy())
    out = flat * camera.focal[i] + camera.center[i]
    return torch.from_numpy(out.T.astype(np.float32)).to(at.device)


def real(camera: Camera, number: int, at: torch.Tensor) -> torch.Tensor:
    """Where a frame sees what an ideal lens would have seen at `at` [2, ...]; float32."""
    i = camera.index(number)
    k1, k2 = (float(k) for k in camera.distortion[i])
    if not (k1 or k2):
        return at
    shape = (2,) + (1,) * (at.dim() - 1)
    center, focal = (
        torch.tensor(v[i], dtype=torch.float32, device=at.device).reshape(shape) for v in (camera.center, camera.focal)
    )
    flat = (at - center) / focal
    square = (flat * flat).sum(0)
    return flat * (1 + square * (k1 + square * k2)) * focal + center


def depth_ratio(camera: Camera, here: int, there: int, at: torch.Tensor, inverse: torch.Tensor) -> torch.Tensor:
    """By what points' depths from frame `there` are multiplied to be their depths from frame `here`.

    Args:
        at: [2, N] float32, ideal pixels of frame `here`.
        inverse: [N] float32, inverse depths from there; 0 where they aren't known.

    Returns:
        [N] float32, 1 where the depth isn't known, or the point lies behind the other camera.
    """
    _, other = relation(camera, here, there).carry(at, inverse)
    known = (inverse > 0) & (other > 0)
    return torch.where(known, other / torch.where(known, inverse, 1.0), 1.0)


def disparity(camera: Camera, here: int, there: int, near: float, far: float, at: torch.Tensor) -> float:
    """By how many pixels a point at inverse depth `near` lies from one at `far` in frame `there`, seen at the same
    pixels `at` [2, N] of frame `here`; the mean."""
    one, other = (relation(camera, here, there).carry(at, at.new_full((at.shape[1],), w))[0] for w in (near, far))
    return float(torch.linalg.vector_norm(one - other, dim=0).mean())
