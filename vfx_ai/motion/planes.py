"""The large planes of the background beside a hole, floor and walls: the nearest at a pixel is what one sees.

In one frame's picture a plane's inverse depth is a linear function of the pixel's place, so planes are found by fitting
linear functions to inverse depth: from small patches, by consensus (Fischler and Bolles, RANSAC, CACM 1981), and then
chosen together. A plane counts by what it explains of the depth around; one that would stand before something that is
seen is no plane of the background, but a side of some object, and isn't taken.
"""

from __future__ import annotations

import torch

from vfx_ai.motion.geometry import Relation

POINTS, TRIES = 3000, 160  # whose depth is fitted, and patches from which planes are guessed
PATCH, FEWEST = 0.04, 12  # of the width: half a patch's side; points in it at least
ROUNDS = 3  # in which a guess is fitted to what agrees with it
BEFORE = 2.0  # what a point counts before which a plane would stand, against one that it explains
LEAST = 0.08  # share of the points by which a further plane must better the whole
MOST = 4
SEED = 0


def find_planes(inverse: torch.Tensor, near: torch.Tensor, tolerance: float) -> torch.Tensor:
    """The planes of the background around a part of a picture.

    Args:
        inverse: [h, w] float32, inverse depth, 0 where it isn't known.
        near: [h, w] bool, where depth is looked at.
        tolerance: in units of inverse depth, within which a point lies on a plane.

    Returns:
        [K, 3] float64, K from 0 to MOST: inverse depth is a x + b y + c at pixel (x, y).
    """
    none = torch.zeros((0, 3), dtype=torch.float64, device=inverse.device)
    places = torch.nonzero((inverse > 0) & near)
    places = places[:: max(1, -(-len(places) // POINTS))]
    if len(places) < 3 * FEWEST:
        return none
    rows, columns = places.T
    value = inverse[rows, columns].double()
    at = torch.stack([columns, rows, torch.ones_like(rows)], 1).double()
    reach = max(4.0, PATCH * inverse.shape[1])
    guesses = []
    for start in _spread(len(at), TRIES):
        inside = ((at[:, :2] - at[start, :2]).abs() < reach).all(1)
        for _ in range(ROUNDS):
            if int(inside.sum()) < FEWEST:
                break
            plane = torch.linalg.lstsq(at[inside], value[inside, None]).solution[:, 0]
            inside = (at @ plane - value).abs() < tolerance
        else:
            if float(inside.sum()) > LEAST * len(at):
                guesses.append(plane)
    return _together(torch.stack(guesses), at, value, tolerance) if guesses else none


def _together(guesses: torch.Tensor, at: torch.Tensor, value: torch.Tensor, tolerance: float) -> torch.Tensor:
    """The planes that explain best together: one after the other, each with those before it."""
    told = at @ guesses.T  # [N, G]
    nearest = torch.full_like(value, -torch.inf)
    chosen: list[int] = []
    reached = 0.0
    while len(chosen) < MOST:
        with_one = torch.maximum(told, nearest[:, None])
        off = with_one - value[:, None]
        scores = (off.abs() < tolerance).double().mean(0) - BEFORE * (off > 2 * tolerance).double().mean(0)
        best = int(scores.argmax())
        if float(scores[best]) < reached + LEAST:
            break
        chosen.append(best)
        reached, nearest = float(scores[best]), with_one[:, best]
    return _fitted(guesses[chosen], at, value, tolerance)


def _fitted(planes: torch.Tensor, at: torch.Tensor, value: torch.Tensor, tolerance: float) -> torch.Tensor:
    """Planes [K, 3], each fitted anew to the points that lie on it where it is the nearest."""
    for _ in range(ROUNDS if len(planes) else 0):
        told, index = (at @ planes.T).max(1)
        near = (told - value).abs() < tolerance
        for k in range(len(planes)):
            own = near & (index == k)
            if int(own.sum()) >= FEWEST:
                planes[k] = torch.linalg.lstsq(at[own], value[own, None]).solution[:, 0]
    return planes


def _spread(count: int, most: int) -> list[int]:
    """At most so many indices below `count`, evenly among them."""
    return list(range(0, count, max(1, -(-count // most))))


def nearest_plane(planes: torch.Tensor, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What one sees of planes [K, 3], K at least 1, at pixels [2, ...]: inverse depth and index [...]."""
    x, y = at.double()
    told = planes[:, 0, None] * x.flatten() + planes[:, 1, None] * y.flatten() + planes[:, 2, None]
    inverse, index = told.max(0)
    return inverse.float().reshape(x.shape), index.reshape(x.shape)


def carried_planes(planes: torch.Tensor, there: Relation) -> torch.Tensor:
    """Planes [K, 3] of one frame as those of another, in whose picture `there` tells where pixels of the first lie.

    A point of plane p at pixel q has inverse depth p q, and lies at H q in the other picture, H = matrix + offset p';
    so there its inverse depth is p H^-1 of where it lies. NaN for a plane that the other camera sees edge-on.
    """
    matrix, offset = (
        torch.tensor(part, dtype=torch.float64, device=planes.device) for part in (there.matrix, there.offset)
    )
    whole = matrix + offset[None, :, None] * planes[:, None, :]
    solved, wrong = torch.linalg.solve_ex(whole.mT, planes[..., None])
    return torch.where(wrong[:, None] == 0, solved[..., 0], torch.nan)
