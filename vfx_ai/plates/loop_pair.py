"""Where a shot can be cut to a loop: the two moments that look and move most alike."""

from __future__ import annotations

from dataclasses import dataclass

import torch

TAPS = (1.0, 3.0, 3.0, 1.0)  # of the frames around a cut, so that what is alike also moves alike


@dataclass(frozen=True)
class Pair:
    """A loop of the frames `first` .. `after` - 1, by their places in the shot.

    Attributes:
        first, after: places; frame `after` looks like frame `first`.
        apart: how far both moments are from each other, over the usual step from one frame to the next.
    """

    first: int
    after: int
    apart: float


def distances(small: torch.Tensor) -> torch.Tensor:
    """Mean squared differences [N, N] of frames [N, ...], in stops squared."""
    flat = small.reshape(len(small), -1).double()
    flat = flat - flat.mean(0)
    lengths = flat.square().sum(1)
    return ((lengths[:, None] + lengths[None] - 2 * flat @ flat.T) / flat.shape[1]).clamp(min=0).float()


def best_pair(apart: torch.Tensor, shortest: int, longest: int, before: int) -> Pair | None:
    """The best loop of `shortest` to `longest` frames (Schödl et al., SIGGRAPH 2000: dynamics are kept).

    Args:
        apart: see `distances`.
        shortest, longest: frames.
        before: frames that must lie before the loop's first, from which the change over comes.

    Returns:
        None: the shot is too short.
    """
    count = len(apart)
    usual = float(torch.stack([apart[i, i + 1] for i in range(count - 1)]).median().sqrt()) if count > 1 else 0.0
    best: tuple[float, int, int] | None = None
    for first in range(max(2, before), count):
        for after in range(first + shortest, min(first + longest, count - 1) + 1):
            taps = [
                (weight, float(apart[first + i, after + i]))
                for weight, i in zip(TAPS, range(-2, 2), strict=True)
                if after + i < count
            ]
            cost = sum(weight * far for weight, far in taps) / sum(weight for weight, _ in taps)
            if best is None or cost < best[0]:
                best = cost, first, after
    return None if best is None else Pair(best[1], best[2], best[0] ** 0.5 / max(usual, 1e-9))
