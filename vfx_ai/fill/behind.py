"""Where points of the background that no frame shows lie in another frame: by what is known of how it moves around."""

from __future__ import annotations

import torch

from vfx_ai.fill import project
from vfx_ai.fill.carry import stepped
from vfx_ai.fill.fused import Ready, depth_behind
from vfx_ai.fill.ladder import Ladder
from vfx_ai.fill.surfaces import Surfaces
from vfx_ai.motion.homography import homography_positions
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.shot import Shot, crop, hole_box

AROUND = 0.04  # of the width: how far around hidden points surfaces are looked at
MARGIN = 4  # pixels around hidden points whose depth tells of theirs


class Behind:
    """Carries hidden points of one frame into others.

    Args:
        shot, surfaces, ladder: of the run.
        number: the frame.
        hidden: [H, W] bool on the canvas, which points.
    """

    def __init__(self, shot: Shot, surfaces: Surfaces, ladder: Ladder, number: int, hidden: torch.Tensor) -> None:
        self._shot, self._motion, self._number = shot, ladder.motion, number
        rows, columns = torch.nonzero(hidden, as_tuple=True)
        self._at = torch.stack([columns, rows]).float()
        self._camera: Ready | None = ladder.ready_of("project")
        self._flow = ladder.ready_of("flow")
        self._inverse: torch.Tensor | None = None
        if self._camera is not None and self._camera.camera.knows(number):
            self._inverse = _depth(shot, surfaces, self._camera, number, hidden)

    def where(self, other: int, left: torch.Tensor) -> torch.Tensor:
        """The positions [2, M] in frame `other`, on the canvas, of those of them with the indices `left` [M]."""
        at = self._at[:, left]
        if other == self._number or self._motion.kind == "locked":
            return at
        known = self._camera
        if known is not None and self._inverse is not None and known.camera.knows(other):
            return project.carried_to(self._shot, known, self._number, other, at, self._inverse[left])[0]
        if self._flow is not None:
            return stepped(self._flow, self._shot.numbers, self._number, other, at[:, None])[:, 0]
        return homography_positions(self._motion.between(self._number, other), at[:, None])[:, 0]


def _depth(shot: Shot, surfaces: Surfaces, known: Ready, number: int, hidden: torch.Tensor) -> torch.Tensor | None:
    """Inverse depth [N] of hidden points: of the background's surfaces, else a smooth one through what is around."""
    wide = hole_box(hidden, round(AROUND * shot.width))
    surface = surfaces.over(number, wide)
    if surface is not None:
        return surface.inverse[crop(hidden, wide)]
    box = hole_box(hidden, MARGIN)
    at = pixel_grid((box.height, box.width), shot.device, box.x0, box.y0)
    inverse = depth_behind(shot, known, number, shot.view(number).hole, at)
    unknown = crop(hidden, box)
    told = (inverse > 0) & ~unknown
    if not bool(told.any()):
        return None
    smooth = membrane(inverse[None], told, torch.ones_like(told))[0]
    return smooth[unknown]
