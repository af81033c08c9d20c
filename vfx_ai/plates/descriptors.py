"""Patches as a few numbers: the directions in which the reference's own patches differ most.

The squared distance of two descriptors is about the mean squared difference of their patches in stops; 441 numbers of a
3x7x7 patch become 30, which keep almost all of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.plates.spread import Spread

KEPT = 30  # and the height, and the time
SAMPLES = 8000


@dataclass(frozen=True)
class Basis:
    """How a patch becomes a descriptor.

    Attributes:
        size: of a patch: frames, rows, columns.
        kernel: [KEPT, frames * 3, rows, columns].
        bias: [KEPT].
        variance: of the reference's patches, in stops squared.
        guide: what a whole picture's height counts, in stops.
        held: what the whole length in time counts, in stops.
    """

    size: tuple[int, int, int]
    kernel: torch.Tensor
    bias: torch.Tensor
    variance: float
    guide: float
    held: float

    def of(self, volume: torch.Tensor, spread: Spread, length: int = 0) -> torch.Tensor:
        """Descriptors [T', H', W', C] of all patches of a volume [T, H, W, 3], each at its first corner.

        `length`: after how many patches time begins anew, where it counts; 0: never.
        """
        frames, rows = volume.shape[0] - self.size[0] + 1, volume.shape[1] - self.size[1] + 1
        height = torch.linspace(0, self.guide, rows, device=volume.device)
        length = length or frames
        planes = volume.permute(0, 3, 1, 2)

        def one(t: int) -> torch.Tensor:
            window = planes[t : t + self.size[0]].reshape(1, -1, *planes.shape[2:])
            found = F.conv2d(window, self.kernel, self.bias)[0].permute(1, 2, 0)
            time = height.new_full((*found.shape[:2], 1), self.held * (t % length) / max(1, length - 1))
            return torch.cat([found, height[:, None, None].expand_as(time), time], 2)

        return torch.stack(spread.over(one, range(frames)))


def basis_of(
    volume: torch.Tensor,
    usable: torch.Tensor,
    size: tuple[int, int, int],
    guide: float = 0.0,
    held: float = 0.0,
    seed: int = 0,
) -> Basis:
    """The basis of a reference.

    Args:
        volume: [T, H, W, 3] float32 in stops.
        usable: [T', H', W'] bool, at which corners a patch may be taken.
        size: of a patch.
        guide: what a whole picture's height counts, in stops.
        held: what the whole length in time counts, in stops.
        seed: which patches are looked at.
    """
    places = torch.nonzero(usable)
    draw = torch.Generator().manual_seed(seed)
    chosen = places[torch.randint(0, len(places), (SAMPLES,), generator=draw).to(places.device)]
    columns = [
        volume[chosen[:, 0] + t, chosen[:, 1] + y, chosen[:, 2] + x]
        for t in range(size[0])
        for y in range(size[1])
        for x in range(size[2])
    ]
    patches = torch.stack(columns, 1)  # [N, frames * rows * columns, 3]
    flat = patches.reshape(len(chosen), -1).double().cpu()
    mean = flat.mean(0)
    spread = (flat - mean).T @ (flat - mean) / len(flat)
    values, vectors = torch.linalg.eigh(spread)
    count = flat.shape[1]
    kept = vectors[:, -min(KEPT, count) :].T / count**0.5
    bias = (-kept @ mean).float()
    kernel = kept.reshape(-1, *size, 3).permute(0, 1, 4, 2, 3).reshape(len(kept), size[0] * 3, size[1], size[2])
    device = volume.device
    return Basis(
        size, kernel.float().contiguous().to(device), bias.to(device), float(values.sum() / count), guide, held
    )
