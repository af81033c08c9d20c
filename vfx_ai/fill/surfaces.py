"""Which surface of the background each hidden pixel belongs to, where the camera was solved: by planes of its depth.

What no frame shows is most likely the floor or the wall that goes on from around, and where two of them meet there is
an edge. The planes are found in key frames alone and carried to every other frame by the camera: the edge stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from vfx_ai.fill import project
from vfx_ai.fill.fused import Ready, depth_behind, depth_map
from vfx_ai.fill.keys import key_frames
from vfx_ai.fill.masks import box_sum
from vfx_ai.fill.standing import carried_down, floor_of
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.motion.geometry import relation
from vfx_ai.motion.planes import carried_planes, find_planes, nearest_plane
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.shot import Shot, crop, hole_box

LIES_ON, SURELY = 2.5, 1.0  # steps of depth: how near a point, and the mean of those around it, must be to a plane
SMOOTHED = 9  # pixels: those around it
OBJECT = 99  # the part of what stands before the planes
JUMP = 3.0  # steps of depth: where neighbors differ by more, one thing ends
AROUND = 0.5  # of the hole's size: how far around it planes are looked for


@dataclass(frozen=True)
class Surface:
    """What is known of the background over a box.

    Attributes:
        part: [h, w] int64, which plane lies there, or OBJECT before them.
        inverse: [h, w] float32, inverse depth.
        on: [h, w] bool, whether what is seen there, or lies behind the hole there, lies on the planes.
        known: [h, w] bool, whether its depth is known.
        step: of depth, as it was swept.
    """

    part: torch.Tensor
    inverse: torch.Tensor
    on: torch.Tensor
    known: torch.Tensor
    step: float

    @property
    def joined(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Whether pixels belong to the same surface as their right [h, w - 1] and lower [h - 1, w] neighbors, bool."""
        same = (self.part[:, 1:] == self.part[:, :-1]), (self.part[1:] == self.part[:-1])
        near = (self.inverse.diff(dim=1).abs() < JUMP * self.step), (self.inverse.diff(dim=0).abs() < JUMP * self.step)
        return same[0] & near[0], same[1] & near[1]


class Surfaces:
    """The planes of a shot, found when first needed and kept in the analysis folder; none without a solved camera."""

    def __init__(self, shot: Shot, camera: Ready | None, folder: Path) -> None:
        self._shot, self._camera, self._folder = shot, camera, folder
        self._keys = key_frames(shot)
        self._found: dict[int, torch.Tensor] = {}

    @property
    def known(self) -> bool:
        """Whether any can be found: there is a camera."""
        return self._camera is not None

    def over(self, number: int, box: Window) -> Surface | None:
        """The background's surfaces over a box of a frame; None where none is known."""
        known, planes = self._camera, self._planes(number)
        if known is None or planes is None:
            return None
        at = pixel_grid((box.height, box.width), self._shot.device, box.x0, box.y0)
        inverse = depth_behind(self._shot, known, number, self._shot.view(number).hole, at)
        pixels = project.to_working(self._shot, known, number, at.flatten(1))
        there, part = nearest_plane(planes, pixels.reshape(at.shape))
        off, told = (inverse - there) / known.depths.sweep.step, inverse > 0
        around = box_sum(torch.stack([off.clamp(-LIES_ON, LIES_ON) * told, told.float()]), SMOOTHED)
        on = told & (off.abs() < LIES_ON) & ((around[0] / around[1].clamp(min=1)).abs() < SURELY)
        floor = floor_of(planes, *self._shot.working_size)
        if floor is not None:
            hidden = ~told & crop(self._shot.view(number).hole, box)
            standing = carried_down(inverse, hidden, on, there, part == floor, known.depths.sweep.step)
            there, part = (
                torch.where(standing.there, standing.inverse, there),
                torch.where(standing.there, OBJECT, part),
            )
        before = told & ~on
        there, part = torch.where(before, inverse, there), torch.where(before, OBJECT, part)
        return Surface(part, there, on, told, known.depths.sweep.step)

    def _planes(self, number: int) -> torch.Tensor | None:
        """Those of the key frame that is nearest in time and has any, as this frame sees them."""
        known = self._camera
        if known is None or not known.camera.knows(number):
            return None
        for key in sorted(self._keys, key=lambda key: (abs(key - number), key)):
            planes = self._of(key, known)
            if len(planes):
                carried = carried_planes(planes, relation(known.small, key, number))
                carried = carried[torch.isfinite(carried).all(1)]
                return carried if len(carried) else None
        return None

    def _of(self, key: int, known: Ready) -> torch.Tensor:
        if key not in self._found:
            path = self._folder / f"{key}.npy"
            if path.exists():
                self._found[key] = torch.from_numpy(read_array(path, np.asarray)).to(self._shot.device)
            else:
                self._found[key] = self._find(key, known)
                path.parent.mkdir(parents=True, exist_ok=True)
                with replacing(path) as beside, beside.open("wb") as file:
                    np.save(file, self._found[key].cpu().numpy())
        return self._found[key]

    def _find(self, key: int, known: Ready) -> torch.Tensor:
        hole = self._shot.view(key).hole
        if not known.camera.knows(key) or not bool(hole.any()):
            return torch.zeros((0, 3), dtype=torch.float64, device=hole.device)
        inverse, small = depth_map(self._shot, known, key, hole)
        box = hole_box(small, 0)
        around = hole_box(small, int(AROUND * max(box.width, box.height)))
        near = torch.zeros_like(small)
        near[around.y0 : around.y1, around.x0 : around.x1] = True
        return find_planes(inverse, near, LIES_ON * known.depths.sweep.step)
