"""What is known of every frame's depth: kept in the analysis folder, read when needed, looked up at positions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vfx_ai.caching import Kept
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.motion.sampling import at_index, sample
from vfx_ai.shot import Shot

SAME_PLANES = 1.5  # planes of difference within one surface
LEVELS = 65535  # a depth is stored in so many steps


@dataclass(frozen=True)
class Depth:
    """What is known of a frame's depth, in its ideal picture at the working size.

    Attributes:
        box: where the arrays lie, as rows and columns.
        inverse: [h, w] float32, inverse depth.
        trust: [h, w] float32, 0..1; 0 where the frame sees nothing or is contradicted.
    """

    box: Window
    inverse: torch.Tensor
    trust: torch.Tensor


@dataclass(frozen=True)
class Sweep:
    """Which planes are swept: `count` from inverse depth `far` to `near`."""

    far: float
    near: float
    count: int

    @property
    def step(self) -> float:
        """Inverse depth from one plane to the next."""
        return (self.near - self.far) / (self.count - 1)


class Depths:
    """The depths that `analyse` wrote, read when needed."""

    def __init__(self, shot: Shot, folder: Path) -> None:
        far, near, count = read_array(folder / "sweep.npy", lambda file: file.tolist())
        self.sweep, self._shot, self._folder = Sweep(far, near, int(count)), shot, folder
        self._kept: Kept[int, Depth | None] = Kept(shot.budget // 8, 40)

    def of(self, number: int) -> Depth | None:
        """A frame's depth; None where there is none."""
        return self._kept.get(number, self._read)

    def hidden(self, shot: Shot) -> Depths:
        """The same depths for a shot that hides more: there, they aren't trusted."""
        return _Hidden(self, shot)

    def _read(self, number: int) -> Depth | None:
        path = self._folder / f"{number}.npz"
        return load_depth(path, self.sweep, self._shot) if path.exists() else None


class _Hidden(Depths):
    def __init__(self, whole: Depths, shot: Shot) -> None:
        self.sweep, self._whole, self._shot = whole.sweep, whole, shot
        self._kept: Kept[int, Depth | None] = Kept(shot.budget // 8, 40)

    def _read(self, number: int) -> Depth | None:
        depth = self._whole.of(number)
        if depth is None or depth.box.empty:
            return depth
        seen = self._shot.small(number)[1][depth.box.y0 : depth.box.y1, depth.box.x0 : depth.box.x1]
        return replace(depth, trust=depth.trust * seen)


def look_up(depth: Depth, at: torch.Tensor, seen: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """The inverse depth of the pixel nearest to each position.

    Args:
        depth: of the frame that is looked into.
        at: [2, ...] float32, positions in its ideal picture.
        seen: [h, w] bool over the whole picture: what counts; None: what is trusted.

    Returns:
        inverse depth [...], and where [...] bool there is one.
    """
    box = depth.box
    if box.empty:
        return torch.zeros_like(at[0]), torch.zeros_like(at[0], dtype=torch.bool)
    x, y = (at[0] - box.x0).round(), (at[1] - box.y0).round()
    inside = (x >= 0) & (y >= 0) & (x < box.width) & (y < box.height)
    index = (y.clamp(0, box.height - 1) * box.width + x.clamp(0, box.width - 1)).long()
    counts = depth.trust > 0 if seen is None else seen[box.y0 : box.y1, box.x0 : box.x1]
    return at_index(depth.inverse.flatten(), index), inside & at_index(counts.flatten(), index)


def look_up_between(depth: Depth, at: torch.Tensor, step: float) -> tuple[torch.Tensor, torch.Tensor]:
    """As `look_up`, of what is trusted, but between the pixels of one surface; a jump of depth isn't smeared.

    Args:
        depth: of the frame that is looked into.
        at: [2, N] float32, positions in its ideal picture.
        step: between two planes.
    """
    nearest, trusted = look_up(depth, at)
    if depth.box.empty:
        return nearest, trusted
    corner = torch.tensor([depth.box.x0, depth.box.y0], dtype=at.dtype, device=at.device)[:, None]
    between = sample(depth.inverse[None], (at - corner)[:, None])[0, 0]
    return torch.where((between - nearest).abs() < SAME_PLANES * step, between, nearest), trusted


def save_depth(path: Path, box: Window, inverse: torch.Tensor, trust: torch.Tensor, sweep: Sweep) -> None:
    """Write a frame's depth; see `Depth`."""
    margin = sweep.step  # refining may leave the swept range by one plane
    level = (inverse - sweep.far + margin) / (sweep.near - sweep.far + 2 * margin) * LEVELS
    packed = level.round().clamp(0, LEVELS).cpu().numpy().astype(np.uint16)
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez(
            file, inverse=packed, trust=(trust * 255).round().byte().cpu().numpy(), corner=np.array([box.x0, box.y0])
        )


def load_depth(path: Path, sweep: Sweep, shot: Shot) -> Depth:
    """Read what `save_depth` wrote, onto the shot's device."""
    packed, trust, (x0, y0) = read_array(path, lambda file: (file["inverse"], file["trust"], file["corner"].tolist()))
    margin = sweep.step
    level = torch.from_numpy(packed.astype(np.float32)).to(shot.device) / LEVELS
    inverse = level * (sweep.near - sweep.far + 2 * margin) + sweep.far - margin
    height, width = packed.shape
    return Depth(
        Window(x0, y0, x0 + width, y0 + height), inverse, torch.from_numpy(trust).to(shot.device).float() / 255
    )
